"""The retriever over stores in memory: every leg answers by itself, filters keep what passes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import make_passage
from support.fakes import Broken

from qa_service.retrieval import (
    LEXICAL,
    LEXICAL_SCOPE,
    OFF_TOPIC,
    PASSAGES,
    QUESTIONS,
    SERVICES,
    VECTORS,
    RetrievalRequest,
    Retrieved,
)
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.legs import LexicalScope, VectorLeg
from qa_service.retrieval.local import LocalRetriever, LocalStores, save_leg, save_store
from qa_service.stores import VectorStore
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.text.tokens import grams
from qa_service.types import NO_FILTERS, Filters, Hits, Passage, Rows, Scores, Topic, Vectors

THE_PASSAGES = (
    make_passage("licence.fee", "Обмін посвідчення коштує 1044 грн."),
    make_passage("licence.term", "Посвідчення видають у день звернення."),
    make_passage("plates.fee", "Комплект номерів коштує 650 грн."),
    make_passage("plates.where", "Номери видає будь-який центр."),
)
KNOWN = (
    "скільки коштує обмін",
    "ціна посвідчення",
    "сума за обмін",
    "коли видають посвідчення",
    "ціна номерів",
    "де взяти номери",
    "вартість",
    "що далі",
)
OWNERS = [[0], [0], [0], [1], [2], [3], [0, 2], [1, 3]]
"""The last two questions are known for passages of two services."""

QUESTION = "скільки коштує обмін"
EVERYTHING = 100
STORES: list[type[VectorStore]] = [ExactStore, FaissStore]


def _around(degrees: Sequence[float]) -> Vectors:
    """Unit vectors at these angles."""
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def _leg(store: VectorStore, owners: list[list[int]], neighbours: int = 1) -> VectorLeg:
    starts = np.cumsum([0, *map(len, owners)]).astype(np.int64)
    return VectorLeg(
        store, starts, np.array([row for rows in owners for row in rows], np.int64), neighbours
    )


def _stores(store: type[VectorStore] = ExactStore, knows_off_topic: bool = True) -> LocalStores:
    return LocalStores(
        legs={
            PASSAGES: _leg(store.build(_around([10, 50, 20, 70])), [[0], [1], [2], [3]]),
            QUESTIONS: _leg(store.build(_around([0, 5, 40, 55, 25, 75, 15, 60])), OWNERS, 3),
            SERVICES: _leg(store.build(_around([30, 35, 80])), [[0, 1], [0, 1], [2, 3]]),
        },
        terms=Bm25Index.build([grams(passage.text) for passage in THE_PASSAGES]),
        off_topic=store.build(_around([90, 45, 120, 100])) if knows_off_topic else None,
        lexical_scope=LexicalScope.of(KNOWN, ["яка погода"], Bm25Index)
        if knows_off_topic
        else None,
    )


def _retriever(stores: LocalStores, passages: Sequence[Passage] = THE_PASSAGES) -> LocalRetriever:
    return LocalRetriever(stores, passages, Guard())


def _request(
    degrees: float | None = 0.0,
    filters: Filters = NO_FILTERS,
    depth: int = EVERYTHING,
    question: str = QUESTION,
) -> RetrievalRequest:
    """For a question of which the vector is at this angle, or which has none."""
    vector = None if degrees is None else _around([degrees])[0]
    return RetrievalRequest(vector, grams(question), "uk", depth, monotonic() + 60, filters)


def _of(*services: str, topics: Sequence[Topic] = ()) -> Filters:
    return Filters(frozenset(services), frozenset(topics))


def _pairs(hits: Hits) -> list[tuple[int, float]]:
    return list(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True))


def _passes(passage: Passage, filters: Filters) -> bool:
    return (not filters.services or passage.service in filters.services) and (
        not filters.topics or passage.topic in filters.topics
    )


# The legs


@pytest.mark.parametrize("store", STORES)
def test_every_leg_finds_passages_for_the_question(store: type[VectorStore]) -> None:
    retrieved = _retriever(_stores(store)).retrieve(_request(0, depth=2))
    assert retrieved.failed == ()
    rows = {leg: hits.rows.tolist() for leg, hits in retrieved.hits.items()}
    assert rows.keys() == {PASSAGES, QUESTIONS, SERVICES, LEXICAL}
    assert rows[PASSAGES] == [0, 2]
    assert rows[SERVICES] == [0, 1]
    assert rows[LEXICAL] == [0, 2]
    assert rows[QUESTIONS][0] == 0 and set(rows[QUESTIONS]) <= {0, 1, 2, 3}


def test_a_passages_questions_score_the_mean_of_its_three_nearest() -> None:
    hits = _retriever(_stores()).retrieve(_request(0)).hits[QUESTIONS]
    assert dict(_pairs(hits))[0] == pytest.approx(np.cos(np.radians([0, 5, 15])).mean())


def test_terms_that_nothing_holds_have_no_hits() -> None:
    retriever = _retriever(_stores())
    assert _pairs(retriever.retrieve(_request(question="zzzz")).hits[LEXICAL]) == []
    found = retriever.retrieve(_request(question="центр")).hits[LEXICAL]
    assert found.rows.tolist() == [3]


def test_a_leg_that_the_corpus_has_no_vectors_for_is_no_failure() -> None:
    stores = _stores(knows_off_topic=False)
    only = replace(stores, legs={PASSAGES: stores.legs[PASSAGES]})
    retrieved = _retriever(only).retrieve(_request())
    assert retrieved.hits.keys() == {PASSAGES, LEXICAL} and retrieved.failed == ()


# The scope


@pytest.mark.parametrize("store", STORES)
def test_the_three_nearest_questions_of_either_kind_are_told_best_first(
    store: type[VectorStore],
) -> None:
    """A fourth counts nothing, however many the questions' leg looks at."""
    retrieved = _retriever(_stores(store)).retrieve(_request(0))
    np.testing.assert_allclose(retrieved.known, np.cos(np.radians([0, 5, 15])), atol=1e-3)
    np.testing.assert_allclose(retrieved.off_topic, np.cos(np.radians([45, 90, 100])), atol=1e-3)


