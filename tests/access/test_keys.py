"""Keys: who gets in, who does not, and what the file of keys survives."""

import hmac
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.corpus import ROOT

from qa_service.access.entries_file import LOOK_EVERY_S
from qa_service.access.keys import Key, KeyRing, Role
from qa_service.errors import AccessError, NotFoundError, RequestError

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "not UTF-8": lambda content: content.replace(b"Portal", b"Port\xff\xfe"),
    "another shape": lambda content: b'{"keys": []}',
    "unknown role": lambda content: content.replace(b'"site"', b'"root"'),
    "no revocation": lambda content: content.replace(b'"revoked"', b'"revokd"'),
    "hash of another kind": lambda content: content.replace(b'"sha256": "', b'"sha256": "z'),
    "the same id twice": lambda content: (
        b"[" + content.strip()[1:-1] + b"," + content.strip()[1:-1] + b"]"
    ),
    "deep": lambda content: b"[" * 100_000,
}
"""Each with what it makes of a good file that holds one key of the role site, named Portal."""


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def go_on(self, seconds: float = LOOK_EVERY_S) -> None:
        self.now += seconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def _save(path: Path, content: bytes) -> None:
    """Write as editors do: a new file takes the old one's place, so that the change shows within
    the same millisecond.
    """
    aside = path.with_suffix(".aside")
    aside.write_bytes(content)
    aside.replace(path)


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


# Roles


def test_a_role_covers_itself_and_every_role_before_it() -> None:
    covered = {role: {other for other in Role if role.covers(other)} for role in Role}
    assert covered == {
        Role.SITE: {Role.SITE},
        Role.OPERATOR: {Role.SITE, Role.OPERATOR},
        Role.EDITOR: {Role.SITE, Role.OPERATOR, Role.EDITOR},
        Role.SUPERVISOR: {Role.SITE, Role.OPERATOR, Role.EDITOR, Role.SUPERVISOR},
        Role.ADMIN: set(Role),
    }


# Tokens


@pytest.mark.parametrize("role", Role)
def test_a_token_opens_as_the_key_it_was_made_for(path: Path, role: Role) -> None:
    ring = KeyRing(path)
    key, token = ring.create(role, "Портал послуг")
    assert ring.check(token) == key == Key(key.id, role, "Портал послуг", key.created, None)
    assert re.fullmatch(rf"qa_{role}_{key.id}_[a-z2-7]{{52}}", token)
    assert re.fullmatch(r"[a-z2-7]{8}", key.id) and re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", key.created
    )


def test_two_keys_share_neither_id_nor_secret(path: Path) -> None:
    ring = KeyRing(path)
    tokens = [ring.create(Role.SITE, "Portal")[1] for _ in range(5)]
    assert (
        len({token.split("_")[2] for token in tokens})
        == len({token.split("_")[3] for token in tokens})
        == 5
    )


def test_without_a_file_no_token_opens(path: Path, tmp_path: Path) -> None:
    _, token = KeyRing(tmp_path / "other.json").create(Role.ADMIN, "Portal")
    ring = KeyRing.open(path)
    assert ring.check(token) is None and ring.all() == () and not path.exists()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyRing, Key, str]:
    """A ring of one key, the key and its token; nothing changes them."""
    ring = KeyRing(tmp_path_factory.mktemp("portal") / "keys.json")
    return ring, *ring.create(Role.SITE, "Portal")


@given(place=st.integers(0, 68), bit=st.integers(0, 7), put_in=st.text(st.characters(), min_size=1))
@example(place=0, bit=0, put_in="\udcff")
@example(place=30, bit=5, put_in="\0")
@example(place=68, bit=7, put_in="a" * 1_000_000)
def test_a_token_changed_anywhere_opens_nothing(
    portal: tuple[KeyRing, Key, str], place: int, bit: int, put_in: str
) -> None:
    ring, key, token = portal
    forged = {
        token[:place] + chr(ord(token[place]) ^ 1 << bit) + token[place + 1 :],
        token[:place],
        token[place + 1 :],
        token[:place] + put_in + token[place:],
        token + put_in,
        put_in + token,
        token.upper(),
    }
    assert [other for other in forged if ring.check(other)] == []
    assert ring.check(token) == key


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_a_token_with_another_role_written_in_opens_nothing(
    portal: tuple[KeyRing, Key, str], role: Role
) -> None:
    ring, _, token = portal
    assert ring.check(token.replace("qa_site_", f"qa_{role}_")) is None


@given(st.text())
@example("")
@example("qa_admin__")
@example("qa___")
@example("\0")
@example("\udcff")
@example("qa_admin_\u0430\u0430\u0430\u0430\u0430\u0430\u0430\u0430_" + "a" * 52)
@example("qa_admin_" + "a" * 8 + "_" + "a" * 52 + "\n")
@example("qa_admin_" + "a" * 8 + "_" + "a" * 52)
@example("qa_admin_" + "a" * 1_000_000)
@example("_" * 1_000_000)
def test_what_nobody_was_given_opens_nothing(portal: tuple[KeyRing, Key, str], token: str) -> None:
    assert portal[0].check(token) is None


