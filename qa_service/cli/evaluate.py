"""`qa-service evaluate`: judged questions -> figures."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.options import IndexOption, JsonOption, progress_bar
from qa_service.settings import load_settings
from qa_service.types import Channel


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
    channel: Annotated[Channel, typer.Option(help="Whose threshold to apply")] = Channel.CHATBOT,
    ablated: Annotated[
        bool, typer.Option("--ablate", help="Measure with each part alone and with each taken out")
    ] = False,
    explained: Annotated[
        str | None,
        typer.Option("--explain", help="Show how one question is read, found and judged"),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Document whose block of this name is to hold the report")
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the quality of answers: nDCG@10, recall and MRR for any corpus, answer measures by
    style for ours.
    """
    from qa_service.bootstrap import load_engine
    from qa_service.evaluation.document import write_block
    from qa_service.evaluation.explain import explain
    from qa_service.evaluation.run import ablate, measure_answers, measure_retrieval

    if (queries is None) != (qrels is None):
        raise typer.BadParameter("--queries and --qrels go together")
    settings = load_settings(index=index)
    engine = load_engine(settings)
    if explained is not None:
        print(explain(engine, explained, channel))
        return
    judged = questions or settings.corpus / "questions" / "dev.jsonl"
    with progress_bar() as progress:
        if queries and qrels:
            name = queries.stem
            report = measure_retrieval(engine, queries, qrels, progress, as_json)
        elif ablated:
            name, report = f"{judged.stem} --ablate", ablate(engine, judged, channel, progress)
        else:
            name, report = judged.stem, measure_answers(engine, judged, channel, progress, as_json)
    print(report)
    if into:
        write_block(into, name, report)
