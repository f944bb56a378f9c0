"""Fit the legs' weights and the confidence on judged questions: `make fit` writes `qa_service/ranking/weights.json`.

Weights minimise the softmax loss of the passages that answer (ListNet's top-one loss: Cao et al., ICML 2007), none below
zero. The confidence is a logistic regression on the fused ranking. Thresholds are policy, not fitted: they are
probabilities, and each channel says how sure it wants to be. Needs the `build` extra (SciPy, scikit-learn).
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa_service.bootstrap import load_engine
from qa_service.engine import QAEngine
from qa_service.evaluation.judgements import JudgedQuestion, load_questions
from qa_service.indexing.legs import LEXICAL, PASSAGES, QUESTIONS, SERVICES
from qa_service.ranking.confidence import top_share
from qa_service.ranking.fuse import fuse
from qa_service.settings import load_settings
from qa_service.text.understand import understand

LEGS = (PASSAGES, QUESTIONS, SERVICES, LEXICAL)
THRESHOLDS = {"answer": {"site": 0.35, "operator": 0.2, "chatbot": 0.5}, "off_topic": 0.1, "tie": 1.0}

_RIDGE = 1e-3
_WEIGHTS_FILE = Path(__file__).parent.parent / "ranking" / "weights.json"

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: features of shape (candidates, legs), and which of them answer."""

    features: Matrix
    answers: npt.NDArray[np.bool_]


def examples(engine: QAEngine, questions: list[JudgedQuestion]) -> list[Example]:
    unit = dict.fromkeys(LEGS, 1.0)
    found = []
    for question in questions:
        reading = understand(question.question, engine.index.vocabulary).reading
        candidates = fuse(engine.retrieve(reading), engine.index.manifest.background, unit, len(engine.index.passages))
        features = np.zeros((len(candidates.rows), len(LEGS)))
        for column, leg in enumerate(candidates.legs):
            features[:, LEGS.index(leg)] = candidates.features[:, column]
        answers = [engine.index.passages[row].id in question.passages for row in candidates.rows]
        found.append(Example(features, np.array(answers)))
    return found


def fit_weights(judged: list[Example]) -> Matrix:
    """The legs' weights, shape (legs,), from the examples with a passage that answers among the candidates."""
    from scipy.optimize import minimize

    useful = [example for example in judged if example.answers.any()]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, gradient = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for example in useful:
            probabilities = _softmax(example.features @ weights)
            right = probabilities * example.answers
            total -= float(np.log(right.sum())) / len(useful)
            gradient -= example.features.T @ (right / right.sum() - probabilities) / len(useful)
        return total, gradient

    bounds = [(0.0, None)] * len(LEGS)
    fitted: Matrix = minimize(loss, np.ones(len(LEGS)), jac=True, bounds=bounds, method="L-BFGS-B").x
    return fitted


def fit_calibration(judged: list[Example], weights: Matrix, depth: int) -> dict[str, float]:
    """Coefficients of `ranking.confidence.Calibration`: does the best passage answer?"""
    from sklearn.linear_model import LogisticRegression

    points, right = [], []
    for example in judged:
        scores = example.features @ weights
        order = np.argsort(-scores, kind="stable")[:depth]
        points.append([scores[order[0]], top_share(scores[order].tolist())])
        right.append(bool(example.answers[order[0]]))
    model = LogisticRegression(C=1e3).fit(points, right)
    (score, share), (bias,) = model.coef_[0], model.intercept_
    return {"bias": round(float(bias), 3), "score": round(float(score), 3), "share": round(float(share), 3)}


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def main() -> None:
    settings = load_settings()
    questions = load_questions(settings.corpus / "questions" / "dev.jsonl")
    judged = examples(load_engine(settings), questions)
    weights = fit_weights(judged)
    fitted = {
        "legs": {leg: round(float(weight), 3) for leg, weight in zip(LEGS, weights, strict=True)},
        "calibration": fit_calibration(judged, weights, settings.retrieval_depth),
        "thresholds": THRESHOLDS,
    }
    _WEIGHTS_FILE.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    sys.stdout.write(f"{len(judged)} questions -> {_WEIGHTS_FILE}\n{json.dumps(fitted, indent=2)}\n")


if __name__ == "__main__":
    main()
