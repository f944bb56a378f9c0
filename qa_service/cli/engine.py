"""`qa-service engine`: the search engine beside this machine that QA_RETRIEVER names."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from qa_service.cli.options import IndexOption, JsonOption, progress_bar
from qa_service.settings import load_settings

app = typer.Typer(
    name="engine",
    help="The search engine beside this machine, which QA_RETRIEVER names.",
    no_args_is_help=True,
)


@app.command()
def publish(
    version: Annotated[
        str | None, typer.Argument(help="The version", show_default="the published one")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Have the engine hold a version, then serve it. Goes on where an earlier run stopped."""
    from qa_service import retrievers
    from qa_service.bootstrap import open_mirror
    from qa_service.indexing.versions import publish_kept

    settings = load_settings(index=index)
    retrievers.needed_milvus(settings)
    with progress_bar() as progress:
        mirror = open_mirror(settings, progress)
        assert mirror, "QA_RETRIEVER names an engine"
        published = publish_kept(settings.index, mirror, version)
    typer.echo(f"{published} is published")


@app.command()
def check(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Try the engine with the served version under a name of its own: publish, compare, be late."""
    from qa_service import retrievers
    from qa_service.bootstrap import open_snapshot
    from qa_service.models import load_encoder

    settings = load_settings(index=index)
    milvus = retrievers.needed_milvus(settings)
    from qa_service.retrieval.milvus_acceptance import Asked, Version, accept, questions_of

    encoder = load_encoder(settings)
    snapshot = open_snapshot(settings, encoder)
    readings = [snapshot.understand(text).reading for text in questions_of(snapshot.passages)]
    asked = [*map(Asked, readings, encoder.encode_queries(readings))]
    deadline_s = settings.answer_deadline_ms / 1000
    version = Version(snapshot.stores, snapshot.passages, settings.retrieval_depth, deadline_s)
    with progress_bar() as progress:
        findings = accept(milvus, version, asked, progress)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False))
    else:
        for one in findings:
            typer.echo(f"{'ok  ' if one.ok else 'FAIL'}  {one.check:<26} {one.found}")
    if not all(one.ok for one in findings):
        raise typer.Exit(1)
