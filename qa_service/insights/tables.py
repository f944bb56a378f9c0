"""How an insight is laid out: one table with its finding in words, whoever prints it. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from qa_service.journal.reports import FEW_PEOPLE, KYIV, told
from qa_service.phrases import insights as say
from qa_service.phrases.languages import UKRAINIAN

_NO_BREAK = "\N{NO-BREAK SPACE}"
MISSING = "—"


class Chart(StrEnum):
    """columns stand side by side, over time; bars lie under each other, longest first."""

    COLUMNS = "columns"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Cell:
    """text: what people read. value: the number that it says, None for words. url: of its page.
    post: where a button with this text sends to, `label` what it is called without its row. detail:
    what stands below the text, smaller. in_numbers: whether it stands in a column of numbers.
    is_part: whether its row is of a time that is not whole, which a chart shows paler.
    """

    text: str
    value: float | None = None
    url: str | None = None
    post: str | None = None
    label: str | None = None
    detail: str | None = None
    in_numbers: bool = False
    is_part: bool = False

    @property
    def is_number(self) -> bool:
        return self.value is not None or self.in_numbers


@dataclass(frozen=True, slots=True)
class Table:
    """says: the finding in a sentence, or why there are no rows. columns: their names, in the order
    of the cells. series: the places of the columns that a chart shows.
    """

    id: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    chart: Chart | None = None
    series: tuple[int, ...] = ()


def without_trends(table: Table) -> Table:
    """The same without the column of changes, where there is nothing to compare with."""
    kept = [place for place, name in enumerate(table.columns) if name != say.COLUMNS["trend"]]
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    names = tuple(table.columns[place] for place in kept)
    return replace(table, columns=names, rows=rows)


def columns(*names: str) -> tuple[str, ...]:
    return tuple(say.COLUMNS[name] for name in names)


def count(number: int) -> Cell:
    return Cell(grouped(number), number)


def few_or(number: int | None) -> Cell:
    """A number; only that there are a few where it is None or a few people's."""
    if number is None or told(number) is None:
        return Cell(say.A_FEW.format(few=FEW_PEOPLE), in_numbers=True)
    return count(number)


def grouped(number: int) -> str:
    """`12345` -> `12 345`."""
    return f"{number:,}".replace(",", _NO_BREAK)


def unbroken(text: str) -> Cell:
    """Words that stay on one line."""
    return Cell(text.replace(" ", _NO_BREAK))


def share(part: int, whole: int) -> Cell:
    """A part as a percentage; nothing of nothing."""
    if not whole:
        return Cell(MISSING, in_numbers=True)
    percent = 100 * part / whole
    return Cell(f"{percent:.0f}{_NO_BREAK}%", round(percent, 1))


def trend(now: int, before: int, compares: bool) -> Cell:
    """How much more it is than before, in percent."""
    if not compares or not before:
        return Cell(MISSING, in_numbers=True)
    change = round(100 * (now - before) / before)
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return Cell(f"{sign}{grouped(abs(change))}{_NO_BREAK}%", change)


def times(number: int) -> str:
    """`1021` -> `1 021 раз`, `3` -> `< 5 разів`."""
    known = told(number)
    noun = UKRAINIAN.count(FEW_PEOPLE if known is None else known, *say.FORMS_TIMES)
    return f"{few_or(number).text}{_NO_BREAK}{noun.partition(' ')[2]}"


def day(moment: datetime | date) -> str:
    """`27.11.2026`, in Kyiv."""
    local = moment.astimezone(KYIV) if isinstance(moment, datetime) else moment
    return f"{local:%d.%m.%Y}"


def short_day(moment: date) -> str:
    """`27.11`, where the year stands above."""
    return f"{moment:%d.%m}"


def week_day(moment: date) -> str:
    """`пт 27.11`."""
    return f"{say.WEEKDAYS[moment.weekday()]} {short_day(moment)}"


def minute(moment: datetime) -> str:
    """`27.11.2026, 14:05`, in Kyiv."""
    return f"{moment.astimezone(KYIV):%d.%m.%Y, %H:%M}"


def long_time(time: timedelta) -> str:
    """In whole days."""
    if time < timedelta(days=1):
        return say.SHORT_TIME
    return UKRAINIAN.count(time.days, *say.FORMS_DAYS)
