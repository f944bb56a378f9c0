"""The signed webhook of any bot platform: only what is signed is read, each event is answered once,
and the reply stands in the response.
"""

import asyncio
import gc
import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.app import api, client, count, over, problem_of, served
from support.corpus import FEE_QUESTION, our_corpus, tiny_index, tiny_settings
from support.fakes import HANDOFF, FakeEngine, fake_service, fake_serving
from support.platforms.deliveries import Ack, Delivery, disturbed, over_http
from support.platforms.generic import Citizen, Generic
from support.waiting import until

from qa_service.channels import Handover, HandoverReason, Inbound, Items, Reply, lines
from qa_service.channels.options import ChatOptions, open_inbox
from qa_service.channels.showing import Frame, passage_blocks, popular_buttons
from qa_service.channels.talks import MemoryTalks, Talks
from qa_service.channels.webhook import Refusal, refusal
from qa_service.chats import chats
from qa_service.errors import SettingsError
from qa_service.monitoring.metrics import Metrics
from qa_service.phrases import chat
from qa_service.phrases.languages import ENGLISH, UKRAINIAN
from qa_service.types import Answer, Query
from qa_service.web.app import Application
from qa_service.web.channels.forms import ReplyOut
from qa_service.web.channels.webhook import webhook_router
from qa_service.web.problems import install_problem_handlers

SECRET, PATH = "whsec-0f1e2d3c4b5a69788796a5b4c3d2e1f0", "/channels/webhook"
PLATFORM = Generic(secret=SECRET)
SIGNATURE, TIMESTAMP = PLATFORM.signature_header, PLATFORM.timestamp_header


def app_with(folder: Path, **changes: object) -> Application:
    return over(tiny_index(folder, webhook_secret=SECRET, **changes))


def post(app: FastAPI, delivery: Delivery) -> Any:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in delivery.headers]
    asking = TestClient(app, raise_server_exceptions=False)
    return asking.post(PATH, content=delivery.body, headers=headers)


def said(app: FastAPI, delivery: Delivery) -> dict[str, Any]:
    reply = post(app, delivery)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def labelled(reply: dict[str, Any], label: str) -> str:
    return str(next(one["payload"] for one in reply["buttons"] if one["label"] == label))


# Talking


def test_a_question_gets_its_answer_in_the_response(tmp_path: Path) -> None:
    app, someone = app_with(tmp_path), Citizen(PLATFORM)
    reply = said(app, someone.writes(FEE_QUESTION))
    assert [block["type"] for block in reply["blocks"]] == ["title", "text", "caveat", "sources"]
    assert reply["blocks"][-1]["url"] == "https://hsc.gov.ua/price"
    assert "572 гривні" in reply["text"] and "https://hsc.gov.ua/price" in reply["text"]
    assert reply["handover"] is None and reply["language"] == "uk"
    pressed = said(app, someone.presses(labelled(reply, "Документи")))
    assert "паспорт" in pressed["text"]
    wanted = said(app, someone.presses(labelled(pressed, chat.OPERATOR)))
    assert wanted["handover"] == {"reason": "wish"} and "(044) 290-19-88" in wanted["text"]


