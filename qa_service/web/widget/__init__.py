"""The search widget for other sites: `/widget.js` and the modules that it imports.

The modules stand under a hash of them all, so that caches keep them for good and no page mixes two
versions. `/widget.js` is revalidated after a few minutes and leads to the newest.
"""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath

from qa_service.errors import NotFoundError
from qa_service.web.modules import FOR_GOOD, SHORT, StaticFolder

__all__ = ["widget_folder_url", "widget_modules", "widget_router"]

_STATIC = StaticFolder(Path(__file__).parent / "static", "/widget")
_ENTRY = "element"

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def widget_folder_url() -> str:
    """The path that the widget's modules stand under: `/widget/3f2a9c81d0`."""
    return _STATIC.url("").rstrip("/")


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
            SHORT,
        )

    @router.api_route("/widget/{version}/{name}.js", methods=["GET"])
    def module(version: Annotated[str, InPath()], name: Annotated[str, InPath()]) -> Response:
        if name not in modules:
            raise NotFoundError("the widget has no such module; embed /widget.js")
        # A page that still holds the address of an earlier version gets today's modules, all of
        # them, but not for good.
        return _script(modules[name], FOR_GOOD if version == _STATIC.version else SHORT)

    return router


def widget_modules() -> dict[str, bytes]:
    """The modules by name, in alphabetical order, without comments and spaces."""
    return {Path(name).stem: content for name, content in _STATIC.contents.items()}


def _script(content: bytes, cache_control: str) -> Response:
    return Response(
        content, headers=_HEADERS | {"Cache-Control": cache_control}, media_type="text/javascript"
    )
