"""Whether a Milvus does what this service asks of one, tried on an operator's own: a version is
published under a name of its own, searched beside this machine's stores, and dropped again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic, monotonic_ns, perf_counter

import numpy as np

from qa_service.errors import EngineError
from qa_service.retrieval import LEXICAL, OFF_TOPIC, RetrievalRequest
from qa_service.retrieval.guarded import EngineBreaker, Guard
from qa_service.retrieval.legs import evenly, nearest
from qa_service.retrieval.local import LocalRetriever, LocalStores
from qa_service.retrieval.milvus import SHARE, MilvusRetriever
from qa_service.retrieval.milvus_client import CONNECT_S, Milvus
from qa_service.retrieval.milvus_layout import (
    Collection,
    any_of,
    collections_of,
    facets_of,
    sparse,
)
from qa_service.retrieval.milvus_publishing import drop, publish
from qa_service.text.tokens import grams
from qa_service.types import Hits, Passage, Progress, Rows, Vectors, no_progress

QUESTIONS, FILTERED = 100, 10
LEAST_RECALL, MOST_DIFFERENCE = 0.99, 1e-3
_BEST = 10
_LATE_S, _AT_ONCE_S, _PATIENCE_S = 0.001, 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    ok: bool
    found: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched for."""

    reading: str
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Version:
    """What is tried. depth, deadline_s: as questions are searched."""

    stores: LocalStores
    passages: Sequence[Passage]
    depth: int
    deadline_s: float


def questions_of(passages: Sequence[Passage]) -> list[str]:
    """Of passages from all over a corpus: what is asked about them, or their titles."""
    return [
        next(iter(passages[row].questions), passages[row].title)
        for row in evenly(len(passages), QUESTIONS)
    ]


def accept(
    milvus: Milvus, version: Version, asked: Sequence[Asked], progress: Progress = no_progress
) -> list[Finding]:
    """What each check found, with the version's own questions. Raises EngineError where no Milvus
    answers at all.
    """
    server = milvus.ask(
        monotonic() + CONNECT_S, lambda client, seconds: client.get_server_version(timeout=seconds)
    )
    findings = [Finding("server", True, f"{server} at {milvus.address}")]
    collections = collections_of(f"check_{monotonic_ns()}", version.stores)
    try:
        started = monotonic()
        publish(milvus, collections, version.stores, version.passages, progress)
        rows = sum(one.rows for one in collections.values())
        took = f"{rows} rows in {monotonic() - started:.0f} s, counted and found"
        findings.append(Finding("publish", True, took))
        findings += _Speed(milvus, collections, version).run(asked)
        findings += _Equality(milvus, collections, version).run(asked)
        findings.append(_late(milvus, collections, asked[0].vector))
    except EngineError as error:
        findings.append(Finding("the rest", False, str(error)))
    try:
        drop(milvus, [one.name for one in collections.values()])
    except EngineError as error:
        left = ", ".join(one.name for one in collections.values())
        findings.append(Finding("clean up", False, f"{error}; drop what is left of {left}"))
    return findings


class _Speed:
    """Questions as they are asked while serving; what the engine fails is counted."""

    def __init__(
        self, milvus: Milvus, collections: dict[str, Collection], version: Version
    ) -> None:
        self._version, self._failed = version, list[str]()
        self._retriever = MilvusRetriever(
            milvus,
            collections,
            version.stores,
            facets_of(version.passages),
            local=LocalRetriever(version.stores, version.passages, Guard()),
            guard=Guard(breaker=EngineBreaker),
            count_failure=self._failed.append,
        )

    def run(self, asked: Sequence[Asked]) -> Iterator[Finding]:
        self._retriever.check()
        p50, p99 = np.percentile([self._seconds(one) for one in asked], [50, 99]) * 1000
        limit = SHARE * self._version.deadline_s * 1000
        said = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms of {limit:.0f}; {len(self._failed)} failed"
        yield Finding("a question", bool(p99 < limit) and not self._failed, said)

    def _seconds(self, asked: Asked) -> float:
        started, until = perf_counter(), monotonic() + self._version.deadline_s
        terms = grams(asked.reading)
        self._retriever.retrieve(
            RetrievalRequest(asked.vector, terms, "uk", self._version.depth, until)
        )
        return perf_counter() - started


