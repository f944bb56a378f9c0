"""Judged conversations, `questions/dialogues-*.jsonl`: a person's turns, in order."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from qa_service.documents.jsonl import Text, read_json_lines
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.types import Context

_TRAIN, _DEV = (
    Path("questions") / name for name in ("dialogues-train.jsonl", "dialogues-dev.jsonl")
)
_LEFT_TO_WEIGHTS = 3
"""Of so many train conversations the encoder leaves one, so that what weights are fitted on is as
new to it as what people say.
"""


class TurnKind(StrEnum):
    """What a turn does in its conversation."""

    FIRST = "first"
    FOLLOW_UP = "follow_up"
    CHANGE = "change"
    BACK = "back"
    CORRECTION = "correction"
    CHOICE = "choice"
    VAGUE = "vague"
    NOT_COVERED = "not_covered"
    SMALL_TALK = "small_talk"


class DialogueTurn(BaseModel):
    """`services`, `passages`: all that are right, none where nothing answers; the first service is
    the one that the talk is about. `offered`: the services that a choice is made from, in order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: TurnKind
    text: Text
    services: tuple[Text, ...] = ()
    passages: frozenset[Text] = frozenset()
    offered: tuple[Text, ...] = ()

    def asked_in(self, context: Context) -> Context:
        """A choice is made from what the conversation's author offered."""
        return replace(context, choices=self.offered) if self.offered else context


class Dialogue(BaseModel):
    """One person's turns."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Text
    turns: tuple[DialogueTurn, ...]


def load_dialogues(path: Path) -> tuple[Dialogue, ...]:
    """A JSON object a line; none without a file. Raises CorpusError."""
    if not path.is_file():
        return ()
    problems: list[CorpusProblem] = []
    found = tuple(line for _, line in read_json_lines(path, Dialogue, problems))
    if problems:
        raise CorpusError(problems)
    return found


def dialogues_for_encoder(corpus: Path) -> tuple[Dialogue, ...]:
    """The train conversations in a corpus folder less every third. Raises CorpusError."""
    train = load_dialogues(corpus / _TRAIN)
    return tuple(one for number, one in enumerate(train) if number % _LEFT_TO_WEIGHTS)


def dialogues_for_weights(corpus: Path) -> tuple[Dialogue, ...]:
    """Every third train conversation in a corpus folder, and those of dev. Raises CorpusError."""
    return load_dialogues(corpus / _TRAIN)[::_LEFT_TO_WEIGHTS] + load_dialogues(corpus / _DEV)