def test_the_words_tell_the_margin_of_the_question() -> None:
    retriever = _retriever(_stores())
    margins = [
        retriever.retrieve(_request(question=question)).lexical_margin
        for question in ("коштує обмін", "погода", "zzzz")
    ]
    assert margins == [1, -1, 0]


def test_without_off_topic_questions_nothing_is_compared() -> None:
    retrieved = _retriever(_stores(knows_off_topic=False)).retrieve(_request())
    assert len(retrieved.off_topic) == 0 and retrieved.lexical_margin is None
    assert retrieved.failed == ()


# Filters

RETRIEVERS = {store.name: _retriever(_stores(store)) for store in STORES}
SERVICES_NAMED = st.frozensets(st.sampled_from(["licence", "plates", "unknown"]))
TOPICS_NAMED = st.frozensets(st.sampled_from([Topic.FEE, Topic.TERM, Topic.WHERE, Topic.EXAM]))


@pytest.mark.parametrize("retriever", RETRIEVERS.values(), ids=RETRIEVERS)
@given(
    services=SERVICES_NAMED,
    topics=TOPICS_NAMED,
    degrees=st.integers(0, 120),
    question=st.sampled_from([QUESTION, "де видають номери", "zzzz"]),
)
def test_filters_give_what_a_search_of_everything_gives_that_is_filtered_afterwards(
    retriever: LocalRetriever,
    services: frozenset[str],
    topics: frozenset[Topic],
    degrees: int,
    question: str,
) -> None:
    filters = Filters(services, topics)
    filtered = retriever.retrieve(_request(degrees, filters, question=question))
    everything = retriever.retrieve(_request(degrees, question=question))
    assert filtered.failed == ()
    expected = {
        leg: [hit for hit in _pairs(hits) if _passes(THE_PASSAGES[hit[0]], filters)]
        for leg, hits in everything.hits.items()
    }
    found = {leg: _pairs(hits) for leg, hits in filtered.hits.items()}
    assert {leg: [row for row, _ in hits] for leg, hits in found.items()} == {
        leg: [row for row, _ in hits] for leg, hits in expected.items()
    }
    for leg, hits in found.items():
        assert dict(hits) == pytest.approx(dict(expected[leg]), abs=1e-6)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(
    "filters",
    [
        _of("unknown"),
        _of(topics=[Topic.EXAM]),
        _of("licence", topics=[Topic.WHERE]),
        _of("unknown", topics=[Topic.FEE]),
    ],
)
def test_filters_that_no_passage_passes_find_nothing_and_are_no_failure(
    store: type[VectorStore], filters: Filters
) -> None:
    retrieved = _retriever(_stores(store)).retrieve(_request(filters=filters))
    assert {leg: _pairs(hits) for leg, hits in retrieved.hits.items()} == {
        leg: [] for leg in (PASSAGES, QUESTIONS, SERVICES, LEXICAL)
    }
    assert retrieved.failed == ()