def test_the_secret_of_one_key_does_not_open_another(path: Path) -> None:
    ring = KeyRing(path)
    (_, portal), (_, desk) = ring.create(Role.SITE, "Portal"), ring.create(Role.SITE, "Desk")
    assert ring.check(portal[: portal.rindex("_")] + desk[desk.rindex("_") :]) is None


def test_an_unknown_id_costs_one_comparison_in_constant_time_like_a_known_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []

    def recording(
        left: str, right: str, compare: Callable[[str, str], bool] = hmac.compare_digest
    ) -> bool:
        compared.append((len(left), len(right)))
        return compare(left, right)

    monkeypatch.setattr(hmac, "compare_digest", recording)
    ring = KeyRing(path)
    key, token = ring.create(Role.SITE, "Portal")
    ring.check(token)
    ring.check(token[:-1] + "x")
    ring.check(token.replace(key.id, "a" * 8))
    assert compared == [(64, 64)] * 3


# Names


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "bell\a", "byte \udcff", "я" * 81])
def test_a_name_that_does_not_fit_a_line_is_refused(path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="1 to 80 printable"):
        KeyRing(path).create(Role.SITE, name)
    assert not path.exists()


# Revoking


def test_a_revoked_key_opens_nothing_from_the_next_check_and_is_still_listed(path: Path) -> None:
    ring = KeyRing(path, Clock())
    (portal, token), (desk, other) = (
        ring.create(Role.SITE, "Portal"),
        ring.create(Role.SITE, "Desk"),
    )
    assert ring.check(token) == portal
    revoked = ring.revoke(portal.id)
    assert revoked.revoked and ring.all() == (revoked, desk)
    assert ring.check(token) is None and ring.check(other) == desk


def test_revoking_again_keeps_the_first_date(path: Path) -> None:
    ring = KeyRing(path)
    key, _ = ring.create(Role.SITE, "Portal")
    ring.revoke(key.id)
    path.write_text(
        re.sub(r'"revoked": "[^"]+"', '"revoked": "2025-01-01T00:00:00Z"', path.read_text("utf-8")),
        "utf-8",
    )
    assert ring.revoke(key.id).revoked == "2025-01-01T00:00:00Z"


@pytest.mark.parametrize("key_id", ["aaaaaaaa", "", "\n", "я" * 1_000])
def test_revoking_an_unknown_id_says_so_in_one_short_line_and_changes_nothing(
    path: Path, key_id: str
) -> None:
    ring = KeyRing(path)
    ring.create(Role.SITE, "Portal")
    before = path.read_bytes()
    with pytest.raises(NotFoundError) as refused:
        ring.revoke(key_id)
    said = str(refused.value)
    assert (
        "there is no key" in said
        and "qa-service keys list" in said
        and "\n" not in said
        and len(said) < 100
    )
    assert path.read_bytes() == before


# A running server


def test_a_running_server_sees_a_new_and_a_revoked_key_within_a_second(path: Path) -> None:
    clock, command = Clock(), KeyRing(path)
    server = KeyRing.open(path, clock)
    assert server.check("") is None
    key, token = command.create(Role.OPERATOR, "Desk")
    clock.go_on()
    assert server.check(token) == key
    command.revoke(key.id)
    clock.go_on()
    assert server.check(token) is None


def test_a_running_server_looks_at_the_file_at_most_once_a_second(path: Path) -> None:
    clock, command = Clock(), KeyRing(path)
    key, token = command.create(Role.OPERATOR, "Desk")
    server = KeyRing(path, clock)
    assert server.check(token) == key
    command.revoke(key.id)
    clock.go_on(LOOK_EVERY_S * 0.9)
    assert server.check(token) == key
    clock.go_on(LOOK_EVERY_S * 0.1)
    assert server.check(token) is None


def test_a_change_by_hand_is_seen_though_size_and_time_stay(path: Path) -> None:
    clock = Clock()
    ring = KeyRing(path, clock)
    _, token = ring.create(Role.SITE, "Portal")
    assert ring.check(token)
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Portal", b"Signal"))
    while (
        path.stat().st_ctime_ns == before.st_ctime_ns
    ):  # a file system's clock ticks every few milliseconds only
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    clock.go_on()
    seen = ring.check(token)
    assert seen and seen.name == "Signal"


