"""What a process says of itself beside what it counts. Each test name is the rule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from support.chats import Collecting, Exchange
from support.corpus import FEE_QUESTION, tiny_index

from qa_service import machine
from qa_service.bootstrap import web_dependencies
from qa_service.live import Probe
from qa_service.types import Query
from qa_service.web.app import create_app
from qa_service.web.dependencies import AppDependencies
from qa_service.web.stopping import Stopping
from qa_service.web.vitals import vitals


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[AppDependencies]:
    found = web_dependencies(tiny_index(tmp_path, workers=2))
    chats = replace(found.chats, platforms=(Collecting(),), exchange=Exchange())
    yield replace(found, chats=chats)
    found.service.close()


def _value(deps: AppDependencies, name: str, **labels: str) -> float | None:
    registry: CollectorRegistry = deps.service.metrics.registry
    return registry.get_sample_value(name, labels)


def test_a_process_is_ready_while_its_search_works_and_it_was_not_told_to_stop(
    deps: AppDependencies,
) -> None:
    stopping, live = Stopping(0), deps.service.live
    taken = vitals(deps, stopping)
    taken.take()
    assert _value(deps, "qa_workers_ready") == 1 and _value(deps, "qa_workers") == 2
    works = live.current
    live.swap(replace(works, probe=Probe(lambda: False)))
    taken.take()
    assert _value(deps, "qa_workers_ready") == 0
    live.swap(works)
    stopping.begin()
    taken.take()
    assert _value(deps, "qa_workers_ready") == 0


def test_a_process_says_when_its_version_was_built_and_what_it_may_take(
    deps: AppDependencies,
) -> None:
    with TestClient(create_app(deps)):
        manifest = deps.service.live.current.engine.snapshot.manifest
        built = datetime.fromisoformat(manifest.created).timestamp()
        assert _value(deps, "qa_index_built_timestamp_seconds") == built
        assert _value(deps, "qa_question_slots") == deps.at_once
        memory, limit = _value(deps, "qa_memory_bytes"), _value(deps, "qa_memory_limit_bytes")
        assert memory and limit and 0 < memory < limit


def test_what_tells_of_a_failure_begins_at_0_so_that_the_first_one_is_a_growth(
    deps: AppDependencies,
) -> None:
    vitals(deps, Stopping(0))
    for leg in ("passages", "questions", "services", "lexical", "vectors", "off_topic"):
        assert _value(deps, "qa_failed_legs_total", leg=leg) == 0
    assert _value(deps, "qa_index_swaps_total", outcome="refused") == 0
    assert _value(deps, "qa_chat_calls_total", channel="telegram", fate="revoked") == 0


def test_every_search_that_may_fail_is_one_that_begins_at_0(deps: AppDependencies) -> None:
    vitals(deps, Stopping(0))
    known = {
        sample.labels["leg"]
        for family in deps.service.metrics.failed_legs.collect()
        for sample in family.samples
    }
    snapshot = deps.service.live.current.engine.snapshot
    assert {*snapshot.stores.legs, "lexical", "vectors"} <= known


def test_the_confidence_of_new_answers_is_counted_by_channel(deps: AppDependencies) -> None:
    for _ in range(2):
        answer = deps.service.ask(Query(FEE_QUESTION))
    assert _value(deps, "qa_answer_confidence_count", channel="site") == 1
    assert _value(deps, "qa_answer_confidence_sum", channel="site") == answer.confidence


@pytest.mark.parametrize(("said", "limit"), [("1048576\n", 1_048_576), ("max\n", None)])
def test_a_containers_limit_counts_and_else_what_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, limit: int | None
) -> None:
    (tmp_path / "memory.max").write_text(said, "ascii")
    limits = (tmp_path / "absent", tmp_path / "memory.max")
    monkeypatch.setattr(machine, "_MEMORY_LIMITS", ())
    whole = machine.memory_limit_bytes()
    monkeypatch.setattr(machine, "_MEMORY_LIMITS", limits)
    assert machine.memory_limit_bytes() == (limit or whole) and whole > 2**28
