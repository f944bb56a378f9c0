"""Figures, the catalogue and the log of changes -> a report. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

from qa_service.catalogue import Catalogue
from qa_service.errors import NotFoundError
from qa_service.indexing.changes import ChangeLog
from qa_service.insights.figures import Figures
from qa_service.insights.lead import lead_time
from qa_service.insights.report import (
    NOTHING_ASKED,
    Asked,
    Exposed,
    Named,
    Report,
    ServiceRow,
    Split,
)
from qa_service.journal.reports import GATHERED, KYIV
from qa_service.journal.reports_answers import AnswerCount, HourCount
from qa_service.journal.reports_votes import Gaps
from qa_service.types import Certainty, Channel, Passage, Reason, Status

LONGEST_BY_DAY = 31
"""Days; longer periods are told by week."""


def make_report(figures: Figures, catalogue: Catalogue, log: ChangeLog) -> Report:
    """`log`: of the version that `catalogue` is of."""
    helped = _helped(figures)
    by_week = figures.scope.days > LONGEST_BY_DAY
    by_channel = [(one, _of(figures.answers, one, helped)) for one in Channel]
    return Report(
        figures=figures,
        total=_asked(figures.answers, sum(helped.values())),
        channels=tuple((one, asked) for one, asked in by_channel if asked.asked or asked.before),
        by_week=by_week,
        over_time=_over_time(figures.hours, by_week),
        by_hour=_by_hour(figures.hours),
        reasons=_reasons(figures.answers),
        services=_services(figures.answers, catalogue),
        exposed=_exposed(figures, catalogue),
        service_titles={
            one.service: catalogue.title(one.service) for one in figures.rises if one.service
        },
        lead=lead_time(figures.doubts, log, figures.scope.end),
        passages={one: named(catalogue, one) for one in _passage_ids(figures)},
        answered=_answered(figures.answers),
    )


def with_gaps(report: Report, gaps: Gaps, catalogue: Catalogue) -> Report:
    """The same with gaps that were found, or dismissed, since it was made."""
    if gaps == report.figures.gaps:
        return report
    figures = replace(report.figures, gaps=gaps)
    passages = {one: named(catalogue, one) for one in _passage_ids(figures)}
    return replace(report, figures=figures, passages=passages)


def named(catalogue: Catalogue, passage_id: str) -> Named:
    passage = _passage(catalogue, passage_id)
    if passage is None:
        return Named(passage_id, passage_id, "", None)
    return Named(passage_id, passage.title, passage.service_title, passage.url)


def _passage(catalogue: Catalogue, passage_id: str) -> Passage | None:
    try:
        return catalogue.passage(passage_id)
    except NotFoundError:
        return None


def _passage_ids(figures: Figures) -> set[str]:
    """Of all passages that the figures name one by one."""
    found = chain(
        (row.passage_id for row in figures.questions),
        (row.passage_id for row in figures.disappointments.passages),
        (row.passage_id for row in figures.votes),
        (row.passage_id for row in figures.doubts),
        (row.passage_id for row in figures.gaps.gaps),
    )
    return {passage_id for passage_id in found if passage_id}


def _helped(figures: Figures) -> Counter[Channel]:
    sure = Counter[Channel]()
    for row in figures.answers:
        sure[row.channel] += row.asked if row.certainty is Certainty.SURE else 0
    sure.subtract(dict(figures.disappointments.answers))
    return sure


def _of(answers: Iterable[AnswerCount], channel: Channel, helped: Counter[Channel]) -> Asked:
    return _asked([row for row in answers if row.channel is channel], helped[channel])


def _asked(answers: Iterable[AnswerCount], helped: int | None = None) -> Asked:
    rows = list(answers)
    asking = [row for row in rows if row.reason not in NOTHING_ASKED]
    certain = Counter[Certainty]()
    for row in asking:
        certain[row.certainty] += row.asked
    return Asked(
        asked=sum(row.asked for row in rows),
        before=sum(row.before for row in rows),
        asking=sum(row.asked for row in asking),
        sure=certain[Certainty.SURE],
        unsure=certain[Certainty.UNSURE],
        refused=certain[Certainty.NONE],
        helped=helped,
    )


def _over_time(hours: Iterable[HourCount], by_week: bool) -> tuple[tuple[date, Split], ...]:
    counts: dict[date, Counter[Channel]] = {}
    for row in hours:
        day = row.at.astimezone(KYIV).date()
        began = day - timedelta(days=day.weekday()) if by_week else day
        counts.setdefault(began, Counter())[row.channel] += row.asked
    return tuple((began, Split.of(counts[began])) for began in sorted(counts))


def _by_hour(hours: Iterable[HourCount]) -> tuple[tuple[int, Split], ...]:
    counts = {hour: Counter[Channel]() for hour in range(24)}
    for row in hours:
        counts[row.at.astimezone(KYIV).hour][row.channel] += row.asked
    return tuple((hour, Split.of(one)) for hour, one in counts.items())


def _reasons(answers: Iterable[AnswerCount]) -> tuple[tuple[Reason, Split], ...]:
    """The most frequent first."""
    counts: dict[Reason, Counter[Channel]] = {}
    for row in answers:
        if row.reason and row.asked:
            counts.setdefault(row.reason, Counter())[row.channel] += row.asked
    by_count = sorted(counts, key=lambda one: (-counts[one].total(), one))
    return tuple((one, Split.of(counts[one])) for one in by_count)


def _answered(answers: Iterable[AnswerCount]) -> dict[str, int]:
    certain = Counter[str]()
    for row in answers:
        if row.passage_id and row.certainty is Certainty.SURE:
            certain[row.passage_id] += row.asked
    return dict(certain)


def _services(answers: Iterable[AnswerCount], catalogue: Catalogue) -> tuple[ServiceRow, ...]:
    """The most frequent first, without those that are not told apart."""
    rows: dict[str, list[AnswerCount]] = {}
    for row in answers:
        if row.service and row.service != GATHERED:
            rows.setdefault(row.service, []).append(row)
    found = [
        ServiceRow(slug, catalogue.title(slug), _url(catalogue, slug), _asked(counts))
        for slug, counts in rows.items()
    ]
    return tuple(
        sorted(
            (row for row in found if row.counts.asked),
            key=lambda row: (-row.counts.asked, row.slug),
        )
    )


def _url(catalogue: Catalogue, slug: str) -> str | None:
    service = catalogue.find(slug)
    return service.url if service else None


def _exposed(figures: Figures, catalogue: Catalogue) -> tuple[Exposed, ...]:
    """The worst first."""
    shown = Counter[str]()
    for row in figures.answers:
        if row.passage_id and row.certainty is not Certainty.NONE:
            shown[row.passage_id] += row.asked
    today = figures.scope.end.astimezone(KYIV).date()
    found = (
        _exposure(passage, shown[passage.id], today)
        for one in shown
        if (passage := _passage(catalogue, one))
    )
    doubtful = [
        one for one in found if one.shown and (one.stale or one.disputed or one.needs_review)
    ]
    return tuple(sorted(doubtful, key=lambda one: (-one.exposure, one.passage.id)))


def _exposure(passage: Passage, shown: int, today: date) -> Exposed:
    return Exposed(
        passage=Named(passage.id, passage.title, passage.service_title, passage.url),
        shown=shown,
        overdue=passage.months_overdue(today),
        as_of=passage.as_of,
        stale=passage.is_stale(today),
        disputed=passage.conflict is not None,
        needs_review=passage.status is Status.NEEDS_REVIEW,
    )
