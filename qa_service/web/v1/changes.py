"""`GET /v1/changes`: what newer versions of the index changed in the passages."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from qa_service.errors import NotFoundError
from qa_service.indexing.changes import Change, ChangeKind, Step, net
from qa_service.indexing.snapshot import Snapshot
from qa_service.live import Live, Serving
from qa_service.web.v1.corpus_schemas import Schema
from qa_service.web.v1.responses import MISSING, PROBLEMS, PUBLIC, UNCHANGED, revalidated

_EXAMPLES = ["2026-11-27", "20261127T083039149159Z-3e13fd633c30"]


class ChangeOut(Schema):
    """A passage that is another than before."""

    kind: ChangeKind
    passage_id: str = Field(examples=["licence-exchange.fee"])
    service: str
    title: str
    before: str | None = Field(description="Its text before; null where it was added")
    after: str | None = Field(description="Its text now; null where it was removed")
    fields: list[str] = Field(description="What of a changed passage is another")
    at: datetime = Field(description="When the last version that changed it was built")


class ChangesOut(Schema):
    index_version: str
    complete: bool = Field(description="Whether the log reaches back to what was asked for")
    changes: list[ChangeOut]


def changes_router(live: Live) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["corpus"], responses=PROBLEMS)

    @router.get("/changes", responses=MISSING | UNCHANGED, response_model=ChangesOut)
    def changes(
        request: Request,
        since: Annotated[
            str,
            Query(
                max_length=100,
                description="A version of the index, or a date or time (UTC where it names no "
                "zone); without it, all that is known",
                examples=_EXAMPLES,
            ),
        ] = "",
    ) -> Response:
        """What changed in the passages since a version or a moment: each passage once, the latest
        change last.
        """
        serving = live.current
        return revalidated(request, serving.state, PUBLIC, lambda: _since(serving, since))

    return router


def _since(serving: Serving, since: str) -> ChangesOut:
    """Raises NotFoundError for a version that did not lead to the served one."""
    steps, complete = _steps(serving.engine.snapshot, since)
    changes = [_out(change, datetime.fromisoformat(at)) for at, change in net(steps)]
    return ChangesOut(index_version=serving.version, complete=complete, changes=changes)


def _out(change: Change, at: datetime) -> ChangeOut:
    return ChangeOut(
        kind=change.kind,
        passage_id=change.passage_id,
        service=change.service,
        title=change.title,
        before=change.before,
        after=change.after,
        fields=list(change.fields),
        at=at,
    )


def _steps(served: Snapshot, since: str) -> tuple[tuple[Step, ...], bool]:
    """The steps that are asked for, and whether none is missing."""
    log = served.changes
    if not since:
        return log.steps, False
    if since == served.manifest.version:
        return (), True
    if moment := _moment(since):
        return log.after(moment), log.reaches(moment, served.manifest.created)
    steps = log.since(since)
    if steps is None:
        raise NotFoundError(
            "no such version led to the one that is served; give a date such as 2026-11-27, or a "
            "version of the last 90 days"
        )
    return steps, True


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
