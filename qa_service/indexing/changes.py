"""What each version changed in the passages, carried on from version to version. Pure but for its
file.

The log survives the versions that are removed, so that what changed since yesterday can be told
from the newest one alone.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from qa_service.types import Passage

CHANGES_FILE = "changes.json"
KEPT = timedelta(days=90)
MOST = 5_000
"""Changes that are kept at most, the newest."""

_SHOWN = tuple(one.name for one in fields(Passage) if one.name != "questions")


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One passage that a version added, changed or removed. before, after: its text. was, now:
    digests of what else is another, by the names of `Passage`; all there are where it was added or
    removed.
    """

    kind: ChangeKind
    passage_id: str
    service: str
    title: str
    before: str | None
    after: str | None
    was: Mapping[str, str] = field(default_factory=dict)
    now: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """What of a changed passage is another, by the names of `Passage`."""
        if self.kind is not ChangeKind.CHANGED:
            return ()
        others = (name for name, digest in self.now.items() if digest != self.was.get(name))
        return (*(["text"] if self.before != self.after else []), *others)


@dataclass(frozen=True, slots=True)
class Step:
    """From one version to the next. since: the earlier one, since_at: when it was built; at: when
    the later one was. Times are ISO 8601 in UTC.
    """

    since: str
    since_at: str
    at: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The steps that led to a version, oldest first."""

    steps: tuple[Step, ...] = ()

    def since(self, version: str) -> tuple[Step, ...] | None:
        """The steps from `version` on; None where it is not one of those that led here."""
        names = [step.since for step in self.steps]
        return self.steps[names.index(version) :] if version in names else None

    def after(self, moment: datetime) -> tuple[Step, ...]:
        """The steps after `moment`, which has a time zone."""
        return tuple(step for step in self.steps if datetime.fromisoformat(step.at) > moment)

    def reaches(self, moment: datetime, built: str) -> bool:
        """Whether the version that was served at `moment` is known. built: when the one was that
        the steps lead to, in ISO 8601; nothing is known before it where there are none.
        """
        first = self.steps[0].since_at if self.steps else built
        return datetime.fromisoformat(first) <= moment

    def with_step(self, step: Step) -> Self:
        """With one more, without what is too old or too much."""
        kept = [*self.after(datetime.fromisoformat(step.at) - KEPT), step]
        while len(kept) > 1 and sum(len(one.changes) for one in kept) > MOST:
            del kept[0]
        return replace(self, steps=tuple(kept))

    def save(self, folder: Path) -> None:
        """Raises OSError."""
        content = json.dumps(asdict(self), ensure_ascii=False)
        (folder / CHANGES_FILE).write_text(content, "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises OSError, ValueError."""
        return TypeAdapter(cls).validate_json((folder / CHANGES_FILE).read_bytes())


def changes(before: Sequence[Passage], after: Sequence[Passage]) -> Iterator[Change]:
    """What is another in `after`, in its order, removed passages last. The questions that a passage
    is found by do not count: nobody is shown them.
    """
    old, new = _by_id(before), _by_id(after)
    for key, passage in new.items():
        if key not in old:
            yield _change(ChangeKind.ADDED, None, passage, _SHOWN)
        elif differing := _differing(old[key], passage):
            yield _change(ChangeKind.CHANGED, old[key], passage, differing)
    for key, passage in old.items():
        if key not in new:
            yield _change(ChangeKind.REMOVED, passage, None, _SHOWN)


def net(steps: Sequence[Step]) -> list[tuple[str, Change]]:
    """What the steps change together, a passage once, with the time of its last change."""
    found: dict[str, tuple[str, Change]] = {}
    for step in steps:
        for change in step.changes:
            _, earlier = found.pop(change.passage_id, (step.at, None))
            both = _both(earlier, change) if earlier else change
            if both is not None:
                found[change.passage_id] = (step.at, both)
    return list(found.values())


def _both(first: Change, second: Change) -> Change | None:
    """One change in place of two; None where they undo each other."""
    if first.before is None and second.after is None:
        return None
    kind = (
        ChangeKind.ADDED
        if first.before is None
        else ChangeKind.REMOVED
        if second.after is None
        else ChangeKind.CHANGED
    )
    was, now = {**second.was, **first.was}, {**first.now, **second.now}
    both = replace(second, kind=kind, before=first.before, was=was, now=now)
    return both if both.fields or kind is not ChangeKind.CHANGED else None


def _by_id(passages: Sequence[Passage]) -> Mapping[str, Passage]:
    return {passage.id: passage for passage in passages}


def _differing(old: Passage, new: Passage) -> tuple[str, ...]:
    return tuple(name for name in _SHOWN if getattr(old, name) != getattr(new, name))


def _change(
    kind: ChangeKind, old: Passage | None, new: Passage | None, names: Sequence[str]
) -> Change:
    passage = new or old
    assert passage is not None
    texts = (old.text if old else None, new.text if new else None)
    of_both = (_digests(one, names) if one else {} for one in (old, new))
    return Change(kind, passage.id, passage.service, passage.title, *texts, *of_both)


def _digests(passage: Passage, names: Sequence[str]) -> Mapping[str, str]:
    """Of all but the text, which stands in the change itself."""
    values = asdict(passage)
    return {
        name: hashlib.blake2b(json.dumps(values[name]).encode(), digest_size=8).hexdigest()
        for name in names
        if name != "text"
    }
