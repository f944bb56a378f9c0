"""How replies reach a platform that fails. Each test name is the rule."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from io import StringIO
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from support.chats import (
    BUSY,
    GONE,
    REFUSED,
    REVOKED,
    SENT,
    Answered,
    Chats,
    Collecting,
    Exchange,
    Pauses,
    said,
    too_many,
)
from support.platforms.serving import platform_served

from qa_service.channels import Call, Fate, Inbound, Reply, Text, sending
from qa_service.channels.sending import (
    DEADLINE_S,
    FIRST_PAUSE_S,
    MOST_AT_ONCE,
    MOST_TRIES,
    PATIENCE_S,
    HttpExchange,
    Sender,
)
from qa_service.monitoring.logs import configure_logging
from qa_service.monitoring.metrics import Metrics

CUT = OSError("ReadError")
REPLY = Reply((Text("one"), Text("two")))


def _sent(exchange: Exchange, times: int = 1) -> tuple[Fate, Pauses]:
    """What became of the last of so many replies, and the pauses between their tries."""
    pauses = Pauses()

    async def scenario() -> Fate:
        sender = Sender(exchange, Metrics(), pauses)
        for _ in range(times):
            fate = await sender.send(Collecting(), said("p-1", "hello"), REPLY)
        return fate

    return asyncio.run(scenario()), pauses


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == sending.__name__]


# Tried again


def test_a_call_that_came_too_fast_waits_as_long_as_the_platform_says_or_up_to_twice() -> None:
    exchange = Exchange(too_many(3), too_many(30))
    fate, pauses = _sent(exchange)
    assert fate is Fate.SENT and exchange.texts() == ["one", "two"] and exchange.tried == 4
    assert 3 <= pauses.seconds[0] <= 6 and 30 <= pauses.seconds[1] <= 60


def test_those_who_are_told_to_wait_do_not_come_back_at_once() -> None:
    first = {_sent(Exchange(too_many(3)))[1].seconds[0] for _ in range(20)}
    assert len(first) > 10


def test_a_platform_that_says_to_wait_no_time_is_given_a_moment() -> None:
    _, pauses = _sent(Exchange(too_many(0)))
    assert pauses.seconds[0] >= FIRST_PAUSE_S


@pytest.mark.parametrize("fault", [BUSY, CUT, TimeoutError()], ids=["5xx", "cut", "late"])
def test_what_fails_is_tried_again_after_pauses_that_double(fault: Answered) -> None:
    exchange = Exchange(fault, fault, fault)
    fate, pauses = _sent(exchange)
    assert fate is Fate.SENT and exchange.texts() == ["one", "two"]
    assert pauses.seconds == [0.5, 1, 2]


@pytest.mark.parametrize("fault", [BUSY, CUT], ids=["5xx", "cut"])
def test_a_call_that_always_fails_is_given_up_and_what_follows_it_is_not_sent(
    fault: Answered,
) -> None:
    exchange = Exchange(*[fault] * 100)
    fate, _ = _sent(exchange)
    assert fate is Fate.LATER and exchange.tried == MOST_TRIES == 8


def test_a_call_is_given_up_where_the_platform_says_to_wait_for_longer_than_anybody_would() -> None:
    exchange = Exchange(*[too_many(100)] * 100)
    fate, pauses = _sent(exchange)
    assert fate is Fate.LATER and sum(pauses.seconds) <= PATIENCE_S and exchange.tried >= 3
    assert _sent(Exchange(too_many(86_400)))[1].seconds == []


def test_the_order_of_one_persons_messages_holds_whatever_is_tried_again() -> None:
    chats = Chats(Exchange(too_many(9), BUSY, CUT, SENT, BUSY))
    chats.run(*(said("p-1", text) for text in ("one", "two", "three")))
    assert chats.exchange.texts() == ["one", "two after one", "three after two"]
    assert chats.count("qa_chat_calls_total", channel="telegram", fate="sent") == 3


def test_whoever_waits_for_a_failing_call_keeps_nobody_else_waiting() -> None:
    chats, is_free = Chats(Exchange(BUSY)), asyncio.Event()

    async def paused(seconds: float) -> None:
        await is_free.wait()

    chats.pauses = paused  # type: ignore[assignment]

    async def scenario() -> None:
        inbox = chats.open()
        people = ("p-1", "p-2", "p-3")
        await inbox.accept(chats.platform, [said(person, person) for person in people])
        while len(chats.exchange.arrived) < 2:
            await asyncio.sleep(0)
        is_free.set()
        await inbox.close(60)

    asyncio.run(scenario())
    assert len(chats.exchange.arrived) == 3 and len(set(chats.exchange.texts()[:2])) == 2


# Not tried again


@pytest.mark.parametrize(
    ("answer", "fate"), [(GONE, Fate.GONE), (REFUSED, Fate.REFUSED), (REVOKED, Fate.REVOKED)]
)
def test_what_would_fail_again_is_not_tried_again(answer: Answered, fate: Fate) -> None:
    exchange = Exchange(answer)
    assert _sent(exchange)[0] is fate and exchange.tried == 1


def test_a_revoked_token_is_one_log_line_however_many_write(
    caplog: pytest.LogCaptureFixture,
) -> None:
    exchange = Exchange(*[REVOKED] * 20)
    _sent(exchange, times=20)
    assert _lines(caplog) == ["a chat platform takes no replies"] and exchange.tried == 20
    [line] = caplog.records
    assert vars(line)["cause"] == "telegram: status 401" and line.levelno == logging.ERROR
    caplog.clear()
    _sent(Exchange(*[REVOKED] * 3, SENT), times=5)
    assert len(_lines(caplog)) == 2 and "again" in _lines(caplog)[1]


def test_a_reply_that_is_refused_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    _sent(Exchange(REFUSED))
    assert _lines(caplog) == ["a reply was refused"]


def test_a_call_that_need_not_arrive_is_made_once_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Typing(Collecting):
        def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
            return [Call("https://platform.test", must_arrive=False), *super().calls(to, reply)]

    async def scenario(fault: Answered) -> None:
        exchange, pauses = Exchange(fault), Pauses()
        sender = Sender(exchange, Metrics(), pauses)
        assert await sender.send(Typing(), said("p-1", "hello"), REPLY) is Fate.SENT
        assert exchange.texts() == ["one", "two"] and pauses.seconds == []

    for fault in (BUSY, REFUSED, CUT, REVOKED, GONE, too_many(3)):
        asyncio.run(scenario(fault))
    assert _lines(caplog) == []


def test_calls_are_counted_by_what_became_of_them() -> None:
    metrics = Metrics()

    async def scenario() -> None:
        sender = Sender(Exchange(BUSY, SENT, SENT, GONE), metrics, Pauses())
        for _ in range(2):
            await sender.send(Collecting(), said("p-1", "hello"), REPLY)

    asyncio.run(scenario())
    counted = [
        metrics.registry.get_sample_value("qa_chat_calls_total", labels)
        for labels in (
            {"channel": "telegram", "fate": "sent"},
            {"channel": "telegram", "fate": "gone"},
        )
    ]
    assert counted == [2, 1]


# Many at once


class Travelling(asyncio.SelectorEventLoop):
    """Goes on to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        selector: Any = self._selector  # type: ignore[attr-defined]
        select = selector.select

        def hurried(timeout: float | None = None) -> Any:
            self._now += timeout or 0.0
            return select(0)

        selector.select = hurried

    def time(self) -> float:
        return self._now


