"""What a right answer is: queries and relevance judgements of any test collection, and our own judged questions.

Reads BEIR's and TREC's files as they are published. Every finding names file and line, as for a corpus.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa_service.documents.jsonl import Text, read_json_lines, read_lines
from qa_service.errors import CorpusError, CorpusProblem, QAServiceError
from qa_service.types import Topic

Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade; 0 is judged not relevant."""

Loaded = TypeVar("Loaded")

_BEIR_HEADER = ["query-id", "corpus-id", "score"]


class EvaluationError(QAServiceError):
    """Whoever evaluates must give questions and judgements that belong together."""


class Style(StrEnum):
    """How a question is put."""

    FORMAL = "formal"
    COLLOQUIAL = "colloquial"
    SURZHYK = "surzhyk"
    RUSSIAN = "russian"
    TYPOS = "typos"
    TRANSLIT = "translit"
    LAYOUT = "layout"
    KEYWORDS = "keywords"
    LONG = "long"
    ENGLISH = "english"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with every service and passage that answers it; `topic` is what it asks for.

    `answerable` is false where an honest service abstains; then no passage answers.
    """

    id: str
    question: str
    style: Style
    services: frozenset[str]
    passages: frozenset[str]
    topic: Topic | None
    answerable: bool


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _QueryLine(_Line):
    id: Text = Field(alias="_id")
    text: Text


class _QuestionLine(_Line):
    id: Text | None = None
    question: Text
    style: Style
    services: frozenset[Text] = frozenset()
    passages: frozenset[Text] = frozenset()
    topic: Topic | None = None
    answerable: bool

    @model_validator(mode="after")
    def _judged(self) -> Self:
        if self.answerable and not (self.services and self.passages):
            raise ValueError("an answerable question names its services and passages")
        if self.passages and not self.answerable:
            raise ValueError("a question that is not answerable has no passages")
        return self


def load_queries(path: Path) -> dict[str, str]:
    """Query id -> question, in the order of the file: JSON lines `{"_id", "text"}`. Raises CorpusError."""
    problems: list[CorpusProblem] = []
    queries: dict[str, str] = {}
    for number, line in read_json_lines(path, _QueryLine, problems):
        if line.id in queries:
            problems.append(CorpusProblem(path, number, f"_id {line.id!r} was used already"))
        queries[line.id] = line.text
    return _all_right(queries, problems)


def load_qrels(path: Path) -> Qrels:
    """Judgements: BEIR's `query-id corpus-id score` between tabs, its header optional, or TREC's `query 0 document grade`.

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
                problems.append(CorpusProblem(path, number, f"{document!r} has another grade for query {query!r} already"))
        else:
            expected = "query-id, corpus-id, score or TREC's query, 0, document, grade; the last a whole number"
            problems.append(CorpusProblem(path, number, f"expected the columns {expected}"))
    return _all_right(qrels, problems)


def load_questions(path: Path) -> list[JudgedQuestion]:
    """Our own judged questions, a JSON object a line; one without `id` is named after file and line. Raises CorpusError."""
    problems: list[CorpusProblem] = []
    questions: dict[str, JudgedQuestion] = {}
    for number, line in read_json_lines(path, _QuestionLine, problems):
        key = line.id or f"{path.stem}-{number}"
        if key in questions:
            problems.append(CorpusProblem(path, number, f"id {key!r} was used already"))
        questions[key] = JudgedQuestion(
            id=key,
            question=line.question,
            style=line.style,
            services=line.services,
            passages=line.passages,
            topic=line.topic,
            answerable=line.answerable,
        )
    return list(_all_right(questions, problems).values())


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
