"""deploy/monitoring: rules and dashboard by Prometheus' own tools and Grafana's own types, against
the metrics that the code has. Each test name is the rule.
"""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from support.corpus import ROOT
from support.prometheus import promtool

from bench import dashboard
from qa_service.monitoring.metrics import Metrics

FOLDER = ROOT / "deploy" / "monitoring"
RULES, CASES = FOLDER / "alerts.yml", sorted(FOLDER.glob("*_test.yml"))
_METRIC = re.compile(r"\bqa_[a-z0-9_]+\b")
_SUFFIX = re.compile(r"_(bucket|count|sum)$")
_STRINGS = re.compile(r'"[^"]*"')


@cache
def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _cases() -> str:
    return "".join(one.read_text("utf-8") for one in CASES)


def _alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in _rules() if "alert" in rule}


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(dashboard.FILE.read_text("utf-8"))["panels"]
    return panels


def _dashboard_queries() -> list[str]:
    """As Grafana sends them."""
    shown = [target["expr"] for panel in _panels() for target in panel.get("targets", ())]
    return [query.replace("$__rate_interval", "5m") for query in shown]


def _metrics_in(queries: list[str]) -> set[str]:
    named = {name for query in queries for name in _METRIC.findall(_STRINGS.sub('""', query))}
    return {_SUFFIX.sub("", name) for name in named}


def _known() -> dict[str, str]:
    """Name as queries have it -> type."""
    return {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in Metrics().registry.collect()
    }


# Prometheus


def test_prometheus_takes_the_configuration_and_the_rules() -> None:
    lint = ("--lint=all", "--lint-fatal")
    code, said = promtool("check", "config", *lint, "prometheus.yml", folder=FOLDER)
    assert code == 0 and f"{len(_rules())} rules found" in said, said


def test_every_alert_fires_where_its_case_says_and_nowhere_else() -> None:
    code, said = promtool("test", "rules", *(one.name for one in CASES), folder=FOLDER)
    assert code == 0 and said.count("SUCCESS") == len(CASES), said


def test_a_threshold_that_is_changed_fails_a_case(tmp_path: Path) -> None:
    """The rule above can fail."""
    shutil.copy(CASES[-1], tmp_path)
    text = RULES.read_text("utf-8")
    assert "qa_memory_limit_bytes > 0.9" in text
    changed = text.replace("qa_memory_limit_bytes > 0.9", "qa_memory_limit_bytes > 0.99")
    (tmp_path / RULES.name).write_text(changed, "utf-8")
    code, said = promtool("test", "rules", "--run=memory", CASES[-1].name, folder=tmp_path)
    assert code != 0 and "QaMemoryNearLimit" in said


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    fired = set(re.findall(r'alertname="(\w+)"', _cases()))
    assert fired == set(_alerts())


@pytest.mark.parametrize("name", sorted(_alerts()))
def test_an_alert_says_how_urgent_it_is_what_it_means_and_where_to_read_on(name: str) -> None:
    alert = _alerts()[name]
    said = alert["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    path, _, anchor = said["runbook_url"].partition("#")
    text = (ROOT / path).read_text("utf-8")
    part = re.search(rf"^### {name}\n\n(.+)$", text, re.MULTILINE)
    assert part and anchor == name.lower()
    assert part[1].startswith(f"`{alert['labels']['severity']}`.")
    assert alert["labels"]["severity"] in ("page", "ticket")


def test_the_document_has_no_alert_that_is_gone() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert set(re.findall(r"^### (Qa\w+)$", text, re.MULTILINE)) == set(_alerts())


# Grafana


def test_the_dashboard_is_what_its_builder_writes() -> None:
    assert dashboard.FILE.read_text("utf-8") == dashboard.written()


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    """Read into the types that are made from its schema, and written again: nothing is missing."""
    shown = json.loads(dashboard.FILE.read_text("utf-8"))
    again = json.loads(json.dumps(Dashboard.from_json(shown), cls=JSONEncoder))
    assert again == shown


def test_prometheus_takes_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:query:{number}", "expr": query}
        for number, query in enumerate(_dashboard_queries())
    ]
    text = yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]})
    (tmp_path / "dashboard.yml").write_text(text, "utf-8")
    code, said = promtool("check", "rules", "dashboard.yml", folder=tmp_path)
    assert code == 0 and f"{len(rules)} rules found" in said, said


def test_panels_have_names_of_their_own_and_stand_beside_each_other() -> None:
    titles = [panel["title"] for panel in _panels()]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in _panels()]
    assert len(set(titles)) == len(titles) and len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in _panels())


# What is asked for exists


def test_every_metric_of_rules_and_dashboard_is_one_of_the_code() -> None:
    queries = [rule["expr"] for rule in _rules()] + _dashboard_queries()
    assert _metrics_in(queries) - set(_known()) == set()


def test_the_cases_are_made_of_metrics_of_the_code() -> None:
    series = re.findall(r"series: '([^']+)'", _cases())
    assert series and _metrics_in(series) - set(_known()) == set()


def test_every_metric_of_the_code_is_on_the_dashboard() -> None:
    assert set(_known()) - _metrics_in(_dashboard_queries()) == set()


def test_metrics_are_named_as_prometheus_wants_them() -> None:
    """A unit at the end, `_total` for counters and for nothing else."""
    for name, kind in _known().items():
        assert name.startswith("qa_") and not re.search(r"_(ms|minutes|kb|percent)\b", name)
        assert name.endswith("_total") == (kind == "counter"), name
