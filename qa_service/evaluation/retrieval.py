"""Rankings against relevance judgements, by ir_measures: the figures that papers and leaderboards
print.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qa_service.errors import MissingExtraError
from qa_service.evaluation.judgements import EvaluationError

Search = Callable[[str, int], Sequence[tuple[str, float]]]
"""(question, depth) -> at most `depth` (document id, score), best first. A document may come again,
as another chunk.
"""

Progress = Callable[[int, int], None]
"""Called with (done, total) after each question."""


@dataclass(frozen=True, slots=True)
class RetrievalMeasures:
    """Means over `queries`, each 0 to 1. nDCG has the grade as its gain; a grade of 1 or more is
    relevant to the others.
    """

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
    progress: Progress | None = None,
) -> RetrievalMeasures:
    """Search every query that has judgements and measure the order of documents that comes back,
    whatever its scores.

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
        if progress:
            progress(done, len(judged))
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
