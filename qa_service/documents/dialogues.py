"""Judged conversations, `questions/dialogues-*.jsonl`: a person's turns, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from qa_service.documents.jsonl import Text, read_json_lines
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.text.asking import has_subject
from qa_service.text.normalise import normalise
from qa_service.types import Context

TRAIN_DIALOGUES_FILE = Path("questions") / "dialogues-train.jsonl"
_DEV = Path("questions") / "dialogues-dev.jsonl"
_LEFT_TO_WEIGHTS = 3
"""Of so many train conversations the encoder leaves one, so that what weights are fitted on is as
new to it as what people say.
"""
_SAYS_WHAT, _SAYS_MORE_THAN_YES = 5, 3
"""Words at least of a turn that may be said outside of its talk as well: of a question, of thanks
and the like.
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
    problems: list[CorpusProblem] = []
    found = read_dialogues(path, problems)
    if problems:
        raise CorpusError(problems)
    return found


def read_dialogues(path: Path, problems: list[CorpusProblem]) -> tuple[Dialogue, ...]:
    """The same, with what is wrong put into `problems`."""
    if not path.is_file():
        return ()
    return tuple(line for _, line in read_json_lines(path, Dialogue, problems))


def dialogues_for_encoder(corpus: Path) -> tuple[Dialogue, ...]:
    """The train conversations in a corpus folder less every third. Raises CorpusError."""
    train = load_dialogues(corpus / TRAIN_DIALOGUES_FILE)
    return tuple(one for number, one in enumerate(train) if not _is_left_to_weights(number))


def dialogues_for_weights(corpus: Path) -> tuple[Dialogue, ...]:
    """Every third train conversation in a corpus folder, and those of dev. Raises CorpusError."""
    train = load_dialogues(corpus / TRAIN_DIALOGUES_FILE)
    return train[::_LEFT_TO_WEIGHTS] + load_dialogues(corpus / _DEV)


def turns_to_know(
    dialogues: Sequence[Dialogue],
) -> Iterator[tuple[int, DialogueTurn, list[str]]]:
    """The turns of train conversations that may be asked outside of them as well: the line of the
    conversation, the turn, and the passages that answer it, of the procedure that the talk is about
    where it has some; none where nothing answers.
    """
    learnt = ((n, one) for n, one in enumerate(dialogues, 1) if not _is_left_to_weights(n - 1))
    for number, turn in ((n, turn) for n, one in learnt for turn in one.turns):
        words = len(turn.text.split())
        is_whole = words >= _SAYS_WHAT and has_subject(normalise(turn.text))
        is_talk = words >= _SAYS_MORE_THAN_YES and turn.kind is TurnKind.SMALL_TALK
        if is_talk or (is_whole and turn.kind is TurnKind.NOT_COVERED):
            yield number, turn, []
        elif is_whole and turn.passages and not turn.offered:
            own = [one for one in turn.passages if one.split(".")[0] in turn.services[:1]]
            yield number, turn, sorted(own or turn.passages)


def _is_left_to_weights(number: int) -> bool:
    """Whether weights are fitted on the train conversation of this number, from 0."""
    return number % _LEFT_TO_WEIGHTS == 0
