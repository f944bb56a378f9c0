"""A part that fails is left alone for a while, and tried again. Each test name is the rule."""

import asyncio
import logging

import pytest
from support.clock import Clock

from qa_service.breaker import FAILURES, PAUSE_S, Breaker, Bulkhead, UnavailableError

logger = logging.getLogger(__name__)
NEVER_S, AT_ONCE_S = 3_600.0, 0.001


class Program:
    """Answers, fails or hangs, and counts how often it was asked."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.hangs = False
        self.asked = 0

    async def exchange(self) -> str:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(NEVER_S)
        if self.error:
            raise self.error
        return "found"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def breaker_of(clock: Clock, failures: int = FAILURES) -> Breaker:
    return Breaker(
        logger,
        opened="it is left alone",
        closed="it works again",
        fields={"part": "one"},
        failures=failures,
        clock=clock,
    )


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == __name__]


# A breaker


def test_it_is_open_from_the_fifth_failure_in_a_row_until_the_pause_is_over(clock: Clock) -> None:
    breaker = breaker_of(clock)
    for _ in range(FAILURES):
        assert breaker.allows() and not breaker.is_open
        assert breaker.failed("down")
    assert breaker.is_open and not breaker.allows()
    clock.now += PAUSE_S
    assert breaker.allows() and not breaker.allows()


def test_a_success_in_between_makes_failures_count_from_the_start(clock: Clock) -> None:
    breaker = breaker_of(clock)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed("down")
        breaker.succeeded()
    assert not breaker.is_open


def test_failures_of_tries_that_were_under_way_at_once_count_as_one(clock: Clock) -> None:
    breaker = breaker_of(clock)
    started = clock.now
    clock.now += 1
    assert [breaker.failed("late", started) for _ in range(3)] == [True, False, False]
    for _ in range(3 * FAILURES):
        breaker.failed("late", started)
    assert breaker.allows() and not breaker.is_open


def test_the_log_has_one_line_for_each_change(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = breaker_of(clock)
    for _ in range(2):
        for _ in range(3 * FAILURES):
            breaker.failed("down")
        clock.now += PAUSE_S
        assert breaker.allows()
        breaker.failed("still down")
        breaker.succeeded()
        breaker.succeeded()
    assert _said(caplog) == ["it is left alone", "it works again"] * 2
    first, second, *_ = caplog.records
    assert (vars(first)["part"], vars(first)["cause"], vars(second)["part"]) == (
        "one",
        "down",
        "one",
    )


# A bulkhead


def _run(bulkhead: Bulkhead, program: Program) -> str | None:
    """What the program answered; None where it could not be asked."""
    try:
        return asyncio.run(bulkhead.run(program.exchange))
    except UnavailableError:
        return None


def test_what_a_program_answers_is_handed_on(clock: Clock) -> None:
    assert _run(Bulkhead(breaker_of(clock), NEVER_S), Program()) == "found"


@pytest.mark.parametrize("hangs", [True, False])
def test_a_program_that_fails_or_hangs_is_asked_once_in_a_while(
    clock: Clock, caplog: pytest.LogCaptureFixture, hangs: bool
) -> None:
    program, bulkhead = Program(), Bulkhead(breaker_of(clock, failures=1), AT_ONCE_S)
    program.hangs, program.error = hangs, ConnectionError("refused")
    assert [_run(bulkhead, program) for _ in range(5)] == [None] * 5
    assert program.asked == 1
    clock.now += PAUSE_S
    assert [_run(bulkhead, program) for _ in range(5)] == [None] * 5
    assert program.asked == 2
    [line] = caplog.records
    assert vars(line)["cause"] == ("no answer within 0.001 s" if hangs else "refused")


def test_a_program_that_was_mended_answers_again_after_the_pause(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    program, bulkhead = Program(), Bulkhead(breaker_of(clock, failures=1), NEVER_S)
    program.error = ConnectionError("refused")
    assert _run(bulkhead, program) is None
    program.error = None
    assert _run(bulkhead, program) is None and program.asked == 1
    clock.now += PAUSE_S
    assert [_run(bulkhead, program) for _ in range(2)] == ["found"] * 2
    assert _said(caplog) == ["it is left alone", "it works again"]


def test_whoever_gives_up_waiting_is_no_failure_of_the_program(clock: Clock) -> None:
    program, breaker = Program(), breaker_of(clock, failures=1)
    program.hangs = True

    async def given_up() -> None:
        asking = asyncio.ensure_future(Bulkhead(breaker, NEVER_S).run(program.exchange))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()

    asyncio.run(given_up())
    assert program.asked == 1 and not breaker.is_open
