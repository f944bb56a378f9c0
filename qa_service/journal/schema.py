"""The journal's schema: made, and brought up to date, when a database is opened. One process at a
time; a kill in the middle leaves the schema of before.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from qa_service.errors import JournalError
from qa_service.journal.database import file_of, place_of, unknown_option, wrapped

if TYPE_CHECKING:  # Alembic takes 11 MB, also where there is no journal
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7190820265)",  # any number that is ours
}
"""Held to the end of the transaction, in which everything is done."""

_UPGRADING = Lock()
"""Migrations find their database by a global of Alembic's: one at a time in a process."""


def prepare(engine: Engine) -> None:
    """Make the tables as the newest migration leaves them, and SQLite's file with its folder.

    Raises JournalError, also for tables of a newer version, and SettingsError for a wrong option.
    """
    with wrapped(engine.url):
        file = file_of(engine.url)
        with _making(file) if file else nullcontext():
            try:
                _migrate(engine)
            except TypeError:
                raise unknown_option(engine.url) from None


def check_current(connection: Connection) -> None:
    """For whoever only reads. Raises JournalError for tables of another version."""
    if not _is_current(connection, _scripts()):
        raise JournalError(
            f"the journal in {place_of(connection.engine.url)} is of an older version: start the "
            "service once, which brings it up to date"
        )


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])


def _migrate(engine: Engine) -> None:
    scripts = _scripts()
    with engine.connect() as connection:
        if _is_current(connection, scripts):
            return  # whoever may not create tables can still use them
        connection.rollback()
        connection.exec_driver_sql(_LOCKS[engine.dialect.name])
        if not _is_current(connection, scripts):
            _upgrade(connection, scripts)
        connection.commit()


def _upgrade(connection: Connection, scripts: "ScriptDirectory") -> None:
    from alembic.operations import Operations

    context = _context(connection)
    there = context.get_current_revision() or "base"
    with _UPGRADING, Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions("head", there))):
            script.module.upgrade()
    context.stamp(scripts, "head")


def _is_current(connection: Connection, scripts: "ScriptDirectory") -> bool:
    """Raises JournalError where the tables are of a newer version."""
    there = _context(connection).get_current_revision()
    if there not in {None, *(script.revision for script in scripts.walk_revisions())}:
        raise JournalError(
            f"the journal in {place_of(connection.engine.url)} was made by a newer version of the "
            "service: update this one, or name another database in QA_JOURNAL"
        )
    return there == scripts.get_current_head()


def _context(connection: Connection) -> "MigrationContext":
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection)


@contextmanager
def _making(file: Path) -> Iterator[None]:
    """One process at a time makes SQLite's file, without what is left of one that was removed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("a") as lock:
        flock(lock, LOCK_EX)
        if not file.exists():
            for rest in ("-wal", "-shm"):
                Path(f"{file}{rest}").unlink(missing_ok=True)
        yield
