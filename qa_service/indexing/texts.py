"""Corpus -> the texts that each leg of an index is made of."""

import hashlib
import json
import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from qa_service.documents import Corpus
from qa_service.indexing.kept import Kept, key_of
from qa_service.retrieval import OFF_TOPIC, PASSAGES, QUESTIONS, SERVICES, VAGUE
from qa_service.text.courtesy import without_courtesy
from qa_service.text.normalise import normalise
from qa_service.text.spelling import word_counts
from qa_service.types import Passage

OPENING_CHARS = 80
"""What of a document's beginning stands in front of its later parts: about a heading."""

_AT_ONCE = 8_192
"""Texts whose kept words are read together."""


@dataclass(frozen=True, slots=True)
class LegTexts:
    """What one vector leg encodes; `owners[i]` are the passages' rows that text `i` belongs to."""

    leg: str
    texts: list[str]
    owners: list[list[int]]


Read = Callable[[Sequence[str]], list[str]]
"""Known questions -> as they are read, one each: `bare`, or `KeptTexts.bare`, which remembers."""


def bare(questions: Sequence[str]) -> list[str]:
    """Known questions as they are read: without courtesy, unless they hold nothing else."""
    texts = map(normalise, questions)
    return [without_courtesy(text) or text for text in texts]


def leg_texts(corpus: Corpus, read: Read = bare) -> dict[str, LegTexts]:
    """By leg; one without texts is left out."""
    every = (
        passage_texts(corpus),
        question_texts(corpus, read),
        service_texts(corpus),
        off_topic_texts(corpus, read),
        LegTexts(VAGUE, read(corpus.vague), [[] for _ in corpus.vague]),
    )
    return {texts.leg: texts for texts in every if texts.texts}


def passage_texts(corpus: Corpus) -> LegTexts:
    """Title and text of each passage, in their own case, which E5 ranks a little better. A later
    part of a document without a title has the document's opening in front, which says what it is
    about.
    """
    first: dict[str, Passage] = {}
    texts = []
    for passage in corpus.passages:
        opener = first.setdefault(passage.document, passage)
        title = passage.title or (_opening(opener.text) if opener is not passage else "")
        texts.append(f"{title}. {passage.text}" if title else passage.text)
    return LegTexts(PASSAGES, texts, [[row] for row in range(len(texts))])


def _opening(text: str) -> str:
    """The first whole words."""
    return textwrap.shorten(text, OPENING_CHARS, placeholder="")


def question_texts(corpus: Corpus, read: Read = bare) -> LegTexts:
    """Each passage's known questions: its heading, sample questions and expansions."""
    asked = [
        (row, question)
        for row, passage in enumerate(corpus.passages)
        for question in known_questions(corpus, passage)
        if question
    ]
    owners: dict[str, dict[int, None]] = {}
    texts = read([question for _, question in asked])
    for (row, _), text in zip(asked, texts, strict=True):
        owners.setdefault(text, {})[row] = None
    return LegTexts(QUESTIONS, list(owners), [list(rows) for rows in owners.values()])


def service_texts(corpus: Corpus) -> LegTexts:
    """The names of each service; a name stands for all passages of its service."""
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(corpus.passages):
        rows.setdefault(passage.service, []).append(row)
    names = [
        (normalise(name), rows[service.slug])
        for service in corpus.services
        for name in (service.title, *service.aliases)
        if service.slug in rows
    ]
    return LegTexts(SERVICES, [name for name, _ in names], [owners for _, owners in names])


def off_topic_texts(corpus: Corpus, read: Read = bare) -> LegTexts:
    """Questions out of scope; owned by no passage."""
    return LegTexts(OFF_TOPIC, read(corpus.off_topic), [[] for _ in corpus.off_topic])


class KeptTexts:
    """Reads texts like `bare` and `word_counts`, but looks first at what was kept, by the rules
    that stand in the code now.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept, self._rules = kept, text_rules()

    def bare(self, questions: Sequence[str]) -> list[str]:
        keys = [key_of(f"bare {self._rules}", question) for question in questions]
        known = self._kept.find(keys)
        missing = {key: one for key, one in zip(keys, questions, strict=True) if key not in known}
        for key, text in zip(missing, bare([*missing.values()]), strict=True):
            known[key] = text.encode()
            self._kept.add(key, known[key])
        return [known[key].decode() for key in keys]

    def word_counts(self, texts: Sequence[str]) -> Counter[str]:
        """What `word_counts` does."""
        total = Counter[str]()
        for start in range(0, len(texts), _AT_ONCE):
            self._count(texts[start : start + _AT_ONCE], total)
        return total

    def _count(self, texts: Sequence[str], total: Counter[str]) -> None:
        kind = f"words {self._rules}"
        keys = [key_of(kind, text) for text in texts]
        known = self._kept.find(keys)
        for key, text in zip(keys, texts, strict=True):
            if key not in known:
                known[key] = json.dumps(word_counts([text])).encode()
                self._kept.add(key, known[key])
            total.update(json.loads(known[key]))


@cache
def text_rules() -> str:
    """A hash of every text rule and list."""
    digest = hashlib.sha256()
    for file in sorted(files("qa_service.text").iterdir(), key=lambda one: one.name):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def lexical_texts(corpus: Corpus) -> list[str]:
    """What BM25 sees of each passage: the words of its whole document, since few parts of a long
    one repeat what it is about, and those of its questions.
    """
    documents: dict[str, list[str]] = {}
    for passage in corpus.passages:
        documents.setdefault(passage.document, []).append(passage.text)
    whole = {document: " ".join(parts) for document, parts in documents.items()}
    return [
        " ".join((title, whole[passage.document], *questions))
        for passage in corpus.passages
        for title, *questions in [known_questions(corpus, passage)]
    ]


def known_questions(corpus: Corpus, passage: Passage) -> tuple[str, ...]:
    """The heading, the sample questions, the expansions; the heading may be empty."""
    return (passage.title, *passage.questions, *corpus.expansions.get(passage.id, ()))
