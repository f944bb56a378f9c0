"""Keys of programs and people: random tokens, shown once, kept as hashes in one JSON file.

A running server sees a new or revoked key within a second. Neither the file nor a log holds a
token.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, TypeAdapter

from qa_service.access.entries_file import EntriesFile
from qa_service.errors import NotFoundError, RequestError

MAX_NAME_CHARS = 80
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


_FILE = TypeAdapter(list[_StoredKey])
_NO_TOKENS_HASH = "0" * 64


class KeyRing:
    """The keys in the file at `path`, which need not exist. Safe for threads and processes."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = EntriesFile(
            path, _FILE, id_of=lambda stored: stored.key.id, kind="key", clock=clock
        )

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float] = time.monotonic) -> Self:
        """For a server's start: raises AccessError where there is a file that cannot be used."""
        ring = cls(path, clock)
        ring._file.load()
        return ring

    @property
    def is_empty(self) -> bool:
        """Whether no key opens anything."""
        return all(stored.key.revoked for stored in self._file.current().values())

    def check(self, token: str) -> Key | None:
        """The key that `token` belongs to; None where it is malformed, forged or revoked."""
        key = self.holder(token)
        return key if key and key.revoked is None else None

    def holder(self, token: str) -> Key | None:
        """The key that `token` belongs to or did until it was revoked; None for any other."""
        form = _TOKEN.fullmatch(token)
        if form is None:
            return None
        stored = self._file.current().get(form[1])
        # An unknown id is compared as well, so that the time taken does not tell which ids exist.
        same = hmac.compare_digest(stored.sha256 if stored else _NO_TOKENS_HASH, _hash(token))
        return stored.key if stored and same else None

    def active(self, key_id: str) -> Key | None:
        """The key of this id, None where there is none or it was revoked."""
        stored = self._file.current().get(key_id)
        return stored.key if stored and stored.key.revoked is None else None

    def all(self) -> tuple[Key, ...]:
        """Every key in the file, oldest first, the revoked among them. Raises AccessError."""
        return tuple(stored.key for stored in self._file.read().values())

    def create(self, role: Role, name: str) -> tuple[Key, str]:
        """A new key and its token, shown once. Raises RequestError for a bad name, AccessError."""
        if not (name.strip() and name.isprintable() and len(name) <= MAX_NAME_CHARS):
            raise RequestError(
                f"a key's name says who holds it, in 1 to {MAX_NAME_CHARS} printable characters"
            )
        key = Key(_random(_ID_BYTES), role, name.strip(), _now(), None)
        token = f"qa_{role}_{key.id}_{_random(_SECRET_BYTES)}"
        with self._file.rewriting() as keys:
            keys[key.id] = _StoredKey(key, _hash(token))
        return key, token

    def revoke(self, key_id: str) -> Key:
        """Close a key for good. A revoked one keeps its date. Raises NotFoundError, AccessError."""
        with self._file.rewriting() as keys:
            stored = keys.get(key_id)
            if stored is None:
                raise NotFoundError(
                    f"there is no key {key_id[:20]!r}: `qa-service keys list` shows all"
                )
            key = replace(stored.key, revoked=stored.key.revoked or _now())
            keys[key_id] = replace(stored, key=key)
        return key


def _random(size: int) -> str:
    """`size` random bytes in lower-case base32, which has no `_` and survives being read aloud."""
    return base64.b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


def _hash(token: str) -> str:
    """SHA-256 of the whole token: 256 random bits need no slow hash made for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
