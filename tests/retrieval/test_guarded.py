"""A search that fails or is late is left out and named; the others answer."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Barrier, Event, get_ident
from time import monotonic

import pytest
from support.clock import Clock

from qa_service.breaker import FAILURES, PAUSE_S
from qa_service.retrieval.guarded import HANGING, Guard, SearchBreaker

PATIENCE_S = 10.0
"""Until a deadline that nothing reaches."""


class Search:
    """Finds its own name, or raises, and counts how often it was called."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name, self.error, self.calls = name, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.error:
            raise self.error
        return self.name


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Guard:
    return Guard(clock)


@pytest.fixture
def hanging() -> Iterator[Callable[[], object]]:
    """A search that ends with the test, or in time for a guard that waits beyond the deadline."""
    end = Event()
    yield lambda: end.wait(PATIENCE_S / 4)
    end.set()


def _run(guard: Guard, clock: Clock, *searches: Search) -> tuple[str, ...]:
    """The names of the searches that failed; the others found their own."""
    found, failed = guard.run({search.name: search for search in searches}, clock.now + PATIENCE_S)
    assert found == {search.name: search.name for search in searches if search.name not in failed}
    return failed


# One question


def test_each_search_answers_under_its_name(guard: Guard, clock: Clock) -> None:
    found, failed = guard.run({"a": lambda: 1, "b": lambda: None}, clock.now + PATIENCE_S)
    assert (found, failed) == ({"a": 1, "b": None}, ())


def test_nothing_to_search_finds_nothing(guard: Guard, clock: Clock) -> None:
    assert guard.run({}, clock.now) == ({}, ())


def test_searches_run_in_turn_on_one_thread(guard: Guard, clock: Clock) -> None:
    found, failed = guard.run(dict.fromkeys("abc", get_ident), clock.now + PATIENCE_S)
    assert len(set(found.values())) == 1 and failed == ()


def test_a_search_that_takes_long_does_not_hold_up_the_others(guard: Guard, clock: Clock) -> None:
    """Each waits for all: another thread must take over from each that waits."""
    barrier = Barrier(3)
    searches = dict.fromkeys("abc", lambda: barrier.wait(PATIENCE_S))
    found, failed = guard.run(searches, clock.now + PATIENCE_S)
    assert sorted(found.values()) == [0, 1, 2] and failed == ()


def test_a_search_that_raises_is_left_out_and_named(guard: Guard, clock: Clock) -> None:
    broken = Search("broken", ValueError())
    assert _run(guard, clock, Search("a"), broken, Search("b")) == ("broken",)
    assert _run(guard, clock, Search("b", OSError()), broken, Search("a")) == ("b", "broken")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_search_that_is_late_is_left_out_and_named_and_the_others_answer(
    hanging: Callable[[], object], place: int
) -> None:
    searches = {"a": Search("a"), "b": Search("b")}
    names = ["a", "b"]
    names.insert(place, "late")
    run = {name: searches.get(name, hanging) for name in names}
    found, failed = Guard(monotonic).run(run, monotonic() + 0.2)
    assert (found, failed) == ({"a": "a", "b": "b"}, ("late",))


def test_what_is_found_when_the_deadline_has_passed_counts(
    guard: Guard, clock: Clock, hanging: Callable[[], object]
) -> None:
    """The deadline is the question's, not each search's: nobody waits for the second again."""
    deadline = clock.now + 60

    def until_the_deadline() -> str:
        clock.now = deadline
        return "found"

    searches = {"in time": until_the_deadline, "late": hanging, "later": hanging}
    assert guard.run(searches, deadline) == ({"in time": "found"}, ("late", "later"))


# Breakers


def test_a_search_that_failed_five_times_in_a_row_is_left_alone_for_a_while(
    guard: Guard, clock: Clock
) -> None:
    broken, sound = Search("broken", ValueError()), Search("sound")
    for calls in (1, 2, 3, 4, 5, 5, 5):
        assert _run(guard, clock, broken, sound) == ("broken",)
        assert broken.calls == calls
    clock.now += PAUSE_S - 0.01
    assert _run(guard, clock, broken, sound) == ("broken",)
    assert (broken.calls, sound.calls) == (FAILURES, 8)
    clock.now += 0.01
    assert _run(guard, clock, broken, sound) == ("broken",)
    assert broken.calls == FAILURES + 1


