"""`qa-service journal`: read what people said of answers, and forget it."""

import json
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from qa_service.cli.journal_report import report
from qa_service.errors import SettingsError
from qa_service.journal import Journal
from qa_service.settings import OFF, load_settings

app = typer.Typer(
    name="journal",
    help="Feedback on answers, as the journal in QA_JOURNAL keeps it.",
    no_args_is_help=True,
)
app.command()(report)


@app.command()
def export(
    limit: Annotated[
        int, typer.Option(min=1, help="The newest entries only", show_default="all")
    ] = sys.maxsize,
) -> None:
    """Print the entries as JSON lines, newest first."""
    with closing(_open_journal()) as journal:
        for entry in journal.entries(limit):
            typer.echo(json.dumps(asdict(entry), ensure_ascii=False, default=datetime.isoformat))


@app.command()
def purge(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day that is kept (UTC)")
    ],
) -> None:
    """Remove the entries of the days before a date."""
    with closing(_open_journal()) as journal:
        typer.echo(f"{journal.purge(before.replace(tzinfo=UTC))} entries removed")


def _open_journal() -> Journal:
    from qa_service.journal.sql import SqlJournal

    url = load_settings().journal.get_secret_value()
    if url == OFF:
        raise SettingsError(
            "there is no journal: set QA_JOURNAL to its database, e.g. sqlite:///data/journal.sqlite"
        )
    return SqlJournal.open(url)
