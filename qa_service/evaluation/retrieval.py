"""Rankings against relevance judgements, by ir_measures, as leaderboards print them.

Reads queries and judgements as BEIR and TREC publish them. Findings name file and line.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from qa_service.documents.jsonl import Text, read_json_lines, read_lines
from qa_service.errors import CorpusError, CorpusProblem, EvaluationError, MissingExtraError
from qa_service.types import Progress, no_progress

Search = Callable[[str, int], Sequence[tuple[str, float]]]
"""(question, depth) -> at most `depth` (document id, score), best first; ids may repeat."""


@dataclass(frozen=True, slots=True)
class RetrievalMeasures:
    """Means over `queries`, each 0 to 1. nDCG uses the grade as gain; a grade of 1 is relevant."""

    queries: int
    ndcg_at_10: float
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    recall_at_100: float
    mrr: float
    """Reciprocal rank of the first relevant document among ten, 0 beyond."""


def evaluate_retrieval(
    search: Search,
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
    depth: int = 100,
    progress: Progress = no_progress,
) -> RetrievalMeasures:
    """Measure the order in which judged queries' documents come back, whatever the scores.

    Raises EvaluationError where no query has judgements.
    """
    judged = [query for query in queries if qrels.get(query)]
    if not judged:
        raise EvaluationError(
            "no query has judgements: give --queries and --qrels of one collection, with the same "
            "query ids"
        )
    run: dict[str, dict[str, float]] = {}
    for done, query in enumerate(judged, 1):
        documents = dict.fromkeys(document for document, _ in search(queries[query], depth))
        run[query] = {document: -float(rank) for rank, document in enumerate(documents)}
        progress("questions", done, len(judged))
    return measure_run(run, {query: qrels[query] for query in judged})


def measure_run(
    run: Mapping[str, Mapping[str, float]], qrels: Mapping[str, Mapping[str, int]]
) -> RetrievalMeasures:
    """Measures of `run` (query id -> document id -> score) over all queries of `qrels`; one that is
    not in `run` counts as 0.

    Equal scores keep the run's order. Raises EvaluationError without judgements, MissingExtraError
    without ir_measures.
    """
    try:
        import ir_measures
        from ir_measures import RR, R, nDCG
    except ImportError as error:
        raise MissingExtraError("evaluation", "evaluation") from error
    judged = {query: dict(grades) for query, grades in qrels.items() if grades}
    if not judged:
        raise EvaluationError(
            "there are no judgements to measure by: give a --qrels file with at least one"
        )
    measures = [nDCG @ 10, R @ 1, R @ 5, R @ 10, R @ 100, RR @ 10]
    values = ir_measures.calc_aggregate(
        measures, judged, {query: _by_rank(scores) for query, scores in run.items()}
    )
    return RetrievalMeasures(len(judged), *(float(values[measure]) for measure in measures))


def _by_rank(scores: Mapping[str, float]) -> dict[str, float]:
    """The same order, with scores one apart.

    trec_eval compares 32-bit scores and breaks ties by document id, nDCG and recall one way, RR@10
    the other.
    """
    ranked = sorted(scores, key=scores.__getitem__, reverse=True)
    return {document: -float(rank) for rank, document in enumerate(ranked)}


Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade; 0 is judged not relevant."""

Loaded = TypeVar("Loaded")

_BEIR_HEADER = ["query-id", "corpus-id", "score"]


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _QueryLine(_Line):
    id: Text = Field(alias="_id")
    text: Text


def load_queries(path: Path) -> dict[str, str]:
    """Query id -> question: JSON lines `{"_id", "text"}`. Raises CorpusError."""
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
