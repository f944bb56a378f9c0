"""What several commands share: options, and a progress bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index [QA_INDEX]")]
CorpusOption = Annotated[
    Path | None,
    typer.Option("--corpus", help="Folder with services/*.md or a .jsonl file [QA_CORPUS]"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr; one line a stage where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
                if not console.is_terminal:
                    console.print(f"{stage}…")
            bar.update(tasks[stage], completed=done)

        yield advance
