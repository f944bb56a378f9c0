"""The Model Context Protocol over the tools: what is listed, called and read. Stateless.

The SDK speaks every version of the protocol from 2024 on: that of 2026-07-28, without a handshake,
and those before it. What an assistant does wrong with a tool is the tool's error, in a sentence
that it can act on; what is wrong with the protocol is an error of JSON-RPC.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from inspect import getdoc

from anyio import to_thread
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceLink,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from qa_service import phrases
from qa_service.errors import OverloadedError, RequestError
from qa_service.service import QuestionService
from qa_service.types import Source
from qa_service.web.problems import one_line
from qa_service.web.v1.assistants.markdown import procedure
from qa_service.web.v1.assistants.tools import INSTRUCTIONS, TOOLS, Found, Tool

logger = logging.getLogger(__name__)

Asked = ServerRequestContext[dict[str, object], Request]
"""What came with a message: the request, over HTTP."""

NAME, SCHEME, MARKDOWN = "qa_service", "service://", "text/markdown"
READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_FRESH = CacheHint(ttl_ms=300_000, scope="public")
_CACHED: tuple[CacheableMethod, ...] = (
    "server/discover",
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
)
"""Everybody gets the same; texts are as fresh as those of `/v1`."""

_WEB, _MOST_ERRORS = ("https://", "http://"), 5


def assistants_server(service: QuestionService) -> Server[dict[str, object]]:
    """The tools of `tools.py`, and each procedure as Markdown."""
    handlers = _Handlers(service)
    return Server(
        NAME,
        version=version("qa_service"),
        title=phrases.SITE_NAME,
        description=phrases.SITE_DESCRIPTION,
        instructions=INSTRUCTIONS,
        cache_hints=dict.fromkeys(_CACHED, _FRESH),
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )


async def serve_stdio(service: QuestionService) -> None:
    """Serve the program that started this one until it closes our input."""
    server = assistants_server(service)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


class _Handlers:
    """A method for each of the protocol's; each takes the version that is served just then."""

    def __init__(self, service: QuestionService) -> None:
        self._service = service
        self._tools = {tool.name: tool for tool in TOOLS}

    async def list_tools(
        self, asked: Asked, page: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[_listed(tool) for tool in TOOLS])

    async def call_tool(self, asked: Asked, called: CallToolRequestParams) -> CallToolResult:
        if called.name not in self._tools:
            known = ", ".join(self._tools)
            raise MCPError(
                INVALID_PARAMS, one_line(f"there is no tool {called.name!r}; {known} are")
            )
        try:
            tool = self._tools[called.name].model_validate(called.arguments or {})
            async with _admitted(asked.request, tool.asked):
                return await to_thread.run_sync(self._result, tool)
        except ValidationError as error:
            return _failed(_what_is_wrong(error, called.name))
        except (RequestError, OverloadedError) as error:
            return _failed(str(error))
        except Exception as error:
            logger.error("a tool failed", exc_info=error, extra={"tool": called.name})
            return _failed("an unexpected error; it was logged. Ask again later")

    def _result(self, tool: Tool) -> CallToolResult:
        """The API's JSON, as data and, for older assistants, as text; a link for each source."""
        found = tool.found(self._service)
        text = TextContent(text=found.said.model_dump_json(by_alias=True))
        said = found.said.model_dump(mode="json", by_alias=True)
        return CallToolResult(content=[text, *_links(found)], structured_content=said)

    async def list_resources(
        self, asked: Asked, page: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        services = self._service.live.current.catalogue.services
        listed = [
            Resource(uri=f"{SCHEME}{one.slug}", name=one.slug, title=one.title, mime_type=MARKDOWN)
            for one in services
        ]
        return ListResourcesResult(resources=listed)

    async def list_templates(
        self, asked: Asked, page: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        template = ResourceTemplate(
            uri_template=f"{SCHEME}{{slug}}",
            name="service",
            title="A procedure",
            description="The whole text of a procedure in Ukrainian, with sources and dates",
            mime_type=MARKDOWN,
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, asked: Asked, wanted: ReadResourceRequestParams
    ) -> ReadResourceResult:
        slug = wanted.uri.removeprefix(SCHEME)
        found = self._service.live.current.catalogue.find(slug)
        if found is None or slug == wanted.uri:
            message = f"there is no resource {wanted.uri!r}; resources/list names all"
            raise MCPError(INVALID_PARAMS, one_line(message))
        text = TextResourceContents(uri=wanted.uri, mime_type=MARKDOWN, text=procedure(found))
        return ReadResourceResult(contents=[text])


def _listed(tool: type[Tool]) -> ListedTool:
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=getdoc(tool),
        input_schema=tool.model_json_schema(),
        output_schema=tool.answers.model_json_schema(mode="serialization"),
        annotations=READ_ONLY,
    )


@asynccontextmanager
async def _admitted(request: Request | None, question: str) -> AsyncIterator[None]:
    """A question costs and waits here as it does at `/v1/ask`; over stdio there is one client only.
    Raises RequestError, OverloadedError.
    """
    if request is None or not question:
        yield
        return
    async with request.state.place():
        try:
            await request.state.charge(question)
        except HTTPException as error:
            raise RequestError(error.detail) from error
        yield


def _links(found: Found) -> list[ResourceLink]:
    """To each page once."""
    pages: dict[str, ResourceLink] = {}
    for source in found.sources:
        if source.url and source.url.startswith(_WEB):
            link = ResourceLink(uri=source.url, name=source.title, description=_described(source))
            pages.setdefault(source.url, link)
    return list(pages.values())


def _described(source: Source) -> str:
    read = f"read {source.read}" if source.read else ""
    return "; ".join(filter(None, (source.kind, source.place, read)))


def _failed(why: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=one_line(why))], is_error=True)


def _what_is_wrong(error: ValidationError, tool: str) -> str:
    """Without what was sent."""
    wrong = [
        f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}"
        for one in error.errors()[:_MOST_ERRORS]
    ]
    return f"{'; '.join(wrong)}. tools/list shows what {tool} takes"
