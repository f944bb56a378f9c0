"""Every route of signing in and out."""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from qa_service.access.keys import KeyRing
from qa_service.access.sessions import Sessions
from qa_service.phrases import signin
from qa_service.web.audit import Audit
from qa_service.web.signin.pages import pages_router
from qa_service.web.signin.provider_pages import provider_router
from qa_service.web.signin.refusals import TEMPLATE_FOLDER
from qa_service.web.signin.room import SignInRoom, WrongKeys
from qa_service.web.staff import staff_templates

if TYPE_CHECKING:
    from qa_service.access.provider import Provider


def sign_in_router(
    keys: KeyRing,
    sessions: Sessions,
    provider: "Provider | None",
    wrong_keys: WrongKeys,
    audit: Audit,
) -> APIRouter:
    templates = staff_templates(TEMPLATE_FOLDER, words=signin)
    room = SignInRoom(templates, keys, sessions, wrong_keys, audit, provider)
    router = APIRouter(include_in_schema=False)
    router.include_router(pages_router(room))
    router.include_router(provider_router(room))
    return router
