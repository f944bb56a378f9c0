"""One JSON file of entries that several processes read and change: of keys, of ended sessions.

It is replaced whole, only its owner can read it, writers wait for each other, and readers see a
change within a second. A damaged file stops a start; while serving, what was read before stays in
force.
"""

import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from qa_service.errors import AccessError
from qa_service.files import sync

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How often a server looks for a changed file: so long may what was ended still be accepted."""

Entry = TypeVar("Entry")


class EntriesFile(Generic[Entry]):
    """The entries in the file at `path`, which need not exist, by their ids. Safe for threads and
    processes.
    """

    def __init__(
        self,
        path: Path,
        entries: TypeAdapter[list[Entry]],
        *,
        id_of: Callable[[Entry], str],
        kind: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """kind: what one entry is, for messages: `key`. clock: in seconds."""
        self._path, self._format, self._id_of, self._kind = path, entries, id_of, kind
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._stamp: tuple[int, ...] | None = None
        self._next_look = float("-inf")
        self._lock = Lock()

    def load(self) -> None:
        """For a server's start: raises AccessError where there is a file that cannot be used."""
        self._stamp, self._entries = _stamp(self._path), self.read()

    def current(self) -> dict[str, Entry]:
        """The entries as of a second ago at most; not to be changed."""
        with self._lock:
            now = self._clock()
            if now >= self._next_look:
                self._next_look = now + LOOK_EVERY_S
                self._reload_if_changed()
            return self._entries

    def read(self) -> dict[str, Entry]:
        """The entries in the file now, oldest first.

        Raises AccessError without quoting the content, which may hold a pasted token.
        """
        try:
            entries = self._format.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise AccessError(
                f"cannot read the {self._kind}s in {self._path}: {error.strerror}; let the "
                "service read it"
            ) from error
        except ValidationError as error:
            raise AccessError(
                f"{self._path} is damaged: mend it or put its last copy back"
            ) from error
        by_id = {self._id_of(entry): entry for entry in entries}
        if len(by_id) < len(entries):
            raise AccessError(
                f"{self._path} is damaged, one id twice: mend it or put its last copy back"
            )
        return by_id

    @contextmanager
    def rewriting(self) -> Iterator[dict[str, Entry]]:
        """The file's entries to change in place, written back at the end; other writers wait.

        Raises AccessError.
        """
        try:
            # The lock has a file of its own, because the file of entries is replaced.
            lock = os.open(
                self._path.with_name(f".{self._path.name}.lock"), os.O_RDONLY | os.O_CREAT, 0o644
            )
            with os.fdopen(lock):
                fcntl.flock(lock, fcntl.LOCK_EX)
                entries = self.read()
                yield entries
                self._write(entries)
        except OSError as error:
            raise AccessError(
                f"cannot write {self._path}: {error.strerror}; no {self._kind} was changed"
            ) from error
        self._next_look = float("-inf")

    def _reload_if_changed(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._entries = self.read()
        except AccessError as error:
            logger.error("%s; until then the %ss read before stay in force", error, self._kind)

    def _write(self, entries: dict[str, Entry]) -> None:
        """Replace the file whole; only its owner can read the new one."""
        path = self._path
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        replacement = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if path.exists():  # root may change a file of a service that runs as another user
                    os.fchown(descriptor, path.stat().st_uid, -1)
                file.write(self._format.dump_json(list(entries.values()), indent=2) + b"\n")
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
