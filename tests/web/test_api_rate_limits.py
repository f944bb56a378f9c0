"""How much one client may ask. Each test name is the rule."""

import asyncio
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from limits.aio.storage import MemoryStorage, Storage
from limits.errors import StorageError
from support.app import api, client, count, problem_of, served, tiny_client, token_of
from support.clock import FULL_MINUTE, Clock, keep_limits_by
from support.corpus import tiny_index

from qa_service.access.keys import Role
from qa_service.bootstrap import web_dependencies
from qa_service.monitoring.logs import JsonLines
from qa_service.web.app import Application, create_app
from qa_service.web.middleware import counting
from qa_service.web.middleware.limits import KEYED_FACTOR

LIMITED = "/v1/services/plates-lost"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stands still at the beginning of a minute unless a test moves it."""
    stopped = Clock(FULL_MINUTE)
    keep_limits_by(stopped, monkeypatch)
    return stopped


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """By which limits know how long a store is left alone: stands still unless a test moves it."""
    stopped = Clock(1_000.0)
    keep_limits_by(Clock(FULL_MINUTE), monkeypatch, stopped)
    return stopped


def _passed(browser: TestClient, most: int = 100) -> int:
    """How many requests are answered before one is refused."""
    for number in range(most):
        if browser.get(LIMITED).status_code == 429:
            return number
    return most


# The window


def test_a_client_over_its_allowance_is_told_when_to_come_back(
    tmp_path: Path, clock: Clock
) -> None:
    browser = client(api(tmp_path, rate_limit="3/minute"))
    clock.now += 20
    answered = [browser.get(LIMITED) for _ in range(3)]
    assert [response.status_code for response in answered] == [200, 200, 200]
    assert [response.headers["ratelimit-remaining"] for response in answered] == ["2", "1", "0"]
    refused = browser.get(LIMITED)
    assert (
        "ask again in 40 s" in problem_of(refused, 429)["detail"]
        and refused.headers["retry-after"] == "40"
    )
    for response in (*answered, refused):
        assert (
            response.headers["ratelimit-limit"] == "3"
            and response.headers["ratelimit-policy"] == "3;w=60"
        )
        assert response.headers["ratelimit-reset"] == "40"
    assert "retry-after" not in answered[0].headers


def test_a_client_that_waits_as_long_as_it_was_told_is_answered(
    tmp_path: Path, clock: Clock
) -> None:
    browser = client(api(tmp_path, rate_limit="3/minute"))
    for _ in range(5):
        while (response := browser.get(LIMITED)).status_code == 200:
            clock.now += 0.5
        clock.now += int(response.headers["retry-after"])
        assert browser.get(LIMITED).status_code == 200


def test_after_two_windows_the_whole_allowance_is_there_again(tmp_path: Path, clock: Clock) -> None:
    browser = client(api(tmp_path, rate_limit="3/minute"))
    assert _passed(browser) == 3
    clock.now += 120
    assert _passed(browser) == 3


def test_no_two_windows_side_by_side_let_twice_the_allowance_pass(
    tmp_path: Path, clock: Clock
) -> None:
    browser = client(api(tmp_path, rate_limit="10/minute"))
    clock.now += 59
    assert _passed(browser) == 10
    clock.now += 2
    assert _passed(browser) <= 1


def test_every_answer_that_counts_says_so_errors_among_them(tmp_path: Path) -> None:
    browser = client(api(tmp_path, rate_limit="10/day"))
    paths = (
        "/v1/services",
        "/v1/ask?q=x",
        "/v1/suggest",
        "/v1/services/nope",
        "/v1/ask",
        "/v1/nope",
    )
    left = [browser.get(path).headers["ratelimit-remaining"] for path in paths]
    left.append(browser.post("/v1/ask", json={"question": "x"}).headers["ratelimit-remaining"])
    assert left == ["9", "8", "7", "6", "5", "4", "3"]


# What a question costs

LONG = "обмін посвідчення водія " * 15  # 345 letters, six units
COMPOUND = "Скільки коштує обмін прав? Де здати іспит? Ціна номерів?"


def _left_after(browser: TestClient, *questions: str) -> int:
    """Of an allowance, once a batch of these was answered."""
    response = browser.post("/v1/ask/batch", json={"questions": questions})
    assert response.status_code == 200
    return int(response.headers["ratelimit-remaining"])


@pytest.mark.parametrize(("question", "units"), [("обмін прав", 1), (LONG, 6), (COMPOUND, 3)])
def test_a_question_counts_by_its_length_and_by_what_it_asks_wherever_it_is_asked(
    tmp_path: Path, question: str, units: int
) -> None:
    app = api(tmp_path, rate_limit="100/day")
    in_body: tuple[tuple[str, dict[str, object]], ...] = (
        ("/v1/ask", {"question": question}),
        ("/v1/ask/batch", {"questions": [question]}),
    )
    responses = [client(app, path).post(path, json=body) for path, body in in_body]
    for path in ("/v1/ask", "/", "/en/"):
        responses.append(client(app, f"get {path}").get(path, params={"q": question}))
    assert [response.status_code for response in responses] == [200] * 5
    left = [int(response.headers["ratelimit-remaining"]) for response in responses]
    assert left == [100 - units] * 5


def test_a_batch_costs_what_its_questions_cost_alone(tmp_path: Path) -> None:
    browser = client(api(tmp_path, rate_limit="100/day"))
    assert _left_after(browser, "обмін прав") == 99
    assert _left_after(browser, "обмін прав", LONG, COMPOUND) == 99 - (1 + 6 + 3)


def test_a_question_for_which_too_little_is_left_is_refused_before_it_is_searched(
    tmp_path: Path,
) -> None:
    app = api(tmp_path, rate_limit="8/day")
    browser = client(app)
    assert browser.post("/v1/ask", json={"question": LONG}).status_code == 200
    refused = browser.post("/v1/ask", json={"question": LONG + "ще"})
    assert "ask again in" in problem_of(refused, 429)["detail"]
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["ratelimit-remaining"] == "1"
    assert count(app, "qa_answers_total") == 1
    assert browser.post("/v1/ask", json={"question": "обмін прав"}).status_code == 200


def test_a_person_for_whom_too_little_is_left_gets_a_page(tmp_path: Path) -> None:
    browser = client(api(tmp_path, rate_limit="8/day"), headers={"Accept": "text/html"})
    assert browser.get("/", params={"q": LONG}).status_code == 200
    refused = browser.get("/", params={"q": LONG})
    assert refused.status_code == 429 and refused.headers["content-type"].startswith("text/html")


def test_the_longest_question_can_be_asked_once_where_less_is_allowed(tmp_path: Path) -> None:
    browser = client(api(tmp_path, rate_limit="3/day"))
    assert browser.post("/v1/ask", json={"question": LONG}).status_code == 200
    assert _passed(browser) == 0


# Who a client is


def test_another_address_has_an_allowance_of_its_own(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="2/day")
    assert _passed(client(app, "192.0.2.1")) == 2
    assert _passed(client(app, "192.0.2.2")) == 2


def test_addresses_of_one_household_in_ipv6_are_one_client(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="2/day")
    assert _passed(client(app, "2001:db8:1:2::1")) == 2
    assert _passed(client(app, "2001:db8:1:2:ffff:ffff:ffff:ffff")) == 0
    assert _passed(client(app, "2001:db8:1:3::1")) == 2


def test_an_ipv4_address_written_as_ipv6_is_the_same_client(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="2/day")
    assert _passed(client(app, "192.0.2.1")) == 2
    assert (
        _passed(client(app, "::ffff:192.0.2.1")) == 0
        and _passed(client(app, "::ffff:192.0.2.2")) == 2
    )


def test_a_client_without_an_address_is_limited_too(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="2/day")
    assert _passed(client(app, "a unix socket")) == 2
    assert _passed(client(app, "")) == 2


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_a_key_of_an_operator_may_ask_ten_times_as_often_and_is_one_client_wherever_it_asks_from(
    tmp_path: Path, role: Role
) -> None:
    token, other = token_of(tmp_path, role), token_of(tmp_path, role)
    app = api(tmp_path, rate_limit="2/day")
    assert KEYED_FACTOR == 10
    assert _passed(client(app, "192.0.2.1", {"X-API-Key": token}), most=15) == 15
    assert _passed(client(app, "192.0.2.2", {"X-API-Key": token})) == 5
    assert _passed(client(app, "192.0.2.1", {"X-API-Key": other})) == 20
    assert _passed(client(app, "192.0.2.1")) == 2


def test_the_users_of_a_sites_public_key_are_told_apart_by_address(tmp_path: Path) -> None:
    key = {"X-API-Key": token_of(tmp_path, Role.SITE)}
    app = api(tmp_path, rate_limit="2/day")
    assert _passed(client(app, "192.0.2.1", key)) == 2
    assert _passed(client(app, "192.0.2.2", key)) == 2
    assert _passed(client(app, "192.0.2.1")) == 2


# What is limited


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/static/site.css",
        "/widget.js",
        "/services",
        "/centres",
        "/docs",
        "/openapi.json",
    ],
)
def test_health_metrics_files_and_plain_pages_are_never_limited(tmp_path: Path, path: str) -> None:
    browser = client(api(tmp_path, rate_limit="1/day"))
    assert _passed(browser) == 1
    response = browser.get(path)
    assert response.status_code == 200 and "ratelimit-limit" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "/v1/ask?q=x",
        "/v1/suggest?q=x",
        "/v1/services",
        "/?q=x",
        "/centres?q=x",
        "/opensearch-suggest?q=x",
    ],
)
def test_whatever_makes_work_is_limited(tmp_path: Path, path: str) -> None:
    browser = client(api(tmp_path, rate_limit="1/day"))
    assert browser.get(path).status_code == 200 and browser.get(path).status_code == 429


def test_a_request_that_is_refused_at_the_door_costs_nobody_anything(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="1/day")
    for headers in ({"X-API-Key": "forged"}, {"Origin": "https://example.com"}):
        for _ in range(3):
            assert client(app, headers=headers).get(LIMITED).status_code in (401, 403)
    assert _passed(client(app)) == 1


def test_off_limits_nobody(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="off")
    assert (
        _passed(client(app), most=50) == 50
        and "ratelimit-limit" not in client(app).get(LIMITED).headers
    )
    assert client(app).post("/v1/ask/batch", json={"questions": ["обмін"] * 64}).status_code == 200


# Proxies


def _get(port: int, path: str = LIMITED, **headers: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status


def _from(port: int, *addresses: str) -> list[int]:
    """What a proxy that forwards for each of `addresses` gets."""
    return [_get(port, **{"X-Forwarded-For": address}) for address in addresses]


@contextmanager
def _process(
    command: Sequence[str], folder: Path, port: int, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens on `port`, killed at the end."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("QA_")
    } | settings
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, env=environment, **quiet)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 30
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < deadline, (
                f"{command[0]} does not listen"
            )
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _service(folder: Path, trusted: str) -> Iterator[int]:
    """The port of `qa-service serve`, which lets two requests a day pass."""
    tiny_index(folder)
    port = _free_port()
    command = (sys.executable, "-m", "qa_service", "serve", "--port", str(port))
    settings = {
        "QA_MODEL": "hashing",
        "QA_JOURNAL": "off",
        "QA_RATE_LIMIT": "2/day",
        "QA_TRUSTED_PROXIES": trusted,
    }
    with _process(command, folder, port, **settings):
        yield port


@pytest.mark.slow
def test_clients_behind_a_trusted_proxy_are_told_apart_by_the_address_that_it_names(
    tmp_path: Path,
) -> None:
    with _service(tmp_path, trusted="192.0.2.200, 127.0.0.1") as port:
        assert _from(port, "192.0.2.1", "192.0.2.1", "192.0.2.1") == [200, 200, 429]
        assert _from(port, "192.0.2.2") == [200]
        assert _from(port, "192.0.2.9, 192.0.2.1") == [
            429
        ]  # what a client itself put first is not believed


@pytest.mark.slow
def test_an_address_that_an_untrusted_client_makes_up_does_not_help_it(tmp_path: Path) -> None:
    with _service(tmp_path, trusted="192.0.2.200") as port:
        assert _from(port, "192.0.2.1", "192.0.2.2", "192.0.2.3", "127.0.0.1") == [
            200,
            200,
            429,
            429,
        ]


# The store


@pytest.mark.parametrize("scheme", ["redis", "valkey"])
def test_where_the_store_is_down_each_process_counts_alone_and_answers(
    tmp_path: Path, scheme: str
) -> None:
    app = api(tmp_path, rate_limit="3/day", rate_limit_store=f"{scheme}://127.0.0.1:{_free_port()}")
    assert _passed(client(app)) == 3
    assert count(app, "qa_rate_limit_store_failures_total") == 4


def test_a_batch_is_counted_alone_too_where_the_store_is_down(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="3/day", rate_limit_store=f"valkey://127.0.0.1:{_free_port()}")
    assert client(app).post("/v1/ask/batch", json={"questions": ["обмін"] * 2}).status_code == 200
    assert client(app).post("/v1/ask/batch", json={"questions": ["обмін"] * 2}).status_code == 429


def test_a_batch_that_could_never_pass_is_the_callers_error(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="3/minute")
    problem = problem_of(client(app).post("/v1/ask/batch", json={"questions": ["обмін"] * 4}), 422)
    assert "4 questions at once" in problem["detail"] and "3 per 1 minute" in problem["detail"]
    assert client(app).post("/v1/ask/batch", json={"questions": ["обмін"] * 2}).status_code == 200


class StoreThatIsDown(MemoryStorage):
    """Counts how often it is asked in vain; mended, it counts requests."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.is_down = 0, True

    async def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        if self.is_down:
            self.asked += 1
            raise StorageError(ConnectionError("refused"))
        return await super().acquire_sliding_window_entry(key, limit, expiry, amount)


