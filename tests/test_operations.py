"""docs/operations.md is complete: whoever is on duty finds there every metric and every line of the
log. Alerts are held to it by deploy/test_monitoring.py.
"""

import re

from support.corpus import ROOT
from support.log_events import log_events

from qa_service.monitoring.metrics import Metrics

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def _first_cells(heading: str) -> list[str]:
    """The first cell of each row of the table below a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| `")]
    return [row.split("|")[1].strip() for row in rows]


def _logged() -> set[str]:
    return {event.text.replace("`", "") for event in log_events()}


def test_every_line_of_the_log_has_its_row_and_the_other_way_round() -> None:
    rows = {cell.replace("`", "") for cell in _first_cells("Log events")}
    missing = [event for event in log_events() if event.text.replace("`", "") not in rows]
    assert missing == [] and rows - _logged() == set() and len(rows) > 40


def test_every_metric_has_its_row_and_the_other_way_round() -> None:
    named = {name for cell in _first_cells("Metrics") for name in re.findall(r"`(\w+)`", cell)}
    assert named == {
        family.name + ("_total" if family.type == "counter" else "")
        for family in Metrics().registry.collect()
    }
