"""`POST /channels/webhook`: what people did in a chat of any bot platform, with the reply in the
response. What is not signed is refused before it is read.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from hmac import compare_digest
from http import HTTPStatus
from typing import Any

from cachetools import TTLCache
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.routing import APIRoute

from qa_service.channels import Inbound, Reply
from qa_service.channels.inbox import Inbox
from qa_service.channels.options import WEBHOOK
from qa_service.channels.webhook import SIGNATURE, TIMESTAMP, Refusal, digest, refusal
from qa_service.monitoring.metrics import Metrics
from qa_service.web.channels.forms import EventIn, ReplyOut, inbound_of
from qa_service.web.problems import described

KEPT_S, MOST_KEPT = 600, 2_000
"""Replies that are given again, for so long; a repeat after that is refused."""

_REPEATED = "an event of this id was answered before, and its reply is not kept any more"
_OTHER_EVENT = "another event of this person has this id; give each its own"
_STATUS_OF = {Refusal.UNSIGNED: HTTPStatus.UNAUTHORIZED}
_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} | meaning
    for name, meaning in (
        (TIMESTAMP, {"description": "Seconds since 1970, within five minutes of now"}),
        (
            SIGNATURE,
            {"description": f"`sha256=` and the HMAC of `{TIMESTAMP}`, a dot and the body"},
        ),
    )
]
_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: described("The body is not JSON"),
    401: described("A header of the signature is missing"),
    403: described("The signature is wrong, or too old"),
    409: described("An event of this id came before"),
    413: described("The body is too large"),
    415: described("The body is of another media type"),
    422: described("The event is wrong; the detail says where"),
    503: described("Nothing can be answered now; Retry-After says when to post it again"),
}


def webhook_router(
    inbox: Inbox, metrics: Metrics, secret: str, clock: Callable[[], float] = time.time
) -> APIRouter:
    """secret: with which requests are signed. clock: seconds since 1970."""

    class SignedRoute(APIRoute):
        """Checks the signature before the body is parsed."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def checked(request: Request) -> Response:
                refused = refusal(secret, request.headers, await request.body(), clock())
                if refused:
                    metrics.chat_refused.labels(WEBHOOK).inc()
                    status = _STATUS_OF.get(refused, HTTPStatus.FORBIDDEN)
                    raise HTTPException(status, str(refused))
                return await handle(request)

            return checked

    replies = _Replies(inbox, secret)
    router = APIRouter(tags=["chats"], route_class=SignedRoute, responses=_RESPONSES)

    @router.post("/channels/webhook", openapi_extra={"parameters": _HEADERS})
    async def chat(event: EventIn) -> ReplyOut:
        """Reply to what a person did in a chat of another bot platform."""
        return ReplyOut.of(await replies.to(inbound_of(event, secret)))

    return router


class _Replies:
    """Each event is worked on once; whoever repeats it gets the same reply. Of the event itself
    only an HMAC is kept.
    """

    def __init__(self, inbox: Inbox, secret: str) -> None:
        self._inbox, self._secret = inbox, secret
        self._kept: TTLCache[str, tuple[bytes, asyncio.Task[Reply | None]]] = TTLCache(
            MOST_KEPT, KEPT_S
        )

    async def to(self, inbound: Inbound) -> Reply:
        """Raises HTTPException for a repeat without a reply, OverloadedError."""
        event, kept = digest(self._secret, inbound), self._kept.get(inbound.id)
        if kept is None:
            kept = self._kept[inbound.id] = event, asyncio.create_task(self._once(inbound))
        first, task = kept
        if not compare_digest(first, event):
            raise HTTPException(HTTPStatus.CONFLICT, _OTHER_EVENT)
        reply = await asyncio.shield(task)  # another request may wait for it, too
        if reply is None:
            raise HTTPException(HTTPStatus.CONFLICT, _REPEATED)
        return reply

    async def _once(self, inbound: Inbound) -> Reply | None:
        """What was not answered is not kept: it may come again."""
        reply = None
        try:
            reply = await self._inbox.answer_once(inbound)
        finally:
            if reply is None:
                self._kept.pop(inbound.id, None)
        return reply
