"""What a journal holds, read past it."""

from typing import Any

from sqlalchemy import Table, create_engine, select, text
from sqlalchemy.engine import Row

from qa_service.journal.memory import MemoryJournal
from qa_service.journal.rows import TABLES, to_row
from qa_service.journal.sql import SqlJournal


def plain(url: str) -> str:
    """`url` for SQLAlchemy itself."""
    return url.replace("postgresql://", "postgresql+pg8000://")


def execute(url: str, *statements: str) -> None:
    """Run the statements past the journal."""
    engine = create_engine(plain(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def rows(url: str, table: Table) -> list[Row[Any]]:
    """The rows of a table, the oldest first."""
    engine = create_engine(plain(url))
    with engine.connect() as connection:
        found = list(connection.execute(select(table).order_by(table.c.id)))
    engine.dispose()
    return found


def kept(journal: MemoryJournal | SqlJournal, table: Table, *names: str) -> list[tuple[Any, ...]]:
    """These columns of what the journal keeps in a table, the oldest first."""
    if isinstance(journal, SqlJournal):
        with journal.engine.connect() as connection:
            ordered = select(table).order_by(table.c.id)
            found = [row._asdict() for row in connection.execute(ordered)]
    else:
        found = [to_row(one) for one in journal.kept if TABLES[type(one)] is table]
    return [tuple(row[name] for name in names) for row in found]
