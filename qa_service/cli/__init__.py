"""`qa-service`: the command line, one module a command.

Errors are one line that says what to do; exit code 2 for usage, 1 for failure. Only the module of
the command that is asked for is imported, and heavy imports stand inside the commands.
"""

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

import typer

from qa_service.errors import QAServiceError, RequestError, SettingsError

USAGE, FAILURE, INTERRUPTED = 2, 1, 130
UsageError = typer.BadParameter.__base__

_COMMANDS = {
    "ask": "ask.ask",
    "chat": "chat.chat",
    "build": "build.build",
    "serve": "serve.serve",
    "mcp": "mcp.mcp",
    "check": "corpus.check",
    "passages": "corpus.passages",
    "import": "import_sources.import_sources",
    "evaluate": "evaluate.evaluate",
    "export": "export.export",
    "train": "train.train",
    "keys": "keys.app",
    "sessions": "sessions.app",
    "journal": "journal.app",
    "snapshots": "snapshots.app",
    "engine": "engine.app",
    "channels": "channels.app",
}
"""Command -> its module here, and the function or the group in it."""


def command_line(*names: str) -> typer.Typer:
    """The commands of these names, or all."""
    app = typer.Typer(
        name="qa-service",
        help=(
            "Questions about the service centres of the Ministry of Internal Affairs of Ukraine, "
            "answered with official passages."
        ),
        no_args_is_help=True,
        add_completion=False,
    )
    app.callback()(_group)
    for name in names or _COMMANDS:
        module, attribute = _COMMANDS[name].split(".")
        command = getattr(import_module(f"qa_service.cli.{module}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command)
        else:
            app.command(name)(command)
    return app


def _group() -> None:
    """Without a callback Typer would take the name of a single command for its argument."""


def main() -> NoReturn:
    """Entry point: runs the command and turns errors into one line and an exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    asked = [name for name in sys.argv[1:2] if name in _COMMANDS]
    try:
        code = typer.main.get_command(command_line(*asked)).main(
            prog_name="qa-service", standalone_mode=False
        )
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
