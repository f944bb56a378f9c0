"""The ended sessions in Redis or Valkey, by which all machines know them.

Each process looks there once a second, in a thread of its own, so that no request waits for the
store. While it fails, what was seen last stays in force; before anything was seen, sessions that
began before the process did are not accepted.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from threading import Event, Thread
from typing import Any, Protocol, Self

from qa_service.access.entries_file import LOOK_EVERY_S
from qa_service.access.sessions import LONGEST_S, Ended, Session, has_ended
from qa_service.breaker import Breaker
from qa_service.errors import AccessError

logger = logging.getLogger(__name__)

KEY = "qa:sessions:ended"
"""A sorted set: subjects by the second in which they were ended."""

_PATIENCE_S = 1.0
_CLIENTS = {"redis": "Redis", "valkey": "Valkey"}


class Client(Protocol):
    """What is used of the libraries `redis` and `valkey`."""

    def zadd(self, name: str, mapping: Mapping[str, float]) -> Any: ...

    def zrangebyscore(self, *name_and_bounds: object, withscores: bool) -> Any: ...

    def zremrangebyscore(self, *name_and_bounds: object) -> Any: ...


class SharedEndedSessions:
    """Thread-safe. now: seconds since 1970."""

    def __init__(self, client: Client, now: Callable[[], float] = time.time) -> None:
        self._client, self._now = client, now
        self._began = now()
        self._known: Mapping[str, Ended] | None = None
        self._breaker = Breaker(
            logger,
            opened="ended sessions are those that were known before",
            closed="ended sessions are known in their store again",
            failures=1,
            pause_s=0,
        )

    @classmethod
    def open(cls, url: str, library: str, now: Callable[[], float] = time.time) -> Self:
        """Connects later. library: `redis` or `valkey`. Raises ValueError, TypeError for a URL that
        it cannot read.
        """
        client = getattr(import_module(library), _CLIENTS[library]).from_url(
            url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S
        )
        client.connection_pool.make_connection()  # which connects to nothing: the URL's options fit
        return cls(client, now)

    def watch(self, stopped: Event | None = None) -> None:
        """Look now, and then in a thread that ends with the process, or once `stopped` is set."""
        self.look()
        waiting = stopped or Event()

        def look_on() -> None:
            while not waiting.wait(LOOK_EVERY_S):
                self.look()

        Thread(target=look_on, name="ended sessions", daemon=True).start()

    def look(self) -> None:
        """See what is ended; never raises."""
        oldest = self._now() - LONGEST_S
        try:
            found = self._client.zrangebyscore(KEY, oldest, "+inf", withscores=True)
        except Exception as error:
            self._breaker.failed(type(error).__name__)
            return
        self._breaker.succeeded()
        ended = (_ended(subject.decode(), at) for subject, at in found)
        self._known = {one.subject: one for one in ended}

    def end(self, subject: str) -> Ended:
        now = self._now()
        try:
            self._client.zremrangebyscore(KEY, "-inf", now - LONGEST_S)
            self._client.zadd(KEY, {subject: now})
        except Exception as error:
            raise AccessError(
                f"QA_SESSION_STORE cannot be used now ({type(error).__name__}); nothing was ended"
            ) from None  # the cause may quote a password
        ended = _ended(subject, now)
        if self._known is not None:
            self._known = {**self._known, subject: ended}
        return ended

    def include(self, session: Session) -> bool:
        known = self._known
        if known is None:
            return session.started <= self._began
        return has_ended(session, known)


def _ended(subject: str, at: float) -> Ended:
    return Ended(subject, datetime.fromtimestamp(at, UTC))
