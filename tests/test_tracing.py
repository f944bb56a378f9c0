"""Traces: a span a request, one a question, one a step, at a collector of the tests' own. Each test
name is the rule.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.app import over
from support.chats import Chats, Echo, said
from support.collector import Collector, collecting
from support.corpus import FEE_QUESTION, tiny_index
from support.fakes import HANDOFF, fake_service
from support.personal_doors import log_lines
from support.waiting import until

from qa_service import tracing
from qa_service.bootstrap import build, web_dependencies
from qa_service.channels import Inbound
from qa_service.channels.answering import Said
from qa_service.channels.talks import Talk
from qa_service.errors import MissingExtraError, SettingsError
from qa_service.monitoring import traces
from qa_service.web.app import create_app
from qa_service.web.console.wrap_up import WrapUp, WrapUps

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
"""As the standard's own example has it, https://www.w3.org/TR/trace-context/."""

UNSAMPLED = TRACEPARENT.removesuffix("01") + "00"
TWO_THINGS = "скільки коштує обмін прав і де складати іспит?"
MARK = "єдинаприкметаXYZ42"


def _ask(client: TestClient, question: str = FEE_QUESTION, **headers: str) -> dict[str, object]:
    answer = client.post("/v1/ask", json={"question": question}, headers=headers)
    assert answer.status_code == 200
    body: dict[str, object] = answer.json()
    return body


def _asked(folder: Path, *questions: str, **headers: str) -> Collector:
    """What a collector got of a service that answered these."""
    with (
        collecting() as (address, collector),
        TestClient(over(tiny_index(folder, traces=address))) as client,
    ):
        for question in questions:
            _ask(client, question, **headers)
    return collector


def test_a_question_is_a_trace_with_a_span_a_step(tmp_path: Path) -> None:
    assert _asked(tmp_path, FEE_QUESTION).tree("POST /v1/ask") == {
        "POST /v1/ask": ["ask"],
        "ask": ["decide", "fuse", "parts", "present", "read", "search"],
        "search": [
            *("encode", "search lexical", "search passages"),
            *("search questions", "search services"),
        ],
    }


def test_each_part_of_a_message_is_searched_in_a_span_of_its_own(tmp_path: Path) -> None:
    collector = _asked(tmp_path, TWO_THINGS)
    assert len(collector.named("search")) == len(collector.named("encode")) == 3, "and the whole"
    assert collector.named("ask")[0].attributes["qa.parts"] == 2


def test_a_question_says_what_became_of_it_and_a_repeated_one_has_no_steps(tmp_path: Path) -> None:
    collector = _asked(tmp_path, FEE_QUESTION, FEE_QUESTION)
    first, again = (one.attributes for one in collector.named("ask"))
    told = {"qa.channel": "site", "qa.outcome": "answered", "qa.service": "licence-exchange"}
    assert told.items() <= first.items() and first["qa.degraded"] == []
    assert first["qa.index_version"] == again["qa.index_version"]
    assert len(collector.named("read")) == 1


def test_a_callers_trace_goes_on_and_the_log_and_the_response_name_it(tmp_path: Path) -> None:
    with (
        collecting() as (address, collector),
        log_lines() as lines,
        TestClient(over(tiny_index(tmp_path, traces=address))) as client,
    ):
        ours = client.get("/v1/services").headers["x-request-id"]
        theirs = client.get("/v1/services", headers={"traceparent": TRACEPARENT}).headers
        named = {"traceparent": TRACEPARENT, "x-request-id": "call-7"}
        client.get("/v1/services", headers=named)
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    ids = [(one["request_id"], one["trace_id"]) for one in logged if one["event"] == "request"]
    assert ids == [(ours, ours), (TRACE, TRACE), ("call-7", TRACE)]
    assert theirs["x-request-id"] == TRACE
    spans = [(one.trace, one.parent) for one in collector.named("GET /v1/services")]
    assert spans == [(ours, ""), (TRACE, PARENT), (TRACE, PARENT)]


def test_what_a_caller_does_not_keep_is_not_kept_here(tmp_path: Path) -> None:
    assert _asked(tmp_path, FEE_QUESTION, traceparent=UNSAMPLED).spans == []


@pytest.mark.parametrize("wrong", ["", "00-0-0-01", f"00-{'0' * 32}-{PARENT}-01", "x"])
def test_a_trace_that_cannot_be_read_is_begun_anew(tmp_path: Path, wrong: str) -> None:
    [request] = _asked(tmp_path, FEE_QUESTION, traceparent=wrong).named("POST /v1/ask")
    assert request.parent == "" and int(request.trace, 16)


def test_health_and_files_are_not_traced(tmp_path: Path) -> None:
    with (
        collecting() as (address, collector),
        TestClient(over(tiny_index(tmp_path, traces=address))) as client,
    ):
        for path in ("/healthz", "/readyz", "/metrics", "/static/site.css"):
            client.get(path)
    assert collector.spans == []


# Privacy


