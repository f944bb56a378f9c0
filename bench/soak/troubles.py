"""What befalls a journal's database: locked, deleted, no space, frozen, killed."""

import os
import signal
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, make_url, text

from bench.soak.target import family_of

_DISK_BYTES = 16_000_000
_TABLES = "feedback", "questions"


@dataclass(frozen=True, slots=True)
class Trouble:
    """url: of the journal. strikes: lasts as long as it is entered. kept: ids of the answers that
    the database has feedback on; asked: of those whose question it has.
    """

    name: str
    url: str
    strikes: Callable[[], AbstractContextManager[None]]
    kept: Callable[[], set[str]]
    asked: Callable[[], set[str]]


@contextmanager
def locked_file() -> Iterator[Trouble]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"
        yield _of_sqlite("SQLite locked by another process", file, partial(_locked, file))


@contextmanager
def deleted_file() -> Iterator[Trouble]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"
        yield _of_sqlite("SQLite file deleted", file, partial(_deleted, file))


@contextmanager
def full_disk() -> Iterator[Trouble]:
    """Needs root, to mount a small file system."""
    with TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "qa_service-soak", folder]
        subprocess.run(mount, check=True)
        try:
            file = Path(folder) / "journal.sqlite"
            yield _of_sqlite("disk full", file, partial(_filled, Path(folder)))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def frozen_server() -> Iterator[Trouble]:
    with _postgresql() as (server, url):
        yield Trouble("PostgreSQL frozen", url, partial(_frozen, server), *_reads(url))


@contextmanager
def killed_server() -> Iterator[Trouble]:
    with _postgresql() as (server, url):
        yield Trouble("PostgreSQL killed", url, partial(_killed, server), *_reads(url))


def _of_sqlite(
    name: str, file: Path, strikes: Callable[[], AbstractContextManager[None]]
) -> Trouble:
    def answers_in(table: str) -> set[str]:
        with closing(sqlite3.connect(file)) as connection:
            return {one for (one,) in connection.execute(f"SELECT answer_id FROM {table}")}

    kept, asked = (partial(answers_in, table) for table in _TABLES)
    return Trouble(name, f"sqlite:///{file}", strikes, kept, asked)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _deleted(file: Path) -> Iterator[None]:
    file.unlink()
    yield


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as into, suppress(OSError):
        while True:
            into.write(b"\0" * 4_096)
    yield
    filler.unlink()


@contextmanager
def _frozen(server: Any) -> Iterator[None]:
    _signal(server, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(server, signal.SIGCONT)


@contextmanager
def _killed(server: Any) -> Iterator[None]:
    _signal(server, signal.SIGKILL)
    try:
        yield
    finally:
        server.ensure_postgres_running()


def _signal(server: Any, number: signal.Signals) -> None:
    for pid in family_of(server.get_pid()):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    time.sleep(0.1)


@contextmanager
def _postgresql() -> Iterator[tuple[Any, str]]:
    """A server of our own and the URL of a database. As root it runs as another user, who must be
    able to enter its folder.
    """
    with warnings.catch_warnings(action="ignore"):  # of its libraries, about the environment
        pgserver: Any = import_module("pgserver")  # which has no types
    with TemporaryDirectory(prefix="qa_service-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = pgserver.get_server(Path(folder) / "postgresql", cleanup_mode="stop")
        given = make_url(server.get_uri())
        address = given.set(
            drivername="postgresql",
            query={"unix_sock": f"{given.query['host']}/.s.PGSQL.5432"},
        )
        try:
            yield server, address.render_as_string(hide_password=False)
        finally:
            server.cleanup()


def _reads(url: str) -> tuple[Callable[[], set[str]], Callable[[], set[str]]]:
    kept, asked = (partial(_answers_in, url, table) for table in _TABLES)
    return kept, asked


def _answers_in(url: str, table: str) -> set[str]:
    engine = create_engine(make_url(url).set(drivername="postgresql+pg8000"))
    with closing(engine.raw_connection()) as _, engine.connect() as connection:
        found = {str(one) for (one,) in connection.execute(text(f"SELECT answer_id FROM {table}"))}
    engine.dispose()
    return found
