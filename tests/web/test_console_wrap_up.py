"""What a telephone system hears of a call that ended: signed, in the background, never for long."""

import asyncio
import hashlib
import hmac
import json
import logging
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from support.app import api, client, token_of
from support.waiting import until

from qa_service.access.keys import Role
from qa_service.breaker import FAILURES
from qa_service.doors import telephony_origins, wrap_up_url
from qa_service.errors import SettingsError
from qa_service.settings import load_settings
from qa_service.web.console.wrap_up import (
    CLOSING_S,
    MOST_TRIES,
    MOST_WAITING,
    SIGNATURE,
    WrapUp,
    WrapUps,
    over_http,
    signature,
)

CALL = WrapUp("id-1", "2026-11-27T10:00:00+00:00", "pbx-1", ("licence-exchange",), 3, 2)


class Hook:
    """Takes events, or fails so many times first."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.tries = failures, 0
        self.taken: list[tuple[bytes, dict[str, str]]] = []

    async def __call__(self, body: bytes, headers: dict[str, str]) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise OSError("refused")
        self.taken.append((body, headers))


async def at_once(seconds: float) -> None:
    await asyncio.sleep(0)


def sent(hook: Hook, *events: WrapUp, secret: str = "") -> None:
    async def run() -> None:
        wrap_ups = WrapUps(hook, secret, at_once)
        for event in events:
            wrap_ups.send(event)
        await wrap_ups.close(CLOSING_S)

    asyncio.run(run())


def test_an_event_says_which_services_and_how_many_questions_and_no_word() -> None:
    hook = Hook()
    sent(hook, CALL)
    [(body, headers)] = hook.taken
    assert json.loads(body) == {
        "event": "call.wrap_up",
        "id": "id-1",
        "at": "2026-11-27T10:00:00+00:00",
        "call": "pbx-1",
        "services": ["licence-exchange"],
        "questions": 3,
        "answered": 2,
    }
    assert SIGNATURE not in headers


def test_the_signature_is_the_hmac_of_the_body_as_it_is_sent() -> None:
    hook = Hook()
    sent(hook, CALL, secret="between us")
    [(body, headers)] = hook.taken
    expected = hmac.new(b"between us", body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={expected}" == signature(b"between us", body)


def test_an_event_that_was_not_taken_is_sent_again_the_same() -> None:
    hook = Hook(failures=2)
    sent(hook, CALL)
    assert hook.tries == 3 and len(hook.taken) == 1


def test_an_event_that_nobody_takes_is_dropped_and_the_log_says_it_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hook = Hook(failures=10_000)
    with caplog.at_level(logging.WARNING):
        sent(hook, *[replace(CALL, id=str(number)) for number in range(4)])
    assert hook.tries == FAILURES <= MOST_TRIES
    assert [record.message for record in caplog.records] == ["the webhook of calls takes no events"]


def test_where_too_many_wait_the_oldest_are_dropped() -> None:
    hook = Hook()
    sent(hook, *[replace(CALL, id=str(number)) for number in range(MOST_WAITING + 5)])
    taken = [json.loads(body)["id"] for body, _ in hook.taken]
    assert taken == [str(number) for number in range(5, MOST_WAITING + 5)]


class _Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted; sends whoever asks for `/moved` away."""

    posted: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.headers.get(SIGNATURE, ""), body))
        self.send_response(302 if self.path == "/moved" else 204)
        self.send_header("Location", "/calls")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_call_that_ends_reaches_the_webhook(tmp_path: Path) -> None:
    _Receiver.posted.clear()
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    token = token_of(tmp_path, Role.OPERATOR)
    url = f"http://127.0.0.1:{server.server_port}/calls"
    app = api(tmp_path, wrap_up_url=url, wrap_up_secret="between us")
    told = {"call": "pbx-1", "services": [], "questions": 1, "answered": 0}
    with client(app, headers={"X-API-Key": token}) as operator:
        assert operator.post("/operator/wrap-up", json=told).status_code == 202
        until(lambda: _Receiver.posted)
    [(sign, body)] = _Receiver.posted
    assert sign == signature(b"between us", body) and json.loads(body)["call"] == "pbx-1"
    with pytest.raises(Exception, match="302"):  # no redirect is followed
        asyncio.run(over_http(url.replace("/calls", "/moved"))(b"{}", {}))
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize(
    "url", ["secret-path", "ftp://pbx.gov.ua/secret-path", "https://", "//pbx.ua/secret-path"]
)
def test_a_webhook_that_is_no_address_stops_the_start_and_is_not_printed(url: str) -> None:
    with pytest.raises(SettingsError, match="QA_WRAP_UP_URL") as refused:
        wrap_up_url(load_settings(wrap_up_url=url))
    assert "secret-path" not in str(refused.value)


@pytest.mark.parametrize("named", ["*", "pbx.gov.ua", "https://pbx.gov.ua/path"])
def test_every_telephone_system_is_named_by_its_origin(named: str) -> None:
    with pytest.raises(SettingsError, match="QA_TELEPHONY_ORIGINS"):
        telephony_origins(load_settings(telephony_origins=named))
    assert telephony_origins(load_settings(telephony_origins="https://a.ua, https://b.ua/")) == (
        "https://a.ua",
        "https://b.ua",
    )
