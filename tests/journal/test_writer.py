"""The journal that is written in the background. Each test name is the rule; the stores fail and
block as the tests say.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Queue
from threading import Event, Thread

import pytest
from journals import answers, event, exchange, vote
from support.waiting import until

from qa_service.errors import JournalError, RejectedEntryError
from qa_service.journal import CLOSING_S, AuditLine, Entry, Limits, Trimmed, Vote, trimming, writer
from qa_service.journal import Store as Journal
from qa_service.journal.memory import MemoryJournal
from qa_service.journal.sql import SqlJournal
from qa_service.journal.writer import JournalWriter

DOWN = "the journal in /srv/journal.sqlite fails: disk full; mend it or set QA_JOURNAL=off"
FAILS = "the journal cannot be written now, answers are not affected"
WORKS = "the journal is written again"
LOST, ONE_LOST = "entries of the journal are lost", "an entry of the journal is lost"
NEVER_S = 3_600.0
SHORT_S = 0.001
WAITING_S = 20
"""For what comes at once, or never where a rule is broken."""


def _answer_of(entry: Entry) -> str:
    match entry:
        case Vote():
            return entry.feedback.answer_id
        case AuditLine():
            return entry.action
    return entry.answer_id


class Store(MemoryJournal):
    """Writes as soon as `is_free` is set, and says what it does; fails for the given answers."""

    def __init__(self, is_free: bool = True) -> None:
        super().__init__()
        self.is_free, self.began = Event(), Event()
        self.written: Queue[str] = Queue()
        self.threads: list[Thread] = []
        self.failures: dict[str, list[JournalError]] = {}
        self.kept_when_closed: list[int] = []
        self.batches: list[int] = []
        if is_free:
            self.is_free.set()

    def record(self, *entries: Entry) -> None:
        self.began.set()
        self.threads.append(threading.current_thread())
        assert self.is_free.wait(WAITING_S)
        answers = [_answer_of(entry) for entry in entries]
        for answer in answers:
            if failures := self.failures.get(answer):
                raise failures.pop(0)
        super().record(*entries)
        self.batches.append(len(entries))
        for answer in answers:
            self.written.put(answer)

    def close(self, within_s: float = CLOSING_S) -> None:
        self.kept_when_closed.append(len(self.votes(1_000)))

    def wait_for(self, number: int) -> list[str]:
        """The next answers that are written, so many."""
        return [self.written.get(timeout=WAITING_S) for _ in range(number)]


@dataclass
class World:
    """`open` makes a writer and counts its failures, each of which `has_failed` tells."""

    log: pytest.LogCaptureFixture
    failures: list[None] = field(default_factory=list)
    drops: list[None] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    has_failed: Event = field(default_factory=Event)
    opened: list[tuple[JournalWriter, set[Thread]]] = field(default_factory=list)

    def open(
        self,
        opening: Callable[[], Journal],
        capacity: int = 1_000,
        pause_s: float = SHORT_S,
        reserved: int = 0,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ) -> JournalWriter:
        before = set(threading.enumerate())
        made = JournalWriter(
            opening,
            self._count,
            lambda: self.drops.append(None),
            limits,
            capacity=capacity,
            reserved=reserved,
            first_pause_s=pause_s,
            on_waiting=self.waiting.append,
        )
        self.opened.append((made, set(threading.enumerate()) - before))
        return made

    def lines(self, message: str) -> list[logging.LogRecord]:
        """The lines of the writer's log that begin so."""
        found = [record for record in self.log.records if record.name == writer.__name__]
        return [record for record in found if record.getMessage().startswith(message)]

    def _count(self) -> None:
        self.failures.append(None)
        self.has_failed.set()


@pytest.fixture
def world(caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    world = World(caplog)
    yield world
    for made, threads in world.opened:
        made.close()
        for thread in threads:
            thread.join(WAITING_S)
            assert not thread.is_alive()


def opening_after(failures: int, store: Store) -> Callable[[], Store]:
    """Opens the store after so many failures."""
    left = [JournalError(DOWN) for _ in range(failures)]

    def opening() -> Store:
        if left:
            raise left.pop()
        return store

    return opening


def test_recording_never_waits_for_a_store_that_blocks(world: World) -> None:
    store = Store(is_free=False)
    journal = world.open(lambda: store)
    for number in range(10):
        journal.record(vote(f"a-{number}"))
    assert store.began.wait(WAITING_S) and store.votes(10) == []
    store.is_free.set()
    assert store.wait_for(10) == [f"a-{number}" for number in range(10)]


def test_recording_never_waits_for_a_store_that_takes_long_to_open(world: World) -> None:
    store, is_up = Store(), Event()

    def opening() -> Store:
        assert is_up.wait(WAITING_S)
        return store

    journal = world.open(opening)
    journal.record(vote())
    assert not store.began.is_set()
    is_up.set()
    assert store.wait_for(1) == ["a-1"]


def test_entries_of_many_threads_are_all_written_by_one(world: World) -> None:
    store = Store()
    journal = world.open(lambda: store)
    voted = [f"a-{number}" for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda answer: journal.record(vote(answer)), voted))
    assert sorted(store.wait_for(80)) == sorted(voted)
    [thread] = set(store.threads)
    assert thread is not threading.current_thread() and thread.daemon


