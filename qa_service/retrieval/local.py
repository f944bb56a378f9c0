"""The retriever over this machine's stores: every leg in memory, searched under guard."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from qa_service.retrieval import (
    KNOWN,
    LEXICAL,
    LEXICAL_SCOPE,
    NEAREST,
    NO_HITS,
    OFF_TOPIC,
    QUESTIONS,
    VECTOR_LEGS,
    VECTORS,
    RetrievalRequest,
    Retrieved,
)
from qa_service.retrieval.filtering import CACHED_FILTERS, PassageFilter
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.legs import LexicalScope, VectorLeg, nearest
from qa_service.stores import Share, TermIndex, VectorStore, unshared
from qa_service.stores.elsewhere import TermsElsewhere, VectorsElsewhere
from qa_service.types import Filters, Hits, Passage, Rows, Vectors

NEIGHBOURS = {QUESTIONS: 3}
"""Of how many of a passage's vectors a hit's score is the mean, where it is not one."""

NOTHING: Mapping[str, Hits] = MappingProxyType({})

_OWNERS_FILE = "owners.npz"


@dataclass(frozen=True, slots=True)
class LocalStores:
    """What is searched. A leg without vectors is absent from `legs`.

    `off_topic` and `lexical_scope` are absent where the corpus has no off-topic questions.
    """

    legs: Mapping[str, VectorLeg]
    terms: TermIndex
    off_topic: VectorStore | None = None
    lexical_scope: LexicalScope | None = None

    @classmethod
    def load(
        cls,
        folder: Path,
        vector_store: type[VectorStore],
        term_index: type[TermIndex],
        share: Share = unshared,
        elsewhere: Set[str] = frozenset(),
    ) -> Self:
        """Read what `save_leg` and `save_store` wrote, a folder each, or share it. elsewhere: the
        legs whose vectors or documents an engine holds. Raises SnapshotError, OSError, ValueError,
        KeyError.
        """

        def vectors(name: str, count: int = 0) -> VectorStore:
            if name in elsewhere:
                return VectorsElsewhere(count)
            return share(name, lambda: vector_store.load(folder / name))

        def terms(name: str) -> TermIndex:
            if name in elsewhere:
                return TermsElsewhere(*term_index.load_terms(folder / name))
            return share(name, lambda: term_index.load(folder / name))

        legs = {}
        for name in VECTOR_LEGS:
            if (folder / name).is_dir() or name in elsewhere:
                with np.load(folder / name / _OWNERS_FILE, allow_pickle=False) as owners:
                    starts, rows = owners["starts"], owners["owners"]
                store = vectors(name, len(starts) - 1)
                legs[name] = VectorLeg(store, starts, rows, NEIGHBOURS.get(name, 1))
        if not (folder / LEXICAL_SCOPE).is_dir():
            return cls(legs, terms(LEXICAL))
        scope = LexicalScope(terms(LEXICAL_SCOPE), len(legs[QUESTIONS].store))
        off_topic = vectors(OFF_TOPIC, len(scope.index) - scope.in_scope)
        return cls(legs, terms(LEXICAL), off_topic, scope)


class LocalRetriever:
    """Answers with rows of `passages`, the passages of one version."""

    def __init__(self, stores: LocalStores, passages: Sequence[Passage], guard: Guard) -> None:
        self._stores, self._guard = stores, guard
        self._allowed = PassageFilter(passages).all_rows
        # As in the filter the cache holds a function of the stores, not of this object.
        self._vectors = lru_cache(CACHED_FILTERS)(partial(_vectors_of, stores, self._allowed))

    def retrieve(
        self, request: RetrievalRequest, found_elsewhere: Mapping[str, Hits] = NOTHING
    ) -> Retrieved:
        """`found_elsewhere`: what an engine answered, by search, as a store of this machine would;
        only the rest is searched here.
        """
        searches = self._searches(request)
        for name in found_elsewhere:
            searches.pop(name)
        found, failed = self._guard.run(searches, request.deadline)
        found |= found_elsewhere
        if request.vector is None:
            failed = (VECTORS, *failed)
        margin = found.pop(LEXICAL_SCOPE, None)
        off_topic = found.pop(OFF_TOPIC, NO_HITS)
        known = found.get(KNOWN if request.filters else QUESTIONS, NO_HITS)
        hits = {
            name: self._owned(name, hit, request.filters) if name in VECTOR_LEGS else hit
            for name, hit in found.items()
            if name != KNOWN
        }
        nearest_known, nearest_off_topic = known.scores[:NEAREST], off_topic.scores[:NEAREST]
        return Retrieved(hits, nearest_known, nearest_off_topic, margin, failed=failed)

    def _searches(self, request: RetrievalRequest) -> dict[str, Callable[[], Any]]:
        """What to run, by name: most answer with hits of vectors."""
        stores, vector, filters = self._stores, request.vector, request.filters
        searches: dict[str, Callable[[], Any]] = {LEXICAL: partial(self._lexical, request)}
        if stores.lexical_scope is not None:
            searches[LEXICAL_SCOPE] = partial(stores.lexical_scope.margin, request.grams)
        if vector is None:
            return searches
        for name in stores.legs:
            searches[name] = partial(self._nearest, name, vector, request)
        if stores.off_topic is not None:
            searches[OFF_TOPIC] = partial(nearest, stores.off_topic, vector, NEAREST)
            if filters:  # whether a question is in scope does not depend on the filters
                searches[KNOWN] = partial(nearest, stores.legs[QUESTIONS].store, vector, NEAREST)
        return searches

    def _owned(self, leg: str, found: Hits, filters: Filters) -> Hits:
        """Hits of vectors -> hits of passages; a vector may stand for some that do not pass."""
        hits = self._stores.legs[leg].owned(found)
        if not filters:
            return hits
        passing = np.isin(hits.rows, self._allowed(filters))
        return Hits(hits.rows[passing], hits.scores[passing])

    def _nearest(self, name: str, vector: Vectors, request: RetrievalRequest) -> Hits:
        leg, filters = self._stores.legs[name], request.filters
        among = self._vectors(name, filters) if filters else None
        return nearest(leg.store, vector, request.depth * leg.neighbours, among)

    def _lexical(self, request: RetrievalRequest) -> Hits:
        allowed = self._allowed(request.filters) if request.filters else None
        return Hits(*self._stores.terms.search(request.grams, request.depth, allowed))


def _vectors_of(
    stores: LocalStores, allowed: Callable[[Filters], Rows], leg: str, filters: Filters
) -> Rows:
    return stores.legs[leg].vectors_of(allowed(filters))


def save_leg(leg: VectorLeg, folder: Path) -> None:
    """Make the folder and write to it. Raises OSError."""
    save_store(leg.store, folder)
    np.savez(folder / _OWNERS_FILE, starts=leg.starts, owners=leg.owners)


def save_store(store: VectorStore | TermIndex, folder: Path) -> None:
    """Make the folder and write to it. Raises OSError."""
    folder.mkdir()
    store.save(folder)
