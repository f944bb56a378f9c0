"""Writes deploy/monitoring/dashboard.json, the Grafana dashboard of the service.

The builders of grafana-foundation-sdk (Apache-2.0) are made from Grafana's own schema, so that a
field that it does not know is an error of types here. Run `python -m bench.dashboard`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.builders.common import StackingConfig, VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement, StackingMode
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef

FILE = Path(__file__).parents[1] / "deploy" / "monitoring" / "dashboard.json"

_SOURCE = DataSourceRef(type_val="prometheus", uid="$datasource")
_HEIGHT, _WIDTH = 7, 8
_RATE = "[$__rate_interval]"

PER_SECOND, SECONDS, SHARE, BYTES, COUNT = "reqps", "s", "percentunit", "bytes", "short"
QUESTIONS = 'route="/v1/ask"'


@dataclass(frozen=True, slots=True)
class Panel:
    """queries: (PromQL, what the legend says), in order. is_stacked: the lines add up."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    is_stacked: bool = False


def each(metric: str, by: str, where: str = "") -> str:
    """How often a second, a line for each value of a label."""
    return f"sum by ({by}) (rate({metric}{{{where}}}{_RATE}))"


def all_of(metric: str, where: str = "") -> str:
    return f"sum(rate({metric}{{{where}}}{_RATE}))"


def rates(title: str, metric: str, by: str, is_stacked: bool = False) -> Panel:
    names = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return Panel(title, PER_SECOND, ((each(metric, by), names),), is_stacked)


def totals(title: str, **metrics: str) -> Panel:
    queries = ((all_of(metric), name.replace("_", " ")) for name, metric in metrics.items())
    return Panel(title, PER_SECOND, tuple(queries))


def share(title: str, part: str, whole: str, name: str) -> Panel:
    return Panel(title, SHARE, ((f"{part} / {whole}", name),))


def quantiles(title: str, metric: str, where: str = "") -> Panel:
    """The median, and what one in twenty and one in a hundred are beyond."""
    inside = each(f"{metric}_bucket", "le", where)
    queries = ((f"histogram_quantile({q}, {inside})", f"p{q * 100:g}") for q in (0.5, 0.95, 0.99))
    return Panel(title, SECONDS, tuple(queries))


def quantile(title: str, unit: str, q: float, metric: str) -> Panel:
    """One quantile of each channel."""
    inside = each(f"{metric}_bucket", "le, channel")
    return Panel(title, unit, ((f"histogram_quantile({q}, {inside})", "{{channel}}"),))


def of_requests(name: str, statuses: str) -> tuple[str, str]:
    requests = "qa_http_requests_total"
    some = all_of(requests, f'status=~"{statuses}"')
    return f"{some} / {all_of(requests)}", name


def now(title: str, unit: str, **queries: str) -> Panel:
    """Figures of each machine as they are."""
    named = ((query, f"{{{{instance}}}} {name}") for name, query in queries.items())
    return Panel(title, unit, tuple(named))


ROWS: dict[str, tuple[Panel, ...]] = {
    "Traffic": (
        rates("Questions by channel", "qa_answers_total", "channel", is_stacked=True),
        rates("Requests by route", "qa_http_requests_total", "route"),
        Panel(
            "Refused and failed",
            SHARE,
            (
                of_requests("no room: 503", "503"),
                of_requests("too often: 429", "429"),
                of_requests("all 5xx", "5.."),
            ),
        ),
    ),
    "Time": (
        quantiles("A question over HTTP", "qa_http_request_seconds", QUESTIONS),
        quantiles("In the engine", "qa_answer_seconds"),
        share(
            "Given again from memory",
            all_of("qa_cached_answers_total"),
            all_of("qa_answers_total"),
            "of all answers",
        ),
    ),
    "Answers": (
        rates("Outcomes", "qa_answers_total", "outcome", is_stacked=True),
        share(
            "Answered, by channel",
            each("qa_answers_total", "channel", 'outcome="answered"'),
            each("qa_answers_total", "channel"),
            "{{channel}}",
        ),
        quantile("Median confidence, by channel", SHARE, 0.5, "qa_answer_confidence"),
        rates("What people did with answers", "qa_answer_uses_total", "event", is_stacked=True),
        rates("Searches that failed or were late", "qa_failed_legs_total", "leg"),
        rates("Searches that the engine failed", "qa_engine_failures_total", "leg"),
        rates("Searches that found nothing", "qa_empty_legs_total", "leg"),
    ),
    "Load": (
        share(
            "Places for questions that are taken",
            all_of("qa_answer_seconds_sum"),
            "sum(qa_question_slots)",
            "of all machines",
        ),
        now("Memory", BYTES, taken="qa_memory_bytes", limit="qa_memory_limit_bytes"),
        now("Processes", COUNT, ready="qa_workers_ready", wanted="qa_workers"),
    ),
    "Versions": (
        now("Age of the index", SECONDS, age="time() - qa_index_built_timestamp_seconds"),
        rates("New versions of the index", "qa_index_swaps_total", "outcome"),
        Panel(
            "Version of the package",
            COUNT,
            (("count by (version) (qa_build_info)", "{{version}}"),),
        ),
    ),
    "Stores": (
        now("Entries that wait for the journal", COUNT, waiting="qa_journal_waiting"),
        totals("Journal", failures="qa_journal_failures_total", dropped="qa_journal_dropped_total"),
        totals(
            "Shared stores that do not answer",
            rate_limits="qa_rate_limit_store_failures_total",
            chats="qa_chat_store_failures_total",
        ),
    ),
    "Chats": (
        rates("Calls of platforms", "qa_chat_calls_total", "channel, fate", is_stacked=True),
        quantile("Time to a reply, p95", SECONDS, 0.95, "qa_chat_reply_seconds"),
        rates("A person was offered", "qa_chat_handovers_total", "reason", is_stacked=True),
        rates("How chats ended", "qa_chats_total", "ending", is_stacked=True),
        rates("Deliveries that nobody signed", "qa_chat_refused_total", "channel"),
    ),
}


def dashboard() -> Dashboard:
    made = (
        Dashboard("qa_service")
        .uid("qa-service")
        .tags(["qa_service"])
        .time("now-6h", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for title, panels in ROWS.items():
        made = made.with_row(Row(title))
        for panel in panels:
            made = made.with_panel(_chart(panel))
    return made


def _chart(panel: Panel) -> Chart:
    legend = VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    chart = (
        Chart()
        .title(panel.title)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .min(0)
        .height(_HEIGHT)
        .span(_WIDTH)
        .legend(legend.placement(LegendPlacement.BOTTOM))
    )
    if panel.is_stacked:
        chart = chart.stacking(StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(30)
    for number, (query, name) in enumerate(panel.queries):
        chart = chart.with_target(
            Dataquery().expr(query).legend_format(name).ref_id("ABCDEFGH"[number])
        )
    return chart


def written() -> str:
    return json.dumps(dashboard().build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