def test_no_span_holds_a_question_an_address_or_the_words_of_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever became of it: a search fails with the question in its error's words."""

    def fail(*arguments: object) -> NoReturn:
        raise ValueError(f"cannot search {MARK}")

    with collecting() as (address, collector):
        deps = web_dependencies(tiny_index(tmp_path, traces=address))
        app = create_app(deps)
        with TestClient(app, raise_server_exceptions=False) as client:
            headers = {"User-Agent": quote(MARK), "Referer": quote(MARK), "X-API-Key": "XYZ42"}
            client.get(f"/v1/ask?q={quote(MARK)}")
            client.get(f"/{quote(MARK)}?q={quote(MARK)}", headers=headers)
            client.get(f"/services/{quote(MARK)}")
            client.post("/v1/ask", json={"question": MARK, "top_k": 0, "conversation": MARK})
            stores = deps.service.live.current.engine.snapshot.stores
            monkeypatch.setattr(stores.terms, "search", fail)
            client.post("/v1/ask", json={"question": f"{MARK} обмін"})
    [failed] = [one for one in collector.spans if one.error]
    assert (failed.name, failed.error) == ("search lexical", "ValueError")
    assert len(collector.named("ask")) == 2
    sent = b"".join(collector.bodies)
    forms = (MARK, quote(MARK), "XYZ42", "testclient", "127.0.0.1")
    assert [form for form in forms if form.encode() in sent] == []


def test_the_frameworks_own_spans_which_hold_queries_go_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where somebody sets OpenTelemetry up for the whole process."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    with TestClient(over(tiny_index(tmp_path))) as client:
        client.get(f"/v1/ask?q={quote(MARK)}")
    assert exporter.get_finished_spans() == ()


# A collector that fails


def test_a_dead_collector_costs_no_answer_and_one_line_each_time_that_it_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "EVERY_MS", 10)
    monkeypatch.setattr(traces, "DEADLINE_S", 0.1)
    monkeypatch.setattr(traces, "PAUSE_S", 0.0)
    caplog.set_level(logging.INFO)
    with collecting() as (address, collector):
        collector.status = 503
        with TestClient(over(tiny_index(tmp_path, traces=address))) as client:
            until(lambda: _ask(client)["answerable"] and "takes no traces" in caplog.text)
            collector.status = 200
            until(lambda: _ask(client)["answerable"] and collector.spans)
            until(lambda: "takes traces again" in caplog.text)
    warnings = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one for one in warnings if "SESSION" not in one] == [
        "the collector takes no traces, answers are not affected",
        "the collector takes traces again",
    ]


def test_a_collector_that_failed_is_left_alone_for_a_while() -> None:
    class Failing(SpanExporter):
        tries = 0

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            self.tries += 1
            return SpanExportResult.FAILURE

    exporter = Failing()
    found = traces.Traces(exporter)
    for _ in range(3 * traces.TOGETHER):
        with found.span("step"):
            pass
    found.close(10)
    assert exporter.tries == 1


# What else is traced


def test_a_version_that_is_taken_is_a_span_and_what_warms_it_up_is_none(
    tmp_path: Path,
) -> None:
    with collecting() as (address, collector):
        settings = tiny_index(tmp_path, traces=address, reload="signal")
        deps = web_dependencies(settings)
        with TestClient(create_app(deps)) as client:
            _ask(client)
            manifest, _ = build(settings, force=True)
            assert deps.watcher and deps.watcher.check()
            assert deps.service.live.current.version == manifest.version
    [load] = collector.named("load version")
    tried = [one for one in collector.named("read") if one.parent == load.id]
    assert len(tried) == 2 and len(collector.named("read")) == 1 + len(tried)


def test_messages_of_one_chat_are_answered_each_in_the_context_that_it_came_in() -> None:
    """Also the second, which waits in the line that the first began."""
    context, seen = ContextVar("context", default=""), list[str]()

    class Seeing(Echo):
        def reply(self, inbound: Inbound, talk: Talk) -> Said:
            seen.append(context.get())
            return super().reply(inbound, talk)

    chats = Chats(conversation=Seeing(fake_service(), HANDOFF))

    async def scenario() -> None:
        inbox = chats.open()
        for name in ("one", "two"):
            context.set(name)
            await inbox.accept(chats.platform, [said("p-1", name)])
        await inbox.close(10)

    asyncio.run(scenario())
    assert seen == ["one", "two"]


def test_a_webhook_of_calls_is_told_the_trace_that_it_goes_on_with() -> None:
    taken = list[dict[str, str]]()

    async def post(body: bytes, headers: dict[str, str]) -> None:
        taken.append(headers)

    async def scenario() -> None:
        wrap_ups = WrapUps(post, outgoing=lambda: {"traceparent": TRACEPARENT})
        wrap_ups.send(WrapUp("id-1", "2026-11-27T10:00:00+00:00", "pbx-1", (), 1, 1))
        await wrap_ups.close(1)

    asyncio.run(scenario())
    assert [one["traceparent"] for one in taken] == [TRACEPARENT]


# The setting


@pytest.mark.parametrize(
    "wrong", ["collector:4318", "http://", "ftp://c.test", "http://u:hush@c.test:port", "http://["]
)
def test_what_is_no_address_is_refused_and_not_repeated(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsError) as refused:
        tracing.open_traces(tiny_index(tmp_path, traces=wrong))
    assert "QA_TRACES must be the address" in str(refused.value) and "hush" not in str(
        refused.value
    )


def test_without_the_extra_tracing_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\[traces\]"):
        tracing.open_traces(tiny_index(tmp_path, traces="http://127.0.0.1:4318"))
