"""A corpus of any size from the words of ours: made up, but its words are as frequent, and follow
each other, as in our passages and questions.

A sentence is a walk: each word is followed by one that follows it somewhere in the corpus. Row
`r + BASE` says in part what row `r` says, so that texts come in clusters as real ones do.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from qa_service.documents import Corpus
from qa_service.types import Group, Passage, Service, Topic

BASE = 10_000
"""So many texts are made from nothing and encoded by the real encoder; all others vary them."""

_SEED = 18
_PASSAGES_PER_SERVICE = 16
_SENTENCES, _PASSAGE_WORDS, _QUESTION_WORDS = 3, 12, 8
"""36 words a passage and 8 a question: the medians of our corpus."""


class Walk:
    """Sentences in the manner of `texts`."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._starts: list[str] = []
        self._after: dict[str, list[str]] = {}
        for text in texts:
            words = text.split()
            self._starts += words[:1]
            for word, following in pairwise(words):
                self._after.setdefault(word, []).append(following)

    def words(self, count: int, draw: Random) -> list[str]:
        """So many words; a word that nothing follows is followed by the start of another text."""
        said = [draw.choice(self._starts)]
        while len(said) < count:
            said.append(draw.choice(self._after.get(said[-1], self._starts)))
        return said


class MadeUp:
    """Texts by row. The same for everybody: drawn by seed."""

    def __init__(self, corpus: Corpus) -> None:
        self._passages = Walk([passage.text for passage in corpus.passages])
        self._questions = Walk([one for passage in corpus.passages for one in passage.questions])

    def passage(self, row: int) -> str:
        """All but the last sentence is the base row's."""
        base, own = _draws(row, "passage")
        drawn = [base] * (_SENTENCES - 1) + [own]
        return " ".join(" ".join(self._passages.words(_PASSAGE_WORDS, one)) for one in drawn)

    def question(self, row: int) -> str:
        """The first half is the base row's."""
        base, own = _draws(row, "question")
        half = _QUESTION_WORDS // 2
        said = self._questions.words(half, base) + self._questions.words(half, own)
        return " ".join(said).lower()


def made_up_corpus(size: int, ours: Corpus) -> Corpus:
    """`size` passages with one known question each, a service for every sixteen; our questions that
    are off topic.
    """
    texts = MadeUp(ours)
    passages = tuple(_passage(row, texts) for row in range(size))
    return Corpus(passages, tuple(_services(passages)), f"made-up-{size}", off_topic=ours.off_topic)


def _draws(row: int, kind: str) -> tuple[Random, Random]:
    """What a row has of its base, and what is its own."""
    base = row % BASE
    return Random(f"{_SEED} {kind} {base}"), Random(f"{_SEED} {kind} own {row}")


def _passage(row: int, texts: MadeUp) -> Passage:
    service = row // _PASSAGES_PER_SERVICE
    return Passage(
        id=f"s{service}.p{row}",
        document=f"s{service}.p{row}",
        service=f"s{service}",
        service_title=texts.question(service),
        topic=Topic.NOTE,
        title="",
        text=texts.passage(row),
        questions=(texts.question(row),),
    )


def _services(passages: tuple[Passage, ...]) -> Iterator[Service]:
    for start in range(0, len(passages), _PASSAGES_PER_SERVICE):
        own = passages[start : start + _PASSAGES_PER_SERVICE]
        slug, title = own[0].service, own[0].service_title
        yield Service(slug, title, Group.SERVICE_CENTRES, "", "", own)