class ThirtyASecond:
    """What Telegram takes of all chats together; the rest comes too fast."""

    def __init__(self) -> None:
        self.taken: dict[int, int] = {}
        self.arrived: list[str] = []

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        second = int(asyncio.get_running_loop().time())
        self.taken[second] = self.taken.get(second, 0) + 1
        if self.taken[second] > 30:
            return 429, b"1"
        self.arrived.append(str(call.body["to"]))
        return SENT


def test_a_thousand_replies_at_once_all_arrive_though_the_platform_takes_thirty_a_second() -> None:
    exchange, reply = ThirtyASecond(), Reply((Text("one"),))

    async def scenario() -> list[Fate]:
        sender = Sender(exchange, Metrics())
        people = [said(f"p-{number}", "hello") for number in range(1_000)]
        return await asyncio.gather(*(sender.send(Collecting(), one, reply) for one in people))

    with asyncio.Runner(loop_factory=Travelling) as runner:
        fates = runner.run(scenario())
    assert set(fates) == {Fate.SENT}
    assert sorted(exchange.arrived) == sorted(f"chat-of-p-{number}" for number in range(1_000))


class HangsFor:
    """Never answers calls of one platform."""

    def __init__(self, text: str) -> None:
        self.text, self.hanging, self.most, self.arrived = text, 0, 0, 0

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        if call.body["text"] != self.text:
            self.arrived += 1
            return SENT
        self.hanging += 1
        self.most = max(self.most, self.hanging)
        try:
            await asyncio.sleep(3_600)
        finally:
            self.hanging -= 1
        raise AssertionError("nobody waits so long")


