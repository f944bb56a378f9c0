"""How a database is named and opened, and what its errors mean: what `sql.py` need not know.

Messages name the database without user and password, and never a stored text.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError

from qa_service.errors import JournalError, MissingExtraError, RejectedEntryError, SettingsError

WAIT_SECONDS = 5
"""How long a statement waits for another process' lock, or for a server to answer."""

INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""`INSERT` with `ON CONFLICT`, by dialect."""

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+pg8000",
    "postgres": "postgresql+pg8000",
}
_BAD_VALUES = ("22", "23")  # SQLSTATE: data exception, integrity constraint violation
_EXAMPLES = "sqlite:///folder/journal.sqlite or postgresql://user:password@host/database"


def check_url(url: str) -> None:
    """Raises SettingsError for no URL of a database, MissingExtraError without its driver."""
    engine = make_engine(parse(url))
    arguments, options = engine.dialect.create_connect_args(engine.url)
    try:
        signature(engine.dialect.loaded_dbapi.connect).bind(*arguments, **options)
    except TypeError:
        raise unknown_option(engine.url) from None
    except ValueError:
        pass  # a driver in C that does not say what it takes is asked when it connects
    finally:
        engine.dispose()


def parse(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # The cause may quote a password.
        raise SettingsError(f"QA_JOURNAL is no database URL: write it as {_EXAMPLES}") from None
    driver = _DRIVERS.get(address.drivername.partition("+")[0])
    if driver is None:
        raise SettingsError(
            f"QA_JOURNAL names an unknown kind of database, {address.drivername}: write it as "
            f"{_EXAMPLES}"
        )
    if address.database in (None, "", ":memory:"):
        raise SettingsError(f"QA_JOURNAL names no database: write it as {_EXAMPLES}")
    return address.set(drivername=driver)


def unknown_option(address: URL) -> SettingsError:
    options = ", ".join(address.query)
    return SettingsError(
        f"QA_JOURNAL has an option that its driver does not know, one of: {options}"
    )


def make_engine(address: URL, wait_s: float = WAIT_SECONDS) -> Engine:
    """wait_s: see `WAIT_SECONDS`. Raises MissingExtraError."""
    arguments = {"timeout": wait_s}  # both drivers call it so
    try:
        engine = create_engine(
            address, connect_args=arguments, pool_pre_ping=True, hide_parameters=True
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("a journal in PostgreSQL", "postgresql") from error
    if address.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: object) -> None:
    """WAL, so that readers and a writer do not wait for each other; deleted text is overwritten."""
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def file_of(address: URL) -> Path | None:
    """SQLite's file; None for a server."""
    is_file = address.get_backend_name() == "sqlite"
    return Path(address.database or "") if is_file else None


def identity_of(address: URL) -> tuple[int, int] | None:
    """Which file it is, under whatever name; None where there is none."""
    try:
        status = (file := file_of(address)) and file.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


@contextmanager
def wrapped(address: URL) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if isinstance(error, DBAPIError) and _is_rejected(error):
            raise RejectedEntryError("the journal takes no such entry") from None
        raise JournalError(
            f"the journal in {place_of(address)} fails: {_reason(error, address)}; mend it or set "
            "QA_JOURNAL=off"
        ) from error


def place_of(address: URL) -> str:
    """What messages call the database."""
    return f"{address.host}/{address.database}" if address.host else str(address.database)


def _is_rejected(error: DBAPIError) -> bool:
    """Whether the values are at fault. pg8000 tells it by SQLSTATE's class only."""
    state = _said_by_postgresql(error).get("C", "")
    return isinstance(error, DataError | IntegrityError) or state[:2] in _BAD_VALUES


def _reason(error: Exception, address: URL) -> str:
    """What the driver says, on one line, without statement, values and password."""
    said: object = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, DBAPIError):
        said = _said_by_postgresql(error).get("M", said)  # its other fields quote the row
    line = (str(said).strip() or type(said).__name__).splitlines()[0]
    return line.replace(str(address.password), "***") if address.password else line


def _said_by_postgresql(error: DBAPIError) -> dict[str, str]:
    """The fields of the server's message; none of another driver's."""
    fields = error.orig.args[0] if error.orig and error.orig.args else None
    return fields if isinstance(fields, dict) else {}
