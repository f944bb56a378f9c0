"""deploy/haproxy/haproxy.cfg with the real haproxy before servers that only listen. Each test name
is the rule.
"""

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from support.app import served
from support.haproxy import haproxy_before
from support.proxies import NAME, Proxy, Reply, read_problem
from support.waiting import until

from qa_service.web.edges import HEAD_BYTES

pytestmark = pytest.mark.slow

QUESTION = "Скільки коштує обмін посвідчення Петренко"
ASK = f"/v1/ask?q={quote(QUESTION)}"
JSON = {"Content-Type": "application/json"}


@dataclass
class Listening:
    """A replica that answers everything with its number, and is ready while it is told to be."""

    number: int
    status: int = 200
    is_ready: bool = True
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/readyz":
            await JSONResponse({}, 200 if self.is_ready else 503)(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.heard.append((scope["path"], headers))
        reply = {"replica": self.number, "padding": "а" * 2_000}
        await JSONResponse(reply, self.status)(scope, receive, send)


@dataclass(frozen=True)
class World:
    replicas: tuple[Listening, ...]
    haproxy: Proxy

    def answering(self, path: str = ASK, times: int = 1) -> Counter[int]:
        """Which replicas answer."""
        return Counter(json.loads(self.haproxy.ask(path).text)["replica"] for _ in range(times))


@contextmanager
def world_of(
    folder: Path, count: int = 2, changes: Mapping[str, str] | None = None
) -> Iterator[World]:
    replicas = tuple(map(Listening, range(count)))
    with ExitStack() as stack:
        ports = [stack.enter_context(served(replica)) for replica in replicas]
        haproxy = stack.enter_context(haproxy_before(folder, *ports, changes=changes))
        yield World(replicas, haproxy)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of(tmp_path_factory.mktemp("haproxy")) as running:
        yield running


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """haproxy whose replicas are all down."""
    with haproxy_before(tmp_path_factory.mktemp("alone"), 1, 2) as running:
        until(lambda: running.ask("/").headers["content-type"].startswith("text/html"))
        yield running


# Who asks, and by which name


def test_the_service_hears_the_clients_own_address_and_its_public_name(tmp_path: Path) -> None:
    claimed = {"Host": "evil.test", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http"}
    with world_of(tmp_path, 1) as world:
        world.haproxy.ask("/services", headers=claimed, address="127.0.0.2")
    [(_, headers)] = world.replicas[0].heard
    assert headers["host"] == NAME and headers["x-forwarded-for"] == "127.0.0.2"
    assert headers["x-forwarded-proto"] == "https" and headers["x-request-id"]


def test_without_tls_a_browser_is_sent_to_the_public_name(world: World) -> None:
    moved = world.haproxy.ask_plainly("/services?q=x", host="evil.test")
    assert moved.status_code == 308 and moved.headers["location"] == f"https://{NAME}/services?q=x"


def test_a_browser_never_comes_without_tls_again_whatever_it_was_told(world: World) -> None:
    for path in ("/", ASK, "/metrics"):
        policy = world.haproxy.ask(path).headers["strict-transport-security"]
        assert policy == "max-age=31536000; includeSubDomains"


# Limits


def test_a_head_as_large_as_the_service_takes_comes_through_and_a_larger_one_does_not(
    world: World,
) -> None:
    most = "a" * (HEAD_BYTES - 1_000)
    assert world.haproxy.ask(ASK, headers={"X-Large": most}).status_code == 200
    assert (
        world.haproxy.ask(ASK, headers={"X-Large": "a" * (HEAD_BYTES + 6_000)}).status_code == 400
    )


def test_more_requests_than_any_key_allows_are_refused_before_the_service(tmp_path: Path) -> None:
    with world_of(tmp_path, changes={"gt 1500": "gt 3"}) as world:
        assert [world.haproxy.ask(ASK).status_code for _ in range(3)] == [200] * 3
        refused = world.haproxy.ask(ASK)
        read_problem(refused, 429)
        assert refused.headers["retry-after"] == "1"
        assert sum(len(replica.heard) for replica in world.replicas) == 3
        assert world.haproxy.ask(ASK, address="127.0.0.2").status_code == 200


def test_a_body_that_stops_in_the_middle_never_reaches_the_service(tmp_path: Path) -> None:
    with world_of(
        tmp_path, changes={"timeout http-request 10s": "timeout http-request 1s"}
    ) as world:
        with world.haproxy.connected() as connection:
            connection.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 408")
        assert not any(replica.heard for replica in world.replicas)


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics", "/metrics/", "/metrics?x=1"])
def test_metrics_are_not_for_the_public(world: World, path: str) -> None:
    read_problem(world.haproxy.ask(path), 404)


def test_no_word_of_a_question_is_logged(world: World) -> None:
    for path in (ASK, f"/?q={quote(QUESTION)}", f"/v1/ask/{quote(QUESTION)}", "/Петренко"):
        world.haproxy.ask(quote(path, safe="/?=%"), headers={"Referer": f"https://x/{QUESTION!a}"})
    until(lambda: world.haproxy.logs().count('"route":"other"') > 0)
    logged = world.haproxy.logs()
    assert '"route":"/v1/ask"' in logged and '"route":"/"' in logged
    assert not re.search(r"[?]q|%D0|Петренко|\\u04", logged)
    lines = [line for line in logged.splitlines() if line.startswith("{")]
    assert all(json.loads(line)["request_id"] for line in lines)


def test_large_answers_are_compressed_here_and_not_by_the_service(tmp_path: Path) -> None:
    with world_of(tmp_path, 1) as world:
        reply = world.haproxy.ask(ASK, headers={"Accept-Encoding": "gzip"})
    [(_, headers)] = world.replicas[0].heard
    assert reply.headers["content-encoding"] == "gzip" and "accept-encoding" not in headers


# Which replica answers


def test_questions_go_to_all_replicas_and_to_none_that_is_not_ready(tmp_path: Path) -> None:
    with world_of(tmp_path) as world:
        assert set(world.answering(times=40)) == {0, 1}
        world.replicas[0].is_ready = False
        until(lambda: set(world.answering(times=10)) == {1})
        world.replicas[0].is_ready = True
        until(lambda: set(world.answering(times=10)) == {0, 1})


def test_what_a_platform_delivers_goes_to_one_replica_and_to_another_once_that_is_gone(
    tmp_path: Path,
) -> None:
    with world_of(tmp_path) as world:
        [first] = world.answering("/channels/telegram", 20)
        world.replicas[first].is_ready = False
        until(lambda: set(world.answering("/channels/telegram", 5)) == {1 - first})


def test_a_question_that_is_refused_is_not_asked_again(tmp_path: Path) -> None:
    with world_of(tmp_path) as world:
        for replica in world.replicas:
            replica.status = 503
        refused = world.haproxy.ask(ASK)
        assert refused.status_code == 503 and "padding" in refused.text
        assert sum(len(replica.heard) for replica in world.replicas) == 1


@contextmanager
def dying() -> Iterator[tuple[int, list[bytes]]]:
    """A replica that is ready and breaks off at every other request, as one that is killed: its
    port, and what it was asked.
    """
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    request = connection.recv(65_536)
                    if b" /readyz " in request:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    else:
                        asked.append(request)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("method", "path", "is_repeated"),
    [
        ("GET", ASK, True),
        ("POST", "/v1/ask", True),
        ("POST", "/v1/ask/batch", True),
        ("POST", "/v1/feedback", False),
        ("POST", "/channels/webhook", False),
    ],
)
def test_what_a_replica_dies_over_is_asked_of_another_only_where_it_changes_nothing(
    tmp_path: Path, method: str, path: str, is_repeated: bool
) -> None:
    replies: list[Reply] = []
    with (
        dying() as (first, asked),
        served(Listening(0)) as second,
        haproxy_before(tmp_path, first, second) as haproxy,
    ):
        while not asked:
            replies.append(haproxy.ask(path, method=method, body=b"{}", headers=JSON))
    assert len(asked) == 1
    if is_repeated:
        assert {reply.status_code for reply in replies} == {200}
    else:
        read_problem(replies[-1], 503)


# What is said while the service does not


def test_while_no_replica_is_ready_programs_get_problem_details_and_people_a_page(
    alone: Proxy,
) -> None:
    reply = alone.ask(ASK)
    read_problem(reply, 503)
    assert reply.headers["retry-after"] == "5" and reply.headers["cache-control"] == "no-store"
    assert reply.headers["access-control-allow-origin"] == "*"
    page = alone.ask("/")
    assert page.status_code == 503 and page.headers["retry-after"] == "5"
    assert page.headers["content-type"] == "text/html; charset=utf-8" and "<html" in page.text
