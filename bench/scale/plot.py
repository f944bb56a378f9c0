"""Results -> the picture of docs/growth.md, by matplotlib, which is no dependency of ours.

python -m bench.scale.plot docs/images/growth.svg
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
LINES = ("answer", "lexical", "lexical_scope", "passages", "questions", "encode")


def draw(found: dict[str, Any], path: Path) -> None:
    """p50 of each leg, and memory and disk, by size; both axes are logarithmic."""
    matplotlib: Any = import_module("matplotlib")
    figures: Any = import_module("matplotlib.figure")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "growth", "font.size": 10}
    figure = figures.Figure(figsize=(10, 4), layout="constrained")
    speed, room = figure.subplots(1, 2)
    sizes = [int(size) for size in found]
    for leg in LINES:
        times = [one["ask"]["ms"][leg][0] for one in found.values()]
        speed.plot(sizes, times, marker="o", label=leg, linewidth=2.5 if leg == "answer" else 1.2)
    room.plot(
        sizes, [one["ask"]["memory_mb"] for one in found.values()], marker="o", label="memory"
    )
    disk = [sum(one["build"]["disk_mb"].values()) for one in found.values()]
    room.plot(sizes, disk, marker="s", label="disk")
    for axes, title in ((speed, "p50, milliseconds"), (room, "MB of a process, of a version")):
        axes.set(xscale="log", yscale="log", title=title, xlabel="passages")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(RESULTS.read_text("utf-8")), Path(sys.argv[1]))
