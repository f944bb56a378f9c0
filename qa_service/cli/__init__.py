"""`qa-service`: the command line, one module a command.

Errors are one line that says what to do; exit code 2 for usage, 1 for failure. Heavy imports stand
inside the commands, so that `--help` is quick.
"""

import sys
from io import TextIOWrapper
from typing import NoReturn

import typer

from qa_service.cli import (
    ask,
    build,
    channels,
    chat,
    corpus,
    engine,
    evaluate,
    export,
    import_sources,
    journal,
    keys,
    mcp,
    serve,
    sessions,
    snapshots,
    train,
)
from qa_service.errors import QAServiceError, RequestError, SettingsError

USAGE, FAILURE, INTERRUPTED = 2, 1, 130
UsageError = typer.BadParameter.__base__

app = typer.Typer(
    name="qa-service",
    help=(
        "Questions about the service centres of the Ministry of Internal Affairs of Ukraine, "
        "answered with official passages."
    ),
    no_args_is_help=True,
    add_completion=False,
)
app.command()(ask.ask)
app.command()(chat.chat)
app.command()(build.build)
app.command()(serve.serve)
app.command()(mcp.mcp)
app.command()(corpus.check)
app.command()(corpus.passages)
app.command("import")(import_sources.import_sources)
app.command()(evaluate.evaluate)
app.command()(export.export)
app.command()(train.train)
app.add_typer(keys.app)
app.add_typer(sessions.app)
app.add_typer(journal.app)
app.add_typer(snapshots.app)
app.add_typer(engine.app)
app.add_typer(channels.app)


def main() -> NoReturn:
    """Entry point: runs the command and turns errors into one line and an exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = typer.main.get_command(app).main(prog_name="qa-service", standalone_mode=False)
    except (RequestError, SettingsError) as error:
        _fail(error, USAGE)
    except QAServiceError as error:
        _fail(error, FAILURE)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        named = f" {error.filename}" if error.filename else ""
        _fail(f"cannot use{named or ' a file'}: {error.strerror or error}", FAILURE)
    except Exception as error:
        if UsageError is None or not isinstance(error, UsageError):
            raise
        _fail_usage(error)
    sys.exit(code)


def _fail_usage(error: Exception) -> NoReturn:
    """A group without a command has printed its help already, and its message is empty."""
    message = " ".join(error.format_message().split())  # type: ignore[attr-defined]
    if not message:
        sys.exit(USAGE)
    context = error.ctx  # type: ignore[attr-defined]
    command = context.command_path if context else "qa-service"
    _fail(f"{message.rstrip('.')}; `{command} --help` shows what there is", USAGE)


def _fail(error: object, code: int) -> NoReturn:
    print(f"qa-service: {error}", file=sys.stderr)
    sys.exit(code)
