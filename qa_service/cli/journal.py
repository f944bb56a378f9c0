"""`qa-service journal`: read what was asked and said of answers, and forget it."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli import editors
from qa_service.cli.audited import note
from qa_service.cli.journal_report import report
from qa_service.errors import SettingsError
from qa_service.journal.exports import Export, Format, What, write_csv, write_file, write_jsonl
from qa_service.settings import OFF, load_settings

if TYPE_CHECKING:
    from qa_service.journal.sql import SqlJournal

app = typer.Typer(
    name="journal",
    help="Questions, events and feedback, as the journal in QA_JOURNAL keeps them.",
    no_args_is_help=True,
)
app.command()(report)

_DAY = ["%Y-%m-%d"]


@app.command()
def export(
    what: Annotated[What, typer.Option(help="What to export")] = What.FEEDBACK,
    format: Annotated[Format, typer.Option(help="JSON lines, CSV or Parquet")] = Format.JSONL,  # noqa: A002
    output: Annotated[
        Path | None, typer.Option(help="File to write", show_default="standard output")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="The first day (UTC)", show_default="all"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The newest entries only", show_default="all")
    ] = None,
) -> None:
    """Print or write the entries, newest first; feedback as JSON lines where nothing is said. The
    audit keeps a line of it.
    """
    if format is Format.PARQUET and output is None:
        raise typer.BadParameter("parquet goes to a file: name one with --output")
    with closing(_open_journal()) as journal:
        start = since and since.replace(tzinfo=UTC)
        entries = Export(journal.engine, what, start, limit)
        if output:
            write_file(entries, format, output)
        elif format is Format.CSV:
            write_csv(entries, sys.stdout)
        else:
            write_jsonl(entries, sys.stdout)
    note(load_settings(), "export", f"{what}, {entries.written} entries")


@app.command()
def purge(
    before: Annotated[
        datetime, typer.Option(formats=_DAY, help="The first day that is kept (UTC)")
    ],
) -> None:
    """Remove everything of the days before a date, but lines of the audit of the last year, which
    gets one more.
    """
    with closing(_open_journal()) as journal:
        removed = journal.purge(before.replace(tzinfo=UTC))
    typer.echo(f"{removed} entries removed")
    note(load_settings(), "purge", f"{removed} entries before {before.date()}")


app.command()(editors.gaps)
app.command()(editors.draft)
app.command()(editors.to_questions)
app.command()(editors.confirm)


def _open_journal() -> "SqlJournal":
    from qa_service.journal.sql import SqlJournal

    url = load_settings().journal.get_secret_value()
    if url == OFF:
        raise SettingsError(
            "there is no journal: set QA_JOURNAL to its database, e.g. sqlite:///data/journal.sqlite"
        )
    return SqlJournal.open(url)
