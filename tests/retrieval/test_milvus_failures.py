"""An engine that stalls, dies or comes back: this machine answers by the deadline, and what it does
not hold is named. Each test name is the rule.
"""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

pytest.importorskip("pymilvus", reason="no pymilvus: run `make test`, which installs it")

from support.milvus_world import LiteServer, lite_served, random_vectors, small_version
from support.waiting import until

from qa_service.breaker import FAILURES
from qa_service.errors import EngineError, SettingsError
from qa_service.retrieval import (
    LEXICAL,
    OFF_TOPIC,
    PASSAGES,
    QUESTIONS,
    SERVICES,
    RetrievalRequest,
    Retrieved,
)
from qa_service.retrieval.guarded import EngineBreaker, Guard
from qa_service.retrieval.local import LocalRetriever, LocalStores
from qa_service.retrieval.milvus import MilvusRetriever
from qa_service.retrieval.milvus_client import Address, Milvus
from qa_service.retrieval.milvus_layout import collections_of, facets_of
from qa_service.retrieval.milvus_publishing import publish

pytestmark = pytest.mark.slow

SEARCHED = {PASSAGES, QUESTIONS, SERVICES, LEXICAL}


class World:
    """A served version and its engine; `failures`: the searches that the engine failed."""

    def __init__(self, server: LiteServer) -> None:
        self.server, self.version = server, small_version()
        self.milvus = Milvus(Address.parse(server.url))
        self.collections = collections_of("1", self.version.stores)
        publish(self.milvus, self.collections, self.version.stores, self.version.passages)
        self.failures: list[str] = []

    def retriever(self, stores: LocalStores | None = None) -> MilvusRetriever:
        """With guards of its own, as after a start."""
        held = stores or self.version.stores
        return MilvusRetriever(
            self.milvus,
            self.collections,
            held,
            facets_of(self.version.passages),
            local=LocalRetriever(held, self.version.passages, Guard()),
            guard=Guard(breaker=EngineBreaker),
            count_failure=self.failures.append,
        )

    @property
    def here(self) -> Retrieved:
        local = LocalRetriever(self.version.stores, self.version.passages, Guard())
        return local.retrieve(_request())

    def answers(self, retriever: MilvusRetriever) -> bool:
        """Whether the engine answers all of a question."""
        self.failures.clear()
        retriever.retrieve(_request())
        return not self.failures


def _request(seconds: float = 40.0) -> RetrievalRequest:
    [vector] = random_vectors(1, 50)
    return RetrievalRequest(vector, ("ціна", "обмін"), "uk", 10, monotonic() + seconds)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with lite_served(tmp_path_factory.mktemp("milvus")) as server:
        yield World(server)