def test_removing_the_file_closes_every_key(path: Path) -> None:
    clock = Clock()
    ring = KeyRing(path, clock)
    _, token = ring.create(Role.SITE, "Portal")
    assert ring.check(token)
    path.unlink()
    clock.go_on()
    assert ring.check(token) is None


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_while_serving_keeps_the_last_good_keys_and_logs_one_error(
    path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    clock = Clock()
    key, token = KeyRing(path).create(Role.SITE, "Portal")
    good, server = path.read_bytes(), KeyRing.open(path, clock)
    damaged = DAMAGES[damage](good)
    assert damaged != good
    _save(path, damaged)
    for _ in range(3):
        clock.go_on()
        assert server.check(token) == key
    assert (
        len(_errors(caplog)) == 1
        and str(path) in _errors(caplog)[0]
        and "damaged" in _errors(caplog)[0]
    )
    _save(path, good)
    KeyRing(path).revoke(key.id)
    clock.go_on()
    assert server.check(token) is None


def test_a_file_that_became_unreadable_keeps_the_last_good_keys_and_logs_one_error(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    key, token = KeyRing(path).create(Role.SITE, "Portal")
    server = KeyRing.open(path, clock)
    path.unlink()
    path.mkdir()
    for _ in range(3):
        clock.go_on()
        assert server.check(token) == key
    assert len(_errors(caplog)) == 1 and "cannot read" in _errors(caplog)[0]


# Damage at the start


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_stops_the_start_and_is_never_written_over(path: Path, damage: str) -> None:
    key, _ = KeyRing(path).create(Role.SITE, "Portal")
    damaged = DAMAGES[damage](path.read_bytes())
    path.write_bytes(damaged)
    ring = KeyRing(path)
    uses: tuple[Callable[[], object], ...] = (
        lambda: KeyRing.open(path),
        ring.all,
        lambda: ring.create(Role.SITE, "Desk"),
        lambda: ring.revoke(key.id),
    )
    for use in uses:
        with pytest.raises(AccessError) as refused:
            use()
        assert (
            str(path) in str(refused.value)
            and "mend" in str(refused.value)
            and "\n" not in str(refused.value)
        )
    assert path.read_bytes() == damaged


def test_a_file_in_a_file_is_an_access_error(path: Path) -> None:
    path.write_text("", "utf-8")
    ring = KeyRing(path / "keys.json")
    with pytest.raises(AccessError, match="Not a directory"):
        ring.all()
    with pytest.raises(AccessError, match="Not a directory"):
        ring.create(Role.SITE, "Portal")


# Writing


def test_only_the_owner_can_read_the_file_whatever_it_was_before(path: Path) -> None:
    ring = KeyRing(path)
    key, _ = ring.create(Role.SITE, "Portal")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    ring.revoke(key.id)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_file_keeps_its_owner_when_root_changes_it(path: Path) -> None:
    ring = KeyRing(path)
    key, _ = ring.create(Role.SITE, "Portal")
    os.chown(path, 65_534, -1)
    ring.revoke(key.id)
    assert path.stat().st_uid == 65_534


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing(path)
    key, token = ring.create(Role.SITE, "Portal")
    before, beside = path.read_bytes(), sorted(path.parent.iterdir())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AccessError, match="No space left on device; no key was changed"):
        ring.revoke(key.id)
    assert (
        path.read_bytes() == before
        and sorted(path.parent.iterdir()) == beside
        and ring.check(token) == key
    )


def test_neither_the_file_nor_the_logs_nor_the_key_hold_a_secret(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = Clock()
    ring = KeyRing(path, clock)
    key, token = ring.create(Role.SITE, "Portal")
    secret = token.rpartition("_")[2]
    ring.check(token)
    ring.check(token + "x")
    good = path.read_text("utf-8")
    path.write_text(
        good.replace("null", f'{{"token": "{token}"}}'), "utf-8"
    )  # somebody pasted it into the file
    clock.go_on()
    assert ring.check(token) == key
    with pytest.raises(AccessError) as refused:
        ring.all()
    assert len(_errors(caplog)) == 1
    for text in (good, caplog.text, repr(key), str(refused.value)):
        assert secret not in text and secret.upper() not in text


def test_the_file_says_in_plain_json_whose_key_it_is(path: Path) -> None:
    KeyRing(path).create(Role.OPERATOR, "Гаряча лінія")
    assert "Гаряча лінія" in path.read_text("utf-8")
    (entry,) = json.loads(path.read_bytes())
    assert entry["key"]["role"] == "operator" and len(entry["sha256"]) == 64


CREATE_MANY = """
import sys
from pathlib import Path
from qa_service.access.keys import KeyRing, Role
for number in range(10):
    KeyRing(Path(sys.argv[1])).create(Role.SITE, f"{sys.argv[2]} {number}")
"""


def test_two_processes_that_make_keys_at_once_lose_none(path: Path) -> None:
    commands = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE_MANY, str(path), name], cwd=ROOT, stderr=subprocess.PIPE
        )
        for name in ("first", "second")
    ]
    assert [command.communicate()[1] for command in commands] == [b"", b""]
    assert {key.name for key in KeyRing(path).all()} == {
        f"{name} {n}" for name in ("first", "second") for n in range(10)
    }


def test_threads_that_make_and_check_keys_at_once_lose_none(path: Path) -> None:
    ring = KeyRing(path)
    opened: list[bool] = []

    def make() -> None:
        opened.extend(ring.check(ring.create(Role.SITE, "Portal")[1]) is not None for _ in range(5))

    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [True] * 20 and len(ring.all()) == 20
