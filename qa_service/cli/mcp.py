"""`qa-service mcp`: AI assistants that start the service as a program of theirs."""

from importlib.util import find_spec

from qa_service.cli.options import IndexOption
from qa_service.errors import MissingExtraError
from qa_service.settings import load_settings


def mcp(index: IndexOption = None) -> None:
    """Serve the AI assistant that starts it, over stdin and stdout (Model Context Protocol)."""
    if find_spec("mcp") is None:
        raise MissingExtraError("serving AI assistants", "mcp")
    import anyio

    from qa_service.bootstrap import load_service
    from qa_service.monitoring.logs import configure_logging
    from qa_service.web.v1.assistants.server import serve_stdio

    settings = load_settings(index=index)
    configure_logging(settings.log_level)
    anyio.run(serve_stdio, load_service(settings))
