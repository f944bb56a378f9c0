"""What is searched in Milvus is what this machine's stores find: rows, and scores to 1e-4.

Nothing of the version is on this machine here, so that whatever answers is the engine.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

import numpy as np
import pytest

pytest.importorskip("pymilvus", reason="no pymilvus: run `make test`, which installs it")

from support.milvus_world import WORDS, SmallVersion, lite_served, random_vectors, small_version

from qa_service.errors import EngineError
from qa_service.retrieval import LEXICAL, NO_HITS, PASSAGES, RetrievalRequest, Retrieved
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.legs import VectorLeg
from qa_service.retrieval.local import LocalRetriever, LocalStores
from qa_service.retrieval.milvus import MilvusRetriever
from qa_service.retrieval.milvus_client import PUBLISH, Address, Milvus
from qa_service.retrieval.milvus_layout import HNSW, Collection, collections_of, facets_of, sparse
from qa_service.retrieval.milvus_publishing import drop, publish
from qa_service.stores.exact import ExactStore
from qa_service.types import NO_FILTERS, Filters, Hits, Topic

pytestmark = pytest.mark.slow

CLOSE = 1e-4
PATIENCE_S = 240.0
"""Until a deadline of which the engine's share is not reached either."""


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Milvus]:
    with lite_served(tmp_path_factory.mktemp("milvus")) as server:
        yield Milvus(Address.parse(server.url))


@pytest.fixture(scope="module")
def version() -> SmallVersion:
    return small_version()


@pytest.fixture(scope="module")
def collections(milvus: Milvus, version: SmallVersion) -> dict[str, Collection]:
    made = collections_of("20261127T101112-abc", version.stores)
    publish(milvus, made, version.stores, version.passages)
    return made


@pytest.fixture(scope="module")
def elsewhere(
    milvus: Milvus, version: SmallVersion, collections: dict[str, Collection]
) -> MilvusRetriever:
    stores = version.elsewhere
    return MilvusRetriever(
        milvus,
        collections,
        stores,
        facets_of(version.passages),
        local=LocalRetriever(stores, version.passages, Guard()),
        guard=Guard(),
    )


def _request(
    seed: int = 0,
    words: Sequence[str] = ("ціна", "обмін", "ціна", "невідоме"),
    filters: Filters = NO_FILTERS,
    depth: int = 10,
) -> RetrievalRequest:
    [vector] = random_vectors(1, 100 + seed)
    return RetrievalRequest(vector, words, "uk", depth, monotonic() + PATIENCE_S, filters)


def _here(version: SmallVersion, request: RetrievalRequest) -> Retrieved:
    return LocalRetriever(version.stores, version.passages, Guard()).retrieve(request)


def _same(found: Hits, expected: Hits) -> None:
    """Equal but for which of the rows that tie with the last one are there."""
    np.testing.assert_allclose(found.scores, expected.scores, atol=CLOSE)
    if len(expected.scores):
        sure = expected.scores > expected.scores[-1] + CLOSE
        assert set(expected.rows[sure]) <= set(found.rows)


def _of(*services: str, topics: Sequence[Topic] = ()) -> Filters:
    return Filters(frozenset(services), frozenset(topics))


FILTERS = {
    "none": NO_FILTERS,
    "a service": _of("service-1"),
    "services": _of("service-1", "service-3"),
    "a topic": _of(topics=[Topic.FEE]),
    "both": _of("service-2", "service-4", topics=[Topic.FEE, Topic.WHERE]),
    "one unknown": _of("service-2", 'x"] or row >= 0 or array_contains_any(facets, ["x'),
}


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_every_leg_finds_the_rows_and_scores_of_the_exact_stores(
    elsewhere: MilvusRetriever, version: SmallVersion, filters: Filters
) -> None:
    for seed in range(5):
        words = (WORDS[seed], *WORDS[seed:], "невідоме")
        there = elsewhere.retrieve(_request(seed, words, filters))
        here = _here(version, _request(seed, words, filters))
        assert there.failed == () and there.hits.keys() == here.hits.keys()
        for leg, expected in here.hits.items():
            _same(there.hits[leg], expected)
        np.testing.assert_allclose(there.known, here.known, atol=CLOSE)
        np.testing.assert_allclose(there.off_topic, here.off_topic, atol=CLOSE)
        assert there.lexical_margin == here.lexical_margin


@pytest.mark.parametrize("filters", [_of("unknown"), _of('"'), _of("unknown", topics=[Topic.FEE])])
def test_filters_that_nothing_passes_find_nothing_and_are_no_failure(
    elsewhere: MilvusRetriever, filters: Filters
) -> None:
    found = elsewhere.retrieve(_request(filters=filters))
    assert found.failed == () and not any(len(hits.rows) for hits in found.hits.values())


