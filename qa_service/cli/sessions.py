"""`qa-service sessions`: end the sessions of a person."""

from datetime import datetime
from typing import Annotated

import typer

from qa_service import doors
from qa_service.access.keys import Key, KeyRing
from qa_service.access.sessions import Ended
from qa_service.cli.audited import note
from qa_service.errors import RequestError
from qa_service.settings import load_settings

app = typer.Typer(name="sessions", help="End sessions of staff.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """End sessions of staff."""


@app.command()
def revoke(
    account: Annotated[
        str,
        typer.Argument(
            metavar="NAME|ID", help="The account's name as its pages show it, or a key's id"
        ),
    ],
) -> None:
    """End all sessions of an account; running servers refuse them within a second. Whoever may sign
    in can do so again: revoke the key, or close the account at the provider.
    """
    if not account.strip():
        raise RequestError("name an account: its name as its pages show it, or a key's id")
    settings = load_settings()
    ended = doors.ended_sessions(settings).end(account.strip())
    typer.echo(_said(ended, KeyRing(settings.keys).all()))
    note(settings, "end sessions", f"of {ended.subject}")


def _said(ended: Ended, keys: tuple[Key, ...]) -> str:
    moment = datetime.strftime(ended.at, "%Y-%m-%dT%H:%M:%SZ")
    said = f"sessions of {ended.subject} that began before {moment} have ended"
    if any(ended.subject in (key.id, key.name) for key in keys):
        return said
    return f"{said}; no key goes by it, only an account of the provider could"
