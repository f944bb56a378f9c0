"""`qa-service journal report`: what people ask, what goes unanswered, what to write next."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.errors import SettingsError
from qa_service.settings import load_settings
from qa_service.types import Channel

if TYPE_CHECKING:
    from rich.console import Console

    from qa_service.insights.report import Report
    from qa_service.insights.tables import Table

MOST_DAYS = 366


def report(
    days: Annotated[
        int, typer.Option(min=1, max=MOST_DAYS, help="Of Kyiv, up to now; the last one is today")
    ] = 30,
    channel: Annotated[Channel | None, typer.Option(show_default="all channels")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON")] = False,
) -> None:
    """Print what /insights shows: what to write next, and the figures behind it."""
    made = _made(days, channel)
    if as_json:
        from qa_service.insights.files import as_json as written

        typer.echo(written(made))
        return
    from rich.console import Console

    console = Console(highlight=False)
    _print_summary(console, made)
    from qa_service.insights.layout import all_tables

    for table in all_tables(made):
        _print_table(console, table)


def _made(days: int, channel: Channel | None) -> "Report":
    """Raises SettingsError, JournalError, SnapshotError."""
    from qa_service import journals
    from qa_service.bootstrap import VECTOR_STORES
    from qa_service.catalogue import Catalogue
    from qa_service.indexing.snapshot import load_snapshot
    from qa_service.indexing.versions import current_folder
    from qa_service.insights.figures import read_figures
    from qa_service.insights.making import make_report
    from qa_service.journal.reports import Scope
    from qa_service.stores.bm25 import Bm25Index

    settings = load_settings()
    reports = journals.reports(settings)
    if reports is None:
        raise SettingsError("there is no journal: set QA_JOURNAL to its database")
    figures = read_figures(reports, Scope(datetime.now(UTC), days, channel))
    store = VECTOR_STORES[settings.store]
    snapshot = load_snapshot(current_folder(settings.index), store, Bm25Index)
    return make_report(figures, Catalogue(snapshot), snapshot.changes)


def _print_summary(console: "Console", made: "Report") -> None:
    from qa_service.insights.layout import period
    from qa_service.insights.summary import next_steps, numbers
    from qa_service.phrases import insights as say

    console.print(say.TITLE, style="bold", markup=False)
    console.print(period(made), markup=False)
    for number in numbers(made):
        mark = f" ({number.mark})" if number.mark else ""
        console.print(f"{number.title}: {number.value}{mark}", markup=False)
    console.print(f"\n{say.NEXT_TITLE}", style="bold", markup=False)
    steps = next_steps(made)
    for kind in steps:
        console.print(f"{kind.title}:", markup=False)
        for step in kind.steps:
            console.print(f"- {step.what} — {step.why}", markup=False)
    if not steps:
        console.print(say.NEXT_NOTHING, markup=False)


def _print_table(console: "Console", table: "Table") -> None:
    from rich.box import SIMPLE
    from rich.table import Table as RichTable
    from rich.text import Text

    console.print(f"\n{table.title}", style="bold", markup=False)
    console.print(table.says, markup=False)
    if not table.rows:
        return
    kept = [place for place, cell in enumerate(table.rows[0]) if not cell.post]
    shown = RichTable(box=SIMPLE)
    for place in kept:
        is_number = table.rows[0][place].value is not None
        shown.add_column(Text(table.columns[place]), justify="right" if is_number else "left")
    for row in table.rows:
        shown.add_row(*(Text(row[place].text) for place in kept))
    console.print(shown)