@pytest.mark.parametrize("store", STORES)
def test_filters_leave_the_depth_to_the_passages_that_pass(store: type[VectorStore]) -> None:
    retrieved = _retriever(_stores(store)).retrieve(_request(0, _of("plates"), depth=1))
    assert retrieved.hits[PASSAGES].rows.tolist() == [2]
    assert retrieved.hits[LEXICAL].rows.tolist() == [2]


@pytest.mark.parametrize("filters", [_of("plates"), _of(topics=[Topic.FEE]), _of("unknown")])
def test_whether_a_question_is_in_scope_does_not_depend_on_filters(filters: Filters) -> None:
    retriever = _retriever(_stores())
    filtered, everything = (retriever.retrieve(_request(0, kept)) for kept in (filters, NO_FILTERS))
    assert filtered.known.tolist() == everything.known.tolist()
    assert filtered.off_topic.tolist() == everything.off_topic.tolist()
    assert filtered.lexical_margin == everything.lexical_margin


class Recording(ExactStore):
    """Remembers the rows that it was to search among."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__(vectors)
        self.among: list[list[int] | None] = []

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        self.among.append(None if among is None else among.tolist())
        return super().search(queries, k, among)


def _recorded(stores: LocalStores, leg: str) -> list[list[int] | None]:
    store = stores.legs[leg].store
    assert isinstance(store, Recording)
    return store.among


def test_a_store_looks_at_the_vectors_of_the_passages_that_pass_and_at_no_other() -> None:
    stores = _stores(Recording)
    _retriever(stores).retrieve(_request(filters=_of("plates")))
    assert _recorded(stores, PASSAGES) == [[2, 3]]
    assert _recorded(stores, SERVICES) == [[2]]
    known, filtered = sorted(_recorded(stores, QUESTIONS), key=lambda among: among or [])
    assert (known, filtered) == (None, [4, 5, 6, 7])


def test_without_filters_a_store_is_searched_once_and_as_a_whole() -> None:
    stores = _stores(Recording)
    _retriever(stores).retrieve(_request())
    assert [_recorded(stores, leg) for leg in stores.legs] == [[None]] * 3


class CountedPassages(Sequence[Passage]):
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def __len__(self) -> int:
        return len(THE_PASSAGES)

    def __getitem__(self, row: Any) -> Any:
        self.reads += 1
        return THE_PASSAGES[row]

    def __iter__(self) -> Iterator[Passage]:
        self.reads += 1
        return iter(THE_PASSAGES)


def test_no_question_reads_the_passages_again_whatever_its_filters() -> None:
    passages = CountedPassages()
    retriever = _retriever(_stores(), passages)
    before = passages.reads
    for filters in (NO_FILTERS, _of("plates"), _of(topics=[Topic.FEE]), _of("unknown")):
        retriever.retrieve(_request(filters=filters))
    assert passages.reads == before


# Failures


class BrokenStore(ExactStore):
    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        raise Broken("question: прізвище Шевченко")


class BrokenTerms(Bm25Index):
    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        raise Broken

    def best_scores(self, terms: Sequence[str], parts: Sequence[range]) -> list[float]:
        raise Broken


def _with_broken(leg: str) -> LocalStores:
    stores = _stores()
    if leg == LEXICAL:
        return replace(stores, terms=BrokenTerms.build([["а"]] * len(THE_PASSAGES)))
    if leg == LEXICAL_SCOPE:
        return replace(stores, lexical_scope=LexicalScope(BrokenTerms.build([["а"], ["б"]]), 1))
    if leg == OFF_TOPIC:
        return replace(stores, off_topic=BrokenStore.build(_around([0])))
    store = BrokenStore.build(_around([0] * len(stores.legs[leg].store)))
    return replace(stores, legs={**stores.legs, leg: replace(stores.legs[leg], store=store)})


def _same(first: Retrieved, second: Retrieved, legs: Sequence[str]) -> bool:
    return all(_pairs(first.hits[leg]) == _pairs(second.hits[leg]) for leg in legs)


@pytest.mark.parametrize("leg", [PASSAGES, QUESTIONS, SERVICES, LEXICAL])
def test_a_leg_that_fails_is_named_and_the_others_answer(leg: str) -> None:
    whole = _retriever(_stores()).retrieve(_request())
    retrieved = _retriever(_with_broken(leg)).retrieve(_request())
    others = [name for name in whole.hits if name != leg]
    assert retrieved.failed == (leg,) and retrieved.hits.keys() == set(others)
    assert _same(retrieved, whole, others)
    assert retrieved.off_topic.tolist() == whole.off_topic.tolist()
    assert retrieved.lexical_margin == whole.lexical_margin


@pytest.mark.parametrize("failing", [OFF_TOPIC, LEXICAL_SCOPE])
def test_what_tells_the_scope_is_named_where_it_fails_and_every_leg_answers(failing: str) -> None:
    whole = _retriever(_stores()).retrieve(_request())
    retrieved = _retriever(_with_broken(failing)).retrieve(_request())
    assert retrieved.failed == (failing,)
    assert retrieved.hits.keys() == whole.hits.keys() and _same(retrieved, whole, [*whole.hits])
    if failing == OFF_TOPIC:
        assert len(retrieved.off_topic) == 0
    else:
        assert retrieved.lexical_margin is None


def test_a_question_without_a_vector_is_searched_by_its_words() -> None:
    whole = _retriever(_stores()).retrieve(_request())
    retrieved = _retriever(_stores()).retrieve(_request(None))
    assert retrieved.failed == (VECTORS,)
    assert retrieved.hits.keys() == {LEXICAL} and _same(retrieved, whole, [LEXICAL])
    assert retrieved.lexical_margin == whole.lexical_margin
    assert len(retrieved.known) == len(retrieved.off_topic) == 0


def test_where_everything_fails_everything_is_named() -> None:
    retrieved = _retriever(_with_broken(LEXICAL)).retrieve(_request(None))
    assert retrieved.failed == (VECTORS, LEXICAL) and retrieved.hits == {}


# On disk


def _save(stores: LocalStores, folder: Path) -> None:
    for name, leg in stores.legs.items():
        save_leg(leg, folder / name)
    save_store(stores.terms, folder / LEXICAL)
    if stores.off_topic and stores.lexical_scope:
        save_store(stores.off_topic, folder / OFF_TOPIC)
        save_store(stores.lexical_scope.index, folder / LEXICAL_SCOPE)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("knows_off_topic", [True, False])
def test_what_was_saved_finds_the_same_when_it_is_loaded(
    tmp_path: Path, store: type[VectorStore], knows_off_topic: bool
) -> None:
    saved = _stores(store, knows_off_topic)
    _save(saved, tmp_path)
    loaded = LocalStores.load(tmp_path, store, Bm25Index)
    assert loaded.legs.keys() == saved.legs.keys()
    assert {name: leg.neighbours for name, leg in loaded.legs.items()} == {
        PASSAGES: 1,
        QUESTIONS: 3,
        SERVICES: 1,
    }
    assert (loaded.off_topic is None) == (loaded.lexical_scope is None) == (not knows_off_topic)
    for question in (QUESTION, "яка погода", "zzzz"):
        for filters in (NO_FILTERS, _of("plates")):
            request = _request(20, filters, question=question)
            before, after = (_retriever(stores).retrieve(request) for stores in (saved, loaded))
            assert before.hits.keys() == after.hits.keys() and _same(before, after, [*before.hits])
            assert before.known.tolist() == after.known.tolist()
            assert before.off_topic.tolist() == after.off_topic.tolist()
            assert before.lexical_margin == after.lexical_margin


def test_a_leg_without_vectors_has_no_folder_and_is_absent_when_loaded(tmp_path: Path) -> None:
    stores = _stores(knows_off_topic=False)
    _save(replace(stores, legs={PASSAGES: stores.legs[PASSAGES]}), tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {PASSAGES, LEXICAL}
    assert LocalStores.load(tmp_path, ExactStore, Bm25Index).legs.keys() == {PASSAGES}
