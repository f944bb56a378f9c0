"""What `qa-service check` needs: every finding of any corpus, and the JSON schema as text."""

import json
from pathlib import Path

from qa_service.documents import load_corpus
from qa_service.documents.schema import json_schema
from qa_service.documents.services import inspect_services
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.types import Corpus

SCHEMA_FILE = "schema.json"


def inspect_corpus(path: Path) -> tuple[Corpus, list[CorpusProblem]]:
    """The corpus and every finding in it. A schema file that is not the code's is one."""
    if path.suffix == ".jsonl":
        try:
            return load_corpus(path), []
        except CorpusError as error:
            return Corpus((), (), ""), error.problems
    corpus, problems = inspect_services(path)
    schema = path / SCHEMA_FILE
    if schema.is_file() and schema.read_text("utf-8") != schema_text():
        problems.append(CorpusProblem(schema, 1, "differs from the code: run `qa-service check --write-schema`"))
    return corpus, problems


def schema_text() -> str:
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
