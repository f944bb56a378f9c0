"""`POST /channels/{platform}`: what people did in a chat, as the platform delivers it."""

import asyncio
import logging
from contextlib import suppress
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response

from qa_service.channels import NO_REPLY, Inbound, Platform, Reply, Welcoming
from qa_service.channels.inbox import Inbox
from qa_service.channels.messenger import Messenger
from qa_service.channels.options import ChatOptions
from qa_service.errors import RequestError
from qa_service.monitoring.metrics import Metrics
from qa_service.web.channels.verification import verification_router
from qa_service.web.channels.webhook import webhook_router

logger = logging.getLogger(__name__)

WELCOME_S = 3.0
"""For so long a platform waits for its first words to a person, who may have written before: their
earlier messages come first, also one that is tried again for minutes.
"""


def channels_router(options: ChatOptions, inbox: Inbox, metrics: Metrics) -> APIRouter:
    """The webhooks of all platforms that have their settings."""
    router = APIRouter()
    for platform in options.platforms:
        router.include_router(platform_router(platform, inbox, metrics))
        if isinstance(platform, Messenger):
            router.include_router(verification_router(platform))
    if options.webhook_secret:
        router.include_router(webhook_router(inbox, metrics, options.webhook_secret))
    return router


def platform_router(platform: Platform, inbox: Inbox, metrics: Metrics) -> APIRouter:
    """The webhook of one platform. What is forged is refused before it is read; what cannot be read
    is taken all the same, since the platform would only send it again.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(f"/channels/{platform.name}", name=f"{platform.name}_webhook")
    async def delivered(request: Request) -> Response:
        body = await request.body()
        if not platform.is_genuine(request.headers, body):
            metrics.chat_refused.labels(platform.name).inc()
            raise HTTPException(HTTPStatus.FORBIDDEN, "this is not signed as the platform signs")
        try:
            if isinstance(platform, Welcoming) and (opened := platform.opened(body)):
                welcome = platform.welcome(await _welcomed(inbox, opened))
                return Response(welcome, media_type="application/json")
            inbounds = platform.parse(body)
        except RequestError as error:
            extra = {"channel": platform.name, "cause": str(error)}
            logger.warning("a delivery could not be read", extra=extra)
            return Response()
        await inbox.accept(platform, inbounds)
        return Response()

    return router


async def _welcomed(inbox: Inbox, opened: Inbound) -> Reply:
    """Whoever opens the chat again is welcomed again, unless an earlier message holds that up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(WELCOME_S):
            return await inbox.answer_once(opened) or await inbox.answer(opened)
    return NO_REPLY
