"""What stands above the tables: what to do next, and the few numbers that tell most. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from qa_service.insights.content import bad_times, why_exposed
from qa_service.insights.report import Report
from qa_service.insights.tables import MISSING, grouped, share, times, trend
from qa_service.phrases import insights as say

MOST_OF_A_KIND = 3
_FEWEST_DOWN = 0.3
"""Share of votes from which a text is worth a look."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to write or mend, why, and the id of the table that tells more."""

    what: str
    why: str
    table: str


@dataclass(frozen=True, slots=True)
class Number:
    title: str
    value: str
    mark: str


def next_steps(report: Report) -> tuple[Step, ...]:
    """What to write, to renew and to mend: a few of each kind, what matters most first."""
    kinds = (_to_write(report), _to_renew(report), _to_mend(report), _to_review(report))
    return tuple(step for kind in kinds for step in islice(kind, MOST_OF_A_KIND))


def _to_write(report: Report) -> Iterator[Step]:
    for one in report.figures.gaps.gaps:
        why = say.NEXT_GAP_WHY.format(asked=times(one.asked))
        yield Step(say.NEXT_GAP.format(question=one.question), why, "gaps")


def _to_renew(report: Report) -> Iterator[Step]:
    for one in report.exposed:
        why = say.NEXT_STALE_WHY.format(shown=times(one.shown), why=why_exposed(one))
        yield Step(say.NEXT_STALE.format(title=one.passage.title), why, "exposed")


def _to_mend(report: Report) -> Iterator[Step]:
    for one in report.figures.disappointments.questions:
        why = say.NEXT_AGAIN_WHY.format(times=times(bad_times(one)))
        yield Step(say.NEXT_AGAIN.format(question=one.question), why, "again")


def _to_review(report: Report) -> Iterator[Step]:
    for one in report.figures.votes:
        if one.down >= _FEWEST_DOWN * (one.down + one.helpful):
            title = report.passages[one.passage_id].title
            why = say.NEXT_VOTES_WHY.format(down=times(one.down))
            yield Step(say.NEXT_VOTES.format(title=title), why, "votes")


def numbers(report: Report) -> tuple[Number, ...]:
    total, compares = report.total, report.figures.compares
    change = trend(total.asked, total.before, compares)
    return (
        Number(
            say.ASKED,
            grouped(total.asked),
            say.TREND.format(trend=change.text) if change.value is not None else "",
        ),
        Number(
            say.SURE,
            share(total.sure, total.asking).text,
            say.SURE_MARK.format(unsure=share(total.unsure, total.asking).text),
        ),
        Number(say.REFUSED, share(total.refused, total.asking).text, say.REFUSED_MARK),
        Number(say.HELPED, share(total.helped or 0, total.asking).text, say.HELPED_MARK),
        Number(say.SLOW, _slowest(report), say.SLOW_MARK),
    )


def _slowest(report: Report) -> str:
    took = max(report.figures.latency, key=lambda one: one.p95_ms, default=None)
    if took is None:
        return MISSING
    return say.SLOW_VALUE.format(p50=f"{took.p50_ms:.0f}", p95=f"{took.p95_ms:.0f}")