def test_a_talk_goes_on_for_one_person_and_not_for_another(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    one, another = Citizen(PLATFORM, "visitor-1"), Citizen(PLATFORM, "visitor-2")
    said(app, one.writes(FEE_QUESTION))
    assert "паспорт" in said(app, one.writes("а документи?"))["text"]
    assert "паспорт" not in said(app, another.writes("а документи?"))["text"]


def event(kind: str, number: int = 1, **more: object) -> Delivery:
    return PLATFORM.signed({"id": f"{kind}-{number}", "user": "visitor-1", "kind": kind} | more)


def test_each_kind_of_event_gets_its_reply(tmp_path: Path) -> None:
    app, someone = app_with(tmp_path), Citizen(PLATFORM)
    assert chat.GREETING in said(app, someone.starts())["text"]
    assert said(app, someone.sends("photo"))["text"] == chat.TEXT_ONLY
    assert said(app, someone.presses("what was this"))["text"] == chat.OLD_BUTTON
    chosen = said(app, event("language", language="en-GB"))
    assert chosen["text"] == ENGLISH.say(chat.LANGUAGE_CHOSEN) and chosen["language"] == "en"
    assert said(app, event("language", 2))["text"] == ENGLISH.say(chat.LANGUAGE)
    assert said(app, event("delete"))["text"] == ENGLISH.say(chat.DELETED)
    assert said(app, someone.stops())["text"] == chat.STOPPED


def test_who_writes_too_fast_is_told_so_once(tmp_path: Path) -> None:
    app, someone = app_with(tmp_path), Citizen(PLATFORM)
    texts = [said(app, someone.writes("привіт"))["text"] for _ in range(22)]
    assert texts[19] != chat.TOO_FAST and texts[20:] == [chat.TOO_FAST, ""]


def test_a_channel_that_is_switched_off_gives_the_phone(tmp_path: Path) -> None:
    app = app_with(tmp_path, channels_off="webhook")
    reply = said(app, Citizen(PLATFORM).writes(FEE_QUESTION))
    assert chat.CLOSED in reply["text"] and reply["handover"] == {"reason": "failure"}


def test_odd_texts_get_a_reply(tmp_path: Path) -> None:
    app, someone = app_with(tmp_path), Citizen(PLATFORM)
    long = said(app, someone.writes("обмін посвідчення водія " * 300))
    assert long["text"].startswith(chat.CUT.partition("{")[0])
    for text in ("👍", " ", "", "\u0000"):
        assert said(app, someone.writes(text))["text"]
    half_of_an_emoji = {"id": "\ud83d", "user": "\ud83d", "kind": "text", "text": "\ud83d обмін"}
    body = json.dumps(half_of_an_emoji).encode()
    assert said(app, PLATFORM.signed_bytes(body))["text"]


# Signatures


def forged(signed: Delivery) -> Iterator[tuple[Delivery, int]]:
    yield signed.with_header(SIGNATURE, None), 401
    yield signed.with_header(TIMESTAMP, None), 401
    yield signed.with_header(SIGNATURE, ""), 401
    yield signed.with_header(SIGNATURE, f"sha256={'0' * 64}"), 403
    yield signed.with_header(SIGNATURE, "\u00e9"), 403
    yield signed.with_header(SIGNATURE, str(signed.header(SIGNATURE)).removeprefix("sha256=")), 403
    yield signed.with_header(TIMESTAMP, f"{int(str(signed.header(TIMESTAMP))) + 1}"), 403
    yield signed.with_body(signed.body + b" "), 403
    yield Generic(secret="another").signed_bytes(signed.body), 403
    yield PLATFORM.signed_bytes(signed.body, age_s=310), 403
    yield PLATFORM.signed_bytes(signed.body, age_s=-400), 403


def test_what_is_forged_or_stale_is_refused_before_it_is_read(tmp_path: Path) -> None:
    app, someone = app_with(tmp_path), Citizen(PLATFORM)
    tried = [*forged(someone.writes(FEE_QUESTION)), *forged(someone.sends_rubbish())]
    for delivery, status in tried:
        problem_of(post(app, delivery), status)
    assert count(app, "qa_chat_refused_total", channel="webhook") == len(tried)
    assert count(app, "qa_answers_total") == 0


def test_what_was_signed_within_five_minutes_is_taken(tmp_path: Path) -> None:
    app, someone = app_with(tmp_path), Citizen(PLATFORM)
    for age_s in (200, -290):
        assert said(app, someone.writes("привіт", age_s))["text"]


@pytest.mark.parametrize("timestamp", ["soon", "1e9", "-5", "٣", "9" * 13, "1.5", " 5"])
def test_a_time_that_is_none_is_stale_though_it_is_signed(timestamp: str) -> None:
    headers = {
        SIGNATURE.lower(): PLATFORM.signature(timestamp, b"{}"),
        TIMESTAMP.lower(): timestamp,
    }
    assert refusal(SECRET, headers, b"{}", now_s=5) is Refusal.STALE


def test_without_a_secret_there_is_no_webhook(tmp_path: Path) -> None:
    app = api(tmp_path)
    problem_of(post(app, Citizen(PLATFORM).writes("привіт")), 404)
    assert PATH not in client(app).get("/openapi.json").json()["paths"]


def test_a_secret_that_can_be_guessed_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="QA_WEBHOOK_SECRET has fewer than 32"):
        chats(tiny_settings(tmp_path, webhook_secret="a" * 31), Metrics())
    long_enough = tiny_settings(tmp_path, webhook_secret="a" * 32)
    assert chats(long_enough, Metrics()).webhook_secret == "a" * 32


# Forms


def test_a_wrong_event_is_told_where_it_is_wrong(tmp_path: Path) -> None:
    app, right = app_with(tmp_path), {"id": "1", "user": "v", "kind": "text", "text": "привіт"}
    wrong: list[tuple[object, str]] = [
        (right | {"role": "admin"}, "role"),
        (right | {"id": 1}, "id"),
        (right | {"id": ""}, "id"),
        (right | {"id": "1" * 201}, "id"),
        (right | {"user": None}, "user"),
        (right | {"text": ["привіт"]}, "text"),
        (right | {"language": "u" * 36}, "language"),
        (right | {"kind": "telepathy"}, "body"),
        (right | {"kind": "button"}, "payload"),
        (right | {"payload": "p"}, "payload"),
        ({key: value for key, value in right.items() if key != "kind"}, "body"),
        ({key: value for key, value in right.items() if key != "text"}, "text"),
        ([right], "body"),
        ("привіт", "body"),
    ]
    for given, where in wrong:
        found = problem_of(post(app, PLATFORM.signed(given)), 422)
        assert where in found["errors"][0]["where"] and "привіт" not in str(found)


