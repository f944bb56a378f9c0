"""Measures of answers to judged questions: ranking, abstention and calibration."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.errors import EvaluationError
from qa_service.types import Answer, Progress, no_progress

CALIBRATION_BINS = 10
NDCG_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """One judged answer. `relevant` tells, best first, which of its documents are relevant."""

    question: JudgedQuestion
    service_right: bool
    relevant: tuple[bool, ...]
    answered: bool
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

    `answered`: answerable questions that were answered; `false_answers`: others that were;
    `precision`: answered questions whose top passage is relevant; `ece`:
    `expected_calibration_error`.
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
    false_answers: float | None
    precision: float | None
    ece: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """Measures of all questions and of each style that occurs, in the order of `Style`."""

    total: AnswerMeasures
    styles: dict[Style, AnswerMeasures]


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
        summarise(outcomes), {style: summarise(found) for style, found in by_style.items() if found}
    )


def grade(question: JudgedQuestion, answer: Answer) -> Outcome:
    """Judgements name documents: two chunks of one document count once, at the better rank."""
    documents = dict.fromkeys(ranked.passage.document for ranked in answer.passages)
    return Outcome(
        question=question,
        service_right=bool(answer.passages)
        and answer.passages[0].passage.service in question.services,
        relevant=tuple(document in question.passages for document in documents),
        answered=answer.answerable,
        confidence=answer.confidence,
        took_ms=answer.took_ms,
    )


def summarise(outcomes: Sequence[Outcome]) -> AnswerMeasures:
    """The measures of `outcomes`. Raises EvaluationError where there are none."""
    if not outcomes:
        raise EvaluationError("there are no questions to evaluate: give a file with at least one")
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    answered = [outcome for outcome in outcomes if outcome.answered]
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
        answered=_mean([outcome.answered for outcome in answerable]),
        false_answers=_mean(
            [outcome.answered for outcome in outcomes if not outcome.question.answerable]
        ),
        precision=_mean([outcome.top_answers for outcome in answered]),
        ece=expected_calibration_error(
            [(outcome.confidence, outcome.top_answers) for outcome in outcomes]
        ),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
    )


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """1 / rank of the first that is relevant, 0 where none is."""
    return next((1 / rank for rank, hit in enumerate(relevant, 1) if hit), 0.0)


def ndcg(relevant: Sequence[bool], known: int, depth: int = NDCG_DEPTH) -> float:
    """nDCG at `depth` with binary gain and a discount of log2(rank + 1); `known` passages are
    relevant in all, at least 1.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 20(4), 2002,
    as trec_eval computes it.
    """
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(relevant[:depth], 1) if hit)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(known, depth) + 1))


def expected_calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    """Mean distance of confidence and share of right answers over ten bins of equal width, weighted
    by size.

    `judged` pairs a confidence, 0 to 1, with whether the top passage answers. Naeini, Cooper and
    Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015; Guo et
    al., "On calibration of modern neural networks", ICML 2017, equation 3. A bin holds its lower
    edge; the last one holds 1 too.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(CALIBRATION_BINS)]
    for confidence, right in judged:
        bins[min(int(confidence * CALIBRATION_BINS), CALIBRATION_BINS - 1)].append(
            (confidence, right)
        )
    # |accuracy - mean confidence| x size of the bin = |right - sum of confidences|.
    return sum(abs(sum(right - confidence for confidence, right in found)) for found in bins) / len(
        judged
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of 100 values do not exceed (nearest rank)."""
    rank = -(-percent * len(values) // 100)
    return sorted(values)[max(rank, 1) - 1]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
