"""The editors' work queue: what is right by the schema and still needs a person. Pure.

| kind | what it finds |
|---|---|
| contradiction | two passages that say nearly the same with other figures |
| conflict, doubt | passages that say themselves what is open |
| stale | facts older than their topic keeps |
| missing_topic | a procedure without a topic that every procedure has |
| no_official_source | no official page and no law states the whole fact |
| no_address | a source or an act that nobody can look up |
| near_duplicate | two passages with nearly the same words |
| too_long | a passage that takes longer to read out than a caller listens |
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qa_service.documents import Corpus
from qa_service.text.tokens import stems, words
from qa_service.types import Figure, Passage, Service, SourceKind, Topic

MOST_WORDS = 85
"""Some 40 seconds of speech."""

_ALIKE, _SAME_MATTER = 0.62, 0.45
"""Share of common stems from which two texts are near-duplicates, or about one matter."""

_EXPECTED = (Topic.WHO, Topic.STEPS, Topic.DOCUMENTS, Topic.FEE, Topic.TERM, Topic.WHERE)
_TIMED = (Topic.FEE, Topic.TERM)


@dataclass(frozen=True, slots=True)
class Finding:
    """What an editor should look at; `other` is the second passage, where it takes two."""

    kind: str
    where: str
    message: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class SourceShare:
    """Of a topic's passages: whose first source is official or law, and whose states all of it."""

    topic: str
    passages: int
    first_official: int
    whole_fact: int
    read_again: int


def editors_queue(corpus: Corpus, today: date) -> list[Finding]:
    """Every finding, by kind, in the order of the corpus."""
    own: tuple[Callable[[Passage], str | None], ...] = (_long, _unofficial, _unlinked)
    found = [*_missing_topics(corpus.services)]
    for passage in corpus.passages:
        if passage.conflict:
            found.append(Finding("conflict", passage.id, passage.conflict))
        if passage.doubt:
            found.append(Finding("doubt", passage.id, passage.doubt))
        if passage.is_stale(today):
            found.append(
                Finding("stale", passage.id, f"as of {passage.as_of}: find a newer source")
            )
        kinds = ("too_long", "no_official_source", "no_address")
        for kind, test in zip(kinds, own, strict=True):
            if message := test(passage):
                found.append(Finding(kind, passage.id, message))
    return sorted([*found, *_pairs(corpus.passages)], key=lambda finding: finding.kind)


def source_shares(passages: Sequence[Passage]) -> list[SourceShare]:
    """A row for each topic, and one for all."""
    topics = {str(topic): [one for one in passages if one.topic is topic] for topic in Topic}
    return [_share(name, those) for name, those in (topics | {"all": [*passages]}).items() if those]


def _share(topic: str, passages: Sequence[Passage]) -> SourceShare:
    return SourceShare(
        topic,
        len(passages),
        sum(bool(one.sources) and _is_official(one) for one in passages),
        sum(one.is_official for one in passages),
        sum(
            any(
                source.kind is not SourceKind.MEDIA and source.read and not source.states
                for source in one.sources
            )
            for one in passages
        ),
    )


def _is_official(passage: Passage) -> bool:
    return passage.sources[0].kind is not SourceKind.MEDIA


def _missing_topics(services: Sequence[Service]) -> Iterator[Finding]:
    for service in services:
        there = {passage.topic for passage in service.passages}
        missing = [topic for topic in _EXPECTED if topic not in there]
        if missing:
            message = f"nothing on {', '.join(missing)}"
            yield Finding("missing_topic", service.slug, message)


def _long(passage: Passage) -> str | None:
    count = len(words(passage.text))
    return f"{count} words, more than {MOST_WORDS}: split it" if count > MOST_WORDS else None


def _unofficial(passage: Passage) -> str | None:
    return None if passage.is_official else "no official page or law states the whole fact"


def _unlinked(passage: Passage) -> str | None:
    lacking = [source.title for source in passage.sources if not source.url]
    lacking += [act.title for act in passage.acts if not act.url]
    return f"without an address: {'; '.join(lacking)}" if lacking else None


def _pairs(passages: Sequence[Passage]) -> Iterator[Finding]:
    """Passages that repeat or contradict each other."""
    known = [frozenset(stems(passage.text)) for passage in passages]
    for first, second in sorted(_may_be_alike(known)):
        one, other, its, others = passages[first], passages[second], known[first], known[second]
        alike = len(its & others) / len(its | others)
        is_matter = one.topic in _TIMED and one.topic is other.topic and alike >= _SAME_MATTER
        if is_matter and _differ(one.figure, other.figure):
            said = f"{_text(one.figure)} here, {_text(other.figure)} there"
            yield Finding("contradiction", one.id, said, other.id)
        elif alike >= _ALIKE:
            yield Finding("near_duplicate", one.id, f"{alike:.0%} of the words", other.id)


def _may_be_alike(said: Sequence[frozenset[str]]) -> set[tuple[int, int]]:
    """Pairs of texts that may share `_SAME_MATTER` of their stems: such two share one of their
    rarest (prefix filtering: Chaudhuri et al., ICDE 2006).
    """
    common = Counter(stem for those in said for stem in those)
    seen: defaultdict[str, list[int]] = defaultdict(list)
    pairs = set()
    for row, those in enumerate(said):
        rarest = sorted(those, key=lambda stem: (common[stem], stem))
        for stem in rarest[: len(rarest) - math.ceil(_SAME_MATTER * len(rarest)) + 1]:
            pairs |= {(earlier, row) for earlier in seen[stem]}
            seen[stem].append(row)
    return pairs


def _differ(one: Figure | None, other: Figure | None) -> bool:
    if one is None or other is None or one.unit != other.unit:
        return False
    return (one.value, one.min, one.max) != (other.value, other.min, other.max)


def _text(figure: Figure | None) -> str:
    return figure.text if figure else ""
