"""`GET /channels/messenger`: Meta asks whether the address that was entered there is ours."""

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse

from qa_service.channels.messenger import Messenger


def verification_router(platform: Messenger) -> APIRouter:
    """https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests"""
    router = APIRouter(include_in_schema=False)

    @router.get(f"/channels/{platform.name}", name=f"{platform.name}_verification")
    async def verified(request: Request) -> PlainTextResponse:
        asked = request.query_params
        if not platform.is_meta(asked.get("hub.mode", ""), asked.get("hub.verify_token", "")):
            raise HTTPException(HTTPStatus.FORBIDDEN, "this is not what was agreed on with Meta")
        return PlainTextResponse(asked.get("hub.challenge", ""))

    return router
