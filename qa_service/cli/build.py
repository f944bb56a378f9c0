"""`qa-service build`: corpus -> model -> index."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from qa_service.cli.options import CorpusOption, IndexOption, JsonOption, progress_bar
from qa_service.errors import GateError
from qa_service.settings import load_settings


def build(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    model: Annotated[str | None, typer.Option(help="Model [QA_MODEL]")] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Build even where nothing changed, publish even what the gate refuses"
        ),
    ] = False,
    gated: Annotated[
        bool,
        typer.Option(
            "--gate/--no-gate", help="Compare the answers with those of the served version first"
        ),
    ] = True,
    anew: Annotated[bool, typer.Option("--anew", help="Reuse nothing of earlier builds")] = False,
    vectors: Annotated[
        bool,
        typer.Option(
            "--write-vectors",
            help="Write vectors that none beside the corpus holds, and the classifier, there",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the model where it is missing, then the index; publish it."""
    from qa_service.bootstrap import build as build_all
    from qa_service.bootstrap import gate as open_gate
    from qa_service.documents import load_corpus, shipped_files
    from qa_service.indexing.shipped import ship
    from qa_service.models import load_encoder

    settings = load_settings(corpus=corpus, index=index, model=model)
    with progress_bar() as progress:
        gate = open_gate(settings, force, progress) if gated else None
        try:
            manifest, is_new = build_all(settings, progress, force, gate, anew)
        except GateError as error:
            typer.echo(error.report, err=True)
            raise
    if vectors:
        made_of = (load_corpus(settings.corpus), load_encoder(settings), settings.index)
        ship(*made_of, shipped_files(settings.corpus), anew)
    compared = gate.comparison if gate else None
    if as_json:
        said = asdict(manifest) | {"new": is_new, "gate": compared and compared.summary()}
        print(json.dumps(said, ensure_ascii=False))
        return
    if compared:
        print(compared.report())
    done = "built and published" if is_new else "is up to date:"
    texts = f"{manifest.passages} passages of {manifest.services} services"
    counts = f"{texts}, {manifest.questions} questions; model {manifest.encoder}"
    print(f"index {done} {settings.index / manifest.version} ({counts})")
