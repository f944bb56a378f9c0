"""Questions beside the corpus, `questions/*.jsonl`: judged ones to fit on (dev) and to test on
(golden), train questions, which help to find a passage or show what is out of scope, follow-ups.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from qa_service.documents.dialogues import (
    TRAIN_DIALOGUES_FILE,
    Dialogue,
    TurnKind,
    to_learn_from,
    turns_to_know,
)
from qa_service.documents.jsonl import Text, load_json_lines, read_json_lines
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.text.spelling import Vocabulary
from qa_service.text.understand import understand
from qa_service.types import Reason, Topic


class Style(StrEnum):
    """How a question is put."""

    FORMAL = "formal"
    COLLOQUIAL = "colloquial"
    SURZHYK = "surzhyk"
    RUSSIAN = "russian"
    TYPOS = "typos"
    TRANSLIT = "translit"
    LAYOUT = "layout"
    KEYWORDS = "keywords"
    LONG = "long"
    ENGLISH = "english"
    SINGLE = "single"
    PLAIN = "plain"
    VOICE = "voice"
    SHORTHAND = "shorthand"
    COMPOUND = "compound"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with every service and passage that answers it; `topic` is what it asks for.

    answerable: false where an honest service abstains; then no passage answers, and `kind` may say
    why. context: the service that the conversation was about. parts: of a message that asks several
    things, the passages that answer each. bare: the question without the courtesy around it.
    """

    id: str
    question: str
    style: Style
    services: frozenset[str]
    passages: frozenset[str]
    topic: Topic | None
    answerable: bool
    context: str | None = None
    kind: Reason | None = None
    parts: tuple[frozenset[str], ...] = ()
    bare: str | None = None


class _Line(BaseModel):
    """confirmed: false in what `qa-service journal to-questions` proposes; said before all else."""

    confirmed: bool = True

    @field_validator("confirmed")
    @classmethod
    def _by_a_person(cls, confirmed: bool) -> bool:
        if not confirmed:
            raise ValueError(
                "nobody has confirmed this question: judge it, and move it here with "
                "`qa-service journal confirm`"
            )
        return confirmed


class _QuestionLine(_Line):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Text | None = None
    question: Text
    style: Style
    services: frozenset[Text] = frozenset()
    passages: frozenset[Text] = frozenset()
    topic: Topic | None = None
    answerable: bool
    context: Text | None = None
    kind: Reason | None = None
    parts: tuple[frozenset[Text], ...] = ()
    bare: Text | None = None

    @model_validator(mode="after")
    def _judged(self) -> Self:
        if self.answerable and not (self.services and self.passages):
            raise ValueError("an answerable question names its services and passages")
        if self.passages and not self.answerable:
            raise ValueError("a question that is not answerable has no passages")
        return self


def load_questions(path: Path) -> list[JudgedQuestion]:
    """Judged questions, a JSON object a line, `id` optional. Raises CorpusError."""
    problems: list[CorpusProblem] = []
    questions: dict[str, JudgedQuestion] = {}
    for number, line in read_json_lines(path, _QuestionLine, problems):
        key = line.id or f"{path.stem}-{number}"
        if key in questions:
            problems.append(CorpusProblem(path, number, f"id {key!r} was used already"))
        questions[key] = JudgedQuestion(
            id=key,
            question=line.question,
            style=line.style,
            services=line.services,
            passages=line.passages,
            topic=line.topic,
            answerable=line.answerable,
            context=line.context,
            kind=line.kind,
            parts=line.parts,
            bare=line.bare,
        )
    if problems:
        raise CorpusError(problems)
    return list(questions.values())


class _FollowUpLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Text
    topic: Topic


def load_follow_ups(path: Path) -> dict[Topic, tuple[str, ...]]:
    """Topic -> follow-up questions that name no procedure. Raises CorpusError."""
    found: dict[Topic, tuple[str, ...]] = {}
    for line in load_json_lines(path, _FollowUpLine) if path.is_file() else ():
        found[line.topic] = (*found.get(line.topic, ()), line.question)
    return found


