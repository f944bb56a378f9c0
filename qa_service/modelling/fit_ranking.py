"""Fit the legs' weights and the policy on judged questions: what `qa-service train` does.

Weights minimise the softmax loss of the relevant passages (ListNet's top-one loss: Cao et al., ICML
2007), none below zero. The conversation's weight is then fitted again on judged turns and on bare
follow-ups, which name a fact and no procedure: dev's turns say more than people on the telephone
do, and a weight fitted on dev alone let every third «скільки коштує» go to the procedure with the
most questions about prices. Needs the `build` extra (SciPy, scikit-learn).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_service.centres import CentreDirectory
from qa_service.documents.dialogues import Dialogue
from qa_service.documents.place_questions import PlaceQuestion
from qa_service.documents.questions import JudgedQuestion
from qa_service.engine import QAEngine
from qa_service.errors import TrainingError
from qa_service.modelling.fit_moves import fit_moves
from qa_service.modelling.fit_policy import (
    DEGRADED_THRESHOLDS,
    GUESS,
    SCOPE_THRESHOLDS,
    TIE,
    CalibrationSet,
    Matrix,
    fit_models,
    fit_thresholds,
)
from qa_service.modelling.fit_talks import fit_sure_in_talk
from qa_service.modelling.follow_ups import bare_follow_ups
from qa_service.ranking.features import Features, ScopeEvidence
from qa_service.retrieval import (
    CLASSIFIER,
    CONTEXT,
    LEXICAL,
    MESSAGE,
    PARTS,
    PASSAGES,
    QUESTIONS,
    SERVICES,
)
from qa_service.retrieval.fusion import fuse
from qa_service.types import Reason, Topic

ENGLISH = "english"
"""The lexical leg of an English question: a column of its own."""

FITTED_LEGS = (PASSAGES, QUESTIONS, SERVICES, CLASSIFIER, LEXICAL)
COLUMNS = (*FITTED_LEGS, ENGLISH, CONTEXT)
CONTEXT_WEIGHT = 10.0
"""Where no question to fit on was asked in a conversation."""

UNANSWERABLE_SHARE = 0.22
"""Off-topic questions among those that reach a contact centre: about one in five."""

PARTS_WEIGHT, MESSAGE_WEIGHT = 0.4, 0.8
"""Of what the other parts of a message are about, and of what it finds as a whole: of 0 to 0.8 the
best on dev's compounds.
"""

_CONTEXT, _LEXICAL, _ENGLISH = map(COLUMNS.index, (CONTEXT, LEXICAL, ENGLISH))
_RIDGE = 1e-3
_HEAVIEST = 50.0


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: the legs' scores, shape (candidates, columns), which answer."""

    scores: Matrix
    answers: npt.NDArray[np.bool_]
    answerable: bool
    evidence: ScopeEvidence


def fit_ranking(
    engine: QAEngine,
    questions: list[JudgedQuestion],
    follow_ups: Mapping[Topic, Sequence[str]],
    places: Sequence[PlaceQuestion],
    dialogues: Sequence[Dialogue],
    depth: int,
) -> dict[str, object]:
    """The content of `weights.json` for this index and these questions. Raises TrainingError."""
    judged = examples(engine, [one for one in questions if one.kind is not Reason.AMBIGUOUS])
    weights = fit_weights(judged)
    turns = [one for one in judged if one.answers.any() and one.scores[:, _CONTEXT].any()]
    if turns:
        bare = examples(engine, bare_follow_ups(follow_ups, engine.snapshot.passages))
        weights[_CONTEXT] = fit_context(weights, turns, bare)
    calibration = calibration_set(judged, weights, depth)
    scope, answer = fit_models(calibration)
    hints, sure = fit_thresholds(calibration)
    return {
        "legs": {leg: _rounded(weights[COLUMNS.index(leg)]) for leg in (*FITTED_LEGS, CONTEXT)}
        | {PARTS: PARTS_WEIGHT, MESSAGE: MESSAGE_WEIGHT},
        "english_lexical": _rounded(weights[_ENGLISH] / weights[_LEXICAL])
        if weights[_LEXICAL]
        else 1.0,
        "centres": _rounded(share_of_right_centres(engine.catalogue.directory, places)),
        "move": fit_moves(engine, dialogues),
        "scope": scope,
        "answer": answer,
        "thresholds": {
            "scope": SCOPE_THRESHOLDS,
            "confidence": hints,
            "sure": sure,
            "sure_in_talk": fit_sure_in_talk(engine, dialogues, sure),
            "degraded": DEGRADED_THRESHOLDS,
            "tie": TIE,
            "guess": GUESS,
        },
    }


def share_of_right_centres(directory: CentreDirectory, places: Sequence[PlaceQuestion]) -> float:
    """How often the first centre found for a place is right; by Laplace's rule, 0.5 unasked."""
    answers = [(one, directory.asked(one.question)) for one in places]
    found = [(one, answer) for one, answer in answers if answer.found and answer.asks_where]
    right = sum(answer.found[0].centre.number in one.numbers for one, answer in found)
    return (right + 1) / (len(found) + 2)


