"""Routes `/queue`, `/queue/gaps` and their forms. Whatever a form does is answered with 303, or
with a draft to keep.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from qa_service.access.keys import Role
from qa_service.drafts import SectionDraft, draft_of_gap, draft_of_item
from qa_service.errors import JournalError, NotFoundError
from qa_service.journal.gaps import GAPS_JOB, GapState, GapStore, KeptGap, handled_gap
from qa_service.journal.jobs import Jobs
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.queue import Editor, EditorsQueue, Item, State, Wanted, handled_as
from qa_service.live import Live
from qa_service.text.normalise import normalise
from qa_service.types import Complaint, Service
from qa_service.web.audit import Audit
from qa_service.web.dependencies import Caller, refuse_other_sites, require_page
from qa_service.web.editors.asked import GAPS_PATH, QUEUE_PATH, Done, View, is_id, read_handling
from qa_service.web.editors.gaps import WantedGaps
from qa_service.web.editors.pages import Pages

_QUOTED_CHARS = 40
CallingEditor = Annotated[Caller, Depends(require_page(Role.EDITOR))]


def editors_router(live: Live, tables: JournalTables | None, audit: Audit) -> APIRouter:
    """tables: of the journal, None where there is none."""
    router = APIRouter(include_in_schema=False)
    pages = Pages()
    routes = _Editors(live, tables, pages, audit) if tables else _NoJournal(pages)
    router.add_api_route(QUEUE_PATH, routes.queue, methods=["GET"])
    router.add_api_route(GAPS_PATH, routes.gaps, methods=["GET"])
    if isinstance(routes, _Editors):
        for path, route in (
            (f"{QUEUE_PATH}/items", routes.handle),
            (f"{QUEUE_PATH}/items/{{item_id}}/draft", routes.draft_of_item),
            (f"{GAPS_PATH}/{{gap_id}}/draft", routes.draft_of_gap),
            (f"{GAPS_PATH}/{{gap_id}}/{{state}}", routes.handle_gap),
        ):
            router.add_api_route(
                path, route, methods=["POST"], dependencies=[Depends(refuse_other_sites)]
            )
    return router


class _NoJournal:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def queue(self, caller: CallingEditor) -> Response:
        return self._pages.trouble(caller)

    def gaps(self, caller: CallingEditor) -> Response:
        return self._pages.trouble(caller)


class _Editors:
    """One method per route."""

    def __init__(self, live: Live, tables: JournalTables, pages: Pages, audit: Audit) -> None:
        self._live, self._pages, self._audit = live, pages, audit
        self._queue, self._gaps, self._jobs = EditorsQueue(tables), GapStore(tables), Jobs(tables)

    def queue(self, request: Request, caller: CallingEditor) -> Response:
        """The items that are wanted, by what they are about."""
        asked = request.query_params
        view, done = View.of(asked), Done.of(asked)
        try:
            items, total = self._queue.items(view.wanted)
            earlier = self._earlier(asked.get("already", ""))
            done_first = self._queue.find(max(done.ids)) if done else None
            counts, gaps = self._queue.counts(), self._gaps.gaps()
            services = self._queue.services(view.wanted.state)
        except JournalError as error:
            return self._pages.trouble(caller, error)
        return self._pages.queue(
            caller,
            self._live.current,
            view,
            items=items,
            total=total,
            counts=counts,
            gaps=gaps,
            services=services,
            earlier=earlier,
            done=done,
            done_first=done_first,
        )

    def gaps(self, request: Request, caller: CallingEditor) -> Response:
        """What is asked and not answered."""
        wanted = WantedGaps.of(request.query_params)
        try:
            gaps = {state: self._gaps.gaps(state) for state in GapState}
            found_at, counts = self._jobs.finished_at(GAPS_JOB), self._queue.counts()
        except JournalError as error:
            return self._pages.trouble(caller, error)
        return self._pages.gaps(caller, self._live.current, gaps, found_at, counts, wanted)

    def handle_gap(self, gap_id: str, state: str, caller: CallingEditor) -> Response:
        """Dismiss a gap for good, or take it back."""
        if state not in set(GapState):
            raise NotFoundError(f"a gap is never {state[:_QUOTED_CHARS]!r}")
        to = GapState(state)
        try:
            kept = self._gaps.gap(_id(gap_id))
            ids = [one.id for one in self._gaps.gaps()]
            if self._gaps.handle(kept.id, to, _editor(caller)):
                self._audit.log(caller, "gap", handled_gap(kept.id, to))
        except JournalError as error:
            return self._pages.trouble(caller, error)
        near = kept.id
        if to is GapState.DISMISSED and kept.id in ids and len(ids) > 1:
            place = ids.index(kept.id)
            near = ids[place + 1] if place + 1 < len(ids) else ids[place - 1]
        told = {"dismissed": kept.id} if to is GapState.DISMISSED else {}
        query = urlencode({"gap": near} | told)
        return RedirectResponse(f"{GAPS_PATH}?{query}#gap-{near}", HTTPStatus.SEE_OTHER)

    async def handle(self, request: Request, caller: CallingEditor) -> Response:
        """Take items to another state; where somebody was quicker, say who."""
        form = read_handling(request.headers.get("content-type", ""), await request.body())

        def handled() -> Response:
            try:
                done = self._handle(caller, form.ids, form.seen, form.to)
            except JournalError as error:
                return self._pages.trouble(caller, error)
            others = [one for one in form.ids if one not in done]
            told = Done(tuple(done), form.seen, form.to, len(done)).query
            if others:
                told = urlencode({"already": others[0]})
            query = "&".join(filter(None, (form.view.query, told)))
            anchor = f"#{quote(form.anchor)}" if form.anchor and not others else ""
            return RedirectResponse(f"{QUEUE_PATH}?{query}{anchor}", HTTPStatus.SEE_OTHER)

        return await run_in_threadpool(handled)

    def draft_of_item(self, item_id: str, caller: CallingEditor) -> Response:
        """A section about one item, as a file; the item counts as drafted."""
        try:
            item = self._queue.item(_id(item_id))
            draft = draft_of_item(item, self._service(item.service))
            if item.state is State.OPEN:
                self._handle(caller, [item.id], State.OPEN, State.DRAFTED)
        except JournalError as error:
            return self._pages.trouble(caller, error)
        return _attachment(draft)

    def draft_of_gap(self, gap_id: str, caller: CallingEditor) -> Response:
        """A section about a gap, as a file; the open items that belong to it count as drafted."""
        try:
            kept = self._gaps.gap(_id(gap_id))
            draft = draft_of_gap(kept.gap, self._service(kept.gap.service))
            if members := self._members(kept):
                self._handle(caller, members, State.OPEN, State.DRAFTED)
        except JournalError as error:
            return self._pages.trouble(caller, error)
        return _attachment(draft)

    def _handle(self, caller: Caller, ids: Sequence[int], seen: State, to: State) -> Sequence[int]:
        """The journal has the line of the audit already: see `Audit.log`."""
        done = self._queue.handle(ids, seen, to, _editor(caller))
        if done:
            self._audit.log(caller, "queue", handled_as(seen, to, done))
        return done

    def _earlier(self, item_id: str) -> Item | None:
        return self._queue.find(int(item_id)) if is_id(item_id) else None

    def _members(self, kept: KeptGap) -> list[int]:
        asked = {normalise(question) for question in kept.gap.all_questions}
        items, _ = self._queue.items(Wanted(State.OPEN, Complaint.MISSING))
        return [item.id for item in items if item.same_as in asked]

    def _service(self, slug: str | None) -> Service | None:
        return self._live.current.catalogue.find(slug)


def _editor(caller: Caller) -> Editor:
    return Editor(caller.name, str(caller.role))


def _id(text: str) -> int:
    """No row has the id 0."""
    return int(text) if is_id(text) else 0


def _attachment(draft: SectionDraft) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{draft.name}"',
        "Cache-Control": "no-store",
    }
    return Response(draft.text, media_type="text/markdown", headers=headers)
