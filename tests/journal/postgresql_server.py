"""A PostgreSQL server of the tests' own, as a plugin of pytest."""

import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Not pytest's own folder: as root, the server runs as another user, who may not enter that
    one.
    """
    with TemporaryDirectory(prefix="qa_service-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "postgresql"


@pytest.fixture(scope="session")
def new_database(server_folder: Path) -> Iterator[Callable[[], str]]:
    """Makes an empty database and returns its URL."""
    with warnings.catch_warnings(action="ignore"):  # of its libraries, about the environment
        pgserver = pytest.importorskip("pgserver")
        server = pgserver.get_server(server_folder, cleanup_mode="stop")
    given = make_url(server.get_uri())
    socket = f"{given.query['host']}/.s.PGSQL.5432"
    address = given.set(drivername="postgresql+pg8000", query={"unix_sock": socket})
    numbers = count()

    def create() -> str:
        name = f"journal_{next(numbers)}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return address.set(drivername="postgresql", database=name).render_as_string(
            hide_password=False
        )

    yield create
    server.cleanup()
