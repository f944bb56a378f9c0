"""Measures of answers to judged questions: ranking, abstention and calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.errors import EvaluationError
from qa_service.evaluation.metrics import (
    NDCG_DEPTH,
    expected_calibration_error,
    ndcg,
    percentile,
    reciprocal_rank,
)
from qa_service.types import Answer, Certainty, Progress, Reason, no_progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """One judged answer. relevant: which of its documents are, best first. places: of each thing
    that a compound asks, the rank from 1 of the first passage that answers it, 0 for none.
    """

    question: JudgedQuestion
    service_right: bool
    relevant: tuple[bool, ...]
    certainty: Certainty
    reason: Reason | None
    places: tuple[int, ...]
    confidence: float
    took_ms: float

    @property
    def top_answers(self) -> bool:
        return any(self.relevant[:1])


@dataclass(frozen=True, slots=True)
class AnswerMeasures:
    """Shares and means, each 0 to 1; None for a measure without questions.

    Over answerable questions, whether the service abstained or not: `service_at_1` (the top passage
    is of a right service), `answer_at_k` (a relevant passage is among the first k), `mrr`,
    `ndcg_at_10` (binary gain; only answers of ten passages or more).

    `answered`: answerable questions with a sure answer, `refused`: without any; `false_answers`,
    `false_hints`: others with a sure answer, with a suggestion; `precision`: sure answers whose top
    passage is relevant; `ece`: `expected_calibration_error`, compounds left out.
    """

    questions: int
    answerable: int
    service_at_1: float | None
    answer_at_1: float | None
    answer_at_3: float | None
    answer_at_5: float | None
    mrr: float | None
    ndcg_at_10: float | None
    answered: float | None
    refused: float | None
    false_answers: float | None
    false_hints: float | None
    precision: float | None
    ece: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class CompoundMeasures:
    """Messages that ask several things: share of those with every part among the first 3, 5 and 8
    passages, and of those whose first passage answers a part.
    """

    messages: int
    all_in_3: float
    all_in_5: float
    all_in_8: float
    first_answers: float


@dataclass(frozen=True, slots=True)
class CourtesyMeasures:
    """The same questions with courtesy around them and bare: by how much each measure differs, the
    wrapped less the bare one; None without questions of that sort.
    """

    questions: int
    answer_at_1: float | None
    refused: float | None
    false_answers: float | None


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """Measures of all questions and of each style that occurs, in the order of `Style`; of those
    that ask several things; how often the reason not to answer was recognised; what courtesy
    around a question changes.
    """

    total: AnswerMeasures
    styles: dict[Style, AnswerMeasures]
    compounds: CompoundMeasures | None
    recognised: dict[Reason, float]
    courtesy: CourtesyMeasures | None


def evaluate_answers(
    answer: Callable[[JudgedQuestion], Answer],
    questions: Sequence[JudgedQuestion],
    stage: str = "questions",
    progress: Progress = no_progress,
) -> AnswerReport:
    """Ask every question for its answer, of ten passages or more: measures at k see no further.

    `stage` is what `progress` calls it. Raises EvaluationError without questions.
    """
    outcomes = []
    for done, question in enumerate(questions, 1):
        outcomes.append(grade(question, answer(question)))
        progress(stage, done, len(questions))
    by_style = {
        style: [outcome for outcome in outcomes if outcome.question.style is style]
        for style in Style
    }
    return AnswerReport(
        summarise(outcomes),
        {style: summarise(found) for style, found in by_style.items() if found},
        compounds(outcomes),
        recognised(outcomes),
        courtesy(answer, outcomes),
    )


def compounds(outcomes: Sequence[Outcome]) -> CompoundMeasures | None:
    """Of the messages that ask several things; None where there are none."""
    places = [outcome.places for outcome in outcomes if outcome.places]
    if not places:
        return None
    within = [
        sum(all(0 < place <= most for place in found) for found in places) / len(places)
        for most in (3, 5, 8)
    ]
    first = sum(1 in found for found in places) / len(places)
    return CompoundMeasures(len(places), within[0], within[1], within[2], first)


def recognised(outcomes: Sequence[Outcome]) -> dict[Reason, float]:
    """Share of the questions not to answer, by the reason, that were refused for this reason."""
    kinds: dict[Reason, list[bool]] = {}
    for outcome in outcomes:
        if kind := outcome.question.kind:
            kinds.setdefault(kind, []).append(outcome.reason is kind)
    return {kind: sum(found) / len(found) for kind, found in sorted(kinds.items())}


def courtesy(
    answer: Callable[[JudgedQuestion], Answer], outcomes: Sequence[Outcome]
) -> CourtesyMeasures | None:
    """Asks the bare form of each question that has one; None where none has."""
    wrapped = [outcome for outcome in outcomes if outcome.question.bare]
    if not wrapped:
        return None
    asked = [replace(one.question, question=one.question.bare or "") for one in wrapped]
    with_it, without = summarise(wrapped), summarise([grade(one, answer(one)) for one in asked])
    return CourtesyMeasures(
        len(wrapped),
        _difference(with_it.answer_at_1, without.answer_at_1),
        _difference(with_it.refused, without.refused),
        _difference(with_it.false_answers, without.false_answers),
    )


def grade(question: JudgedQuestion, answer: Answer) -> Outcome:
    """Judgements name documents: two chunks of one document count once, at the better rank."""
    documents = dict.fromkeys(ranked.passage.document for ranked in answer.passages)
    return Outcome(
        question=question,
        service_right=bool(answer.passages)
        and answer.passages[0].passage.service in question.services,
        relevant=tuple(document in question.passages for document in documents),
        certainty=answer.certainty,
        reason=answer.reason,
        places=tuple(_place(answer, part) for part in question.parts),
        confidence=answer.confidence,
        took_ms=answer.took_ms,
    )


def summarise(outcomes: Sequence[Outcome]) -> AnswerMeasures:
    """The measures of `outcomes`. Raises EvaluationError where there are none."""
    if not outcomes:
        raise EvaluationError("there are no questions to evaluate: give a file with at least one")
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    others = [outcome for outcome in outcomes if not outcome.question.answerable]
    sure = [outcome for outcome in outcomes if outcome.certainty is Certainty.SURE]
    calibrated = [outcome for outcome in outcomes if not outcome.question.parts] or outcomes
    full = [outcome for outcome in answerable if len(outcome.relevant) >= NDCG_DEPTH]
    latencies = [outcome.took_ms for outcome in outcomes]
    return AnswerMeasures(
        questions=len(outcomes),
        answerable=len(answerable),
        service_at_1=_mean([outcome.service_right for outcome in answerable]),
        answer_at_1=_mean([outcome.top_answers for outcome in answerable]),
        answer_at_3=_mean([any(outcome.relevant[:3]) for outcome in answerable]),
        answer_at_5=_mean([any(outcome.relevant[:5]) for outcome in answerable]),
        mrr=_mean([reciprocal_rank(outcome.relevant) for outcome in answerable]),
        ndcg_at_10=_mean(
            [ndcg(outcome.relevant, len(outcome.question.passages)) for outcome in full]
        ),
        answered=_mean(_are(answerable, Certainty.SURE)),
        refused=_mean(_are(answerable, Certainty.NONE)),
        false_answers=_mean(_are(others, Certainty.SURE)),
        false_hints=_mean(_are(others, Certainty.UNSURE)),
        precision=_mean([outcome.top_answers for outcome in sure]),
        ece=expected_calibration_error(
            [(outcome.confidence, outcome.top_answers) for outcome in calibrated]
        ),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
    )


def _place(answer: Answer, part: frozenset[str]) -> int:
    documents = dict.fromkeys(ranked.passage.document for ranked in answer.passages)
    return next((rank for rank, document in enumerate(documents, 1) if document in part), 0)


def _are(outcomes: Sequence[Outcome], certainty: Certainty) -> list[bool]:
    return [outcome.certainty is certainty for outcome in outcomes]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other
