"""deploy/nginx/qa_service.conf with the real nginx before a real server. Each test name is the
rule.
"""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from support.app import api, served
from support.nginx import nginx_before
from support.proxies import NAME, Proxy, Reply, read_problem
from support.waiting import until

from qa_service.settings import Settings
from qa_service.web.edges import HEAD_BYTES
from qa_service.web.problems import problem

pytestmark = pytest.mark.slow

QUESTION = "Скільки коштує обмін посвідчення Петренко"
ASK = f"/v1/ask?q={quote(QUESTION)}"
JSON = {"Content-Type": "application/json"}
MAX_BODY_BYTES: int = Settings.model_fields["max_body_bytes"].default


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Before the service over the tiny corpus."""
    folder = tmp_path_factory.mktemp("service")
    app = api(folder, rate_limit="off")
    with served(app) as port, nginx_before(folder / "nginx", port) as running:
        yield running


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Proxy]:
    """nginx whose service is down."""
    with nginx_before(tmp_path, 1) as running:
        yield running


def _posted(nginx: Proxy, body: bytes) -> Reply:
    return nginx.ask("/v1/ask", method="POST", body=body, headers=JSON)


def test_questions_pages_and_files_come_through(nginx: Proxy) -> None:
    assert json.loads(nginx.ask(ASK).text)["answerable"] is True
    body = json.dumps({"question": QUESTION}).encode()
    assert json.loads(_posted(nginx, body).text)["answerable"] is True
    assert nginx.ask("/").status_code == nginx.ask("/widget.js").status_code == 200


# Who asks, and by which name


def test_the_clients_own_address_is_what_the_service_limits(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="2/day")
    with served(app) as port, nginx_before(tmp_path / "nginx", port) as nginx:
        assert [nginx.ask(ASK).status_code for _ in range(3)] == [200, 200, 429]
        assert nginx.ask(ASK, address="127.0.0.2").status_code == 200


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_an_address_that_a_client_claims_does_not_help_it(tmp_path: Path, name: str) -> None:
    app = api(tmp_path, rate_limit="2/day")
    with served(app) as port, nginx_before(tmp_path / "nginx", port) as nginx:
        claimed = [{name: f"192.0.2.{number}"} for number in range(3)]
        assert [nginx.ask(ASK, headers=one).status_code for one in claimed] == [200, 200, 429]


def test_links_and_redirects_are_of_the_public_name_and_scheme(nginx: Proxy) -> None:
    page = nginx.ask("/services").text
    assert re.findall(r'rel="canonical" href="([^"]+)"', page) == [f"https://{NAME}/services"]
    moved = nginx.ask("/services/")
    assert moved.status_code == 307 and moved.headers["location"] == f"https://{NAME}/services"


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.test"}, {"X-Forwarded-Host": "evil.test"}, {"X-Forwarded-Proto": "http"}],
)
def test_a_name_or_scheme_that_a_client_claims_is_not_believed(
    nginx: Proxy, headers: dict[str, str]
) -> None:
    moved = nginx.ask("/services/", headers=headers)
    assert moved.headers["location"] == f"https://{NAME}/services"


def test_without_tls_a_browser_is_sent_to_the_public_name(nginx: Proxy) -> None:
    moved = nginx.ask_plainly("/services?q=x", host="evil.test")
    assert moved.status_code == 308 and moved.headers["location"] == f"https://{NAME}/services?q=x"


def test_a_browser_never_comes_without_tls_again_whatever_it_was_told(nginx: Proxy) -> None:
    for path in ("/", ASK, "/metrics", "/v1/ask?q=" + "a" * 20_000):
        policy = nginx.ask(path).headers["strict-transport-security"]
        assert policy == "max-age=31536000; includeSubDomains"


def test_a_page_of_another_site_is_refused_and_our_own_is_not(nginx: Proxy) -> None:
    assert nginx.ask(ASK, headers={"Origin": f"https://{NAME}"}).status_code == 200
    assert nginx.ask(ASK, headers={"Origin": "https://evil.test"}).status_code == 403


# Limits


def test_a_question_of_the_greatest_length_fits_into_an_address(nginx: Proxy) -> None:
    longest = quote("ї" * Settings.model_fields["max_question_chars"].default)
    answer = json.loads(nginx.ask(f"/v1/ask?q={longest}").text)
    assert answer["reason"] != "too_long"


def test_a_head_that_is_too_large_is_a_431(nginx: Proxy) -> None:
    read_problem(nginx.ask("/v1/ask?q=" + "a" * 20_000), 431)
    read_problem(nginx.ask(ASK, headers={"X-Large": "a" * 20_000}), 431)
    half = "a" * (HEAD_BYTES // 2 - 1_000)
    read_problem(nginx.ask(ASK, headers={"X-A": half, "X-B": half, "X-C": half}), 431)


def test_what_is_no_http_is_a_400(nginx: Proxy) -> None:
    with nginx.connected() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400")


def test_a_body_over_the_limit_is_a_413_and_one_at_the_limit_is_read(nginx: Proxy) -> None:
    detail = read_problem(_posted(nginx, b"x" * (MAX_BODY_BYTES + 1)), 413)["detail"]
    assert f"{MAX_BODY_BYTES} bytes" in str(detail)
    assert _posted(nginx, b"x" * MAX_BODY_BYTES).status_code == 422


def test_more_requests_than_any_key_allows_are_refused_before_the_service(tmp_path: Path) -> None:
    """At a rate and a burst that a test can climb."""
    asked = 0

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        if scope["type"] == "http":
            asked += 1
            await JSONResponse({})(scope, receive, send)

    lower = {"rate=150r/s": "rate=1r/m", "burst=300": "burst=2"}
    with served(counting) as port, nginx_before(tmp_path, port, changes=lower) as nginx:
        assert [nginx.ask(ASK).status_code for _ in range(3)] == [200] * 3
        refused = nginx.ask(ASK)
        read_problem(refused, 429)
        assert refused.headers["retry-after"] == "1" and asked == 3
        assert nginx.ask(ASK, address="127.0.0.2").status_code == 200


def test_behind_a_named_proxy_a_client_is_the_address_or_network_that_it_names(
    tmp_path: Path,
) -> None:
    changes = {
        "# set_real_ip_from 192.0.2.10;": "set_real_ip_from 127.0.0.1;",
        "# real_ip_header": "real_ip_header",
        "rate=150r/s": "rate=1r/m",
        "burst=300 ": "",
    }
    app = api(tmp_path, rate_limit="off")
    with served(app) as port, nginx_before(tmp_path / "nginx", port, changes=changes) as nginx:
        named = (
            "2001:db8:1:1::1",
            "2001:db8:1:1:2::2",
            "2001:db8:1:2::1",
            "192.0.2.1",
            "192.0.2.2",
        )
        replies = [nginx.ask(ASK, headers={"X-Forwarded-For": one}) for one in named]
        assert [reply.status_code for reply in replies] == [200, 429, 200, 200, 200]


IMPATIENT = {
    "client_header_timeout 10s": "client_header_timeout 1s",
    "client_body_timeout 10s": "client_body_timeout 1s",
}


@pytest.mark.parametrize(
    "sent",
    [b"GET / HT", b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{"],
    ids=["head", "body"],
)
def test_a_client_that_stops_in_the_middle_is_closed_and_never_reaches_the_service(
    tmp_path: Path, sent: bytes
) -> None:
    with nginx_before(tmp_path, 1, changes=IMPATIENT) as nginx:
        with nginx.connected() as connection:
            connection.sendall(sent)
            assert _received(connection) == b""
        assert '"upstream_status":"502"' not in nginx.logs()


def _received(connection: ssl.SSLSocket) -> bytes:
    """All until the server closes or resets; fails where it does neither."""
    received = b""
    try:
        while data := connection.recv(65_536):
            received += data
    except (ConnectionResetError, ssl.SSLError):
        pass
    return received


# What the service says, and what is said while it does not


def test_a_refusal_of_the_service_comes_through_as_it_is(tmp_path: Path) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            reply = problem(
                503, "too many questions at once; ask again in 7 s", {"Retry-After": "7"}
            )
            await reply(scope, receive, send)

    with served(refusing) as port, nginx_before(tmp_path, port) as nginx:
        reply = nginx.ask(ASK)
        assert "ask again in 7 s" in str(read_problem(reply, 503)["detail"])
        assert reply.headers["retry-after"] == "7"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_program_is_told_when_to_come_back_while_the_service_is_down(
    alone: Proxy, method: str
) -> None:
    reply = alone.ask(ASK, method=method, body=b"{}" if method == "POST" else None)
    read_problem(reply, 503)
    assert reply.headers["retry-after"] == "5" and reply.headers["cache-control"] == "no-store"
    assert reply.headers["access-control-allow-origin"] == "*"  # for widgets


def test_a_person_gets_a_page_while_the_service_is_down(alone: Proxy) -> None:
    for path in ("/", "/services", f"/?q={quote(QUESTION)}", "/en/v1/"):
        reply = alone.ask(path)
        assert reply.status_code == 503 and reply.headers["retry-after"] == "5"
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert Settings.model_fields["contact_phone"].default in reply.text


def test_a_service_that_comes_back_is_asked_again_at_once(tmp_path: Path) -> None:
    app = api(tmp_path)
    with served(app) as port:
        pass
    with nginx_before(tmp_path / "nginx", port) as nginx:
        assert nginx.ask(ASK).status_code == 503
        with served(app, port=port):
            assert nginx.ask(ASK).status_code == 200


def test_where_one_of_two_machines_is_down_nobody_notices(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="off")
    body = json.dumps({"question": QUESTION}).encode()
    with served(app) as port, nginx_before(tmp_path / "nginx", 1, port) as nginx:
        assert {nginx.ask(ASK).status_code for _ in range(4)} == {200}
        assert {_posted(nginx, body).status_code for _ in range(4)} == {200}


def test_a_question_is_asked_of_one_machine_only_whatever_that_one_answers(tmp_path: Path) -> None:
    asked = 0

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        if scope["type"] == "http":
            asked += 1
            await problem(503, "too many questions at once")(scope, receive, send)

    with (
        served(failing) as one,
        served(failing) as other,
        nginx_before(tmp_path, one, other) as nginx,
    ):
        assert nginx.ask(ASK).status_code == 503 and asked == 1


# What is kept, and what is not shown


def test_no_question_gets_into_a_log_or_onto_the_disk(tmp_path: Path) -> None:
    """While the service answers, while it is down, and where a request is refused."""
    app = api(tmp_path, rate_limit="off")
    words = [QUESTION, quote(QUESTION), QUESTION.split()[-1], quote(QUESTION.split()[-1])]
    lower = {"rate=150r/s": "rate=1r/m", "burst=300": "burst=8"}
    with (
        served(app) as port,
        nginx_before(tmp_path / "nginx", port, changes=lower) as nginx,
        nginx_before(tmp_path / "alone", 1) as alone,
    ):
        for one in (nginx, alone):
            for path in (ASK, f"/?q={words[1]}", f"/{words[1]}", f"/static/x?q={words[1]}"):
                one.ask(path, headers={"Referer": f"https://{NAME}/?q={words[1]}"})
            one.ask("/v1/ask", method="POST", body=QUESTION.encode() * 2_000, headers=JSON)
            one.ask(f"{ASK}{words[1] * 70}")
            one.ask_plainly(ASK)
        assert {nginx.ask(ASK).status_code for _ in range(8)} == {200, 429}
    for running in (nginx, alone):
        assert running.logs().count('"route":"/v1/ask"') >= 3
        for file in running.folder.rglob("*"):
            kept = file.read_bytes() if file.is_file() else b""
            assert not any(word.encode() in kept for word in words), file


def test_a_request_has_one_id_in_the_log_of_nginx_and_of_the_service(nginx: Proxy) -> None:
    made = nginx.ask("/healthz", headers={"X-Request-ID": "made-up"}).headers["x-request-id"]
    assert made != "made-up"
    until(lambda: made in nginx.logs())  # nginx logs a request after its response has left
    assert [line["route"] for line in _lines(nginx) if line["request_id"] == made] == ["/healthz"]


def _lines(nginx: Proxy) -> list[dict[str, object]]:
    return [json.loads(line) for line in nginx.logs().splitlines() if line]


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/%6detrics", "/x/../metrics", "/metrics/", "/metrics?x=1"]
)
def test_metrics_are_not_for_the_public(nginx: Proxy, path: str) -> None:
    assert "qa_http_requests_total" not in nginx.ask(path).text
    read_problem(nginx.ask("/metrics"), 404)


def test_nginx_does_not_say_which_version_it_is(nginx: Proxy) -> None:
    assert nginx.ask("/").headers["server"] == "nginx"


def test_large_answers_and_pages_are_compressed_here_and_not_by_the_service(tmp_path: Path) -> None:
    accepted = []

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            accepted.append(dict(scope["headers"]).get(b"accept-encoding"))
            await JSONResponse({"text": "а" * 2_000})(scope, receive, send)

    with served(answering) as port, nginx_before(tmp_path, port) as nginx:
        reply = nginx.ask(ASK, headers={"Accept-Encoding": "gzip"})
        assert reply.headers["content-encoding"] == "gzip" and accepted == [None]
        assert "content-encoding" not in nginx.ask(ASK).headers


def test_who_holds_an_answer_gets_a_304_through_compression_too(nginx: Proxy) -> None:
    accepting = {"Accept-Encoding": "gzip"}
    tag = nginx.ask(ASK, headers=accepting).headers["etag"]
    assert nginx.ask(ASK, headers=accepting | {"If-None-Match": tag}).status_code == 304


def test_files_are_kept_for_good_and_served_while_the_service_is_down(tmp_path: Path) -> None:
    with ExitStack() as while_up, ExitStack() as stack:
        port = while_up.enter_context(served(api(tmp_path)))
        nginx = stack.enter_context(nginx_before(tmp_path / "nginx", port))
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', nginx.ask("/").text)
        widget = re.findall(r'"\.(/widget/[^"]+)"', nginx.ask("/widget.js").text)
        kept = {path: nginx.ask(path) for path in (*files, *widget)}
        while_up.close()
        assert files and widget and nginx.ask(ASK).status_code == 503
        for path, before in kept.items():
            after = nginx.ask(path)
            assert after.status_code == 200 and after.text == before.text
            assert "max-age=31536000" in after.headers["cache-control"]


def test_an_answer_is_kept_by_nobody_between(nginx: Proxy) -> None:
    """An answer has an id of its own each time it is given."""
    ids = {json.loads(nginx.ask(ASK).text)["answer_id"] for _ in range(3)}
    assert len(ids) == 3