@pytest.mark.parametrize(
    ("body", "statuses"),
    [(b"", {422}), (b"{", {422}), (b"\xff", {400, 422}), (b"[" * 60_000, {400, 413, 422})],
)
def test_bytes_that_are_no_event_are_refused(
    tmp_path: Path, body: bytes, statuses: set[int]
) -> None:
    reply = post(app_with(tmp_path), PLATFORM.signed_bytes(body))
    assert reply.status_code in statuses and "Traceback" not in reply.text


def test_a_huge_body_is_refused(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    problem_of(post(app, Citizen(PLATFORM).writes("а" * 200_000)), 413)


def test_the_description_of_the_api_has_the_webhook(tmp_path: Path) -> None:
    described = client(app_with(tmp_path)).get("/openapi.json").json()
    operation = described["paths"][PATH]["post"]
    assert {one["name"] for one in operation["parameters"]} == {SIGNATURE, TIMESTAMP}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["discriminator"]["propertyName"] == "kind"
    assert set(operation["responses"]) >= {"200", "401", "403", "409", "422", "503"}
    kinds = {one["$ref"].rpartition("/")[2] for one in schema["oneOf"]}
    assert kinds <= set(described["components"]["schemas"])


def test_every_passage_of_the_corpus_has_its_form() -> None:
    frame = Frame(UKRAINIAN, HANDOFF, "", "https://qa.test")
    for service in our_corpus().services:
        for passage in service.passages:
            blocks = tuple(passage_blocks(passage, frame))
            out = ReplyOut.of(Reply(blocks, tuple(popular_buttons(["Скільки?"]))))
            assert ReplyOut.model_validate_json(out.model_dump_json()) == out
            assert len(out.blocks) == len(blocks) and passage.title in out.text
            items = [item for block in blocks if isinstance(block, Items) for item in block.items]
            assert all(item in out.text for item in items)


def test_every_reason_of_a_handover_is_said() -> None:
    for reason in HandoverReason:
        out = ReplyOut.of(Reply(handover=Handover(reason)))
        assert out.handover and out.handover.reason is reason and out.text == ""


# Repeats


class WaitingEngine(FakeEngine):
    """Answers once it is let to."""

    def __init__(self) -> None:
        super().__init__()
        self.let, self.is_asked = threading.Event(), threading.Event()

    def answer(self, query: Query) -> Answer:
        self.is_asked.set()
        assert self.let.wait(30)
        return super().answer(query)


def webhook_over(engine: FakeEngine, talks: Talks | None = None) -> FastAPI:
    """The webhook alone."""
    service = fake_service(fake_serving(engine))

    async def within(person: str) -> bool:
        return True

    options = ChatOptions(talks=talks or MemoryTalks(), secret=SECRET)
    taken = open_inbox(options, service, HANDOFF, site="", at_once=2, within=within)
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(webhook_router(taken, service.metrics, SECRET))
    return app


def counted(app: FastAPI, arrived: list[str]) -> Callable[..., Any]:
    async def counting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            arrived.append(scope["path"])
        await app(scope, receive, send)

    return counting


@contextmanager
def webhook_served(app: Any) -> Iterator[Callable[[Delivery], Ack]]:
    with served(app) as port:
        yield over_http(f"http://127.0.0.1:{port}{PATH}", timeout_s=60)


def test_a_repeat_gets_the_same_reply_and_is_not_answered_again() -> None:
    engine = FakeEngine()
    app, delivery = webhook_over(engine), Citizen(PLATFORM).writes(FEE_QUESTION)
    with TestClient(app) as asking:
        replies = [
            asking.post(PATH, content=delivery.body, headers=dict(delivery.headers)).content
            for _ in range(3)
        ]
    assert len(set(replies)) == 1 and len(engine.asked) == 1


def test_whoever_leaves_takes_the_reply_from_nobody_who_waits_for_it() -> None:
    engine, arrived = WaitingEngine(), list[str]()
    delivery = Citizen(PLATFORM).writes(FEE_QUESTION)
    app = counted(webhook_over(engine), arrived)

    async def scenario() -> int:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://qa.test") as asking:

            def asked() -> asyncio.Task[httpx2.Response]:
                headers = dict(delivery.headers)
                posting = asking.post(PATH, content=delivery.body, headers=headers)
                return asyncio.create_task(posting)

            leaving, waiting = asked(), asked()
            while len(arrived) < 2 or not engine.is_asked.is_set():
                await asyncio.sleep(0.001)
            leaving.cancel()
            await asyncio.wait([leaving])
            engine.let.set()
            return (await waiting).status_code

    assert asyncio.run(scenario()) == 200 and len(engine.asked) == 1


def test_nothing_of_a_person_is_kept_with_the_reply() -> None:
    app, words = webhook_over(FakeEngine()), "обмін посвідчення водія людини-7"
    with TestClient(app) as asking:
        delivery = event("text", text=words)
        asking.post(PATH, content=delivery.body, headers=dict(delivery.headers))
        gc.collect()
        kept = [one for one in gc.get_objects() if type(one) is Inbound and one.text == words]
    assert kept == []


def test_a_repeat_waits_while_the_first_is_worked_on() -> None:
    engine, arrived = WaitingEngine(), list[str]()
    delivery = Citizen(PLATFORM).writes(FEE_QUESTION)
    app = counted(webhook_over(engine), arrived)
    with webhook_served(app) as target, ThreadPoolExecutor(3) as pool:
        acks = [pool.submit(target, delivery) for _ in range(3)]
        until(lambda: len(arrived) == 3)
        engine.let.set()
        done = [ack.result() for ack in acks]
    assert {ack.status for ack in done} == {200} and len({ack.body for ack in done}) == 1
    assert len(engine.asked) == 1


def test_a_repeat_whose_reply_another_process_has_is_refused() -> None:
    talks, delivery = MemoryTalks(), Citizen(PLATFORM).writes(FEE_QUESTION)
    first, second = (webhook_over(FakeEngine(), talks) for _ in range(2))
    assert said(first, delivery)["text"]
    problem_of(post(second, delivery), 409)
    problem_of(post(second, delivery), 409)


def test_an_id_that_was_used_for_something_else_is_refused() -> None:
    app = webhook_over(FakeEngine())
    with TestClient(app) as asking:

        def status_of(delivery: Delivery) -> int:
            headers = dict(delivery.headers)
            return asking.post(PATH, content=delivery.body, headers=headers).status_code

        assert status_of(event("text", text="ціна обміну")) == 200
        assert status_of(event("text", text="строк обміну")) == 409
        assert status_of(event("text", text="ціна обміну")) == 200


def test_two_people_may_have_events_of_one_id() -> None:
    engine = FakeEngine()
    app = webhook_over(engine)
    for user in ("visitor-1", "visitor-2"):
        one = {"id": "1", "user": user, "kind": "text", "text": f"обмін {user}"}
        assert said(app, PLATFORM.signed(one))["text"]
    assert len(engine.asked) == 2


def test_what_there_was_no_room_for_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app, delivery = webhook_over(FakeEngine()), Citizen(PLATFORM).writes(FEE_QUESTION)
    with TestClient(app) as asking:

        def again() -> Any:
            return asking.post(PATH, content=delivery.body, headers=dict(delivery.headers))

        with monkeypatch.context() as full:
            full.setattr(lines, "MOST_WAITING", 0)
            refused = again()
        problem_of(refused, 503)
        assert refused.headers["retry-after"] == "5" and again().status_code == 200


def test_a_rush_with_repeats_and_disorder_loses_and_doubles_nothing(tmp_path: Path) -> None:
    app = over(tiny_index(tmp_path, webhook_secret=SECRET))
    people = [Citizen(PLATFORM, f"visitor-{number}") for number in range(60)]
    sent = [person.writes(f"обмін посвідчення {person.id}") for person in people]
    with webhook_served(app) as target, ThreadPoolExecutor(8) as pool:
        acks = list(pool.map(target, disturbed(sent, duplicated=0.3, moved=0.3)))
    assert {ack.status for ack in acks} == {200} and len(acks) > len(sent)
    assert len({ack.body for ack in acks}) <= len(sent)
    assert count(app, "qa_chat_reply_seconds_count", channel="webhook") == len(sent)


# Privacy


def test_nothing_of_a_person_gets_into_a_log_or_a_metric(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "qa_service"):
        app = app_with(tmp_path)
        written = {"id": "1", "user": "людина-7", "kind": "text", "text": "серія АА123456 обмін"}
        for given in (written, written | {"user": 7}, written | {"kind": "telepathy"}):
            post(app, PLATFORM.signed(given))
        post(app, PLATFORM.signed(written).with_header(SIGNATURE, "wrong"))
    told = "".join(str(record.__dict__) for record in caplog.records)
    told += client(app).get("/metrics").text
    assert "людина-7" not in told and "АА123456" not in told and SECRET not in told
