"""What a right answer is: queries and relevance judgements of any test collection.

Reads BEIR's and TREC's files as they are published. Every finding names file and line, as for a
corpus.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from qa_service.documents.jsonl import Text, read_json_lines, read_lines
from qa_service.errors import CorpusError, CorpusProblem, QAServiceError

Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade; 0 is judged not relevant."""

Loaded = TypeVar("Loaded")

_BEIR_HEADER = ["query-id", "corpus-id", "score"]


class EvaluationError(QAServiceError):
    """Whoever evaluates must give questions and judgements that belong together."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _QueryLine(_Line):
    id: Text = Field(alias="_id")
    text: Text


def load_queries(path: Path) -> dict[str, str]:
    """Query id -> question, in the order of the file: JSON lines `{"_id", "text"}`. Raises
    CorpusError.
    """
    problems: list[CorpusProblem] = []
    queries: dict[str, str] = {}
    for number, line in read_json_lines(path, _QueryLine, problems):
        if line.id in queries:
            problems.append(CorpusProblem(path, number, f"_id {line.id!r} was used already"))
        queries[line.id] = line.text
    return _all_right(queries, problems)


def load_qrels(path: Path) -> Qrels:
    """Judgements: BEIR's `query-id corpus-id score` between tabs, its header optional, or TREC's
    `query 0 document grade`.

    Raises CorpusError, also where one pair has two grades.
    """
    problems: list[CorpusProblem] = []
    qrels: Qrels = {}
    for number, text in read_lines(path, problems):
        columns = [column.strip() for column in text.split("\t")] if "\t" in text else text.split()
        if number == 1 and columns == _BEIR_HEADER:
            continue
        if judgement := _judgement(columns):
            query, document, grade = judgement
            if qrels.setdefault(query, {}).setdefault(document, grade) != grade:
                problems.append(
                    CorpusProblem(
                        path, number, f"{document!r} has another grade for query {query!r} already"
                    )
                )
        else:
            expected = (
                "query-id, corpus-id, score or TREC's query, 0, document, grade; the last a whole "
                "number"
            )
            problems.append(CorpusProblem(path, number, f"expected the columns {expected}"))
    return _all_right(qrels, problems)


def _judgement(columns: list[str]) -> tuple[str, str, int] | None:
    """(query, document, grade) of three or four columns."""
    if len(columns) not in (3, 4) or not all(columns):
        return None
    try:
        return columns[0], columns[-2], int(columns[-1])
    except ValueError:
        return None


def _all_right(loaded: Loaded, problems: list[CorpusProblem]) -> Loaded:
    if problems:
        raise CorpusError(problems)
    return loaded
