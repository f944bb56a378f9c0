"""Measure engines and print reports: what `qa-service evaluate` does.

An ablation leaves parts of the search out; weights stay as they were fitted for the whole. What
only the policy uses is not ablated: it would have to be fitted anew.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter

from qa_service.dialogue.carrying import Finding
from qa_service.documents.questions import JudgedQuestion, load_questions
from qa_service.engine import QAEngine
from qa_service.errors import EvaluationError
from qa_service.evaluation.answers import AnswerReport, evaluate_answers
from qa_service.evaluation.report import (
    format_ablation,
    format_answers,
    format_retrieval,
    table,
    to_json,
)
from qa_service.evaluation.retrieval import evaluate_retrieval, load_qrels, load_queries
from qa_service.indexing.snapshot import Snapshot
from qa_service.retrieval import CONTEXT, MESSAGE, PARTS, QUESTIONS
from qa_service.text.spelling import Vocabulary
from qa_service.text.understand import NO_SYNONYMS, readings
from qa_service.types import Answer, Channel, Context, Progress, Query

_TOP_K = 10
_SHOWN = 10
_DEGRADED = "a part of the search failed ({}), so that figures would mean nothing: see the log"


def ablate(
    snapshot: Snapshot,
    engine_over: Callable[[Snapshot], QAEngine],
    questions: Path,
    channel: Channel,
    progress: Progress,
) -> str:
    """The same measures in total for each variant of the engine."""
    judged = load_questions(questions)
    reports = {
        name: measure(engine_over(variant), judged, channel, name, progress)
        for name, variant in variants(snapshot).items()
    }
    return format_ablation({name: report.total for name, report in reports.items()})


def measure_retrieval(
    engine: QAEngine, queries: Path, qrels: Path, progress: Progress, as_json: bool
) -> str:
    """nDCG@10, recall and MRR of the pipeline. Raises CorpusError, EvaluationError."""
    measures = evaluate_retrieval(
        lambda question, depth: search(engine, question, depth),
        load_queries(queries),
        load_qrels(qrels),
        progress=progress,
    )
    return to_json(measures) if as_json else format_retrieval(measures)


def search(engine: QAEngine, question: str, depth: int) -> list[tuple[str, float]]:
    """The best `depth` documents, or all, as (document id, score), best first, each by its best
    passage.
    """
    passages, understood = engine.snapshot.passages, engine.snapshot.understand(question)
    most = max(depth, engine.options.retrieval_depth)
    while True:
        retrieved = engine.retrieve(understood, depth=most)
        if retrieved.failed:
            raise EvaluationError(_DEGRADED.format(", ".join(retrieved.failed)))
        ranking = engine.rank(retrieved, understood.language, len(passages))
        best: dict[str, float] = {}
        for row, score in zip(ranking.rows, ranking.scores, strict=True):
            best.setdefault(passages[row].document, float(score))
        if len(best) >= depth or most >= len(passages):
            return list(best.items())[:depth]
        most *= 2


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
    """Measures of judged questions, each asked in its conversation. Raises EvaluationError."""

    def answer(asked: JudgedQuestion) -> Answer:
        query = Query(asked.question, _TOP_K, channel, context=Context(asked.context))
        answer = engine.answer(query)
        if answer.degraded:
            raise EvaluationError(_DEGRADED.format(", ".join(answer.degraded)))
        return answer

    return evaluate_answers(answer, questions, stage, progress)


def explain(engine: QAEngine, question: str, channel: Channel) -> str:
    """How one question is read, retrieved, ranked and decided, as text: what the engine itself
    looked up for it, part by part. Raises OverloadedError.
    """
    query, started = Query(question, channel=channel), perf_counter()
    looked_up = engine.look_up(query)
    understood, found = looked_up.understood, looked_up.found
    if looked_up.refusal:
        return f"not searched: {looked_up.refusal}"
    answer = engine.present(query, understood, found, started)
    read = [
        (reading.kind or "as typed", f"{reading.known_share_score:.2f}", reading.text)
        for reading in readings(question, engine.snapshot.vocabulary)
    ]
    verdict = "answered" if answer.reason is None else f"not answered: {answer.reason}"
    blocks = [
        f"language {understood.language}, read as: {understood.reading}",
        table([("reading", "known", "text"), *read]),
    ]
    for one in found:
        blocks += [f"part: {one.asked}"] if len(found) > 1 else []
        blocks += _explained(engine, one, understood.language)
    blocks.append(f"confidence {answer.confidence:.3f}, {verdict} (channel {channel})")
    return "\n\n".join(blocks)


def _explained(engine: QAEngine, found: Finding, language: str) -> list[str]:
    """The tables of what was found for one part of a message: legs, passages, features."""
    retrieved, ranking, passages = found.retrieved, found.ranking, engine.snapshot.passages
    legs = [
        (leg, f"{weight:.3f}", str(len(retrieved.hits[leg].rows)))
        for leg, weight in engine.snapshot.weights.of_legs(language).items()
        if leg in retrieved.hits
    ]
    ranked = [
        (passages[row].id, f"{score:.2f}", *(f"{part:.2f}" for part in parts))
        for row, score, parts in zip(
            ranking.rows[:_SHOWN],
            ranking.scores[:_SHOWN],
            ranking.contributions[:_SHOWN],
            strict=True,
        )
    ]
    features = [
        (name, "-" if value is None else f"{value:.2f}")
        for name, value in asdict(engine.features(found.judged or retrieved, ranking)).items()
    ]
    return [
        table([("leg", "weight", "hits"), *legs]),
        table([("passage", "score", *ranking.legs), *ranked]),
        table([("feature", "value"), *features]),
    ]


def variants(snapshot: Snapshot) -> dict[str, Snapshot]:
    """Name -> engine: each leg alone, the whole without each part, the whole last.

    Single-leg variants keep the conversation and what a message says of its parts.
    """
    legs = snapshot.weights.legs.keys()
    around = {CONTEXT, PARTS, MESSAGE}
    only = {f"only {leg}": _with(snapshot, {leg, *around}) for leg in legs if leg not in around}
    without = {f"without {leg}": _with(snapshot, legs - {leg}) for leg in legs}
    known_words = snapshot.vocabulary.counts
    parts = {
        "typo correction": replace(snapshot, vocabulary=Vocabulary(known_words, corrects=False)),
        "synonyms": replace(snapshot, synonyms=NO_SYNONYMS),
        "three neighbours": _nearest_only(snapshot),
    }
    named = {f"without {part}": changed for part, changed in parts.items()}
    return only | without | named | {"whole": snapshot}


def _with(snapshot: Snapshot, legs: Set[str]) -> Snapshot:
    """The snapshot with a weight of 0 for all other legs."""
    weights = snapshot.weights
    kept = {leg: weight for leg, weight in weights.legs.items() if leg in legs}
    return replace(snapshot, weights=replace(weights, legs=kept))


def _nearest_only(snapshot: Snapshot) -> Snapshot:
    legs = snapshot.stores.legs
    changed = {leg: replace(legs[leg], neighbours=1) for leg in (QUESTIONS,) if leg in legs}
    return replace(snapshot, stores=replace(snapshot.stores, legs={**legs, **changed}))
