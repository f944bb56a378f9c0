"""The retriever over Milvus: all legs are searched there at once, under one deadline.

What does not answer in time, lacks rows or is not there is searched in this machine's stores
instead; only what this machine does not hold either is named as failed. Vectors' owners, the words
that tell the scope and, where they are here, off-topic questions, and known ones past the filters,
are looked up here.
"""

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic

from qa_service.errors import EngineError
from qa_service.retrieval import (
    KNOWN,
    LEXICAL,
    NEAREST,
    NO_HITS,
    OFF_TOPIC,
    QUESTIONS,
    RetrievalRequest,
    Retrieved,
)
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.local import LocalRetriever, LocalStores
from qa_service.retrieval.milvus_client import CONNECT_S, Milvus
from qa_service.retrieval.milvus_layout import Collection, any_of, sparse, wanted_facets
from qa_service.stores.elsewhere import VectorsElsewhere
from qa_service.types import Filters, Hits

SHARE = 0.25
"""Of a question's time, for the engine; the rest is for this machine where the engine fails."""

_Search = Callable[[], Hits]


class MilvusRetriever:
    """Of one version. collections: by leg. facets: all that its passages have. local: searches
    `stores`. guard: one for all versions of a process. count_failure: told a search that failed.
    """

    def __init__(
        self,
        milvus: Milvus,
        collections: Mapping[str, Collection],
        stores: LocalStores,
        facets: set[str],
        *,
        local: LocalRetriever,
        guard: Guard,
        count_failure: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._milvus, self._collections = milvus, collections
        self._stores, self._facets, self._local = stores, facets, local
        self._guard, self._count_failure = guard, count_failure
        self._whole: set[str] = set()
        """The legs that were seen to have all their rows since they last failed."""

    def check(self) -> None:
        """That the engine answers and has the whole version. Raises EngineError."""
        until = monotonic() + CONNECT_S
        for leg, collection in self._collections.items():
            self._milvus.check(collection, until)
            self._whole.add(leg)

    def retrieve(self, request: RetrievalRequest) -> Retrieved:
        now = monotonic()
        until = now + SHARE * (request.deadline - now)
        found, failed = self._guard.run(self._searches(request, until), until, at_once=True)
        for search in failed:
            self._count_failure(search)
        return self._local.retrieve(request, found)

    def _searches(self, request: RetrievalRequest, until: float) -> dict[str, _Search]:
        stores, vector, depth = self._stores, request.vector, request.depth
        only = self._passing(request.filters)
        terms = sparse(stores.terms.numbers(request.grams))
        searches: dict[str, _Search] = {
            LEXICAL: self._search(LEXICAL, terms, depth if terms else 0, only, until)
        }
        if vector is None:
            return searches
        for name, leg in stores.legs.items():
            searches[name] = self._search(name, vector, depth * leg.neighbours, only, until)
        if isinstance(stores.off_topic, VectorsElsewhere):
            searches[OFF_TOPIC] = self._search(OFF_TOPIC, vector, NEAREST, "", until)
        known = stores.legs[QUESTIONS].store if stores.off_topic else None
        if request.filters and isinstance(known, VectorsElsewhere):
            searches[KNOWN] = self._search(QUESTIONS, vector, NEAREST, "", until)
        return searches

    def _passing(self, filters: Filters) -> str | None:
        """The expression for what passes: empty for everything, None for nothing."""
        if not filters:
            return ""
        known = wanted_facets(filters) & self._facets  # the others are a stranger's text
        return any_of(known) if known else None

    def _search(
        self, leg: str, query: object, most: int, only: str | None, until: float
    ) -> _Search:
        if only is None or not most or not self._collections[leg].rows:
            return lambda: NO_HITS
        return partial(self._run, leg, query, most, only, until)

    def _run(self, leg: str, query: object, most: int, only: str, until: float) -> Hits:
        collection = self._collections[leg]
        try:
            if leg not in self._whole:
                self._milvus.check(collection, until)
                self._whole.add(leg)
            return self._milvus.search(collection, query, most, only, until)
        except EngineError:
            self._whole.discard(leg)
            raise
