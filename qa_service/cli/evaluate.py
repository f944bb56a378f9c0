"""`qa-service evaluate`: judged questions -> figures."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.options import IndexOption, JsonOption, progress_bar
from qa_service.settings import load_settings
from qa_service.types import Channel

if TYPE_CHECKING:
    from qa_service.engine import QAEngine


def evaluate(
    queries: Annotated[
        Path | None, typer.Option(help='Questions of another corpus: JSONL {"_id", "text"}')
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option(help="Judgements: TSV query-id, corpus-id, score")
    ] = None,
    questions: Annotated[
        Path | None, typer.Option(help="Judged questions of our corpus: JSONL")
    ] = None,
    channel: Annotated[
        Channel | None,
        typer.Option(help="Whose threshold to apply; the chatbot's where none is given"),
    ] = None,
    ablated: Annotated[
        bool, typer.Option("--ablate", help="Measure with each part alone and with each taken out")
    ] = False,
    explained: Annotated[
        str | None,
        typer.Option("--explain", help="Show how one question is read, found and judged"),
    ] = None,
    places: Annotated[
        Path | None, typer.Option(help="Questions about service centres from places: JSONL")
    ] = None,
    dialogues: Annotated[
        Path | None, typer.Option(help="Judged conversations, held turn by turn: JSONL")
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the quality of answers, or nDCG@10, recall and MRR on any collection."""
    from qa_service.bootstrap import engine_over, open_snapshot
    from qa_service.evaluation.run import ablate, explain, measure_answers, measure_retrieval
    from qa_service.models import load_encoder

    _check_options(queries, qrels, ablated, explained, as_json)
    others = queries or questions or ablated or explained is not None
    _check_alone("--places", places, others or channel or dialogues)
    _check_alone("--dialogues", dialogues, others)
    settings = load_settings(index=index)
    encoder = load_encoder(settings)
    engine = engine_over(open_snapshot(settings, encoder), encoder, settings)
    whose = channel or Channel.CHATBOT
    judged = questions or settings.corpus / "questions" / "dev.jsonl"
    if explained is not None:
        print(explain(engine, explained, whose))
        return
    with progress_bar() as progress:
        if places is not None:
            report = _of_places(engine, places, as_json)
        elif dialogues is not None:
            report = _of_dialogues(engine, dialogues, whose, as_json)
        elif queries and qrels:
            report = measure_retrieval(engine, queries, qrels, progress, as_json)
        elif ablated:
            over = partial(engine_over, encoder=encoder, settings=settings)
            report = ablate(engine.snapshot, over, judged, whose, progress)
        else:
            report = measure_answers(engine, judged, whose, progress, as_json)
    print(report)


def _of_places(engine: "QAEngine", path: Path, as_json: bool) -> str:
    from qa_service.documents.place_questions import load_place_questions
    from qa_service.evaluation.places import measure_places
    from qa_service.evaluation.report import format_places, places_to_json

    rows = measure_places(engine.answer, load_place_questions(path))
    return places_to_json(rows) if as_json else format_places(rows)


def _of_dialogues(engine: "QAEngine", path: Path, channel: Channel, as_json: bool) -> str:
    from qa_service.documents.dialogues import load_dialogues
    from qa_service.evaluation.dialogues import measure_dialogues
    from qa_service.evaluation.report import dialogues_to_json, format_dialogues

    rows = measure_dialogues(engine.answer, load_dialogues(path), channel)
    return dialogues_to_json(rows) if as_json else format_dialogues(rows)


def _check_options(
    queries: Path | None, qrels: Path | None, ablated: bool, explained: str | None, as_json: bool
) -> None:
    if (queries is None) != (qrels is None):
        raise typer.BadParameter("--queries and --qrels go together")
    if as_json and (ablated or explained is not None):
        raise typer.BadParameter("--json goes with a measurement, not with --ablate or --explain")
    if ablated and queries:
        raise typer.BadParameter("--ablate measures judged questions: give --questions")


def _check_alone(option: str, path: Path | None, others: object) -> None:
    if path is None:
        return
    if others:
        raise typer.BadParameter(f"{option} measures something of its own: leave the others out")
    if not path.is_file():
        raise typer.BadParameter(f"{option}: there is no file {path}")
