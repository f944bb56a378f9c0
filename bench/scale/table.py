"""Results -> the table of docs/growth.md."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"(<!-- scale -->\n).*?(<!-- /scale -->)", re.DOTALL)


def put_into(page: Path, found: Mapping[str, Any], write: bool) -> None:
    """Print the table, and put it into the page's block where asked."""
    table = "\n".join(rows(found))
    print(table)
    if write:
        text = page.read_text("utf-8")
        page.write_text(_BLOCK.sub(lambda block: f"{block[1]}{table}\n{block[2]}", text), "utf-8")


def rows(found: Mapping[str, Any]) -> Iterator[str]:
    sizes = [*found.values()]
    yield _row("passages", [f"{int(size):,}" for size in found])
    yield _row("---", ["---"] * len(sizes))
    yield _row(
        "build, s (CPU s)",
        [f"{_built(one, 'seconds')} ({_built(one, 'cpu_seconds')})" for one in sizes],
    )
    yield _row("most memory of the build, MB", [_built(one, "peak_mb") for one in sizes])
    yield _row("disk, MB", [f"{sum(one['build']['disk_mb'].values()):,.0f}" for one in sizes])
    for part in ("passages", "questions", "lexical", "lexical_scope"):
        yield _row(f"of it {part}", [f"{one['build']['disk_mb'][part]:,.0f}" for one in sizes])
    yield _row("memory of a process, MB", [f"{one['ask']['memory_mb']:,.0f}" for one in sizes])
    yield _row("start to ready, s", [f"{one['ask']['ready_s']:.1f}" for one in sizes])
    for leg in sizes[0]["ask"]["ms"] if sizes else ():
        times = [one["ask"]["ms"][leg] for one in sizes]
        yield _row(f"{leg}, p50 / p99, ms", [f"{p50:.2f} / {p99:.2f}" for p50, p99 in times])
    for leg in sizes[0]["ask"]["recall"] if sizes else ():
        yield _row(f"recall@10, {leg}", [f"{one['ask']['recall'][leg]:.3f}" for one in sizes])


def _built(one: Mapping[str, Any], name: str) -> str:
    return f"{one['build'][name]:,.0f}"


def _row(name: str, values: list[str]) -> str:
    return f"| {name} | {' | '.join(values)} |"
