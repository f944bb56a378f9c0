"""What can be suggested from an index, under which names, and which of it says the same. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from sys import intern

from qa_service.indexing.snapshot import Snapshot
from qa_service.text.normalise import normalise
from qa_service.text.tokens import without_ending, words

_WORDS_OF_NAME = 3
_NAMES = 1 << 14
"""Of which the words stay known from one version to the next."""


class Kind(StrEnum):
    SERVICE = "service"
    QUESTION = "question"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` is what to ask; `service` the slug of the procedure that it is about."""

    text: str
    kind: Kind
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A text under which a suggestion is found: its own, an alias, a saying."""

    words: tuple[str, ...]
    suggestion: Suggestion
    shown: tuple[str, ...]
    """The words of the suggestion's text without endings, each once, in the order of the alphabet,
    to tell two that mean the same. A set of so few takes five times the memory.
    """
    passage: str | None = None
    """Id of the passage that answers a question."""

    def repeats(self, other: "Key") -> bool:
        """Whether both say the same: the same words, or a term that is what a procedure is called,
        in fewer or more words.
        """
        if self.shown == other.shown:
            return True
        is_of_procedure = {self.suggestion.kind, other.suggestion.kind} == {Kind.TERM, Kind.SERVICE}
        shared = len({*self.shown} & {*other.shown})
        is_within = shared == min(len(self.shown), len(other.shown))
        return is_of_procedure and is_within and shared >= _WORDS_OF_NAME


def keys(snapshot: Snapshot) -> Iterator[Key]:
    """Every suggestion under each of its names; sayings for a service's name are names, too."""
    by_name: dict[str, Suggestion] = {}
    for service in snapshot.services:
        suggestion = Suggestion(service.title, Kind.SERVICE, service.slug)
        for name in (service.title, service.official_name or "", *service.aliases):
            by_name.setdefault(_normal(name), suggestion)
            yield _key(name, suggestion)
    for passage in snapshot.passages:
        for question in (passage.title, *passage.questions):
            suggestion = Suggestion(question, Kind.QUESTION, passage.service or None)
            yield _key(question, suggestion, passage.id)
    for saying, term in snapshot.synonyms.terms.items():
        if service_of_that_name := by_name.get(_normal(term)):
            yield _key(saying, service_of_that_name)
        elif len(_said(term)) > 1:  # one word alone is too little to ask
            yield from (_key(name, Suggestion(term, Kind.TERM)) for name in (term, saying))


def _key(name: str, suggestion: Suggestion, passage: str | None = None) -> Key:
    bare = _bare(name if suggestion.text == name else suggestion.text)
    return Key(_said(name), suggestion, bare, passage)


@lru_cache(_NAMES)
def _normal(name: str) -> str:
    return normalise(name)


@lru_cache(_NAMES)
def _said(name: str) -> tuple[str, ...]:
    """The words of a name, which the next version will most likely have as well."""
    return tuple(map(intern, words(name)))


@lru_cache(_NAMES)
def _bare(text: str) -> tuple[str, ...]:
    return tuple(sorted({intern(without_ending(word)) for word in _said(text)}))


def mixed(ranked: Iterable[Key], limit: int) -> tuple[Suggestion, ...]:
    """The best, nothing said twice. One is of each passage, and at most half are of one kind,
    unless there are no others.
    """
    chosen: list[Key] = []
    of_same_passage: list[Key] = []
    of_same_kind: list[Key] = []
    said: set[tuple[str, ...]] = set()
    passages: set[str] = set()
    counts = dict.fromkeys(Kind, 0)
    for key in ranked:
        kind = key.suggestion.kind
        if key.shown in said or (kind is not Kind.QUESTION and _is_named(key, chosen)):
            continue
        if key.passage in passages:
            place = of_same_passage
        elif counts[kind] == max(1, limit // 2):
            place = of_same_kind
        else:
            place = chosen
            counts[kind] += 1
        if len(place) < limit:  # thousands may fit a word that many questions begin with
            place.append(key)
            said.add(key.shown)
            passages |= {key.passage} if key.passage else set()
        if len(chosen) == limit:
            break
    every = (*chosen, *of_same_passage, *of_same_kind)
    return tuple(key.suggestion for key in every[:limit])


def _is_named(key: Key, chosen: list[Key]) -> bool:
    """Whether the procedure or term is chosen already, by this or another name. The procedure
    itself takes the place of a term for it.
    """
    for place, other in enumerate(chosen):
        if key.repeats(other):
            if key.suggestion.kind is Kind.SERVICE:
                chosen[place] = key
            return True
    return False