def examples(engine: QAEngine, questions: list[JudgedQuestion]) -> list[Example]:
    snapshot, unit = engine.snapshot, dict.fromkeys((*FITTED_LEGS, CONTEXT), 1.0)
    found = []
    for question in questions:
        understood = snapshot.understand(question.question)
        retrieved = engine.retrieve(understood, context_service=question.context)
        if retrieved.failed:
            raise TrainingError(
                f"a part of the search failed ({', '.join(retrieved.failed)}), so that nothing can "
                "be fitted: see the log"
            )
        candidates = fuse(
            retrieved.hits, snapshot.manifest.background, unit, len(snapshot.passages)
        )
        scores = np.zeros((len(candidates.rows), len(COLUMNS)))
        for leg, column in zip(candidates.legs, candidates.contributions.T, strict=True):
            is_english = leg == LEXICAL and understood.language == "en"
            scores[:, COLUMNS.index(ENGLISH if is_english else leg)] = column
        answers = [snapshot.passages[row].id in question.passages for row in candidates.rows]
        evidence = engine.evidence(retrieved)
        found.append(Example(scores, np.array(answers), question.answerable, evidence))
    return found


def fit_weights(judged: list[Example]) -> Matrix:
    """The weights, shape (columns,), of the examples with a relevant candidate."""
    from scipy.optimize import minimize

    useful = [example for example in judged if example.answers.any()]
    ridge = np.full(len(COLUMNS), _RIDGE)
    ridge[_CONTEXT] = 0  # a context is 0 or 1: its weight has another scale

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        mean, gradient = _mean_loss(useful, weights)
        return mean + float(ridge @ weights**2), gradient + 2 * ridge * weights

    start = np.ones(len(COLUMNS))
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * len(COLUMNS)
    if not _any_in(_CONTEXT, useful):
        start[_CONTEXT], bounds[_CONTEXT] = CONTEXT_WEIGHT, (CONTEXT_WEIGHT, CONTEXT_WEIGHT)
    fitted: Matrix = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    if not _any_in(_ENGLISH, useful):
        fitted[_ENGLISH] = fitted[_LEXICAL]
    return fitted


def fit_context(weights: Matrix, turns: list[Example], bare: list[Example]) -> float:
    """The conversation's weight, the others held; judged turns and follow-ups count alike."""
    from scipy.optimize import minimize_scalar

    def loss(weight: float) -> float:
        tried = weights.copy()
        tried[_CONTEXT] = weight
        return sum(_mean_loss(kind, tried)[0] for kind in (turns, bare) if kind)

    return float(minimize_scalar(loss, bounds=(0, _HEAVIEST), method="bounded").x)


def calibration_set(judged: list[Example], weights: Matrix, depth: int) -> CalibrationSet:
    """The examples ranked by `weights`. Raises TrainingError where a kind is missing."""
    features, correct = [], []
    for example in judged:
        scores = example.scores @ weights
        order = np.argsort(-scores, kind="stable")[:depth]
        from_context = float(example.scores[order[0], _CONTEXT] * weights[_CONTEXT])
        features.append(Features.of(example.evidence, scores[order].tolist(), from_context))
        correct.append(bool(example.answers[order[0]]))
    answerable, right = np.array([one.answerable for one in judged]), np.array(correct)
    is_one_sided = answerable.all() or len(set(right[answerable])) < 2
    if is_one_sided or any(one.dense_margin is None for one in features):
        raise TrainingError(
            "the policy needs questions that are answered, ones that are not, and an index with "
            "off-topic train questions"
        )
    return CalibrationSet(features, answerable, right, np.array(importance(judged)))


def importance(judged: list[Example]) -> list[float]:
    """Weights by which `UNANSWERABLE_SHARE` of the questions is unanswerable."""
    unanswerable = sum(not example.answerable for example in judged)
    answerable = len(judged) - unanswerable
    odds = UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE)
    weight = odds * answerable / max(unanswerable, 1)
    return [1.0 if example.answerable else weight for example in judged]


def _mean_loss(judged: list[Example], weights: Matrix) -> tuple[float, Matrix]:
    """The mean softmax loss of the passages that answer, over examples with one; its gradient."""
    total, gradient = 0.0, np.zeros_like(weights)
    for example in judged:
        probabilities = _softmax(example.scores @ weights)
        right = probabilities * example.answers
        total -= float(np.log(right.sum())) / len(judged)
        gradient -= example.scores.T @ (right / right.sum() - probabilities) / len(judged)
    return total, gradient


def _any_in(column: int, judged: list[Example]) -> bool:
    return any(example.scores[:, column].any() for example in judged)


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def _rounded(number: float) -> float:
    return round(float(number), 3)