class _Equality:
    """The hits of each leg, beside those of this machine's store."""

    def __init__(
        self, milvus: Milvus, collections: dict[str, Collection], version: Version
    ) -> None:
        self._milvus, self._collections, self._version = milvus, collections, version
        self._services = np.array([passage.service for passage in version.passages])

    def run(self, asked: Sequence[Asked]) -> Iterator[Finding]:
        for leg in self._collections:
            yield _compared(leg, [self._both(leg, one) for one in asked])
        rows = evenly(len(self._services), min(FILTERED, len(asked)))
        for leg in self._collections:
            if leg != OFF_TOPIC:
                services = [str(self._services[row]) for row in rows]
                pairs = [self._both(leg, *one) for one in zip(asked, services, strict=False)]
                yield _compared(f"{leg}, filtered", pairs)

    def _both(self, leg: str, asked: Asked, service: str = "") -> tuple[Hits, Hits]:
        """Here and there; a service's only, where one is named."""
        stores, depth = self._version.stores, self._version.depth
        only = any_of([service]) if service else ""
        passing = np.flatnonzero(self._services == service) if service else None
        if leg == LEXICAL:
            terms = grams(asked.reading)
            here = Hits(*stores.terms.search(terms, depth, passing))
            numbers = sparse(stores.terms.numbers(terms))
            return here, self._there(leg, numbers, depth, only)
        if leg == OFF_TOPIC:
            assert stores.off_topic is not None
            here = nearest(stores.off_topic, asked.vector, depth)
            return here, self._there(leg, asked.vector, depth, only)
        found = stores.legs[leg]
        most = depth * found.neighbours
        among: Rows | None = None if passing is None else found.vectors_of(passing)
        here = nearest(found.store, asked.vector, most, among)
        return here, self._there(leg, asked.vector, most, only)

    def _there(self, leg: str, query: object, most: int, only: str) -> Hits:
        until = monotonic() + _PATIENCE_S
        return self._milvus.search(self._collections[leg], query, most, only, until)


def _late(milvus: Milvus, collections: dict[str, Collection], vector: Vectors) -> Finding:
    """A call that cannot be in time ends at once, and the next is answered."""
    collection = next(iter(collections.values()))
    started = monotonic()
    try:
        milvus.search(collection, vector, _BEST, "", started + _LATE_S)
        ended = "was answered within a millisecond"
    except EngineError as error:
        ended = str(error)
    took_s = monotonic() - started
    milvus.search(collection, vector, _BEST, "", monotonic() + CONNECT_S)
    said = f"ended after {took_s * 1000:.0f} ms: {ended}"
    return Finding("a call that is late", took_s < _AT_ONCE_S, said)


def _compared(check: str, pairs: Sequence[tuple[Hits, Hits]]) -> Finding:
    difference = max((_difference(here, there) for here, there in pairs), default=0.0)
    found = float(np.mean([_recall(here, there) for here, there in pairs]))
    ok = found >= LEAST_RECALL and difference <= MOST_DIFFERENCE
    return Finding(check, ok, f"recall@{_BEST} {found:.3f}, scores differ by {difference:.0e}")


def _difference(here: Hits, there: Hits) -> float:
    """The most by which the scores of a row that both found differ."""
    _, mine, its = np.intersect1d(here.rows, there.rows, return_indices=True)
    return float(np.max(np.abs(here.scores[mine] - there.scores[its]), initial=0.0))


def _recall(here: Hits, there: Hits) -> float:
    """The share of the best that is found, or others as good: ties are told apart by nothing."""
    count = min(_BEST, len(here.scores))
    if not count:
        return float(not len(there.scores))
    least = here.scores[count - 1] - MOST_DIFFERENCE
    return min(1.0, float(np.sum(there.scores >= least)) / count)