def test_a_search_that_is_late_costs_its_deadline_five_times_and_is_then_left_alone(
    guard: Guard, clock: Clock, hanging: Callable[[], object]
) -> None:
    calls = []

    def late() -> None:
        calls.append(clock.now)
        hanging()

    for _ in range(FAILURES + 3):
        assert guard.run({"late": late}, clock.now) == ({}, ("late",))
    assert len(calls) <= FAILURES


def test_one_failure_after_the_while_is_enough_to_be_left_alone_again(
    guard: Guard, clock: Clock
) -> None:
    broken = Search("broken", ValueError())
    for _ in range(FAILURES):
        _run(guard, clock, broken)
    clock.now += PAUSE_S
    for _ in range(3):
        assert _run(guard, clock, broken) == ("broken",)
    assert broken.calls == FAILURES + 1


def test_a_success_makes_failures_count_from_the_start(guard: Guard, clock: Clock) -> None:
    search = Search("search")
    for _ in range(3):
        search.error = ValueError()
        for _ in range(FAILURES - 1):
            assert _run(guard, clock, search) == ("search",)
        search.error = None
        assert _run(guard, clock, search) == ()
    assert search.calls == 3 * FAILURES


def test_a_success_after_the_while_makes_failures_count_from_the_start(
    guard: Guard, clock: Clock
) -> None:
    search = Search("search", ValueError())
    for _ in range(FAILURES):
        _run(guard, clock, search)
    clock.now += PAUSE_S
    search.error = None
    assert _run(guard, clock, search) == ()
    search.error = ValueError()
    for _ in range(FAILURES + 2):
        _run(guard, clock, search)
    assert search.calls == FAILURES + 1 + FAILURES


def test_a_search_in_which_threads_still_hang_is_not_tried(clock: Clock) -> None:
    breaker = SearchBreaker("search", clock)
    hanging = [_running_future() for _ in range(HANGING)]
    for future in hanging:
        breaker.late(future, clock.now)
        breaker.succeeded()
    assert not breaker.allows(), "though it works now and then"
    hanging[0].set_result(None)
    assert breaker.allows()


def test_a_search_that_hangs_does_not_keep_the_process_from_ending() -> None:
    program = (
        "import time; from qa_service.retrieval.guarded import Guard; "
        "Guard().run({'hangs': lambda: time.sleep(600)}, time.monotonic())"
    )
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True)


def _running_future() -> "Future[None]":
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


# What is said of it


def test_the_log_names_the_search_and_the_kind_of_error_and_quotes_nothing(
    guard: Guard, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _run(guard, clock, Search("lexical", ValueError("прізвище Шевченко")))
    [record] = caplog.records
    assert (vars(record)["leg"], vars(record)["cause"]) == ("lexical", "ValueError")
    assert record.exc_info is None and "Шевченко" not in str(vars(record))


def test_the_log_says_of_a_late_search_that_it_was_late(
    guard: Guard,
    clock: Clock,
    hanging: Callable[[], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    guard.run({"lexical": hanging}, clock.now)
    assert [vars(record)["cause"] for record in caplog.records] == ["not done by the deadline"]


def test_the_log_says_once_that_a_search_is_left_out_and_once_that_it_works_again(
    guard: Guard, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Search("lexical", ValueError())
    for _ in range(FAILURES + 3):
        _run(guard, clock, broken)
    for _ in range(3):
        clock.now += PAUSE_S
        _run(guard, clock, broken)
    broken.error = None
    clock.now += PAUSE_S
    for _ in range(2):
        assert _run(guard, clock, broken) == ()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["a search fails"] * (FAILURES - 1) + [
        "a search fails, it is left out for 5 s",
        "a search works again",
    ]
