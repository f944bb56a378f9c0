"""The fitted numbers of ranking and judgement, read from `weights.json`. Made by `qa-service train` on the dev questions."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa_service.ranking.confidence import Calibration, Thresholds
from qa_service.types import Channel

WEIGHTS_FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class RankingWeights:
    legs: dict[str, float]
    calibration: Calibration
    thresholds: Thresholds


@cache
def fitted_weights() -> RankingWeights:
    values = json.loads(WEIGHTS_FILE.read_text("utf-8"))
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


def write_weights(values: dict[str, object]) -> Path:
    """Replace the fitted numbers; returns the file's path."""
    WEIGHTS_FILE.write_text(json.dumps(values, indent=2) + "\n", "utf-8")
    return WEIGHTS_FILE
