"""`qa-service check` and `qa-service passages`: what the editors' files hold."""

import json
import sys
from typing import Annotated

import typer

from qa_service.cli.options import CorpusOption
from qa_service.settings import load_settings


def check(
    corpus: CorpusOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write schema.json and INDEX.md of the corpus anew")
    ] = False,
) -> None:
    """Validate the corpus: every finding as file:line; exit 1 where there is any."""
    from qa_service.documents.services import inspect_corpus, written_files

    folder = load_settings(corpus=corpus).corpus
    found, problems = inspect_corpus(folder)
    if write and found.services:
        for name, text in written_files(found).items():
            (folder / name).write_text(text, "utf-8")
        found, problems = inspect_corpus(folder)
    for problem in problems:
        print(problem)
    if problems:
        print(f"qa-service: {len(problems)} findings in {folder}", file=sys.stderr)
        raise typer.Exit(1)
    counts = f"{len(found.services)} services, {len(found.passages)} passages"
    print(f"{folder} is valid: {counts}")


def passages(corpus: CorpusOption = None) -> None:
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
