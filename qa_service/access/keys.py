"""Keys of programs and people: random tokens, shown once, kept as hashes in one JSON file.

A running server sees a new or revoked key within a second. Neither the file nor a log holds a
token.
"""

import base64
import fcntl
import hashlib
import hmac
import logging
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError

from qa_service.errors import AccessError, NotFoundError, RequestError
from qa_service.files import sync

logger = logging.getLogger(__name__)

MAX_NAME_CHARS = 80
LOOK_EVERY_S = 1.0
"""How often a server looks for a changed file: so long may a revoked key still be accepted."""

_ID_BYTES, _SECRET_BYTES = 5, 32


class Role(StrEnum):
    """What a key allows, from the least: each role may do all that the roles before it may."""

    SITE = "site"
    OPERATOR = "operator"
    EDITOR = "editor"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def covers(self, other: "Role") -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


_TOKEN = re.compile(rf"qa_(?:{'|'.join(Role)})_([a-z2-7]{{8}})_[a-z2-7]{{52}}")


@dataclass(frozen=True, slots=True)
class Key:
    """What may be shown of a key. Times are ISO 8601 in UTC; `name` says who holds it."""

    id: str
    role: Role
    name: str
    created: str
    revoked: str | None


@dataclass(frozen=True, slots=True)
class _StoredKey:
    """One entry of the file."""

    key: Key
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


_Keys = dict[str, _StoredKey]
_FILE = TypeAdapter(list[_StoredKey])
_NO_TOKENS_HASH = "0" * 64


class KeyRing:
    """The keys in the file at `path`, which need not exist. Safe for threads and processes."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._keys: _Keys = {}
        self._stamp: tuple[int, ...] | None = None
        self._next_look = float("-inf")
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float] = time.monotonic) -> Self:
        """For a server's start: raises AccessError where there is a file that cannot be used."""
        ring = cls(path, clock)
        ring._stamp, ring._keys = _stamp(path), _read(path)
        return ring

    def check(self, token: str) -> Key | None:
        """The key that `token` belongs to; None where it is malformed, forged or revoked."""
        form = _TOKEN.fullmatch(token)
        if form is None:
            return None
        stored = self._current().get(form[1])
        # An unknown id is compared as well, so that the time taken does not tell which ids exist.
        same = hmac.compare_digest(stored.sha256 if stored else _NO_TOKENS_HASH, _hash(token))
        return stored.key if stored and same and stored.key.revoked is None else None

    def all(self) -> tuple[Key, ...]:
        """Every key in the file, oldest first, the revoked among them. Raises AccessError."""
        return tuple(stored.key for stored in _read(self._path).values())

    def create(self, role: Role, name: str) -> tuple[Key, str]:
        """A new key and its token, shown once. Raises RequestError for a bad name, AccessError."""
        if not (name.strip() and name.isprintable() and len(name) <= MAX_NAME_CHARS):
            raise RequestError(
                f"a key's name says who holds it, in 1 to {MAX_NAME_CHARS} printable characters"
            )
        key = Key(_random(_ID_BYTES), role, name.strip(), _now(), None)
        token = f"qa_{role}_{key.id}_{_random(_SECRET_BYTES)}"
        with self._rewriting() as keys:
            keys[key.id] = _StoredKey(key, _hash(token))
        return key, token

    def revoke(self, key_id: str) -> Key:
        """Close a key for good. A revoked one keeps its date. Raises NotFoundError, AccessError."""
        with self._rewriting() as keys:
            stored = keys.get(key_id)
            if stored is None:
                raise NotFoundError(
                    f"there is no key {key_id[:20]!r}: `qa-service keys list` shows all"
                )
            key = replace(stored.key, revoked=stored.key.revoked or _now())
            keys[key_id] = replace(stored, key=key)
        return key

    def _current(self) -> _Keys:
        with self._lock:
            now = self._clock()
            if now >= self._next_look:
                self._next_look = now + LOOK_EVERY_S
                self._reload_if_changed()
            return self._keys

    def _reload_if_changed(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = _read(self._path)
        except AccessError as error:
            logger.error("%s; until then the keys read before stay in force", error)

    @contextmanager
    def _rewriting(self) -> Iterator[_Keys]:
        """The file's keys to change in place, written back at the end; other writers wait."""
        try:
            # The lock has a file of its own, because the file of keys is replaced.
            lock = os.open(
                self._path.with_name(f".{self._path.name}.lock"), os.O_RDONLY | os.O_CREAT, 0o644
            )
            with os.fdopen(lock):
                fcntl.flock(lock, fcntl.LOCK_EX)
                keys = _read(self._path)
                yield keys
                _write(self._path, keys)
        except OSError as error:
            raise AccessError(
                f"cannot write {self._path}: {error.strerror}; no key was changed"
            ) from error
        self._next_look = float("-inf")


def _read(path: Path) -> _Keys:
    """Raises AccessError without quoting the content, which may hold a pasted token."""
    try:
        entries = _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise AccessError(
            f"cannot read the keys in {path}: {error.strerror}; let the service read it"
        ) from error
    except ValidationError as error:
        raise AccessError(f"{path} is damaged: mend it or put its last copy back") from error
    keys = {entry.key.id: entry for entry in entries}
    if len(keys) < len(entries):
        raise AccessError(f"{path} is damaged, one id twice: mend it or put its last copy back")
    return keys


def _write(path: Path, keys: _Keys) -> None:
    """Replace the file whole; only its owner can read the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    replacement = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if path.exists():  # root may revoke a key of a service that runs as another user
                os.fchown(descriptor, path.stat().st_uid, -1)
            file.write(_FILE.dump_json(list(keys.values()), indent=2) + b"\n")
            file.flush()
            os.fsync(descriptor)
        replacement.replace(path)
    finally:
        replacement.unlink(missing_ok=True)
    with suppress(OSError):  # not every file system can flush a folder
        sync(path.parent)


def _stamp(path: Path) -> tuple[int, ...]:
    """Differs when the file was written, replaced, removed or became (un)readable."""
    try:
        file = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return file.st_mtime_ns, file.st_ctime_ns, file.st_ino, file.st_size


def _random(size: int) -> str:
    """`size` random bytes in lower-case base32, which has no `_` and survives being read aloud."""
    return base64.b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


def _hash(token: str) -> str:
    """SHA-256 of the whole token: 256 random bits need no slow hash made for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
