"""What people ask: procedures in the words of judged questions, themes that no text tells of, and
what else is said.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

import yaml

from qa_service.types import Channel

FOLDER = Path(__file__).parent
QUESTIONS = FOLDER.parents[1] / "corpus" / "questions"

_MOST_OF_A_SERVICE = 20
_STEEPNESS = 0.7  # of how often the shortest questions are asked more than the longest
_LONGEST = 160
_STYLES = {
    Channel.OPERATOR: {"shorthand", "keywords", "plain", "single"},
    Channel.SITE: {"keywords", "colloquial", "typos", "russian", "surzhyk", "plain", "formal"},
    Channel.CHATBOT: {"colloquial", "surzhyk", "russian", "translit", "typos", "layout", "english"},
}
POPULAR = {  # times more often than the others
    "licence-exchange": 9,
    "vehicle-sale": 9,
    "e-queue": 8,
    "licence-first": 7,
    "exam-practical": 6,
    "licence-lost": 5,
    "vehicle-sale-online": 5,
    "vehicle-import": 4,
    "licence-cost": 4,
    "exam-theory": 4,
    "certificate-lost": 3,
    "centre-locations-hours": 3,
    "criminal-record": 3,
    "vehicle-fees": 3,
    "licence-first-expiry": 3,
    "plates-lost": 2,
    "medical-certificate": 2,
    "vehicle-power-of-attorney": 2,
}


@dataclass(frozen=True, slots=True)
class Theme:
    """What no text tells of, in many words; see themes.yaml."""

    name: str
    weight: float
    growth: float
    spike: bool
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """A judged question about a procedure."""

    question: str
    service: str
    passage: str
    topic: str | None
    style: str


@dataclass(frozen=True, slots=True)
class Chatter:
    """What is asked besides; `again` and `towns` are patterns around a question."""

    small_talk: tuple[str, ...]
    off_topic: tuple[str, ...]
    live_data: tuple[str, ...]
    talk: tuple[str, ...]
    towns: tuple[str, ...]
    again: tuple[str, ...]


class Procedures:
    """Questions about procedures, some asked far more often than others (Zipf)."""

    def __init__(self, rng: Random, questions: Iterable[Covered]) -> None:
        by_service: dict[str, list[Covered]] = {}
        for question in questions:
            by_service.setdefault(question.service, []).append(question)
        self._by_passage: dict[str, list[Covered]] = {}
        chosen: list[tuple[Covered, float]] = []
        for service in sorted(by_service):
            asked = by_service[service]
            some = rng.sample(asked, min(len(asked), _MOST_OF_A_SERVICE))
            for rank, one in enumerate(sorted(some, key=lambda one: len(one.question)), 1):
                chosen.append((one, POPULAR.get(service, 1) / rank**_STEEPNESS))
                self._by_passage.setdefault(one.passage, []).append(one)
        self.questions = tuple(one for one, _ in chosen)
        self._pools = {channel: _pool(chosen, styles) for channel, styles in _STYLES.items()}

    def pick(self, rng: Random, channel: Channel) -> Covered:
        pool, until = self._pools[channel]
        return rng.choices(pool, cum_weights=until)[0]

    def reworded(self, rng: Random, before: Covered) -> str | None:
        """Another question about the same passage."""
        others = [one for one in self._by_passage[before.passage] if one != before]
        return rng.choice(others).question if others else None


def _pool(
    chosen: Sequence[tuple[Covered, float]], styles: set[str]
) -> tuple[list[Covered], list[float]]:
    fitting = [(one, weight) for one, weight in chosen if one.style in styles] or list(chosen)
    return [one for one, _ in fitting], list(accumulate(weight for _, weight in fitting))


def load_themes() -> tuple[Theme, ...]:
    written = yaml.safe_load((FOLDER / "themes.yaml").read_text("utf-8"))
    return tuple(
        Theme(
            one["name"],
            one["weight"],
            one["growth"],
            one.get("spike", False),
            tuple(one["questions"]),
        )
        for one in written
    )


def load_chatter() -> Chatter:
    written = yaml.safe_load((FOLDER / "chatter.yaml").read_text("utf-8"))
    return Chatter(**{kind: tuple(sayings) for kind, sayings in written.items()})


def load_covered(folder: Path = QUESTIONS) -> list[Covered]:
    """The answerable questions of train and dev, never golden's."""
    return [
        Covered(row["question"], row["services"][0], row["passages"][0], row["topic"], row["style"])
        for name in ("train.jsonl", "dev.jsonl")
        for row in map(json.loads, (folder / name).read_text("utf-8").splitlines())
        if row["answerable"] and row["passages"] and len(row["question"]) <= _LONGEST
    ]
