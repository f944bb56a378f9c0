"""The tables about questions: when, by which channel, about what, how they were answered. Pure."""

from datetime import date, timedelta

from qa_service.insights.content import passage
from qa_service.insights.report import Asked, Report, Split
from qa_service.insights.tables import (
    MISSING,
    Cell,
    Chart,
    Table,
    columns,
    count,
    few_or,
    share,
    short_day,
    times,
    trend,
    unbroken,
    week_day,
    without_trends,
)
from qa_service.journal.reports import KYIV
from qa_service.journal.reports_rises import Rise
from qa_service.phrases import insights as say
from qa_service.types import Channel

MOST_SERVICES = 20
_MOST_NEWS = 3


def traffic_tables(report: Report) -> tuple[Table, ...]:
    found = (
        rises(report),
        days(report),
        hours(report),
        channels(report),
        reasons(report),
        services(report),
        questions(report),
    )
    return found if report.figures.compares else tuple(map(without_trends, found))


def rises(report: Report) -> Table:
    """The days on which more was asked than on those before, and about what."""
    found = report.figures.rises
    says = say.RISES_NONE
    if found:
        first = found[0]
        says = say.RISES_SAYS.format(
            what=risen(report, first), day=week_day(first.day), asked=times(first.asked)
        )
    rows = tuple(
        (
            Cell(risen(report, one)),
            unbroken(week_day(one.day)),
            count(one.asked),
            count(round(one.usual)),
        )
        for one in found
    )
    names = columns("risen", "day", "asked", "usual")
    return Table("rises", say.RISES, says, names, rows, say.RISES_NOTE, Chart.BARS, (2,))


def risen(report: Report, one: Rise) -> str:
    """A service by its title, a question as it was asked."""
    return report.service_titles[one.service] if one.service else f"«{one.question}»"


def _used(report: Report) -> tuple[int, ...]:
    """The places of the channels that were used in the period."""
    used = {one for one, asked in report.channels if asked.asked}
    return tuple(place for place, one in enumerate(Channel) if one in used)


def _channel_names(used: tuple[int, ...]) -> tuple[str, ...]:
    channels = tuple(Channel)
    return tuple(say.CHANNELS[channels[place]].capitalize() for place in used)


def _series(used: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(1, 1 + len(used)))


def _split(label: str | Cell, counts: Split, used: tuple[int, ...]) -> tuple[Cell, ...]:
    each = (few_or(counts.by_channel[place]) for place in used)
    return (label if isinstance(label, Cell) else Cell(label), *each, few_or(counts.total))


def days(report: Report) -> Table:
    """By day, or by week where days would be too many."""
    used, says = _used(report), say.NOTHING
    if report.over_time:
        began, most = max(report.over_time, key=lambda one: one[1].total)
        says = say.DAYS_SAYS.format(label=_label(report, began), asked=few_or(most.total).text)
        if news := [risen(report, one) for one in report.figures.rises if one.day == began]:
            says += say.DAYS_NEWS.format(what=", ".join(news[:_MOST_NEWS]))
    return Table(
        "days",
        say.WEEKS if report.by_week else say.DAYS,
        says,
        (*columns("week" if report.by_week else "day"), *_channel_names(used), *columns("total")),
        tuple(_split(_began(report, one), counts, used) for one, counts in report.over_time),
        chart=Chart.COLUMNS,
        series=_series(used),
    )


def _label(report: Report, began: date) -> str:
    return say.WEEK_OF.format(day=short_day(began)) if report.by_week else week_day(began)


def _began(report: Report, began: date) -> Cell:
    """A day or a week; what is not over, or began before the period, looks like a fall."""
    scope = report.figures.scope
    last = began + timedelta(days=6 if report.by_week else 0)
    is_open = last >= scope.end.astimezone(KYIV).date()
    is_part = is_open or began < scope.start.astimezone(KYIV).date()
    why = say.NOT_OVER if is_open else say.NOT_WHOLE if is_part else None
    return Cell(_label(report, began), detail=why, is_part=is_part)


