"""`qa-service keys`: make, list and revoke the keys of programs and operators."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from qa_service.access.keys import KeyRing, Role
from qa_service.cli.audited import note
from qa_service.cli.options import JsonOption
from qa_service.settings import load_settings

app = typer.Typer(name="keys", help="Make, list and revoke keys.", no_args_is_help=True)


@app.command()
def create(
    role: Annotated[
        Role,
        typer.Option(help="What the key opens; each role may do all that the roles before it may"),
    ],
    name: Annotated[str, typer.Option(help="Who holds the key")],
) -> None:
    """Make a key and print its token, this once."""
    settings = load_settings()
    key, token = KeyRing(settings.keys).create(role, name)
    typer.echo(token)
    typer.echo(
        f"key {key.id} ({key.role}) for {key.name}: the token is shown only now, keep it as you "
        "keep passwords",
        err=True,
    )
    note(settings, "create key", f"key {key.id} ({key.role}) for {key.name}")


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """Show every key, the revoked among them, without its token."""
    keys = KeyRing(load_settings().keys).all()
    if as_json:
        typer.echo(json.dumps([asdict(key) for key in keys], ensure_ascii=False, indent=2))
        return
    for key in keys:
        state = f"revoked {key.revoked}" if key.revoked else "active"
        typer.echo(f"{key.id}  {key.role:<8}  {key.created}  {state:<28}  {key.name}")
    if not keys:
        typer.echo("no keys yet: `qa-service keys create` makes one", err=True)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `list` shows it")],
) -> None:
    """Close a key for good, and the sessions by it; a running server refuses them within a
    second.
    """
    settings = load_settings()
    key = KeyRing(settings.keys).revoke(key_id)
    typer.echo(f"key {key.id} ({key.role}) for {key.name} is revoked since {key.revoked}")
    note(settings, "revoke key", f"key {key.id} ({key.role}) for {key.name}")
