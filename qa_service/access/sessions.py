"""Sessions of staff: signed tokens that expire, and the few that were ended before.

A token carries who it is for, so that any process with the same secret knows it; nobody keeps a
list. What was ended stands in a small file, or in a store that machines share
(`ended_shared.py`), until it would have expired anyway.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from itsdangerous import BadData
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from qa_service.access.entries_file import EntriesFile
from qa_service.access.keys import Role
from qa_service.access.signing import signer

LONGEST_S, IDLE_S = 12 * 3600, 2 * 3600
"""How long a session lasts at most, and without a request: a shift, and a long break of it."""

RENEW_EVERY_S = 300
"""How old a token may be before its session gets a newer one."""

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Session:
    """id: random. account: id of the key where `by_key`, else of the person at the provider.
    started: when somebody signed in; seen: when the token was made; seconds since 1970.
    """

    id: str
    account: str
    name: str
    role: Role
    by_key: bool
    started: float
    seen: float


@dataclass(frozen=True, slots=True)
class Ended:
    """subject: id of a session, or id or name of an account, whose sessions are ended that began
    before `at`.
    """

    subject: str
    at: AwareDatetime


class EndedStore(Protocol):
    """Where processes learn which sessions are ended, within about a second."""

    def end(self, subject: str) -> Ended:
        """End what `subject` names: one session, or all of an account until now.

        Raises AccessError where it cannot be kept; then nothing has ended.
        """

    def include(self, session: Session) -> bool: ...

    def watch(self) -> None:
        """For a server's start: know from now on what is ended."""


def has_ended(session: Session, ended: Mapping[str, Ended]) -> bool:
    """ended: by subject."""
    named = (session.id, session.account, session.name)
    found = (ended[subject] for subject in named if subject in ended)
    return any(session.started <= one.at.timestamp() for one in found)


_SESSION = TypeAdapter(Session)
_TOKEN = re.compile(r"[\w.-]+", re.ASCII)
_FILE = TypeAdapter(list[Ended])


class EndedSessions:
    """The ended sessions in the file at `path`, which need not exist; shared by processes."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """clock: of looks at the file. now: seconds since 1970."""
        self._file = EntriesFile(
            path, _FILE, id_of=lambda ended: ended.subject, kind="ended session", clock=clock
        )
        self._now = now

    def watch(self) -> None:
        """Raises AccessError where there is a file that cannot be used."""
        self._file.load()

    def end(self, subject: str) -> Ended:
        ended = Ended(subject, datetime.fromtimestamp(self._now(), UTC))
        oldest = ended.at - timedelta(seconds=LONGEST_S)
        with self._file.rewriting() as entries:
            for expired in [entry for entry in entries.values() if entry.at < oldest]:
                del entries[expired.subject]
            entries[subject] = ended
        return ended

    def include(self, session: Session) -> bool:
        return has_ended(session, self._file.current())


class Sessions:
    """Makes and checks sessions. Processes that share secret and store know each other's."""

    def __init__(
        self, secret: str, ended: EndedStore, now: Callable[[], float] = time.time
    ) -> None:
        """now: seconds since 1970."""
        self._signer = signer(secret, "session")
        self._ended, self._now = ended, now

    def start(self, account: str, name: str, role: Role, *, by_key: bool) -> Session:
        """A new one, whatever the browser held before."""
        now = self._now()
        return Session(secrets.token_urlsafe(_ID_BYTES), account, name, role, by_key, now, now)

    def token(self, session: Session) -> str:
        """What the browser keeps: letters, digits, `.`, `-` and `_`."""
        return str(self._signer.dumps(_SESSION.dump_python(session, mode="json")))

    def check(self, token: str) -> Session | None:
        """The session of `token`; None where it is forged, of another version, expired, ended."""
        if not _TOKEN.fullmatch(token):  # decoding forgives other signs
            return None
        try:
            session = _SESSION.validate_python(self._signer.loads(token))
        except (BadData, ValidationError):
            return None
        now = self._now()
        is_over = now - session.started >= LONGEST_S or now - session.seen >= IDLE_S
        return None if is_over or self._ended.include(session) else session

    def renewed(self, session: Session) -> Session | None:
        """The session as seen now, where its token has become old; it never lasts longer."""
        now = self._now()
        return replace(session, seen=now) if now - session.seen >= RENEW_EVERY_S else None

    def end(self, session: Session) -> None:
        """End it wherever it is held. Raises AccessError."""
        self._ended.end(session.id)
