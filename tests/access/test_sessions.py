"""Sessions: who is known by a token, for how long, and who is not any more."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from support.corpus import ROOT

from qa_service.access.keys import Role
from qa_service.access.sessions import (
    IDLE_S,
    LONGEST_S,
    RENEW_EVERY_S,
    EndedSessions,
    Session,
    Sessions,
)
from qa_service.access.signing import derived, signer
from qa_service.errors import AccessError

SECRET = "a secret of all processes, long enough"


class World:
    """Sessions of one process over a file; `now` is its clock, in seconds."""

    def __init__(self, path: Path, secret: str = SECRET) -> None:
        self.now = 1_000_000.0
        self.ended = EndedSessions(path, lambda: self.now, lambda: self.now)
        self.sessions = Sessions(secret, self.ended, lambda: self.now)

    def start(self, account: str = "u-1", name: str = "Олена") -> tuple[Session, str]:
        session = self.sessions.start(account, name, Role.EDITOR, by_key=False)
        return session, self.sessions.token(session)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ended.json"


def test_a_token_is_known_to_every_process_of_the_same_secret_and_to_no_other(path: Path) -> None:
    session, token = World(path).start()
    assert World(path).sessions.check(token) == session
    assert World(path, "another secret").sessions.check(token) is None


def test_each_sign_in_is_a_session_of_its_own(path: Path) -> None:
    world = World(path)
    assert len({world.start()[0].id for _ in range(20)}) == 20


@given(place=st.integers(0, 400), put_in=st.text(min_size=1))
@example(place=0, put_in="\udcff")
@example(place=0, put_in="::")
@example(place=3, put_in="." * 10_000)
def test_a_token_changed_anywhere_is_nobodys(place: int, put_in: str) -> None:
    world = World(Path("/nonexistent"))
    _, token = world.start()
    place %= len(token)
    last = token[:-1] + ("A" if token[-1] != "A" else "Q")
    for forged in (token[:place] + put_in + token[place:], token[:place], token + put_in, last):
        assert world.sessions.check(forged) is None


@pytest.mark.parametrize("value", [[], {}, "x", None, {"id": "a"}, {"role": "admin"}])
def test_what_we_signed_in_another_version_or_for_another_purpose_is_nobodys(
    path: Path, value: object
) -> None:
    world = World(path)
    session, _ = world.start()
    assert world.sessions.check(str(signer(SECRET, "session").dumps(value))) is None
    whole = asdict(session)
    assert world.sessions.check(str(signer(SECRET, "flow").dumps(whole))) is None
    assert world.sessions.check(str(URLSafeSerializer(SECRET).dumps(whole))) is None
    assert world.sessions.check(str(signer(SECRET, "session").dumps(whole))) == session


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(path: Path) -> None:
    world = World(path)
    session, token = world.start()
    for _ in range(11):
        world.now += 3600
        session = world.sessions.renewed(session) or session
        token = world.sessions.token(session)
        assert world.sessions.check(token)
    world.now += 3600
    assert world.now - session.started == LONGEST_S and world.sessions.check(token) is None


def test_a_session_that_is_not_used_ends_after_two_hours(path: Path) -> None:
    world = World(path)
    _, token = world.start()
    world.now += IDLE_S - 1
    assert world.sessions.check(token)
    world.now += 1
    assert world.sessions.check(token) is None


def test_a_token_is_made_anew_once_it_is_five_minutes_old(path: Path) -> None:
    world = World(path)
    session, _ = world.start()
    world.now += RENEW_EVERY_S - 1
    assert world.sessions.renewed(session) is None
    world.now += 1
    assert world.sessions.renewed(session) == replace(session, seen=world.now)


# Ending


def test_an_ended_session_is_ended_in_every_process_within_a_second_renewed_or_not(
    path: Path,
) -> None:
    here, there = World(path), World(path)
    session, token = here.start()
    other = here.start()[1]
    renewed = there.sessions.token(replace(session, seen=session.seen + 5))
    assert there.sessions.check(token)
    here.sessions.end(session)
    assert here.sessions.check(token) is None
    there.now += 1
    assert there.sessions.check(token) is there.sessions.check(renewed) is None
    assert there.sessions.check(other)


@pytest.mark.parametrize("subject", ["u-1", "Олена"])
def test_the_sessions_of_a_person_end_by_id_and_by_name_and_later_ones_do_not(
    path: Path, subject: str
) -> None:
    world = World(path)
    (_, first), (_, second) = world.start(), world.start()
    _, other = world.start("u-2", "Ігор")
    world.ended.end(subject)
    assert world.sessions.check(first) is world.sessions.check(second) is None
    assert world.sessions.check(other)
    world.now += 1
    assert world.sessions.check(world.start()[1])


def test_ending_again_ends_what_began_since(path: Path) -> None:
    world = World(path)
    world.ended.end("u-1")
    world.now += 10
    _, token = world.start()
    world.now += 10
    world.ended.end("u-1")
    assert world.sessions.check(token) is None


def test_what_would_have_expired_anyway_is_forgotten(path: Path) -> None:
    world = World(path)
    for number in range(5):
        world.ended.end(f"session-{number}")
    world.now += LONGEST_S + 1
    world.ended.end("last")
    assert [entry["subject"] for entry in json.loads(path.read_bytes())] == ["last"]


def test_only_the_owner_can_read_the_file(path: Path) -> None:
    World(path).ended.end("u-1")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_stops_the_start_and_while_serving_keeps_what_was_ended(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(path)
    session, token = world.start()
    world.sessions.end(session)
    assert world.sessions.check(token) is None
    aside = path.with_suffix(".aside")
    aside.write_text("[{", "utf-8")
    aside.replace(path)
    with pytest.raises(AccessError, match="damaged"):
        EndedSessions(path).watch()
    world.now += 1
    assert world.sessions.check(token) is None and "damaged" in caplog.text
    with pytest.raises(AccessError, match="damaged"):
        world.ended.end("u-1")


def test_a_folder_that_cannot_be_written_is_said_and_nothing_has_ended(tmp_path: Path) -> None:
    world = World(tmp_path / "none" / "ended.json")
    session, token = world.start()
    with pytest.raises(AccessError, match="no ended session was changed"):
        world.sessions.end(session)
    assert world.sessions.check(token) == session


END_MANY = """
import sys
from pathlib import Path
from qa_service.access.sessions import EndedSessions
for number in range(10):
    EndedSessions(Path(sys.argv[1])).end(f"{sys.argv[2]} {number}")
"""


def test_two_processes_that_end_sessions_at_once_lose_none(path: Path) -> None:
    commands = [
        subprocess.Popen([sys.executable, "-c", END_MANY, str(path), name], cwd=ROOT)
        for name in ("first", "second")
    ]
    assert [command.wait() for command in commands] == [0, 0]
    ended = {entry["subject"] for entry in json.loads(path.read_bytes())}
    assert ended == {f"{name} {n}" for name in ("first", "second") for n in range(10)}


def test_what_is_derived_differs_by_secret_purpose_and_flow() -> None:
    made = {derived(secret, purpose, flow) for secret in "ab" for purpose in "ab" for flow in "ab"}
    assert len(made) == 8 and {len(text) for text in made} == {43}