def hours(report: Report) -> Table:
    used = _used(report)
    busiest, most = max(report.by_hour, key=lambda one: one[1].total)
    asked = few_or(most.total).text
    says = say.HOURS_SAYS.format(hour=busiest, next=(busiest + 1) % 24, asked=asked)
    return Table(
        "hours",
        say.HOURS,
        says if most.total else say.NOTHING,
        (*columns("hour"), *_channel_names(used), *columns("total")),
        tuple(_split(f"{hour}:00", counts, used) for hour, counts in report.by_hour),
        say.HOURS_NOTE,
        Chart.COLUMNS,
        _series(used),
    )


def channels(report: Report) -> Table:
    found = [(one, asked) for one, asked in report.channels if asked.asked]
    says = say.NOTHING
    if found:
        first, most = max(found, key=lambda one: one[1].asked)
        part = share(most.asked, report.total.asked) if most.is_told else few_or(most.asked)
        says = say.CHANNELS_SAYS.format(channel=say.THROUGH[first], share=part.text)
    names = ("channel", "asked", "trend", "sure", "unsure", "refused", "helped", "p50", "p95")
    rows = tuple(_channel(report, one, asked) for one, asked in report.channels)
    return Table("channels", say.CHANNELS_TITLE, says, columns(*names), rows, say.CHANNELS_NOTE)


def _channel(report: Report, channel: Channel, asked: Asked) -> tuple[Cell, ...]:
    took = next((one for one in report.figures.latency if one.channel is channel), None)
    asking = asked.asking if asked.is_told else 0
    return (
        Cell(say.CHANNELS[channel]),
        few_or(asked.asked),
        trend(asked.asked, asked.before, report.figures.compares and asked.is_told),
        share(asked.sure, asking),
        share(asked.unsure, asking),
        share(asked.refused, asking),
        share(asked.helped or 0, asking),
        count(round(took.p50_ms)) if took else Cell(MISSING, in_numbers=True),
        count(round(took.p95_ms)) if took else Cell(MISSING, in_numbers=True),
    )


def reasons(report: Report) -> Table:
    used = _used(report)
    says = say.REASONS_NONE
    if report.reasons:
        first, counts = report.reasons[0]
        says = say.REASONS_SAYS.format(reason=say.REASONS[first], asked=times(counts.total))
    rows = tuple(_split(say.REASONS[one], counts, used) for one, counts in report.reasons)
    names = (*columns("reason"), *_channel_names(used), *columns("total"))
    return Table(
        "reasons",
        say.REASONS_TITLE,
        says,
        names,
        rows,
        say.REASONS_NOTE,
        Chart.BARS,
        _series(used),
    )


def services(report: Report) -> Table:
    rows = report.services[:MOST_SERVICES]
    says = say.NOTHING
    if rows:
        says = say.SERVICES_SAYS.format(title=rows[0].title, asked=times(rows[0].counts.asked))
    return Table(
        "services",
        say.SERVICES,
        says,
        columns("service", "asked", "trend", "sure", "refused"),
        tuple(
            (
                Cell(row.title, url=row.url),
                count(row.counts.asked),
                trend(row.counts.asked, row.counts.before, report.figures.compares),
                share(row.counts.sure, row.counts.asking),
                share(row.counts.refused, row.counts.asking),
            )
            for row in rows
        ),
        chart=Chart.BARS,
        series=(1,),
    )


def questions(report: Report) -> Table:
    found = report.figures.questions
    says = say.NOTHING
    if found:
        says = say.QUESTIONS_SAYS.format(question=found[0].question, asked=times(found[0].asked))
    return Table(
        "questions",
        say.QUESTIONS,
        says,
        columns("question", "asked", "trend", "sure", "refused", "passage"),
        tuple(
            (
                Cell(one.question),
                count(one.asked),
                trend(one.asked, one.before, report.figures.compares),
                share(one.sure, one.asked),
                share(one.refused, one.asked),
                passage(report, one.passage_id),
            )
            for one in found
        ),
        say.QUESTIONS_NOTE,
    )