TRAIN_FILE = Path("questions") / "train.jsonl"
DEV_FILE = Path("questions") / "dev.jsonl"

WRAPPERS_FILE = Path("questions") / "wrappers.txt"
WRAPPED = "{q}"

_TURN = "turn"
_SPELT_OTHERWISE = frozenset({"layout", "translit", "typos", _TURN})
"""Styles with misspelt words: their readings are kept, so that no typo becomes a known word."""


Read = Callable[[Sequence[str], Vocabulary], list[str]]
"""Misspelt questions and the words of their corpus -> as they are read, one each: `as_read`, or one
that remembers.
"""


class _TrainLine(_Line):
    model_config = ConfigDict(extra="ignore", frozen=True)

    question: Text
    style: Text
    passages: list[Text]
    kind: Reason | None = None


def load_wrappers(corpus_folder: Path, problems: list[CorpusProblem]) -> tuple[str, ...]:
    """Courtesy around a question, `{q}`, a line each; empty without a file."""
    path = corpus_folder / WRAPPERS_FILE
    if not path.is_file():
        return ()
    lines = path.read_text("utf-8").splitlines()
    problems += [
        CorpusProblem(path, number, f"write {WRAPPED} once, where the question stands")
        for number, line in enumerate(lines, 1)
        if line.count(WRAPPED) != 1
    ]
    return tuple(lines)


def as_read(questions: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Misspelt questions as they are read with the words of a corpus, one each."""
    return [understand(question, vocabulary).reading for question in questions]


def load_expansions(
    corpus_folder: Path,
    texts: Mapping[str, str],
    problems: list[CorpusProblem],
    read: Read = as_read,
) -> tuple[dict[str, tuple[str, ...]], dict[str, Reason | None]]:
    """Passage id -> its train questions, turns of train conversations that may be asked on their
    own among them; question without a passage -> why it is not answered, where that is known. Empty
    without a file.

    `texts` holds what each passage says, by id; a question for another passage is a problem.
    `read`: see `Read`.
    """
    path = corpus_folder / TRAIN_FILE
    if not path.is_file():
        return {}, {}
    found: list[CorpusProblem] = []
    lines = [*read_json_lines(path, _TrainLine, found), *_turns(corpus_folder, found)]
    spelt = [line.question for _, line in lines if line.style not in _SPELT_OTHERWISE]
    misspelt = [line.question for _, line in lines if line.style in _SPELT_OTHERWISE]
    readings = iter(read(misspelt, Vocabulary.of([*texts.values(), *spelt])))
    expansions: dict[str, list[str]] = {}
    off_topic: dict[str, Reason | None] = {}
    for number, line in lines:
        question = next(readings) if line.style in _SPELT_OTHERWISE else line.question
        if not line.passages:
            off_topic[question] = line.kind
        for passage in line.passages:
            if passage in texts:
                expansions.setdefault(passage, []).append(question)
            else:
                file = corpus_folder / TRAIN_DIALOGUES_FILE if line.style == _TURN else path
                found.append(CorpusProblem(file, number, f"there is no passage {passage!r}"))
    problems += sorted(found, key=lambda problem: problem.line)
    return {passage: tuple(questions) for passage, questions in expansions.items()}, off_topic


def _turns(corpus_folder: Path, problems: list[CorpusProblem]) -> Iterator[tuple[int, _TrainLine]]:
    """The turns of train conversations as train questions, with the lines that they stand on."""
    path = corpus_folder / TRAIN_DIALOGUES_FILE
    talks = list(read_json_lines(path, Dialogue, problems)) if path.is_file() else []
    for number, talk in to_learn_from(talks):
        for turn, passages in turns_to_know(talk):
            kind = Reason.SMALL_TALK if turn.kind is TurnKind.SMALL_TALK else None
            yield number, _TrainLine(question=turn.text, style=_TURN, passages=passages, kind=kind)
