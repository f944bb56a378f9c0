"""`qa-service snapshots`: the versions of the index, going back to one, removing old ones."""

import json
from typing import Annotated

import typer

from qa_service.cli.options import IndexOption, JsonOption
from qa_service.errors import SnapshotError
from qa_service.settings import load_settings

app = typer.Typer(
    name="snapshots",
    help="Versions of the index, side by side in QA_INDEX.",
    no_args_is_help=True,
)


@app.command(name="list")
def list_versions(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Print the versions, the newest first; `*` marks the one that is served."""
    from qa_service.indexing.manifest import read_published
    from qa_service.indexing.versions import current_version, version_folders

    folder = load_settings(index=index).index
    current = current_version(folder)
    rows: list[dict[str, object]] = []
    for one in version_folders(folder):
        row: dict[str, object] = {"version": one.name, "current": one.name == current}
        try:
            manifest = read_published(one)
            row |= {"created": manifest.created, "passages": manifest.passages, "problem": None}
        except SnapshotError as error:
            row |= {"created": None, "passages": None, "problem": str(error)}
        rows.append(row)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        mark = "*" if row["current"] else " "
        said = row["problem"] or f"{row['created']}  {row['passages']} passages"
        typer.echo(f"{mark} {row['version']}  {said}")


@app.command()
def rollback(
    version: Annotated[
        str | None, typer.Argument(help="The version to serve", show_default="the one before")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Serve an older version again. A service that runs takes it by itself."""
    from qa_service.indexing.versions import make_current

    typer.echo(f"{make_current(load_settings(index=index).index, version)} is published")


@app.command()
def prune(
    keep: Annotated[
        int, typer.Option(min=1, help="Versions to keep; the served one stays in any case")
    ] = 3,
    index: IndexOption = None,
) -> None:
    """Remove old versions and what killed builds left."""
    from qa_service.bootstrap import open_mirror
    from qa_service.indexing import versions

    settings = load_settings(index=index)
    removed = versions.prune(settings.index, keep, open_mirror(settings))
    typer.echo(f"{len(removed)} versions removed")