def test_entries_are_written_in_the_order_that_they_came(world: World) -> None:
    store = Store()
    journal = world.open(lambda: store)
    for number in range(50):
        journal.record(vote(f"a-{number}"))
    assert store.wait_for(50) == [f"a-{number}" for number in range(50)]


def test_what_was_written_is_read_and_purged_in_the_store(world: World) -> None:
    store = Store()
    journal = world.open(lambda: store)
    journal.record(vote())
    store.wait_for(1)
    assert answers(journal.votes(10)) == ["a-1"]
    assert journal.purge(datetime.now(UTC)) == 1 and store.votes(10) == []


def test_a_store_is_opened_once_and_before_the_first_entry(world: World) -> None:
    store, opened = Store(), Queue[Store]()

    def opening() -> Store:
        opened.put(store)
        return store

    journal = world.open(opening)
    assert opened.get(timeout=WAITING_S) is store
    journal.record(vote())
    store.wait_for(1)
    journal.votes(10)
    assert opened.empty()


def test_a_store_that_cannot_be_opened_cannot_be_read_and_says_why(world: World) -> None:
    journal = world.open(opening_after(1_000, Store()))
    with pytest.raises(JournalError, match="disk full"):
        journal.votes(10)
    with pytest.raises(JournalError, match="disk full"):
        journal.purge(datetime.now(UTC))


def test_a_store_that_is_down_at_first_is_warned_of_and_gets_every_entry_once_it_is_up(
    world: World,
) -> None:
    store = Store()
    journal = world.open(opening_after(4, store))
    for number in range(5):
        journal.record(vote(f"a-{number}"))
    assert store.wait_for(5) == [f"a-{number}" for number in range(5)]
    assert len(world.failures) == 3  # the first failure met no entry
    assert [line.getMessage() for line in world.lines("the journal")] == [FAILS, WORKS]


def test_how_many_entries_wait_is_told_while_a_store_is_down_and_once_it_is_up(
    world: World,
) -> None:
    store = Store()
    journal = world.open(opening_after(4, store))
    journal.record(vote("a-1"), vote("a-2"))
    assert store.wait_for(2) == ["a-1", "a-2"]
    until(lambda: world.waiting == [2, 2, 2, 0])


def test_a_store_that_was_down_is_warned_of_without_any_feedback(world: World) -> None:
    is_asked = Event()

    def opening() -> Journal:
        is_asked.set()
        raise JournalError(DOWN)

    world.open(opening).close()
    assert is_asked.is_set()
    [line] = world.lines(FAILS)
    assert vars(line)["cause"] == DOWN and world.failures == []


def test_an_outage_is_logged_once_and_its_end_and_the_next_one_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TOGETHER", 1)
    store = Store()
    store.failures = {
        "a-1": [JournalError(DOWN) for _ in range(3)],
        "a-3": [JournalError(DOWN) for _ in range(2)],
    }
    journal = world.open(lambda: store)
    for number in range(5):
        journal.record(vote(f"a-{number}"))
    assert store.wait_for(5) == [f"a-{number}" for number in range(5)]
    assert len(world.failures) == 5
    assert [line.getMessage() for line in world.lines("the journal")] == [FAILS, WORKS] * 2
    assert [vars(line)["cause"] for line in world.lines(FAILS)] == [DOWN, DOWN]


def test_pauses_double_up_to_the_longest_and_begin_anew_once_it_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(writer, "LONGEST_PAUSE_S", 3.0)
    monkeypatch.setattr(writer, "TOGETHER", 1)
    monkeypatch.setattr(JournalWriter, "_pause", lambda self, seconds: pauses.append(seconds))
    store = Store()
    store.failures = {
        "a-0": [JournalError(DOWN) for _ in range(4)],
        "a-1": [JournalError(DOWN) for _ in range(2)],
    }
    journal = world.open(lambda: store, pause_s=1.0)
    for number in range(2):
        journal.record(vote(f"a-{number}"))
    assert store.wait_for(2) == ["a-0", "a-1"]
    assert pauses == [1.0, 2.0, 3.0, 3.0, 1.0, 2.0]


