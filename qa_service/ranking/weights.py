"""The fitted numbers of ranking and judgement, read from `weights.json`. Made by `qa-service train`
on the dev questions.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa_service.ranking.confidence import Answering, Judge, Scope, Thresholds
from qa_service.types import Channel

WEIGHTS_FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class RankingWeights:
    legs: dict[str, float]
    judge: Judge


@cache
def fitted_weights() -> RankingWeights:
    values = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    thresholds = values["thresholds"]
    return RankingWeights(
        legs=values["legs"],
        judge=Judge(
            scope=Scope(**values["scope"]),
            answering=Answering(**values["answering"]),
            thresholds=Thresholds(
                scope={channel: thresholds["scope"][channel] for channel in Channel},
                confidence={channel: thresholds["confidence"][channel] for channel in Channel},
                tie=thresholds["tie"],
            ),
        ),
    )


def write_weights(values: dict[str, object]) -> Path:
    """Replace the fitted numbers; returns the file's path."""
    WEIGHTS_FILE.write_text(json.dumps(values, indent=2) + "\n", "utf-8")
    return WEIGHTS_FILE
