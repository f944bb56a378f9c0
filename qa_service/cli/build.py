"""`qa-service build`: corpus -> model -> index."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from qa_service.cli.options import CorpusOption, IndexOption, JsonOption, progress_bar
from qa_service.settings import load_settings


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
    with progress_bar() as progress:
        manifest, is_new = build_all(settings, progress, force)
    if as_json:
        print(json.dumps(asdict(manifest) | {"new": is_new}, ensure_ascii=False))
        return
    done = "built and published" if is_new else "is up to date:"
    texts = f"{manifest.passages} passages of {manifest.services} services"
    counts = f"{texts}, {manifest.questions} questions; model {manifest.encoder}"
    print(f"index {done} {settings.index / manifest.version} ({counts})")
