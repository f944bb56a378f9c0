"""Measure a loaded engine and print the report: what `qa-service evaluate` does."""

from collections.abc import Callable, Sequence
from pathlib import Path

from qa_service.documents.questions import JudgedQuestion, load_questions
from qa_service.engine import QAEngine
from qa_service.evaluation.ablation import variants
from qa_service.evaluation.answers import AnswerReport, evaluate_answers
from qa_service.evaluation.judgements import load_qrels, load_queries
from qa_service.evaluation.report import format_ablation, format_answers, format_retrieval, to_json
from qa_service.evaluation.retrieval import evaluate_retrieval
from qa_service.types import Channel, Query

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""

_TOP_K = 10


def ablate(engine: QAEngine, questions: Path, channel: Channel, progress: Progress) -> str:
    """The same measures in total for each variant of the engine."""
    judged = load_questions(questions)
    reports = {
        name: measure(variant, judged, channel, name, progress)
        for name, variant in variants(engine).items()
    }
    return format_ablation({name: report.total for name, report in reports.items()})


def measure_retrieval(
    engine: QAEngine, queries: Path, qrels: Path, progress: Progress, as_json: bool
) -> str:
    """nDCG@10, recall and MRR of the whole pipeline on a test collection. Raises CorpusError,
    EvaluationError.
    """
    measures = evaluate_retrieval(
        engine.search,
        load_queries(queries),
        load_qrels(qrels),
        progress=lambda done, total: progress("questions", done, total),
    )
    return to_json(measures) if as_json else format_retrieval(measures)


def measure_answers(
    engine: QAEngine, questions: Path, channel: Channel, progress: Progress, as_json: bool
) -> str:
    """The measures of our own judged questions, by style. Raises CorpusError, EvaluationError."""
    report = measure(engine, load_questions(questions), channel, "questions", progress)
    return to_json(report) if as_json else format_answers(report)


def measure(
    engine: QAEngine,
    questions: Sequence[JudgedQuestion],
    channel: Channel,
    stage: str,
    progress: Progress,
) -> AnswerReport:
    """The measures of judged questions, each asked in its conversation where it has one. Raises
    EvaluationError.
    """
    return evaluate_answers(
        lambda asked: engine.answer(
            Query(asked.question, top_k=_TOP_K, context_service=asked.context, channel=channel)
        ),
        questions,
        progress=lambda done, total: progress(stage, done, total),
    )
