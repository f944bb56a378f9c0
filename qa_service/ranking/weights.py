"""The fitted numbers of ranking and judgement, read from `weights.json`. Made by `qa-service fit` on the dev questions."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from qa_service.ranking.confidence import Calibration, Thresholds
from qa_service.types import Channel


@dataclass(frozen=True, slots=True)
class RankingWeights:
    legs: dict[str, float]
    calibration: Calibration
    thresholds: Thresholds


@cache
def fitted_weights() -> RankingWeights:
    values = json.loads((files("qa_service.ranking") / "weights.json").read_text("utf-8"))
    thresholds = values["thresholds"]
    return RankingWeights(
        legs=values["legs"],
        calibration=Calibration(**values["calibration"]),
        thresholds=Thresholds(
            answer={Channel(channel): threshold for channel, threshold in thresholds["answer"].items()},
            off_topic=thresholds["off_topic"],
            tie=thresholds["tie"],
        ),
    )
