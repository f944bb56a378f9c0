"""What the pages of operators, editors and managers share: who may see which, headers, templates.

Nothing on them is kept by a browser's cache, and no other site may frame them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qa_service.access.keys import Role
from qa_service.phrases import staff
from qa_service.web.dependencies import Caller

STATIC_FOLDER = Path(__file__).parent / "staff_static"
_TEMPLATE_FOLDER = Path(__file__).parent / "staff_templates"
_VERSION_CHARS = 10

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src "
        "'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Room:
    """A page of the staff's menu, for those whose role covers `role`."""

    path: str
    role: Role

    @property
    def title(self) -> str:
        return staff.ROOMS[self.path]


ROOMS = (
    Room("/operator", Role.OPERATOR),
    Room("/queue", Role.EDITOR),
    Room("/insights", Role.SUPERVISOR),
)


def static_url(folder: Path, address: str) -> Callable[[str], str]:
    """File name -> its URL below `address`, another one whenever its content is."""
    versions = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:_VERSION_CHARS]
        for path in folder.iterdir()
        if path.is_file()
    }
    return lambda name: f"{address}/{name}?v={versions[name]}"


def staff_templates(folder: Path, **known: object) -> Environment:
    """Templates of one room, in `folder`, over the common `staff.html`; they escape every value and
    refuse unknown names.
    """
    templates = Environment(
        loader=FileSystemLoader((folder, _TEMPLATE_FOLDER)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    common = {"staff": staff, "static": static_url(STATIC_FOLDER, "/staff/static")}
    templates.globals |= common | known
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return templates


def rendered(
    templates: Environment,
    template: str,
    caller: Caller | None,
    *,
    title: str,
    here: str,
    status: int = HTTPStatus.OK,
    **values: object,
) -> HTMLResponse:
    """A page at the path `here` with the menu of what `caller` may see."""
    rooms = [room for room in ROOMS if caller and caller.role.covers(room.role)]
    html = templates.get_template(template).render(
        values, caller=caller, title=title, here=here, rooms=rooms
    )
    return HTMLResponse(html, status, HEADERS)
