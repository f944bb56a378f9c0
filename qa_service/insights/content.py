"""The tables about texts: what to write, what to renew, what does not help. Pure."""

from collections import Counter
from dataclasses import replace
from urllib.parse import quote

from qa_service.insights.report import Exposed, Named, Report
from qa_service.insights.tables import (
    MISSING,
    Cell,
    Chart,
    Table,
    columns,
    count,
    day,
    few_or,
    grouped,
    long_time,
    minute,
    share,
    times,
    unbroken,
)
from qa_service.journal.queue import State
from qa_service.journal.reports import FEW_PEOPLE, told
from qa_service.journal.reports_questions import Disappointing
from qa_service.journal.reports_votes import Gap, Votes
from qa_service.phrases import insights as say
from qa_service.phrases.languages import UKRAINIAN
from qa_service.types import Complaint

MOST_EXPOSED, MOST_OTHERS, MOST_OPEN = 25, 3, 15


def content_tables(report: Report) -> tuple[Table, ...]:
    return (
        gaps(report),
        exposed(report),
        again(report),
        votes(report),
        lead(report),
        queue(report),
    )


def gaps(report: Report) -> Table:
    found = report.figures.gaps
    note = say.GAPS_NOTE.format(few=FEW_PEOPLE, at=minute(found.made_at)) if found.made_at else ""
    if found.gaps:
        first = found.gaps[0]
        says = say.GAPS_SAYS.format(question=first.question, asked=times(first.asked))
    else:
        says = say.GAPS_NONE.format(few=FEW_PEOPLE) if found.made_at else say.GAPS_NEVER
    names = columns("question", "asked", "conversations", "weekly", "last", "nearest", "action")
    rows = tuple(_gap(report, one) for one in found.gaps)
    return Table("gaps", say.GAPS, says, names, rows, note, Chart.BARS, (2,))


def _gap(report: Report, gap: Gap) -> tuple[Cell, ...]:
    others = "; ".join(gap.others[:MOST_OTHERS])
    return (
        Cell(
            gap.question,
            url=gap_url(gap),
            detail=say.ALSO.format(others=others) if others else None,
        ),
        count(gap.asked),
        count(gap.conversations),
        unbroken(" → ".join(map(grouped, gap.weekly)) or MISSING),
        Cell(day(gap.last_at)),
        passage(report, gap.passage_id),
        Cell(
            say.DRAFT,
            post=f"/queue/gaps/{gap.id}/draft",
            label=say.DRAFT_LABEL.format(question=gap.question),
        ),
    )


def gap_url(gap: Gap) -> str:
    """Where all of its questions stand."""
    return f"/queue/gaps?gap={gap.id}#gap-{gap.id}"


def complaints_url(passage_id: str) -> str:
    """Where the complaints about a passage stand, with what was asked and when."""
    slug = passage_id.partition(".")[0]
    return f"/queue?state=any&service={quote(slug)}#p-{quote(passage_id)}"


def passage(report: Report, passage_id: str | None) -> Cell:
    return of_named(report.passages[passage_id]) if passage_id else Cell(MISSING)


def of_named(one: Named) -> Cell:
    return Cell(one.title, url=one.url, detail=one.service_title or None)


def exposed(report: Report) -> Table:
    rows = report.exposed[:MOST_EXPOSED]
    says = say.EXPOSED_NONE
    if rows:
        worst = rows[0]
        says = say.EXPOSED_SAYS.format(
            title=worst.passage.title, why=why_exposed(worst), shown=times(worst.shown)
        )
    return Table(
        "exposed",
        say.EXPOSED,
        says,
        columns("passage", "why", "shown", "exposure"),
        tuple(_exposed(one) for one in rows),
        say.EXPOSED_NOTE,
        Chart.BARS,
        (3,),
    )


def _exposed(one: Exposed) -> tuple[Cell, ...]:
    return (
        of_named(one.passage),
        Cell(why_exposed(one)),
        count(one.shown),
        count(one.exposure),
    )


