"""Questions that the journal proposes, a JSON object a line, until a person confirms them.

A line has the form of `questions/*.jsonl` with `confirmed` and `votes`; no loader of judged or
train questions takes one that is not confirmed.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa_service.documents.jsonl import Text, load_json_lines, read_json_lines
from qa_service.documents.questions import Style
from qa_service.errors import CorpusError, CorpusProblem, RequestError
from qa_service.files import sync
from qa_service.text.courtesy import without_courtesy
from qa_service.text.normalise import normalise
from qa_service.types import Reason, Topic

_ID_CHARS = 10
_TO_TEST_ON = ("golden", "unprompted", "dialogues-chat")
_ENDS = " ?!.,"


class DraftQuestion(BaseModel):
    """answerable: None until somebody judged it. votes: why it is here, how often each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Text
    question: Text
    style: Style
    services: tuple[Text, ...] = ()
    passages: tuple[Text, ...] = ()
    topic: Topic | None = None
    answerable: bool | None = None
    kind: Reason | None = None
    confirmed: bool = False
    votes: Mapping[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _judged_where_confirmed(self) -> Self:
        if self.confirmed and self.answerable is None:
            raise ValueError("say whether it is answerable before it is confirmed")
        if self.confirmed and self.answerable is not bool(self.passages):
            raise ValueError("an answerable question names its passages, any other none")
        return self

    @property
    def line(self) -> str:
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False)

    @property
    def judged_line(self) -> str:
        """As it stands among the questions of the corpus, where whoever names passages names their
        services, too.
        """
        fields = self.model_dump(mode="json", exclude={"confirmed", "votes"})
        if not self.services:
            of_passages = (passage.partition(".")[0] for passage in self.passages)
            fields["services"] = list(dict.fromkeys(of_passages))
        if fields["kind"] is None:
            del fields["kind"]
        return json.dumps(fields, ensure_ascii=False)


def key_of(question: str) -> str:
    """Alike for questions that differ by case, signs and courtesy only."""
    text = normalise(question)
    return (without_courtesy(text) or text).strip(_ENDS)


def id_of(question: str) -> str:
    """The same whenever it is proposed."""
    return f"journal-{hashlib.sha256(key_of(question).encode()).hexdigest()[:_ID_CHARS]}"


def known_questions(corpus: Path) -> frozenset[str]:
    """Keys of all questions and turns that stand in `questions/`. Raises CorpusError."""
    problems: list[CorpusProblem] = []
    known: set[str] = set()
    for path in sorted((corpus / "questions").glob("*.jsonl")):
        for _, line in read_json_lines(path, _KnownLine, problems):
            known |= {key_of(text) for text in line.texts}
    if problems:
        raise CorpusError(problems)
    return frozenset(known)


class _KnownLine(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    question: str = ""
    bare: str = ""
    turns: tuple[dict[str, Any], ...] = ()

    @property
    def texts(self) -> Iterable[str]:
        turns = (str(turn.get("text", "")) for turn in self.turns)
        return filter(None, (self.question, self.bare, *turns))


def write_drafts(path: Path, drafts: Iterable[DraftQuestion]) -> None:
    """Replace the file whole. Raises OSError."""
    _replace(path, "".join(f"{draft.line}\n" for draft in drafts))


def confirm_drafts(path: Path, into: Path, passages: frozenset[str]) -> tuple[int, int]:
    """Move the confirmed lines of `path` to the end of `into`: (moved, left).

    passages: ids that there are. Raises CorpusError where a line is wrong, and then moves none;
    RequestError for a file to test on, which nobody who read questions of people may add to, and
    for `path` itself.
    """
    if into.resolve() == path.resolve():
        raise RequestError(f"{into} holds the drafts: give another file")
    named = "/".join(into.parts[-2:]).casefold()
    if any(name in named for name in _TO_TEST_ON):
        raise RequestError(f"{into} is to test on: give a file to train or to fit on")
    problems: list[CorpusProblem] = []
    lines = list(read_json_lines(path, DraftQuestion, problems))
    for number, draft in lines:
        for passage in draft.passages if draft.confirmed else ():
            if passage not in passages:
                problems.append(CorpusProblem(path, number, f"there is no passage {passage!r}"))
    if problems:
        raise CorpusError(sorted(problems, key=lambda problem: problem.line))
    moved = [draft for _, draft in lines if draft.confirmed]
    left = [draft for _, draft in lines if not draft.confirmed]
    if moved:
        _append(into, {(draft.id, draft.question): draft.judged_line for draft in moved})
        write_drafts(path, left)
    return len(moved), len(left)


class _AskedLine(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Text | None = None
    question: Text | None = None


def _append(into: Path, lines: Mapping[tuple[str, str], str]) -> None:
    """lines: by id and question; those that `into` has are there since a run that was stopped."""
    before = into.read_text("utf-8") if into.exists() else ""
    asked = load_json_lines(into, _AskedLine) if before.strip() else ()
    there = {(one.id, one.question) for one in asked}
    if before and not before.endswith("\n"):
        before += "\n"
    added = (line for key, line in lines.items() if key not in there)
    _replace(into, before + "".join(f"{line}\n" for line in added))


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    replacement = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        sync(replacement)
        replacement.chmod(path.stat().st_mode if path.exists() else 0o644)
        replacement.replace(path)
    finally:
        replacement.unlink(missing_ok=True)
