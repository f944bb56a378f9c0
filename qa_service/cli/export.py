"""`qa-service export`: the corpus and its judged questions for other systems."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.options import CorpusOption
from qa_service.settings import load_settings


def export(
    beir: Annotated[Path, typer.Option(help="New folder: passages, questions and judgements")],
    golden: Annotated[
        bool, typer.Option("--golden", help="Golden questions too: look at them rarely")
    ] = False,
    corpus: CorpusOption = None,
) -> None:
    """Write passages, judged questions and judgements in BEIR's format."""
    from qa_service.documents import load_corpus
    from qa_service.documents.questions import load_questions
    from qa_service.evaluation.beir import export_beir

    source = load_settings(corpus=corpus).corpus
    names = ["dev", "golden"] if golden else ["dev"]
    splits = {name: load_questions(source / "questions" / f"{name}.jsonl") for name in names}
    passages = load_corpus(source).passages
    export_beir(passages, splits, beir)
    counts = ", ".join(f"{len(found)} questions of {name}" for name, found in splits.items())
    print(f"{beir}: {len(passages)} passages, {counts}")
