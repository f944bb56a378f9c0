"""What commands change of access, export or remove is written down where the journal is: a line of
the audit.
"""

import os
from contextlib import closing
from datetime import UTC, datetime
from getpass import getuser

import typer

from qa_service.access.keys import Role
from qa_service.errors import QAServiceError
from qa_service.settings import OFF, Settings


def note(settings: Settings, action: str, detail: str) -> None:
    """By whoever has the machine. Nothing fails for it, and no journal is made for it: a file made
    by root would be closed to the service.
    """
    url = settings.journal.get_secret_value()
    if url == OFF:
        return
    from qa_service.journal import AuditLine
    from qa_service.journal.database import file_of, parse
    from qa_service.journal.sql import SqlJournal

    line = AuditLine(datetime.now(UTC), f"{_user()}, command line", Role.ADMIN, action, detail)
    try:
        file = file_of(parse(url))
        if file is None or file.is_file():
            with closing(SqlJournal.open(url)) as journal:
                journal.record(line)
    except QAServiceError as error:
        typer.echo(f"not written down in the journal: {error}", err=True)


def _user() -> str:
    """A container's user may have a number only."""
    try:
        return getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