@pytest.fixture(autouse=True)
def _answering(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins with an engine that answers, and no failures."""
    if "world" in request.fixturenames:
        world: World = request.getfixturevalue("world")
        retriever = world.retriever()
        until(lambda: world.answers(retriever))
        world.failures.clear()
    yield


def _equal(found: Retrieved, expected: Retrieved) -> bool:
    return found.hits.keys() == expected.hits.keys() and all(
        found.hits[leg].rows.tolist() == hits.rows.tolist() for leg, hits in expected.hits.items()
    )


def test_a_stalled_engine_costs_its_share_and_this_machine_answers(world: World) -> None:
    retriever = world.retriever()
    world.server.stall()
    try:
        request = _request(4.0)
        found = retriever.retrieve(request)
        assert monotonic() < request.deadline
    finally:
        world.server.resume()
    assert found.failed == () and _equal(found, world.here)
    assert set(world.failures) == SEARCHED
    until(lambda: world.answers(retriever))


def test_a_call_to_a_stalled_engine_ends_at_its_deadline(world: World) -> None:
    world.server.stall()
    try:
        with pytest.raises(EngineError, match="does not answer"):
            world.milvus.check(world.collections[PASSAGES], monotonic() + 0.3)
    finally:
        world.server.resume()


def test_a_stalled_engine_is_left_alone_after_five_failures(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has one line a leg, however many questions there were."""
    retriever = world.retriever()
    world.server.stall()
    try:
        for _ in range(FAILURES):
            retriever.retrieve(_request(0.4))
        calls, now = _count_calls(world.milvus), monotonic()
        found = retriever.retrieve(_request())
    finally:
        world.server.resume()
        del world.milvus.ask
    assert not [one for one in calls if one > now], "calls of earlier questions may still end"
    assert _equal(found, world.here)
    said = [(record.getMessage(), vars(record)["leg"]) for record in caplog.records]
    assert sorted(said) == sorted(
        ("the engine's search fails, it is left out for 5 s", leg) for leg in SEARCHED
    )


def _count_calls(milvus: Milvus) -> list[float]:
    calls: list[float] = []

    def ask(until: float, call: object) -> None:
        calls.append(until)
        raise EngineError("asked")

    milvus.ask = ask  # type: ignore[method-assign, assignment]
    return calls


def test_a_killed_engine_is_answered_for_and_asked_again_once_it_is_back(world: World) -> None:
    world.server.kill()
    found = world.retriever().retrieve(_request())
    assert found.failed == () and _equal(found, world.here)
    assert set(world.failures) == SEARCHED
    world.server.restart()
    retriever = world.retriever()
    until(lambda: world.answers(retriever))


def test_what_neither_the_engine_nor_this_machine_has_is_named(world: World) -> None:
    world.server.kill()
    try:
        found = world.retriever(world.version.elsewhere).retrieve(_request())
    finally:
        world.server.restart()
    assert found.hits == {} and set(found.failed) == SEARCHED | {OFF_TOPIC}
    assert found.lexical_margin == world.here.lexical_margin


def test_a_leg_that_lacks_rows_is_searched_here_and_the_others_there(world: World) -> None:
    """Until it has them: the engine is seen to be whole before it is believed."""
    name = world.collections[SERVICES].name
    row = _asked(world, "query", name, ids=[2], output_fields=["*"])
    _asked(world, "delete", name, ids=[2])
    retriever = world.retriever()
    found = retriever.retrieve(_request())
    assert world.failures == [SERVICES] and found.failed == () and _equal(found, world.here)
    _asked(world, "insert", name, [dict(row[0])])
    until(lambda: world.answers(retriever))


def _asked(world: World, method: str, *arguments: object, **options: object) -> list[Any]:
    found: list[Any] = world.milvus.ask(
        monotonic() + 60, lambda client, _: getattr(client, method)(*arguments, **options)
    )
    return found


def test_an_engine_that_loses_a_collection_is_believed_again_only_when_it_is_whole(
    world: World,
) -> None:
    retriever = world.retriever()
    assert world.answers(retriever)
    _asked(world, "drop_collection", world.collections[SERVICES].name)
    found = retriever.retrieve(_request())
    assert world.failures == [SERVICES] and _equal(found, world.here)
    with pytest.raises(EngineError, match="lacks a collection"):
        retriever.check()
    publish(world.milvus, world.collections, world.version.stores, world.version.passages)
    until(lambda: world.answers(retriever))
    retriever.check()


# The address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("milvus://10.0.0.1:1", Address("http://10.0.0.1:1")),
        ("milvus://engine", Address("http://engine:19530")),
        ("milvus+https://engine:443/qa/", Address("https://engine:443", "qa")),
        ("milvus://me:p%40ss%2F@[::1]:2", Address("http://[::1]:2", "", "me", "p@ss/")),
    ],
)
def test_an_address_has_scheme_host_port_database_and_credentials(
    url: str, expected: Address
) -> None:
    assert Address.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "milvus", "milvus://", "milvus://me:secret@", "http://me:secret@engine:1"),
        *("milvus://me:secret@engine:x", "milvus://me:secret@engine/a/b", "milvus://e/?k=secret"),
        *("milvus://me:sec/ret@engine:19530", "milvus://me:/secret@engine:19530"),
        *("milvus://me:12/secret@engine:19530", "milvus://me:12#secret@engine:19530"),
    ],
)
def test_an_address_that_names_no_engine_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="QA_RETRIEVER names no engine") as raised:
        Address.parse(url)
    assert "secret" not in str(raised.value) and "sec/ret" not in str(raised.value)


def test_an_address_prints_without_user_and_password() -> None:
    address = Address.parse("milvus://me:secret@engine:1/qa")
    assert str(address) == "engine:1/qa"
    assert "secret" not in repr(address) and "me" not in repr(address)
