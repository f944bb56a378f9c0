"""Measure a loaded engine and print the report: what `qa-service evaluate` does."""

from collections.abc import Callable
from pathlib import Path

from qa_service.documents.questions import load_questions
from qa_service.engine import QAEngine
from qa_service.evaluation.answers import evaluate_answers
from qa_service.evaluation.judgements import load_qrels, load_queries
from qa_service.evaluation.report import format_answers, format_retrieval, to_json
from qa_service.evaluation.retrieval import evaluate_retrieval
from qa_service.types import Channel, Query

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""

_TOP_K = 10


def measure_retrieval(engine: QAEngine, queries: Path, qrels: Path, progress: Progress, as_json: bool) -> str:
    """nDCG@10, recall and MRR of the whole pipeline on a test collection. Raises CorpusError, EvaluationError."""
    measures = evaluate_retrieval(
        engine.search, load_queries(queries), load_qrels(qrels), progress=lambda done, total: progress("questions", done, total)
    )
    return to_json(measures) if as_json else format_retrieval(measures)


def measure_answers(engine: QAEngine, questions: Path, channel: Channel, progress: Progress, as_json: bool) -> str:
    """The measures of our own judged questions, by style. Raises CorpusError, EvaluationError."""
    report = evaluate_answers(
        lambda question: engine.answer(Query(question, top_k=_TOP_K, channel=channel)),
        load_questions(questions),
        progress=lambda done, total: progress("questions", done, total),
    )
    return to_json(report) if as_json else format_answers(report)