def _counted_in(store: Storage, folder: Path, rate_limit: str) -> Application:
    deps = web_dependencies(tiny_index(folder, rate_limit=rate_limit))
    return create_app(replace(deps, limit_store=store))


def test_a_store_that_is_down_is_asked_once_in_5_seconds(tmp_path: Path, pause: Clock) -> None:
    store = StoreThatIsDown()
    app = _counted_in(store, tmp_path, "100/day")
    assert _passed(client(app), most=20) == 20 and store.asked == 1
    pause.now += 4.9
    assert _passed(client(app), most=20) == 20 and store.asked == 1
    pause.now += 0.1
    assert _passed(client(app), most=20) == 20 and store.asked == 2
    assert count(app, "qa_rate_limit_store_failures_total") == 60


def test_a_store_that_was_mended_counts_again_after_5_seconds(tmp_path: Path, pause: Clock) -> None:
    store = StoreThatIsDown()
    app = _counted_in(store, tmp_path, "3/day")
    assert _passed(client(app)) == 3
    store.is_down = False
    assert _passed(client(app)) == 0
    pause.now += 5
    assert _passed(client(app)) == 3 and store.asked == 1


def _said_of_limits(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        JsonLines().format(record) for record in caplog.records if record.name == counting.__name__
    ]


def test_a_failing_store_is_said_in_the_log_without_its_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = f"valkey://:hidden-word@127.0.0.1:{_free_port()}"
    with caplog.at_level(logging.WARNING, "qa_service"):
        assert (
            client(api(tmp_path, rate_limit="3/day", rate_limit_store=store))
            .get(LIMITED)
            .status_code
            == 200
        )
    said = _said_of_limits(caplog)
    assert len(said) == 1 and "each process alone" in said[0] and "hidden-word" not in said[0]


