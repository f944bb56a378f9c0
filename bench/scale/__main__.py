"""`python -m bench.scale [size …]`: 10,000, 100,000 and 1,000,000 passages with one known question
each, built and asked by the product's own code. Hours for the largest.

Each size is built and asked in a process of its own; what was found is kept in `.cache/scale`, so
that a run that was stopped goes on. `--write` puts all into `bench/scale/results.json` and the
table into docs/growth.md.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.scale.measuring import Asked, Built, ask, build, save
from bench.scale.table import put_into

SIZES = (10_000, 100_000, 1_000_000)
CACHE, RESULTS, PAGE = (
    Path(".cache/scale"),
    Path("bench/scale/results.json"),
    Path("docs/growth.md"),
)
STEPS: Mapping[str, Callable[[int, Path], Built | Asked]] = {"build": build, "ask": ask}


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="passages")
    parser.add_argument("--step", choices=STEPS, help="only this, in this process, of one size")
    parser.add_argument("--again", action="store_true", help="repeat what is kept")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS} and {PAGE}")
    given = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    if given.step:
        save(STEPS[given.step](given.sizes[0], CACHE), kept(given.step, given.sizes[0]))
        return
    for size in given.sizes:
        for step in STEPS:
            if given.again or not kept(step, size).is_file():
                print(f"{size:,} passages: {step}", flush=True)
                command = [sys.executable, "-m", "bench.scale", str(size), "--step", step]
                subprocess.run(command, check=True)
    found = {
        str(size): {step: json.loads(kept(step, size).read_text("utf-8")) for step in STEPS}
        for size in SIZES
        if all(kept(step, size).is_file() for step in STEPS)
    }
    if given.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    put_into(PAGE, found, write=given.write)


def kept(step: str, size: int) -> Path:
    return CACHE / f"{size}-{step}.json"


if __name__ == "__main__":
    main()
