"""What `qa-service check` needs: every finding of any corpus, and the files that are written from
code and corpus.

Those are `schema.json`, for editors that complete YAML, and `INDEX.md`, the list of services: a
passage that is lost shows up as a change of the list.
"""

import json
from pathlib import Path

from qa_service.documents import Corpus, load_corpus
from qa_service.documents.schema import json_schema
from qa_service.documents.services import inspect_services
from qa_service.errors import CorpusError, CorpusProblem

SCHEMA_FILE, INDEX_FILE = "schema.json", "INDEX.md"


def inspect_corpus(path: Path) -> tuple[Corpus, list[CorpusProblem]]:
    """The corpus and every finding in it. A written file that is out of date is one."""
    if path.suffix == ".jsonl":
        try:
            return load_corpus(path), []
        except CorpusError as error:
            return Corpus((), (), ""), error.problems
    corpus, problems = inspect_services(path)
    if not problems:
        stale = (
            path / name
            for name, text in written_files(corpus).items()
            if _differs(path / name, text)
        )
        problems = [
            CorpusProblem(file, 1, "is out of date: run `qa-service check --write`")
            for file in stale
        ]
    return corpus, problems


def written_files(corpus: Corpus) -> dict[str, str]:
    """File name -> text of the files that nobody edits by hand."""
    return {
        SCHEMA_FILE: json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n",
        INDEX_FILE: index_page(corpus),
    }


def index_page(corpus: Corpus) -> str:
    """Every service with the number of its passages, as a Markdown table."""
    lines = ["# Services of the corpus", "", "| slug | title | passages |", "|---|---|---|"]
    for service in corpus.services:
        lines.append(
            f"| [{service.slug}](services/{service.slug}.md) | {service.title} | "
            f"{len(service.passages)} |"
        )
    lines += ["", f"Total: {len(corpus.services)} services, {len(corpus.passages)} passages."]
    return "\n".join(lines) + "\n"


def _differs(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") != text