def why_exposed(one: Exposed) -> str:
    stale = say.STALE.format(as_of=UKRAINIAN.date(one.as_of)) if one.as_of else ""
    reasons = ((one.disputed, say.DISPUTED), (one.stale, stale), (one.needs_review, say.REVIEW))
    return ", ".join(words for is_so, words in reasons if is_so)


def again(report: Report) -> Table:
    found = report.figures.disappointments.passages
    says = say.AGAIN_NONE
    if found:
        title = report.passages[found[0].passage_id].title
        says = say.AGAIN_SAYS.format(title=title, times=times(bad_times(found[0])))
    return Table(
        "again",
        say.AGAIN,
        says,
        columns("passage", "certain", "again", "down"),
        tuple(
            (
                passage(report, one.passage_id),
                count(report.answered.get(one.passage_id, 0)),
                few_or(one.asked_again),
                few_or(one.voted_down),
            )
            for one in found
        ),
        say.AGAIN_NOTE,
    )


def bad_times(one: Disappointing) -> int:
    return one.asked_again + one.voted_down


def votes(report: Report) -> Table:
    found = report.figures.votes
    says = say.VOTES_NONE
    if found:
        worst, form = found[0], say.VOTES_SAYS
        if told(worst.helpful) is None:
            form = say.VOTES_SAYS_DOWN
        says = form.format(
            title=report.passages[worst.passage_id].title,
            down=grouped(worst.down),
            all=grouped(worst.down + worst.helpful),
        )
    return Table(
        "votes",
        say.VOTES,
        says,
        columns("passage", "down", "up", "share", "complaints"),
        tuple(_votes(report, one) for one in found),
        say.VOTES_NOTE.format(few=FEW_PEOPLE),
    )


def _votes(report: Report, one: Votes) -> tuple[Cell, ...]:
    by_count = sorted(one.complaints, key=lambda found: -found[1])
    whole = 0 if told(one.helpful) is None else one.down + one.helpful
    return (
        passage(report, one.passage_id),
        replace(count(one.down), url=complaints_url(one.passage_id)),
        few_or(one.helpful),
        share(one.down, whole),
        Cell(", ".join(_complaint(*found) for found in by_count) or MISSING),
    )


def _complaint(kind: Complaint, many: int) -> str:
    """Few are named without their number."""
    name = say.COMPLAINTS[kind]
    return name if told(many) is None else f"{name}: {grouped(many)}"


def lead(report: Report) -> Table:
    found = report.lead
    waiting = grouped(len(found.open))
    if found.median_time is not None:
        says = say.LEAD_SAYS.format(
            time=long_time(found.median_time), answered=grouped(found.answered), open=waiting
        )
    else:
        says = say.LEAD_SAYS_NONE.format(open=waiting) if found.open else say.LEAD_NONE
    rows = tuple(
        (passage(report, one.passage_id), Cell(day(one.since)), few_or(one.complaints))
        for one in found.open[:MOST_OPEN]
    )
    return Table("lead", say.LEAD, says, columns("passage", "since", "count"), rows, say.LEAD_NOTE)


def queue(report: Report) -> Table:
    found = report.figures.queue
    by_state = Counter({one.state: one.complaints for one in found})
    says = say.QUEUE_SAYS_CLEAR if found else say.QUEUE_NONE
    if by_state[State.OPEN]:
        oldest = min(one.oldest for one in found if one.state == State.OPEN)
        says = say.QUEUE_SAYS.format(open=grouped(by_state[State.OPEN]), oldest=day(oldest))
    order = [*say.STATES]
    rows = tuple(
        (Cell(say.STATES[one.state]), count(one.complaints), Cell(day(one.oldest)))
        for one in sorted(found, key=lambda one: order.index(one.state))
    )
    names = columns("state", "count", "oldest")
    return Table("queue", say.QUEUE, says, names, rows, say.QUEUE_NOTE)
