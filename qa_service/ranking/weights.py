"""The fitted numbers of ranking and policy: a JSON object in every version of an index.

`qa-service train` fits them and writes them beside the corpus; a corpus without its own takes
`default_weights.json`, which were fitted on the corpus of this project.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from qa_service.errors import CorpusError, CorpusProblem, TrainingError
from qa_service.files import replace_file
from qa_service.ranking.legs import FUSED_LEGS, LEXICAL
from qa_service.ranking.logistic import LogisticModel
from qa_service.ranking.moves import MOVE_FEATURES, MoveModel
from qa_service.ranking.policy import AnswerPolicy, Thresholds
from qa_service.ranking.scope import (
    ANSWER_FEATURES,
    SCOPE_FEATURES,
    AnswerModel,
    ScopeModel,
)
from qa_service.types import Channel

WEIGHTS_FILE = "weights.json"
DEFAULT_WEIGHTS_FILE = Path(__file__).with_name("default_weights.json")

ENGLISH_LEXICAL, CENTRES = "english_lexical", "centres"

Model = TypeVar("Model", bound=LogisticModel[Any])


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """`legs`: by name of a leg. `english_lexical`: factor on the lexical leg's for English.
    `centres`: probability that the centres found for a place are those that were asked about.
    `move`: whether a turn leaves the talk's procedure.

    The corpus has few English words, so that «can I get» looks as rare as «техогляд».
    """

    legs: Mapping[str, float]
    english_lexical: float
    centres: float
    move: MoveModel
    policy: AnswerPolicy

    def of_legs(self, language: str) -> Mapping[str, float]:
        """The legs' weights for a question in this language."""
        if language != "en" or LEXICAL not in self.legs:
            return self.legs
        return {**self.legs, LEXICAL: self.legs[LEXICAL] * self.english_lexical}


def load_weights(path: Path) -> dict[str, Any]:
    """The JSON object at `path`, which need not exist, or the default one. Raises CorpusError."""
    if not path.is_file():
        path = DEFAULT_WEIGHTS_FILE
    try:
        values: dict[str, Any] = json.loads(path.read_text("utf-8"))
        parse_weights(values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        advice = "does not hold the numbers of ranking: run `qa-service train`, or remove the file"
        raise CorpusError([CorpusProblem(path, 1, advice)]) from error
    return values


def save_weights(values: Mapping[str, Any], path: Path) -> None:
    """Replace the file at `path`. Raises TrainingError where it cannot be written."""
    try:
        replace_file(path, json.dumps(values, indent=2) + "\n")
    except OSError as error:
        raise TrainingError(
            f"cannot write {path}: {error.strerror}; let qa-service write there"
        ) from error


def parse_weights(values: Mapping[str, Any]) -> RankingWeights:
    """Raises KeyError, TypeError, AttributeError or ValueError for what is not such an object."""
    thresholds = values["thresholds"]
    if not values["legs"] or values["legs"].keys() - set(FUSED_LEGS):
        raise ValueError(f"these are not the legs {sorted(FUSED_LEGS)}")
    return RankingWeights(
        legs=_numbers(values["legs"]),
        english_lexical=_number(values[ENGLISH_LEXICAL]),
        centres=_number(values[CENTRES]),
        move=_model(MoveModel, values["move"], MOVE_FEATURES),
        policy=AnswerPolicy(
            scope=_model(ScopeModel, values["scope"], SCOPE_FEATURES),
            answer=_model(AnswerModel, values["answer"], ANSWER_FEATURES),
            thresholds=Thresholds(
                scope=_by_channel(thresholds["scope"]),
                confidence=_by_channel(thresholds["confidence"]),
                sure=_by_channel(thresholds["sure"]),
                sure_in_talk=_by_channel(thresholds["sure_in_talk"]),
                degraded=_by_channel(thresholds["degraded"]),
                tie=_number(thresholds["tie"]),
                guess=_number(thresholds["guess"]),
            ),
        ),
    )


def _model(kind: type[Model], values: Mapping[str, Any], names: Sequence[str]) -> Model:
    numbers = _numbers(values)
    if numbers.keys() != {"bias", *names}:
        raise ValueError(f"these are not the features {names}")
    return kind(numbers["bias"], {name: numbers[name] for name in names})


def _by_channel(values: Mapping[str, Any]) -> dict[Channel, float]:
    return {channel: _number(values[channel]) for channel in Channel}


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no number")
    return float(value)
