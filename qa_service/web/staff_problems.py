"""Errors on the pages of staff, in words for staff."""

from http import HTTPStatus

from fastapi.responses import HTMLResponse
from starlette.types import Scope

from qa_service.phrases import staff
from qa_service.web.staff import ROOMS, STATIC_FOLDER, rendered, staff_templates


class StaffProblems:
    def __init__(self) -> None:
        self._templates = staff_templates(STATIC_FOLDER)

    def page(self, scope: Scope, status: int) -> HTMLResponse | None:
        """None where the address belongs to no room of staff."""
        path = scope["path"]
        room = next((one for one in ROOMS if f"{path}/".startswith(f"{one.path}/")), None)
        if room is None:
            return None
        is_address = status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
        title, advice = staff.WRONG_ADDRESS if is_address else staff.FAILED
        return rendered(
            self._templates,
            "problem.html",
            scope.get("state", {}).get("caller"),
            title=title,
            here=path,
            status=status,
            advice=advice,
            room=room,
        )
