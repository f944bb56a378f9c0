"""`qa-service`: the command line. Errors are one line that says what to do; exit code 2 for usage,
1 for failure.

Heavy imports stand inside the commands, so that `--help` is quick.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from qa_service import journal_commands, key_commands
from qa_service.errors import QAServiceError, RequestError, SettingsError
from qa_service.settings import Settings, described, load_settings
from qa_service.types import Channel, Query

app = typer.Typer(
    name="qa-service",
    help=(
        "Questions about the service centres of the Ministry of Internal Affairs of Ukraine, "
        "answered with official passages."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(key_commands.app)
app.add_typer(journal_commands.journal_app)

IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index [QA_INDEX]")]
CorpusOption = Annotated[
    Path | None,
    typer.Option("--corpus", help="Folder with services/*.md or a .jsonl file [QA_CORPUS]"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]


def main() -> None:
    """Entry point: turns the package's errors into one line and an exit code."""
    try:
        app()
    except (RequestError, SettingsError) as error:
        _fail(error, 2)
    except QAServiceError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="Free text in any style")],
    as_json: JsonOption = False,
    top_k: Annotated[int, typer.Option(min=1, max=20, help="Number of passages")] = 3,
    channel: Annotated[Channel, typer.Option(help="Whose threshold to apply")] = Channel.SITE,
    index: IndexOption = None,
) -> None:
    """Answer one question."""
    from qa_service.bootstrap import load_engine
    from qa_service.terminal import format_answer
    from qa_service.web.v1.schemas import AnswerOut

    answer = load_engine(load_settings(index=index)).answer(
        Query(question, top_k=top_k, channel=channel)
    )
    print(
        AnswerOut.of(answer).model_dump_json(by_alias=True, indent=2)
        if as_json
        else format_answer(answer)
    )


@app.command()
def build(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    model: Annotated[str | None, typer.Option(help="Model [QA_MODEL]")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build even where nothing changed")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the model where it is missing, then the index; publish it."""
    from qa_service.bootstrap import build as build_all

    settings = load_settings(corpus=corpus, index=index, model=model)
    with _progress() as progress:
        manifest, is_new = build_all(settings, progress, force)
    if as_json:
        print(json.dumps(asdict(manifest) | {"new": is_new}, ensure_ascii=False))
    else:
        done = "built and published" if is_new else "is up to date:"
        counts = (
            f"{manifest.passages} passages of {manifest.services} services, {manifest.questions} "
            "questions"
        )
        print(
            f"index {done} {settings.index / manifest.version} ({counts}; model {manifest.encoder})"
        )


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [QA_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [QA_PORT]")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes [QA_WORKERS]")] = None,
    index: IndexOption = None,
    print_settings: Annotated[
        bool, typer.Option("--print-settings", help="Print every setting and stop")
    ] = False,
) -> None:
    """Serve HTTP."""
    settings = load_settings(host=host, port=port, workers=workers, index=index)
    if print_settings:
        _print_settings(settings)
        return
    from qa_service.server import serve as serve_forever

    serve_forever(settings)


@app.command()
def check(
    corpus: CorpusOption = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write schema.json and INDEX.md of the corpus folder anew"),
    ] = False,
) -> None:
    """Validate the corpus: every finding as file:line; exit 1 where there is any."""
    from qa_service.documents.checks import inspect_corpus, written_files

    folder = load_settings(corpus=corpus).corpus
    found, problems = inspect_corpus(folder)
    if write and found.services:
        for name, text in written_files(found).items():
            (folder / name).write_text(text, "utf-8")
        found, problems = inspect_corpus(folder)
    for problem in problems:
        print(problem)
    if problems:
        _fail(f"{len(problems)} findings in {folder}", 1)
    print(f"{folder} is valid: {len(found.services)} services, {len(found.passages)} passages")


@app.command()
def passages(
    corpus: CorpusOption = None,
) -> None:
    """Print the corpus' passages as JSON lines: id, service, topic, title, text."""
    from qa_service.documents import load_corpus

    for passage in load_corpus(load_settings(corpus=corpus).corpus).passages:
        fields = {
            "id": passage.id,
            "service": passage.service,
            "topic": passage.topic,
            "title": passage.title,
            "text": passage.text,
        }
        print(json.dumps(fields, ensure_ascii=False))


@app.command()
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
    with _progress() as progress:
        if queries and qrels:
            name, report = (
                queries.stem,
                measure_retrieval(engine, queries, qrels, progress, as_json),
            )
        elif ablated:
            name, report = f"{judged.stem} --ablate", ablate(engine, judged, channel, progress)
        else:
            name, report = judged.stem, measure_answers(engine, judged, channel, progress, as_json)
    print(report)
    if into:
        write_block(into, name, report)


@app.command()
def train(
    encoder: Annotated[
        bool, typer.Option("--encoder", help="Adapt the default model to the corpus instead")
    ] = False,
    questions: Annotated[
        list[Path] | None, typer.Option(help="Judged questions: JSONL; never the golden ones")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Fit the weights of ranking and confidence on judged questions, or adapt the encoder to the
    corpus' questions.
    """
    from qa_service.bootstrap import load_engine, train_adapter
    from qa_service.documents.questions import load_questions
    from qa_service.ranking.weights import write_weights
    from qa_service.training.ranking import fit_ranking

    settings = load_settings(index=index)
    if encoder:
        with _progress() as progress:
            path = train_adapter(settings, progress)
        print(
            f"adapter written to {path}; `qa-service build` merges it, then run `qa-service train` "
            "to fit the weights anew"
        )
        return
    folder = settings.corpus / "questions"
    judged = [
        question
        for path in questions or [folder / "dev.jsonl"]
        for question in load_questions(path)
    ]
    fitted = fit_ranking(load_engine(settings), judged, settings.retrieval_depth)
    print(f"{len(judged)} questions -> {write_weights(fitted)}")
    print(json.dumps(fitted, indent=2))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr; one line a stage where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
                if not console.is_terminal:
                    console.print(f"{stage}…")
            bar.update(tasks[stage], completed=done)

        yield advance


def _print_settings(settings: Settings) -> None:
    for key, value, meaning in described(settings):
        print(f"{key}={value}  # {meaning}")


def _fail(error: object, code: int) -> NoReturn:
    print(f"qa-service: {error}", file=sys.stderr)
    sys.exit(code)
