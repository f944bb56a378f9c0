"""When the journal forgets: each hour, in portions, and never because a clock was set. Each test
name is the rule.
"""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from qa_service.errors import JournalError
from qa_service.journal import Limits, Trimmed, trimming
from qa_service.journal.memory import MemoryJournal
from qa_service.journal.trimming import EVERY_S, FIRST_S, Trimmer

LIMITS = Limits(days=90, questions=1_000)


class World(MemoryJournal):
    """A store that removes what is listed, and the clocks that its trimmer sees."""

    def __init__(self, *portions: Trimmed) -> None:
        super().__init__()
        self.portions = list(portions)
        self.asked: list[tuple[Limits, datetime]] = []
        self.elapsed_s = 1_000.0
        self.clock = datetime(2026, 11, 27, 12, tzinfo=UTC)
        self.trimmer = Trimmer(LIMITS, lambda: self.clock, lambda: self.elapsed_s)

    def trim(self, limits: Limits, now: datetime) -> Trimmed:
        self.asked.append((limits, now))
        return self.portions.pop(0) if self.portions else Trimmed()

    def go_on(self, seconds: float, set_by: timedelta = timedelta()) -> None:
        """Let time go by; `set_by`: somebody sets the clock meanwhile."""
        self.elapsed_s += seconds
        self.clock += timedelta(seconds=seconds) + set_by
        self.trimmer.trim(self._open)

    def _open(self) -> MemoryJournal:
        return self


def test_it_begins_a_minute_after_the_start_and_comes_back_each_hour() -> None:
    world = World()
    assert world.trimmer.due_in_s == FIRST_S
    for seconds, times in ((FIRST_S - 1, 0), (1, 1), (EVERY_S - 1, 1), (1, 2), (1, 2)):
        world.go_on(seconds)
        assert len(world.asked) == times
    assert world.asked[0] == (LIMITS, world.clock - timedelta(seconds=EVERY_S + 1))


def test_portions_follow_each_other_until_all_is_done_and_are_told_together(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, trimming.__name__)
    world = World(Trimmed(1_000, 7), Trimmed(20, 3))
    for _ in range(4):
        world.go_on(FIRST_S)
    assert len(world.asked) == 3 and world.trimmer.due_in_s == EVERY_S - FIRST_S
    told = [(line.getMessage(), vars(line)) for line in caplog.records]
    assert [message for message, _ in told] == [
        "old entries are removed",
        "the journal is full: its oldest entries are removed",
    ]
    assert (told[0][1]["entries"], told[1][1]["entries"]) == (1_020, 10)


def test_where_nothing_is_removed_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, trimming.__name__)
    world = World()
    world.go_on(FIRST_S)
    assert caplog.records == []


@pytest.mark.parametrize("jump", [timedelta(days=100), timedelta(days=-100), timedelta(minutes=6)])
def test_a_clock_that_was_set_is_not_believed_for_an_hour(jump: timedelta) -> None:
    """One that is set to next year would make everything old."""
    world = World()
    world.go_on(FIRST_S)
    world.go_on(EVERY_S, set_by=jump)
    assert len(world.asked) == 1
    world.go_on(EVERY_S, set_by=-jump)
    assert len(world.asked) == 1
    world.go_on(EVERY_S)
    assert len(world.asked) == 2


def test_a_clock_that_is_corrected_by_seconds_is_believed() -> None:
    world = World()
    world.go_on(FIRST_S, set_by=timedelta(seconds=90))
    assert len(world.asked) == 1


@pytest.mark.parametrize("error", [JournalError("disk full"), RuntimeError("whatever")])
def test_a_store_that_fails_is_tried_again_in_an_hour(error: Exception) -> None:
    world = World()

    def failing() -> MemoryJournal:
        raise error

    world.elapsed_s += FIRST_S
    world.clock += timedelta(seconds=FIRST_S)
    with pytest.raises(type(error)):
        world.trimmer.trim(failing)
    assert world.trimmer.due_in_s == EVERY_S
    world.go_on(EVERY_S)
    assert len(world.asked) == 1
