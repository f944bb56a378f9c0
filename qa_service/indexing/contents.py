"""What the parts of a version are made of, and how."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

import numpy as np

from qa_service.documents import Corpus
from qa_service.indexing.classes import fit_classifier
from qa_service.indexing.parts import Part, digest
from qa_service.indexing.shipped import ShippedClassifier, fitted_on
from qa_service.indexing.snapshot import CLASSIFIER_FILE
from qa_service.indexing.texts import LegTexts
from qa_service.indexing.vectors import LegVectors
from qa_service.retrieval import (
    LEXICAL,
    LEXICAL_SCOPE,
    OFF_TOPIC,
    QUESTIONS,
    VAGUE,
    VECTOR_LEGS,
)
from qa_service.retrieval.legs import LexicalScope, VectorLeg
from qa_service.retrieval.local import save_leg, save_store
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.normalise import NORMALISER_VERSION
from qa_service.text.tokens import grams_of_all

CLASSES_BELOW = 10_000
"""From so many passages on a version has no classifier: a question would read 1,536 bytes for each,
and fitting it takes as their square.
"""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The classes that an index is made of."""

    vector_store: type[VectorStore]
    term_index: type[TermIndex]


@dataclass(frozen=True, slots=True)
class Contents:
    """The texts of a version and their vectors, by leg; `words`: what BM25 holds of each passage.

    encoder: the fingerprint of the one that made the vectors. shipped: a classifier that was fitted
    on vectors like them.
    """

    corpus: Corpus
    texts: Mapping[str, LegTexts]
    vectors: LegVectors
    words: Sequence[str]
    encoder: str
    shipped: ShippedClassifier | None = None

    def parts(self, kinds: Kinds) -> Iterator[Part]:
        for leg in VECTOR_LEGS:
            if leg in self.texts:
                texts = self.texts[leg]
                inputs = (kinds.vector_store.name, texts.texts, texts.owners)
                yield self._part(leg, inputs, partial(self._make_leg, kinds, leg))
        make_lexical = partial(self._make_lexical, kinds)
        yield Part(LEXICAL, digest(LEXICAL, NORMALISER_VERSION, self.words), make_lexical)
        if QUESTIONS not in self.texts:
            return
        known = self.texts[QUESTIONS]
        outside = self.texts[OFF_TOPIC].texts if OFF_TOPIC in self.texts else []
        if outside:
            inputs = (kinds.vector_store.name, outside, [])
            yield self._part(OFF_TOPIC, inputs, partial(self._make_off_topic, kinds))
            words = digest(LEXICAL_SCOPE, NORMALISER_VERSION, known.texts, outside)
            yield Part(LEXICAL_SCOPE, words, partial(self._make_lexical_scope, kinds))
        if len(self.corpus.passages) >= CLASSES_BELOW:
            return
        made_of = fitted_on(self.corpus, self.texts)
        yield self._part(CLASSIFIER_FILE, made_of, partial(self._make_classifier, made_of))

    def _part(self, name: str, inputs: object, make: Callable[[Path], None]) -> Part:
        """One that vectors are in."""
        return Part(name, digest(name, NORMALISER_VERSION, self.encoder, inputs), make)

    def _make_leg(self, kinds: Kinds, leg: str, path: Path) -> None:
        owners = self.texts[leg].owners
        starts = np.fromiter(accumulate((len(rows) for rows in owners), initial=0), np.int64)
        rows = np.fromiter((row for some in owners for row in some), np.int64)
        save_leg(VectorLeg(kinds.vector_store.build(self.vectors[leg]), starts, rows), path)

    def _make_off_topic(self, kinds: Kinds, path: Path) -> None:
        save_store(kinds.vector_store.build(self.vectors[OFF_TOPIC]), path)

    def _make_lexical(self, kinds: Kinds, path: Path) -> None:
        save_store(kinds.term_index.build(grams_of_all(self.words)), path)

    def _make_lexical_scope(self, kinds: Kinds, path: Path) -> None:
        known, outside = self.texts[QUESTIONS].texts, self.texts[OFF_TOPIC].texts
        save_store(LexicalScope.of(known, outside, kinds.term_index).index, path)

    def _make_classifier(self, made_of: str, path: Path) -> None:
        if self.shipped and self.shipped.made_of == made_of:
            self.shipped.classifier.save(path)
            return
        known = self.vectors[QUESTIONS]
        outside, vague = (self.vectors.get(leg, known[:0]) for leg in (OFF_TOPIC, VAGUE))
        owners, passages = self.texts[QUESTIONS].owners, len(self.corpus.passages)
        fitted = fit_classifier(known, owners, outside, self.corpus.reasons, passages, vague)
        assert fitted, "there are known questions"
        fitted.save(path)