def test_a_store_is_said_once_to_fail_and_once_to_count_again(
    tmp_path: Path, pause: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store = StoreThatIsDown()
    app = _counted_in(store, tmp_path, "100/day")
    for is_down in (True, False) * 2:
        store.is_down = is_down
        pause.now += 5
        assert _passed(client(app), most=3) == 3
    events = [json.loads(line)["event"] for line in _said_of_limits(caplog)]
    assert (
        events
        == [
            "rate limits are counted by each process alone",
            "rate limits are counted in their store again",
        ]
        * 2
    )


class StoreThatHangs(MemoryStorage):
    """Counts, then never says what it counted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def get_sliding_window(
        self, key: str, expiry: int | None = None
    ) -> tuple[int, float, int, float]:
        self.asked += 1
        await asyncio.sleep(3_600)
        raise AssertionError("nobody waits so long")


def test_the_whole_exchange_with_a_store_has_one_deadline(
    tmp_path: Path, pause: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counting.DEADLINE_S == 0.2
    monkeypatch.setattr(counting, "DEADLINE_S", 0.001)
    store = StoreThatHangs()
    app = _counted_in(store, tmp_path, "3/day")
    assert _passed(client(app)) == 3 and store.asked == 1
    assert count(app, "qa_rate_limit_store_failures_total") == 4


@contextmanager
def _two_services(
    folder: Path, scheme: str
) -> Iterator[tuple[subprocess.Popen[bytes], list[Application], list[int]]]:
    """A store, and two services on its count of five requests a day."""
    binary = shutil.which("valkey-server")
    if binary is None:
        pytest.skip("no valkey-server: run scripts/install-valkey")
    folder.mkdir(exist_ok=True)
    port = _free_port()
    command = (
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    )
    store = f"{scheme}://127.0.0.1:{port}"
    apps = [
        api(folder / name, rate_limit="5/day", rate_limit_store=store) for name in ("one", "two")
    ]
    with _process(command, folder, port) as server, served(apps[0]) as one, served(apps[1]) as two:
        yield server, apps, [one, two]


every_client_library = pytest.mark.parametrize("scheme", ["redis", "valkey"])
left_to_the_process = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
"""The service holds its connection to the store until its process ends; here, the process goes on.
"""


@pytest.mark.slow
@left_to_the_process
@every_client_library
def test_two_services_share_the_count_of_one_store(tmp_path: Path, scheme: str) -> None:
    with _two_services(tmp_path, scheme) as (_, apps, (one, two)):
        assert [_get(port) for port in (one, two, one, two, one, two, one)] == [200] * 5 + [429] * 2
        assert [count(app, "qa_rate_limit_store_failures_total") for app in apps] == [0, 0]


@pytest.mark.slow
@left_to_the_process
@every_client_library
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["gone", "hung"])
def test_a_store_that_ends_in_the_middle_costs_no_answer_and_is_asked_once(
    tmp_path: Path,
    scheme: str,
    end: signal.Signals,
    pause: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said in the log whenever it was asked in vain, which takes a fifth of a second where it
    hangs.
    """
    with _two_services(tmp_path, scheme) as (server, apps, (one, two)):
        assert [_get(port) for port in (one, two)] == [200, 200]
        server.send_signal(end)
        assert [_get(port) for port in (one, two)] == [200, 200]
        assert [_get(one) for _ in range(5)] == [200] * 4 + [429]
        assert count(apps[0], "qa_rate_limit_store_failures_total") == 6
    assert len(_said_of_limits(caplog)) == 2


@pytest.mark.slow
@left_to_the_process
def test_a_store_that_comes_back_counts_again(tmp_path: Path, pause: Clock) -> None:
    with _two_services(tmp_path, "valkey") as (server, apps, (one, _)):
        server.send_signal(signal.SIGSTOP)
        assert _get(one) == 200
        server.send_signal(signal.SIGCONT)
        pause.now += 5
        assert [_get(one) for _ in range(6)] == [200] * 5 + [429]
        assert count(apps[0], "qa_rate_limit_store_failures_total") == 1


def test_a_large_body_counts_for_each_16_kib_that_it_is_said_to_have(tmp_path: Path) -> None:
    client = tiny_client(tmp_path, rate_limit="100/minute")
    before = int(client.get("/v1/services").headers["RateLimit-Remaining"])
    client.post("/v1/ask", content=b" " * 100_000)
    after = int(client.get("/v1/services").headers["RateLimit-Remaining"])
    assert before - after == 1 + 1 + 100_000 // 16_384
