"""Ended sessions that machines share in Valkey. Each test name is the rule."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from support.valkey import valkey_served
from support.waiting import until

from qa_service.access.ended_shared import KEY, SharedEndedSessions
from qa_service.access.keys import Role
from qa_service.access.sessions import LONGEST_S, Session, Sessions
from qa_service.errors import AccessError

SECRET = "a secret of all processes, long enough"
NOWHERE = "valkey://127.0.0.1:1"


class Machine:
    """One that shares the store at `url`; `now` is its clock, in seconds since 1970."""

    def __init__(self, url: str) -> None:
        self.now = 1_000_000.0
        self.ended = SharedEndedSessions.open(url, "valkey", lambda: self.now)
        self.sessions = Sessions(SECRET, self.ended, lambda: self.now)

    def start(self, account: str = "u-1") -> tuple[Session, str]:
        session = self.sessions.start(account, "Олена", Role.EDITOR, by_key=False)
        return session, self.sessions.token(session)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with valkey_served(tmp_path) as (socket, _):
        yield f"unix://{socket}"


def test_a_session_that_one_machine_ended_is_over_on_all_once_they_look(url: str) -> None:
    here, there = Machine(url), Machine(url)
    for machine in (here, there):
        machine.ended.look()
    (session, token), (_, another) = here.start(), here.start("u-2")
    assert there.sessions.check(token) == session
    here.sessions.end(session)
    assert here.sessions.check(token) is None
    there.ended.look()
    assert there.sessions.check(token) is None and there.sessions.check(another)


def test_a_person_whose_sessions_were_ended_may_sign_in_again(url: str) -> None:
    machine = Machine(url)
    machine.ended.look()
    _, token = machine.start()
    machine.ended.end("Олена")
    machine.now += 1
    _, later = machine.start()
    machine.ended.look()
    assert machine.sessions.check(token) is None and machine.sessions.check(later)


def test_what_was_ended_is_forgotten_once_it_would_be_over_anyway(url: str) -> None:
    machine = Machine(url)
    machine.ended.end("u-1")
    machine.now += LONGEST_S + 1
    machine.ended.end("u-2")
    left = machine.ended._client.zrangebyscore(KEY, "-inf", "+inf", withscores=True)
    assert [subject for subject, _ in left] == [b"u-2"]


def test_while_the_store_fails_what_was_known_stays_and_nothing_more_can_be_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with valkey_served(tmp_path) as (socket, _):
        machine = Machine(f"unix://{socket}")
        machine.ended.look()
        (session, token), (_, another) = machine.start(), machine.start("u-2")
        machine.sessions.end(session)
    for _ in range(3):
        machine.ended.look()
    assert machine.sessions.check(token) is None and machine.sessions.check(another)
    assert caplog.text.count("ended sessions are those that were known before") == 1
    with pytest.raises(AccessError, match="QA_SESSION_STORE cannot be used now"):
        machine.ended.end("u-2")
    assert machine.sessions.check(another)


def test_before_anything_is_known_only_sessions_that_began_since_are_accepted() -> None:
    """Those that began before may have been ended."""
    machine = Machine(NOWHERE)
    machine.ended.look()
    _, token = machine.start()
    machine.now += 1
    _, later = machine.start()
    assert machine.sessions.check(token) is None and machine.sessions.check(later)


def test_a_running_machine_looks_by_itself(url: str) -> None:
    here, there, stopped = Machine(url), Machine(url), Event()
    there.ended.watch(stopped)
    session, token = here.start()
    assert there.sessions.check(token) == session
    here.sessions.end(session)
    until(lambda: there.sessions.check(token) is None)
    stopped.set()


def test_no_request_asks_the_store(url: str) -> None:
    machine = Machine(url)
    machine.ended.look()
    _, token = machine.start()
    machine.ended._client = None  # type: ignore[assignment]
    assert machine.sessions.check(token)
