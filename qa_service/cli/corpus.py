"""`qa-service check` and `qa-service passages`: what the editors' files hold."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.options import CorpusOption, JsonOption
from qa_service.settings import load_settings

if TYPE_CHECKING:
    from qa_service.documents.queue import Finding, SourceShare
    from qa_service.errors import CorpusProblem


def check(
    corpus: CorpusOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write schema.json and INDEX.md of the corpus anew")
    ] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Also list what editors should look at")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Validate the corpus: every finding as file:line, exit 1 where there is any; then what editors
    should look at, by kind, and where facts come from.
    """
    from qa_service.documents.queue import editors_queue, source_shares
    from qa_service.documents.services import inspect_corpus, written_files

    folder = load_settings(corpus=corpus).corpus
    found, problems = inspect_corpus(folder)
    if write and found.services:
        for name, text in written_files(found).items():
            (folder / name).write_text(text, "utf-8")
        found, problems = inspect_corpus(folder)
    findings, shares = editors_queue(found, date.today()), source_shares(found.passages)
    if as_json:
        print(_as_json(problems, findings, shares))
    else:
        for problem in problems:
            print(problem)
    if problems:
        print(f"qa-service: {len(problems)} findings in {folder}", file=sys.stderr)
        raise typer.Exit(1)
    if not as_json:
        counts = f"{len(found.services)} services, {len(found.passages)} passages"
        print(f"{folder} is valid: {counts}")
        _print_queue(findings, shares, queue)


def _as_json(
    problems: "list[CorpusProblem]", findings: "list[Finding]", shares: "list[SourceShare]"
) -> str:
    broken = [{"file": str(one.path), "line": one.line, "message": one.message} for one in problems]
    queue = [asdict(finding) for finding in findings]
    report = {"problems": broken, "queue": queue, "sources": [asdict(one) for one in shares]}
    return json.dumps(report, ensure_ascii=False, indent=2)


def _print_queue(findings: "list[Finding]", shares: "list[SourceShare]", every: bool) -> None:
    from qa_service.evaluation.report import table

    if every:
        for one in findings:
            print(
                f"{one.kind}: {' and '.join(filter(None, (one.where, one.other)))}: {one.message}"
            )
    counts = Counter(finding.kind for finding in findings)
    if counts:
        rows = [(kind, str(count)) for kind, count in counts.items()]
        print("\n" + table([("for editors (--queue lists them)", "findings"), *rows]))
    head = ("sources", "passages", "first official or law", "state all of it", "read again")
    cells = [
        (one.topic, *map(str, (one.passages, one.first_official, one.whole_fact, one.read_again)))
        for one in shares
    ]
    if cells:
        print("\n" + table([head, *cells]))


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
