"""`POST /v1/admin/reload`: take the published version of the index now."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from qa_service.access.keys import Role
from qa_service.live import Live
from qa_service.watching import Watcher
from qa_service.web.audit import Audit
from qa_service.web.dependencies import Caller, require
from qa_service.web.v1.corpus_schemas import Schema
from qa_service.web.v1.responses import PROBLEMS


class ReloadOut(Schema):
    index_version: str = Field(description="What this process serves now")
    taken: bool = Field(description="Whether it is another version than before")


def reload_router(live: Live, watcher: Watcher, audit: Audit) -> APIRouter:
    router = APIRouter(prefix="/v1/admin", tags=["admin"], responses=PROBLEMS)

    @router.post("/reload")
    def reload(caller: Annotated[Caller, Depends(require(Role.ADMIN))]) -> ReloadOut:
        """Look for a new version now. A version that is refused is named in the log. Needs role
        admin; other processes look by themselves.
        """
        taken = watcher.check()
        audit.note(caller, "reload", "taken" if taken else "nothing new")
        return ReloadOut(index_version=live.current.version, taken=taken)

    return router