def test_what_finds_too_many_waiting_is_refused_and_counted(world: World) -> None:
    store = Store(is_free=False)
    journal = world.open(lambda: store, capacity=3)
    for number in range(3):
        journal.record(vote(f"a-{number}"))
    assert store.began.wait(WAITING_S) and world.failures == []
    for refusals in (1, 2):
        with pytest.raises(JournalError):
            journal.record(vote("refused"))
        assert len(world.failures) == refusals
    [line] = world.lines("the journal")
    assert line.getMessage() == FAILS and vars(line)["cause"] == "too many entries wait"
    store.is_free.set()
    assert store.wait_for(3) == ["a-0", "a-1", "a-2"]
    journal.record(vote("later"))
    assert store.wait_for(1) == ["later"]
    assert len(world.lines(WORKS)) == 1


def test_an_entry_that_is_rejected_is_dropped_and_counted_and_all_others_written(
    world: World,
) -> None:
    """Whatever waits together, and however many of it."""
    store = Store(is_free=False)
    rejections: dict[str, list[JournalError]] = {
        f"a-{number}": [RejectedEntryError("the journal takes no such entry") for _ in range(99)]
        for number in (0, 5, 6, 19)
    }
    store.failures = dict(rejections)
    journal = world.open(lambda: store, pause_s=NEVER_S)
    for number in range(20):
        journal.record(vote(f"a-{number}"))
    store.is_free.set()
    written = [f"a-{number}" for number in range(20) if f"a-{number}" not in rejections]
    assert store.wait_for(16) == written
    journal.close()
    assert len(world.failures) == 4
    assert [vars(line)["cause"] for line in world.lines(ONE_LOST)] == [
        "the journal takes no such entry"
    ] * 4
    assert world.lines("the journal") == []


def test_what_waits_together_is_written_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TOGETHER", 8)
    store = Store(is_free=False)
    journal = world.open(lambda: store)
    journal.record(vote("a-0"))
    assert store.began.wait(WAITING_S)
    for number in range(1, 21):
        journal.record(exchange(f"a-{number}"))
    store.is_free.set()
    assert store.wait_for(21) == [f"a-{number}" for number in range(21)]
    assert store.batches == [1, 8, 8, 4]


def test_questions_wait_for_others_and_votes_do_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LINGER_S", NEVER_S)
    store = Store()
    journal = world.open(lambda: store)
    for number in range(5):
        journal.record(exchange(f"a-{number}"))
    assert not store.began.wait(SHORT_S)
    journal.record(vote("a-5"))
    assert store.wait_for(6) == [f"a-{number}" for number in range(6)] and store.batches == [6]
    journal.record(exchange("a-6"))
    journal.close()
    assert store.wait_for(1) == ["a-6"]


def test_questions_and_events_that_find_too_many_waiting_are_dropped_and_votes_still_taken(
    world: World,
) -> None:
    store = Store(is_free=False)
    journal = world.open(lambda: store, capacity=5, reserved=2)
    journal.record(exchange("a-0"), exchange("a-1"), exchange("a-2"))
    for dropped in (exchange("a-3"), event("a-3")):
        with pytest.raises(JournalError):
            journal.record(dropped)
    assert (len(world.drops), len(world.failures)) == (2, 0)
    line = AuditLine(datetime.now(UTC), "k-1", "admin", "export")
    journal.record(vote("a-4"))
    journal.record(line)
    for refused in (vote("a-5"), line):
        with pytest.raises(JournalError):
            journal.record(refused)
    assert (len(world.drops), len(world.failures)) == (2, 2)
    store.is_free.set()
    assert store.wait_for(5) == ["a-0", "a-1", "a-2", "a-4", "export"]


def test_what_is_lost_when_closing_is_counted_by_its_kind(world: World) -> None:
    store = Store(is_free=False)
    journal = world.open(lambda: store)
    journal.record(exchange(), event(), vote())
    assert store.began.wait(WAITING_S)
    journal.close(SHORT_S)
    assert (len(world.drops), len(world.failures)) == (2, 1)
    store.is_free.set()


def test_closing_writes_what_waits_and_then_gives_the_store_back(world: World) -> None:
    store = Store(is_free=False)
    journal = world.open(lambda: store)
    for number in range(5):
        journal.record(vote(f"a-{number}"))
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(journal.close)
        assert store.began.wait(WAITING_S) and not closing.done()
        store.is_free.set()
        closing.result(WAITING_S)
    assert store.kept_when_closed == [5]
    assert world.lines("the journal") == [] and world.failures == []


def _refuses(journal: JournalWriter) -> bool:
    try:
        journal.record()
    except JournalError:
        return True
    return False


