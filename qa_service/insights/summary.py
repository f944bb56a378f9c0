"""What stands above the tables: what to do next, and the few numbers that tell most. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from qa_service.insights.content import bad_times, complaints_url, gap_url, why_exposed
from qa_service.insights.report import Report
from qa_service.insights.tables import MISSING, Cell, few_or, grouped, share, times, trend, week_day
from qa_service.insights.traffic import risen
from qa_service.phrases import insights as say

MOST_OF_A_KIND = 3
_MOST_REFUSED, _FEWEST_HELPED = range(16), range(70, 101)
"""In percent: what vendors of search call usual. For orientation only."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to write or mend, why, and where more is told."""

    what: str
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Those of one kind, what matters most first: numbers of different kinds do not compare."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """is_bad: whether it is worse than peers reach; None where there is nothing to compare with."""

    title: str
    value: str
    mark: str
    is_bad: bool | None = None


def next_steps(report: Report) -> tuple[Steps, ...]:
    """What to write, to mend and to check, and what is news: a few of each kind that has any."""
    kinds = (
        (say.NEXT_WRITE, _to_write(report)),
        (say.NEXT_MEND, _to_mend(report)),
        (say.NEXT_CHECK, _to_check(report)),
        (say.NEXT_NEWS, _news(report)),
    )
    found = (Steps(title, tuple(islice(steps, MOST_OF_A_KIND))) for title, steps in kinds)
    return tuple(one for one in found if one.steps)


def _to_write(report: Report) -> Iterator[Step]:
    for one in report.figures.gaps.gaps:
        why = say.NEXT_GAP_WHY.format(asked=times(one.asked))
        yield Step(f"«{one.question}»", why, gap_url(one))


def _to_check(report: Report) -> Iterator[Step]:
    for one in report.exposed:
        why = say.NEXT_STALE_WHY.format(shown=times(one.shown), why=why_exposed(one))
        yield Step(one.passage.title, why, "#exposed")


def _to_mend(report: Report) -> Iterator[Step]:
    """Passages that disappoint or are voted down, but for those that are to be checked anyway."""
    named = {one.passage.id for one in report.exposed[:MOST_OF_A_KIND]}
    for one in report.figures.disappointments.passages:
        if one.passage_id not in named:
            named.add(one.passage_id)
            why = say.NEXT_AGAIN_WHY.format(times=times(bad_times(one)))
            yield Step(report.passages[one.passage_id].title, why, "#again")
    for voted in report.figures.votes:
        if voted.passage_id not in named:
            why = say.NEXT_VOTES_WHY.format(down=times(voted.down))
            url = complaints_url(voted.passage_id)
            yield Step(report.passages[voted.passage_id].title, why, url)


def _news(report: Report) -> Iterator[Step]:
    for one in report.figures.rises:
        why = say.NEXT_NEWS_WHY.format(
            day=week_day(one.day), asked=times(one.asked), usual=grouped(round(one.usual))
        )
        yield Step(risen(report, one), why, "#rises")


def numbers(report: Report) -> tuple[Number, ...]:
    total = report.total
    helped, asking = total.helped or 0, total.asking if total.is_told else 0
    change = trend(total.asked, total.before, report.figures.compares and total.is_told)
    return (
        Number(
            say.ASKED,
            few_or(total.asked).text,
            say.TREND.format(trend=change.text) if change.value is not None else "",
        ),
        Number(
            say.SURE,
            share(total.sure, asking).text,
            say.SURE_MARK.format(unsure=share(total.unsure, asking).text),
        ),
        _marked(say.REFUSED, share(total.refused, asking), say.REFUSED_MARK, _MOST_REFUSED),
        _marked(say.HELPED, share(helped, asking), say.HELPED_MARK, _FEWEST_HELPED),
        Number(say.SLOW, _slowest(report), say.SLOW_MARK),
    )


def _marked(title: str, found: Cell, mark: str, limit: range) -> Number:
    """`limit`: the whole percentages that are good."""
    if found.value is None:
        return Number(title, found.text, mark)
    is_bad = int(found.value) not in limit
    return Number(
        title, found.text, (say.BEYOND if is_bad else say.WITHIN).format(mark=mark), is_bad
    )


def _slowest(report: Report) -> str:
    took = max(report.figures.latency, key=lambda one: one.p95_ms, default=None)
    if took is None:
        return MISSING
    return say.SLOW_VALUE.format(p50=f"{took.p50_ms:.0f}", p95=f"{took.p95_ms:.0f}")
