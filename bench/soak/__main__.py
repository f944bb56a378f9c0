"""`python -m bench.soak [part …]`: what the service withstands, each finding beside its bar.

Parts run one after another, each against a service of its own. What they find is kept in
`.cache/soak`, so that a run that was stopped goes on with the parts that are missing or are of
another commit; `--again` repeats all. Exits with 1 where a bar is missed.
"""

import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

from bench.soak.findings import Finding, Part
from bench.soak.keeping import Kept, keep, kept

PARTS = (
    *("overload", "heads", "idle", "journal", "stop", "one_address", "limits_store", "hostile"),
    *("swaps", "edit", "builds", "builders", "damage", "disk", "personal", "api_fuzz", "text_fuzz"),
    *("replicas", "endurance"),
)
REQUESTS = 1_000_000

DOCUMENT = Path("docs/reliability.md")
_BLOCK = re.compile(r"(<!-- soak -->\n).*?(<!-- /soak -->)", re.DOTALL)
_COLUMNS = ("part", "what", "bar", "measured", "met")


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("parts", nargs="*", metavar="part", help="all where none is named")
    parser.add_argument("--again", action="store_true", help="repeat what is kept")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of `endurance`")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT}")
    given = parser.parse_args()
    parts = all_parts(given.requests)
    if unknown := set(given.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    found = {name: part_of(name, parts[name], given.again) for name in given.parts or parts}
    table = "\n".join(rows(found))
    print(f"\n{table}")
    if given.write:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text("utf-8"), found, table), "utf-8")
    sys.exit(not all(finding.met for one in found.values() for finding in one.findings))


def all_parts(requests: int) -> Mapping[str, Part]:
    """requests: of `endurance`."""
    options = {"endurance": {"requests": requests}}
    return {name: partial(_run, name, **options.get(name, {})) for name in PARTS}


def _run(name: str, **options: int) -> Iterator[Finding]:
    """Each part is imported when it runs: `personal` and `replicas` need `tests` on the path, as
    `make soak` has it.
    """
    module = import_module(f"bench.soak.{name}")
    return module.run(**options)  # type: ignore[no-any-return]


def part_of(name: str, part: Part, again: bool) -> Kept:
    """What the part finds, or what is kept of it. One that breaks is not kept."""
    before = kept(name)
    if before is not None and before.is_current and not again:
        return before
    print(f"{name} …", file=sys.stderr, flush=True)
    findings: list[Finding] = []
    try:
        for finding in part():
            findings.append(finding)
            print(f"  {said(finding)}", file=sys.stderr, flush=True)
    except (Exception, SystemExit) as error:  # the other parts can still be run
        broken = Finding("the part", "runs to its end", repr(error), met=False)
        print(f"  {said(broken)}", file=sys.stderr, flush=True)
        return Kept.now([*findings, broken])
    found = Kept.now(findings)
    keep(name, found)
    return found


def said(finding: Finding) -> str:
    return f"{'met   ' if finding.met else 'MISSED'} {finding.what}: {finding.measured}"


def rows(found: Mapping[str, Kept]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|" + "---|" * len(_COLUMNS)
    for name, one in found.items():
        for finding in one.findings:
            met = "yes" if finding.met else "**no**"
            yield f"| {name} | {finding.what} | {finding.bar} | {finding.measured} | {met} |"


def with_table(document: str, found: Mapping[str, Kept], table: str) -> str:
    """The document with the table in its block; says the commits and machines that it is of."""
    sources = sorted({f"commit {one.commit} on {one.machine}" for one in found.values()})
    said = ";\n".join(sources)
    block = f"\nMeasured at {said}.\n\n{table}\n\n"
    changed, replaced = _BLOCK.subn(lambda match: match[1] + block + match[2], document)
    if not replaced:
        sys.exit(f"{DOCUMENT} has no block: add <!-- soak --> and <!-- /soak -->")
    return changed


if __name__ == "__main__":
    main()
