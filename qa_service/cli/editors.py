"""`qa-service journal gaps|draft|to-questions|confirm`: what the journal teaches, for editors."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.access.keys import Role
from qa_service.errors import JournalError, RequestError
from qa_service.journals import needed_tables
from qa_service.settings import load_settings

if TYPE_CHECKING:
    from qa_service.journal.gaps import GapStore

_LOWEST_PRIORITY = 19


def gaps(
    days: Annotated[int, typer.Option(min=1, max=366, help="How far back to look")] = 30,
    claimed: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Find what people ask and no text answers, keep it for the pages, and list it.

    Runs at the lowest priority, beside a service. Gaps of before are replaced.
    """
    from qa_service.bootstrap import open_snapshot
    from qa_service.journal.gaps import GAPS_JOB, GapStore
    from qa_service.journal.jobs import Jobs
    from qa_service.learning.clusters import check_library
    from qa_service.learning.finding import renew_gaps
    from qa_service.models import load_encoder

    check_library()
    os.nice(_LOWEST_PRIORITY)
    settings = load_settings()
    tables = needed_tables(settings)
    jobs, store = Jobs(tables), GapStore(tables)
    if not claimed and not jobs.claim(GAPS_JOB):
        raise JournalError("gaps are being found already: wait until that is done")
    with jobs.finishing(GAPS_JOB):
        encoder = load_encoder(settings)
        snapshot = open_snapshot(settings, encoder)
        asked, found = renew_gaps(store, snapshot, encoder, datetime.now(UTC), days)
    print(f"{len(found)} gaps in {asked} unanswered questions of the last {days} days")
    _list(store)


def _list(store: "GapStore") -> None:
    for kept in store.gaps():
        gap = kept.gap
        weekly = " ".join(map(str, gap.weekly))
        print(
            f"{kept.id}: {gap.question} | {gap.asked} times, {gap.conversations} conversations | "
            f"weekly {weekly} | {gap.passage_id or '-'}"
        )


def draft(
    number: Annotated[
        int, typer.Argument(metavar="ID", help="Of a gap, as `qa-service journal gaps` lists it")
    ],
    item: Annotated[
        bool, typer.Option("--item", help="ID is of an item of the editors' queue")
    ] = False,
    output: Annotated[Path, typer.Option(help="Folder to write the draft into")] = Path(),
) -> None:
    """Write a section for editors to finish: what was asked, and marks for text, source, date."""
    from qa_service.drafts import draft_of_gap, draft_of_item
    from qa_service.indexing.snapshot import read_records
    from qa_service.indexing.versions import current_folder
    from qa_service.journal.gaps import GapStore
    from qa_service.journal.queue import Editor, EditorsQueue, State

    settings = load_settings()
    tables = needed_tables(settings)
    queue = EditorsQueue(tables)
    by_slug = {one.slug: one for one in read_records(current_folder(settings.index))[1]}
    if item:
        found = queue.item(number)
        made = draft_of_item(found, by_slug.get(found.service or ""))
    else:
        gap = GapStore(tables).gap(number).gap
        made = draft_of_gap(gap, by_slug.get(gap.service or ""))
    path = output / made.name
    if path.exists():
        raise RequestError(f"{path} exists: finish it or move it away first")
    output.mkdir(parents=True, exist_ok=True)
    path.write_text(made.text, "utf-8")
    if item:
        by = Editor("command line", str(Role.ADMIN))
        queue.handle([number], State.OPEN, State.DRAFTED, by)
    print(path)


def to_questions(
    output: Annotated[Path, typer.Option(help="File to write: JSON lines, to be confirmed")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The first day of the votes (UTC)"),
    ] = None,
) -> None:
    """Turn votes into draft questions: with the passage that helped, or to be judged."""
    from qa_service.documents.draft_questions import known_questions, write_drafts
    from qa_service.journal.judged import judged_votes
    from qa_service.learning.questions import draft_questions

    if output.exists():
        raise RequestError(f"{output} exists: confirm it or move it away first")
    settings = load_settings()
    found = judged_votes(needed_tables(settings), since and since.replace(tzinfo=UTC))
    drafts, left_out = draft_questions(found, known_questions(settings.corpus))
    write_drafts(output, drafts)
    judged = sum(bool(one.passages) for one in drafts)
    print(
        f"{output}: {judged} questions with the passage that helped, {len(drafts) - judged} to be "
        f"judged; left out: {left_out.known} known, {left_out.personal} with personal data"
    )


def confirm(
    file: Annotated[Path, typer.Argument(help="Draft questions, as `to-questions` writes them")],
    into: Annotated[Path, typer.Option(help="Questions that they join, such as train.jsonl")],
) -> None:
    """Move the questions that somebody confirmed to the corpus; the others stay."""
    from qa_service.documents.draft_questions import confirm_drafts
    from qa_service.documents.services import inspect_corpus

    corpus, _ = inspect_corpus(load_settings().corpus)
    passages = frozenset(passage.id for passage in corpus.passages)
    moved, left = confirm_drafts(file, into, passages)
    print(f"{moved} questions moved to {into}, {left} left in {file}")
