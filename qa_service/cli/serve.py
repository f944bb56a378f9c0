"""`qa-service serve`: the service over HTTP."""

from typing import Annotated

import typer

from qa_service.cli.options import IndexOption
from qa_service.settings import described, load_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [QA_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [QA_PORT]")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes [QA_WORKERS]")] = None,
    index: IndexOption = None,
    print_settings: Annotated[
        bool, typer.Option("--print-settings", help="Print every setting and stop")
    ] = False,
) -> None:
    """Serve HTTP."""
    settings = load_settings(host=host, port=port, workers=workers, index=index)
    if print_settings:
        for key, value, meaning in described(settings):
            print(f"{key}={value}  # {meaning}")
        return
    from qa_service.server import serve as serve_forever

    serve_forever(settings)
