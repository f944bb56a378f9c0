"""Judged conversations, `questions/dialogues-*.jsonl`: a person's turns, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from qa_service.documents.jsonl import Text, load_json_lines
from qa_service.text.asking import has_subject
from qa_service.text.normalise import normalise
from qa_service.types import Context

TRAIN_DIALOGUES_FILE = Path("questions") / "dialogues-train.jsonl"
_DEV = Path("questions") / "dialogues-dev.jsonl"
_LEFT_TO_WEIGHTS = 3
"""Of so many train conversations the encoder and the index leave one, so that what weights are
fitted on is as new to them as what people say.
"""
_SAYS_WHAT, _SAYS_MORE_THAN_YES = 5, 3
"""Words at least of a turn that may be said outside of its talk as well: of a question, of thanks
and the like.
"""

One = TypeVar("One")


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
    return tuple(load_json_lines(path, Dialogue)) if path.is_file() else ()


def dialogues_for_encoder(corpus: Path) -> tuple[Dialogue, ...]:
    """The train conversations in a corpus folder less every third. Raises CorpusError."""
    return tuple(to_learn_from(load_dialogues(corpus / TRAIN_DIALOGUES_FILE)))


def dialogues_for_weights(corpus: Path) -> tuple[Dialogue, ...]:
    """Every third train conversation in a corpus folder, and those of dev. Raises CorpusError."""
    train = load_dialogues(corpus / TRAIN_DIALOGUES_FILE)
    return train[::_LEFT_TO_WEIGHTS] + load_dialogues(corpus / _DEV)


def to_learn_from(train: Sequence[One]) -> list[One]:
    """All train conversations, in whatever form, but those that are left to the weights."""
    return [one for number, one in enumerate(train) if number % _LEFT_TO_WEIGHTS]


def turns_to_know(talk: Dialogue) -> Iterator[tuple[DialogueTurn, list[str]]]:
    """The turns of a train conversation that may be asked outside of it as well, with the passages
    that answer each, of the procedure that the talk is about where it has some; none where nothing
    answers.
    """
    for turn in talk.turns:
        words = len(turn.text.split())
        is_whole = words >= _SAYS_WHAT and has_subject(normalise(turn.text))
        is_talk = words >= _SAYS_MORE_THAN_YES and turn.kind is TurnKind.SMALL_TALK
        if is_talk or (is_whole and turn.kind is TurnKind.NOT_COVERED):
            yield turn, []
        elif is_whole and turn.passages and not turn.offered:
            own = [one for one in turn.passages if one.split(".")[0] in turn.services[:1]]
            yield turn, sorted(own or turn.passages)