def test_what_a_stranger_wrote_into_a_filter_is_not_sent(
    milvus: Milvus, elsewhere: MilvusRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def search(collection: object, query: object, most: int, only: str, until: float) -> Hits:
        sent.append(only)
        return NO_HITS

    monkeypatch.setattr(milvus, "search", search)
    elsewhere.retrieve(_request(filters=_of("service-1", 'x"] or row >= 0')))
    filtered = [only for only in sent if only]
    assert filtered and set(filtered) == {'array_contains_any(facets, ["service-1"])'}


@pytest.mark.parametrize("words", [(), ("невідоме",)])
def test_words_that_nothing_holds_have_no_hits_and_are_no_failure(
    elsewhere: MilvusRetriever, words: tuple[str, ...]
) -> None:
    found = elsewhere.retrieve(_request(words=words))
    assert found.failed == () and len(found.hits[LEXICAL].rows) == 0


def test_a_graph_finds_the_ten_nearest_of_a_hundred_questions(milvus: Milvus) -> None:
    vectors, asked = random_vectors(2_000, 7, 32), random_vectors(100, 8, 32)
    owners = np.arange(2_001)
    leg = VectorLeg(ExactStore.build(vectors), owners, owners[:-1])
    version = small_version(2)
    stores = LocalStores({PASSAGES: leg}, version.stores.terms)
    graph = collections_of("graph", stores, hnsw_from=1)[PASSAGES]
    assert graph.index == HNSW
    publish(milvus, {PASSAGES: graph}, stores, version.passages * 1_000)
    exact, _ = leg.store.search(asked, 10)
    found = [
        len(set(rows) & set(milvus.search(graph, one, 10, "", monotonic() + 60).rows))
        for one, rows in zip(asked, exact.tolist(), strict=True)
    ]
    assert np.mean(found) >= 9.9


class Filled:
    """A Progress that remembers which collections were filled."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.names.append(stage)


def _ask_client(milvus: Milvus, name: str, *arguments: object, **options: object) -> object:
    return milvus.ask(
        monotonic() + 60, lambda client, _: getattr(client, name)(*arguments, **options)
    )


def test_publishing_again_fills_only_what_is_not_whole(
    milvus: Milvus, version: SmallVersion
) -> None:
    made, filled = collections_of("again", version.stores), Filled()
    publish(milvus, made, version.stores, version.passages, filled)
    assert filled.names == [one.name for one in made.values()]
    lost, short = made[PASSAGES].name, made[LEXICAL].name
    _ask_client(milvus, "drop_collection", lost)
    _ask_client(milvus, "delete", short, ids=[0])
    filled.names.clear()
    publish(milvus, made, version.stores, version.passages, filled)
    assert filled.names == [lost, short]
    for one in made.values():
        milvus.check(one, monotonic() + 60)


def test_an_engine_that_scores_otherwise_is_refused(milvus: Milvus, version: SmallVersion) -> None:
    """Counts are right, what is found is not: the version must not be served from it."""
    made = collections_of("otherwise", version.stores)
    [passages] = [made[PASSAGES]]
    publish(milvus, {PASSAGES: passages}, version.stores, version.passages)
    other = LocalStores(
        {PASSAGES: VectorLeg(ExactStore.build(random_vectors(40, 99)), *_owned(40))},
        version.stores.terms,
    )
    with pytest.raises(EngineError, match="does not find 20 of 20 rows"):
        publish(milvus, {PASSAGES: passages}, other, version.passages)


def _owned(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count + 1), np.arange(count)


def test_dropping_a_version_leaves_the_others(
    milvus: Milvus, version: SmallVersion, collections: dict[str, Collection]
) -> None:
    made = collections_of("gone", version.stores)
    publish(milvus, {PASSAGES: made[PASSAGES]}, version.stores, version.passages)
    drop(milvus, [one.name for one in made.values()])
    names = _ask_client(milvus, "list_collections")
    assert isinstance(names, list)
    assert not {one.name for one in made.values()} & set(names)
    assert {one.name for one in collections.values()} <= set(names)


def test_a_lost_and_a_short_collection_say_what_to_do(
    milvus: Milvus, version: SmallVersion
) -> None:
    made = collections_of("short", version.stores)[PASSAGES]
    with pytest.raises(EngineError, match=rf"lacks a collection .*: {PUBLISH}"):
        milvus.check(made, monotonic() + 60)
    publish(milvus, {PASSAGES: made}, version.stores, version.passages)
    _ask_client(milvus, "delete", made.name, ids=[3, 4])
    with pytest.raises(EngineError, match=rf"holds 38 of 40 rows .*: {PUBLISH}"):
        milvus.check(made, monotonic() + 60)


def test_a_questions_terms_weigh_as_often_as_they_are_asked_for() -> None:
    assert sparse([3, 5, 3]) == {3: 2.0, 5: 1.0}
