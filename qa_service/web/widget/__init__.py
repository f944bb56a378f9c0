"""The search widget for other sites: `/widget.js` and the modules that it imports.

The modules stand under a hash of them all, so that caches keep them for good and no page mixes two
versions. `/widget.js` is revalidated after a few minutes and leads to the newest.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from rjsmin import jsmin

from qa_service.errors import NotFoundError

__all__ = ["widget_folder_url", "widget_modules", "widget_router"]

_FOLDER = Path(__file__).parent / "static"
_VERSION_CHARS = 10
_ENTRY = "element"

_SHORT, _FOR_GOOD = "public, max-age=300", "public, max-age=31536000, immutable"
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def widget_folder_url() -> str:
    """The path that the widget's modules stand under: `/widget/3f2a9c81d0`."""
    return f"/widget/{_version()}"


def widget_router() -> APIRouter:
    """Routes `/widget.js` and `/widget/{version}/{name}.js`."""
    modules = widget_modules()
    router = APIRouter(include_in_schema=False)

    @router.api_route("/widget.js", methods=["GET"])
    def entry() -> Response:
        # Every module is named here for the browser to fetch them side by side; relative, to work
        # behind a path prefix.
        names = [_ENTRY, *(name for name in modules if name != _ENTRY)]
        return _script(
            "".join(f'import ".{widget_folder_url()}/{name}.js";\n' for name in names).encode(),
            _SHORT,
        )

    @router.api_route("/widget/{version}/{name}.js", methods=["GET"])
    def module(version: Annotated[str, InPath()], name: Annotated[str, InPath()]) -> Response:
        if name not in modules:
            raise NotFoundError("the widget has no such module; embed /widget.js")
        # A page that still holds the address of an earlier version gets today's modules, all of
        # them, but not for good.
        return _script(modules[name], _FOR_GOOD if version == _version() else _SHORT)

    return router


@cache
def widget_modules() -> dict[str, bytes]:
    """The modules by name, in alphabetical order, without comments and spaces."""
    return {path.stem: jsmin(path.read_bytes()) for path in sorted(_FOLDER.glob("*.js"))}


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for name, content in widget_modules().items():
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()[:_VERSION_CHARS]


def _script(content: bytes, cache_control: str) -> Response:
    return Response(
        content, headers=_HEADERS | {"Cache-Control": cache_control}, media_type="text/javascript"
    )
