"""Figures of a run -> one picture, by matplotlib. Runs in the peers' environment.

.cache/peers/venv/bin/python -m bench.peers.plots FIGURES.json PICTURE.svg
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

COLOURS = ("#1f5fbf", "#8a8a8a", "#b0b0b0", "#d0d0d0")
KINDS = ("single\nanswer@1", "with courtesy\nanswer@1", "compound\nall parts in 5")


def draw(systems: list[dict[str, Any]], path: Path) -> None:
    """Two panels, one row or colour a system."""
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "peers", "font.size": 10}
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    speed, quality = figure.subplots(1, 2, width_ratios=(1, 1.3))
    draw_speed(speed, systems)
    draw_quality(quality, systems)
    figure.legend(*quality.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    for axes in (speed, quality):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def draw_speed(axes: Any, systems: list[dict[str, Any]]) -> None:
    p50s, p99s = ([one[name] for one in systems] for name in ("p50", "p99"))
    whiskers = [[0.0] * len(systems), [p99 - p50 for p50, p99 in zip(p50s, p99s, strict=True)]]
    names = [one["label"] for one in systems]
    bars = axes.barh(names, p50s, xerr=whiskers, color=COLOURS, capsize=3)
    axes.bar_label(bars, [f" {one['p50']:.1f} ms, {one['rate']:.0f}/s" for one in systems])
    axes.set(title="p50, whisker to p99; answered a second", xlabel="milliseconds, one client")
    axes.set_xlim(0, 1.5 * max(p99s))
    axes.invert_yaxis()


def draw_quality(axes: Any, systems: list[dict[str, Any]]) -> None:
    width = 0.8 / len(systems)
    for number, (one, colour) in enumerate(zip(systems, COLOURS, strict=False)):
        places = [kind + number * width for kind in range(len(KINDS))]
        shown = axes.bar(places, one["quality"], width, color=colour, label=one["label"])
        axes.bar_label(shown, fmt="%.2f", fontsize=8)
    axes.set_xticks([kind + width * (len(systems) - 1) / 2 for kind in range(len(KINDS))], KINDS)
    axes.set(title="Judged questions of dev, share answered", ylim=(0, 1.05))


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2]))