def test_what_a_connection_that_breaks_off_leaves_while_closing_is_written_by_the_next(
    world: World,
) -> None:
    store = Store(is_free=False)
    store.failures["a-0"] = [JournalError("the connection broke off")]
    journal = world.open(lambda: store)
    journal.record(vote("a-0"), vote("a-1"))
    assert store.began.wait(WAITING_S)
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(journal.close)
        until(lambda: _refuses(journal))
        store.is_free.set()
        closing.result(WAITING_S)
    assert store.wait_for(2) == ["a-0", "a-1"]
    assert world.lines(LOST) == []


def test_closing_with_nothing_to_write_gives_the_store_back(world: World) -> None:
    store, is_open = Store(), Event()

    def opening() -> Store:
        is_open.set()
        return store

    journal = world.open(opening)
    assert is_open.wait(WAITING_S)
    journal.close()
    assert store.kept_when_closed == [0]


def test_closing_a_store_that_hangs_says_how_many_entries_are_lost(world: World) -> None:
    store = Store(is_free=False)
    journal = world.open(lambda: store)
    for number in range(3):
        journal.record(vote(f"a-{number}"))
    assert store.began.wait(WAITING_S)
    journal.close(SHORT_S)
    [line] = world.lines(LOST)
    assert vars(line)["entries"] == 3
    store.is_free.set()


@pytest.mark.parametrize("pause_s", [SHORT_S, NEVER_S])
def test_closing_a_store_that_is_down_waits_for_no_pause_and_says_how_many_are_lost(
    world: World, pause_s: float
) -> None:
    journal = world.open(opening_after(1_000, Store()), pause_s=pause_s)
    for number in range(3):
        journal.record(vote(f"a-{number}"))
    assert world.has_failed.wait(WAITING_S)
    journal.close()
    [(_, threads)] = world.opened
    assert [thread for thread in threads if thread.is_alive()] == []
    [line] = world.lines(LOST)
    assert vars(line)["entries"] == 3


def test_what_comes_after_closing_is_refused(world: World) -> None:
    store = Store()
    journal = world.open(lambda: store)
    journal.close()
    with pytest.raises(JournalError):
        journal.record(vote())
    assert store.votes(10) == [] and len(world.failures) == 1


def test_whoever_votes_is_told_no_path_and_no_setting(world: World) -> None:
    journal = world.open(opening_after(1_000, Store()), capacity=1, pause_s=NEVER_S)
    journal.record(vote())
    assert world.has_failed.wait(WAITING_S)
    for _ in range(2):
        with pytest.raises(JournalError) as caught:
            journal.record(vote("a-2"))
        assert str(caught.value) == "nothing more can be kept now: try again in a few minutes"
        assert caught.value.__cause__ is None
        journal.close()


def test_a_database_whose_folder_appears_later_gets_what_waited(
    world: World, tmp_path: Path
) -> None:
    written: Queue[Entry] = Queue()

    class Noted(SqlJournal):
        def record(self, *entries: Entry) -> None:
            super().record(*entries)
            for one in entries:
                written.put(one)

    (tmp_path / "data").write_text("in the folder's place")
    url = f"sqlite:///{tmp_path}/data/journal.sqlite"
    journal = world.open(partial(Noted.open, url))
    given = [vote(f"a-{number}") for number in range(3)]
    for one in given:
        journal.record(one)
    assert world.has_failed.wait(WAITING_S)
    (tmp_path / "data").unlink()
    assert [written.get(timeout=WAITING_S) for _ in given] == given
    assert answers(journal.votes(10)) == ["a-2", "a-1", "a-0"]


class Trimming(Store):
    """Removes two portions; fails instead where it is told so."""

    def __init__(self, failing: bool = False) -> None:
        super().__init__()
        self.failing, self.trimmed = failing, Queue[Limits]()

    def trim(self, limits: Limits, now: datetime) -> Trimmed:
        self.trimmed.put(limits)
        if self.failing:
            raise JournalError(DOWN)
        return Trimmed(old=1) if self.trimmed.qsize() < 3 else Trimmed()


def test_what_is_too_old_is_removed_though_nothing_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "FIRST_S", 0.0)
    store, limits = Trimming(), Limits(days=90)
    world.open(lambda: store, limits=limits)
    until(lambda: store.trimmed.qsize() == 3)
    assert [store.trimmed.get() for _ in range(3)] == [limits] * 3


def test_what_cannot_be_removed_is_told_once_and_entries_are_written_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "FIRST_S", 0.0)
    store = Trimming(failing=True)
    journal = world.open(lambda: store)
    until(lambda: world.lines(FAILS))
    journal.record(vote())
    assert store.wait_for(1) == ["a-1"]
    until(lambda: world.lines(WORKS))
    assert store.trimmed.qsize() == 1