def test_a_platform_that_hangs_has_a_deadline_and_holds_up_no_other() -> None:
    exchange = HangsFor("one")

    async def scenario() -> None:
        sender, loop = Sender(exchange, Metrics()), asyncio.get_running_loop()
        hung = [
            asyncio.create_task(
                sender.send(Collecting("viber"), said("p-1", "hello"), Reply((Text("one"),)))
            )
            for _ in range(3 * MOST_AT_ONCE)
        ]
        await asyncio.sleep(0.001)
        began = loop.time()
        fate = await sender.send(Collecting(), said("p-2", "hello"), Reply((Text("two"),)))
        assert fate is Fate.SENT and loop.time() == began
        assert set(await asyncio.gather(*hung)) == {Fate.LATER}
        assert loop.time() < 2 * 3 * MOST_TRIES * DEADLINE_S

    with asyncio.Runner(loop_factory=Travelling) as runner:
        runner.run(scenario())
    assert exchange.most == MOST_AT_ONCE


# Over HTTP


async def _echoed(request: Request) -> Response:
    body = await request.body()
    headers = {name: request.headers.get(name) for name in ("x-token", "content-type")}
    return JSONResponse({"method": request.method, "body": body.decode(), **headers})


async def _moved(request: Request) -> Response:
    return RedirectResponse("/echo")


async def _broken(request: Request) -> Response:
    async def half() -> AsyncIterator[bytes]:
        yield b"{"
        raise ConnectionError

    return StreamingResponse(half(), headers={"content-length": "100"})


@contextmanager
def _platform() -> Iterator[str]:
    routes = [
        Route("/bot123:TOKEN/echo", _echoed, methods=["GET", "POST"]),
        Route("/bot123:TOKEN/moved", _moved, methods=["POST"]),
        Route("/bot123:TOKEN/broken", _broken, methods=["POST"]),
    ]
    with platform_served(Starlette(routes=routes)) as address:
        yield f"{address}/bot123:TOKEN"


@asynccontextmanager
async def _exchange() -> AsyncIterator[HttpExchange]:
    exchange = HttpExchange()
    try:
        yield exchange
    finally:
        await exchange.close()


def test_calls_are_made_with_json_and_headers_and_follow_no_redirect() -> None:
    async def scenario(address: str) -> None:
        async with _exchange() as exchange:
            call = Call(f"{address}/echo", {"text": "так"}, {"X-Token": "t"})
            status, body = await exchange(call)
            assert status == 200 and b'"x-token":"t"' in body and "так" in body.decode()
            status, body = await exchange(Call(f"{address}/echo", method="GET"))
            assert status == 200 and b'"method":"GET"' in body
            status, _ = await exchange(Call(f"{address}/moved"))
            assert status == 307

    with _platform() as address:
        asyncio.run(scenario(address))


def test_calls_go_through_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    async def scenario(address: str) -> None:
        async with _exchange() as exchange:
            assert (await exchange(Call(f"{address}/echo")))[0] == 200

    with _platform() as address:
        asyncio.run(scenario(address))


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the service would log, in its own format."""
    root, lines = logging.getLogger(), StringIO()
    level, handlers = root.level, root.handlers[:]
    configure_logging("debug")
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(lines)
    yield lines
    root.handlers = handlers
    root.setLevel(level)


def test_no_log_line_or_error_tells_the_address_which_holds_the_token(log: StringIO) -> None:
    async def scenario(address: str) -> None:
        async with _exchange() as exchange:
            await exchange(Call(f"{address}/echo", {"text": "secret words"}))
            for url in (f"{address}/broken", "http://127.0.0.1:1/bot123:TOKEN/sendMessage"):
                with pytest.raises(OSError) as failed:
                    await exchange(Call(url))
                assert "TOKEN" not in str(failed.value) and failed.value.__cause__ is None
            sender = Sender(exchange, Metrics(), Pauses())
            platform = Addressed("http://127.0.0.1:1/bot123:TOKEN/sendMessage")
            assert await sender.send(platform, said("p-1", "hello"), REPLY) is Fate.LATER

    with _platform() as address:
        asyncio.run(scenario(address))
    assert "takes no replies" in log.getvalue()
    assert "TOKEN" not in log.getvalue() and "secret words" not in log.getvalue()


class Addressed(Collecting):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
        return [Call(self._url, one.body) for one in super().calls(to, reply)]


def test_a_call_shows_neither_its_address_nor_what_is_in_it() -> None:
    shown = repr(Call("https://platform.test/bot1:TOKEN", {"text": "words"}, {"X-Token": "t"}))
    assert not any(word in shown for word in ("TOKEN", "words", "X-Token"))
