"""What is fetched, how patiently, and what is never asked for."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from support.sources import Web, served_pages

from qa_service.documents.importers import Limits
from qa_service.documents.importers.addresses import Access
from qa_service.documents.importers.fetch import MAX_REDIRECTS, Fetcher
from qa_service.documents.importers.fetched import Deadline
from qa_service.documents.importers.network import Gate
from qa_service.errors import GoneError, SourceError

LIMIT = 10_000


class OnlyLoopback(Access):
    """As strict as in production but for the server of the test."""

    def check(self, host: str, address: str) -> None:
        if address != "127.0.0.1":
            Access.check(self, host, address)


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with served_pages() as web:
        yield web


@pytest.fixture
def web(server: Web) -> Web:
    server.pages.clear()
    server.asked.clear()
    server.agents.clear()
    server.sent_bytes = 0
    return server


def _fetcher(**changes: Any) -> Fetcher:
    access = OnlyLoopback(("127.0.0.1", "gov.ua"))
    return Fetcher("tester", access, Limits(LIMIT, 10, 3, 0), **changes)


def test_a_page_comes_with_its_type_its_encoding_and_its_checksum(web: Web) -> None:
    url = web.put("/a", b"\xcf\xf0\xe0\xe2\xe0", content_type="text/html; charset=windows-1251")
    fetched = _fetcher().fetch(url)
    assert (fetched.url, fetched.content) == (url, b"\xcf\xf0\xe0\xe2\xe0")
    assert (fetched.media_type, fetched.charset) == ("text/html", "windows-1251")
    assert fetched.sha256 == hashlib.sha256(fetched.content).hexdigest()
    assert web.agents == ["tester"]


def test_a_packed_page_is_unpacked(web: Web) -> None:
    url = web.put("/a", gzip.compress(b"text" * 100), content_encoding="gzip")
    assert _fetcher().fetch(url).content == b"text" * 100


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_not_there_is_gone(web: Web, status: int) -> None:
    with pytest.raises(GoneError, match=f"{status}.*new address"):
        _fetcher().fetch(web.put("/a", "", status))


@pytest.mark.parametrize("status", [204, 400, 403, 429, 500, 503])
def test_any_other_answer_is_a_failure_that_may_pass(web: Web, status: int) -> None:
    with pytest.raises(SourceError, match=f"answers {status}") as caught:
        _fetcher().fetch(web.put("/a", "", status))
    assert not isinstance(caught.value, GoneError)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_the_address_that_is_kept(web: Web, status: int) -> None:
    end = web.put("/end", "text")
    fetched = _fetcher().fetch(web.put("/start", "", status, location="/end"))
    assert (fetched.url, fetched.content) == (end, b"text")


def test_a_loop_of_redirects_ends(web: Web) -> None:
    start = web.put("/a", "", 302, location="/b")
    web.put("/b", "", 302, location="/a")
    with pytest.raises(SourceError, match="redirects more than 5 times"):
        _fetcher().fetch(start)
    assert len(web.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("http://inside.gov.ua/", r"inside\.gov\.ua leads to 10\.0\.0\.1, which is not a public"),
        ("http://metadata.gov.ua/", r"leads to 169\.254\.169\.254"),
        ("http://both.gov.ua/", r"leads to ::1"),
        ("http://example.com/", "not among the allowed hosts"),
        ("http://127.0.0.2/", "not among the allowed hosts"),
        ("file:///etc/passwd", "no address of a page"),
        ("//[", "redirects to .*, which is no address"),
    ],
)
def test_a_redirect_to_where_nobody_may_ask_is_refused(web: Web, location: str, says: str) -> None:
    known = {
        "inside.gov.ua": ["10.0.0.1"],
        "metadata.gov.ua": ["169.254.169.254"],
        "both.gov.ua": ["8.8.8.8", "::1"],
        "127.0.0.1": ["127.0.0.1"],
    }
    fetcher = _fetcher(resolver=lambda host, port: known[host])
    with pytest.raises(SourceError, match=says):
        fetcher.fetch(web.put("/a", "", 302, location=location))
    assert web.asked == ["/a"]


def test_without_the_tests_flag_this_machine_is_not_asked(web: Web) -> None:
    fetcher = replace(_fetcher(), access=Access(("127.0.0.1",)))
    with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.1, which is not a public address"):
        fetcher.fetch(web.put("/a", "text"))
    assert web.asked == []


class _Backend(httpcore2.NetworkBackend):
    """Connects to nothing and remembers to what."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.connected.append((host, port))
        return httpcore2.NetworkStream()


def test_a_name_that_resolves_otherwise_a_moment_later_changes_nothing() -> None:
    """DNS rebinding: the first answer is public and is the one that is connected to."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    backend = _Backend()
    gate = Gate(Access(), Deadline(10), lambda host, port: next(answers), backend)
    gate.connect_tcp("hsc.gov.ua", 443)
    assert backend.connected == [("8.8.8.8", 443)]
    with pytest.raises(SourceError, match="not a public address"):
        gate.connect_tcp("hsc.gov.ua", 443)
    assert backend.connected == [("8.8.8.8", 443)]


def test_every_request_connects_to_the_address_that_was_checked(web: Web) -> None:
    """The name exists nowhere but in this resolver, which is asked once a connection."""
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    web.put("/b", "text")
    web.put("/a", "", 302, location="/b")
    fetched = _fetcher(resolver=resolver).fetch(f"http://rebound.gov.ua:{web.port}/a")
    assert fetched.content == b"text" and asked == ["rebound.gov.ua"] * 2


def test_a_host_that_does_not_exist_is_named() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(SourceError, match=r"nowhere\.gov\.ua was not found .*check its spelling"):
        _fetcher(resolver=resolver).fetch("http://nowhere.gov.ua/")


def test_a_server_that_is_down_cannot_be_reached() -> None:
    with served_pages() as web:
        url = web.put("/", "text")
    with pytest.raises(SourceError, match="cannot be reached"):
        _fetcher().fetch(url)


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 1_000


def test_an_endless_body_is_cut_off_at_the_limit(web: Web) -> None:
    with pytest.raises(SourceError, match=r"larger than 0\.01 MB.*--max-mb"):
        _fetcher().fetch(web.put("/a", _endless))


def test_a_small_page_that_unpacks_to_a_huge_one_is_cut_off(web: Web) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(SourceError, match="larger than"):
        _fetcher().fetch(web.put("/a", bomb, content_encoding="gzip"))


@pytest.mark.parametrize(
    ("encoding", "body", "says"),
    [
        ("gzip", b"no gzip", "packed wrongly"),
        ("gzip", gzip.compress(b"text" * 100)[:-12], "ends too early"),
        ("br", b"text", "packed as br"),
    ],
    ids=["no gzip", "cut off", "not asked for"],
)
def test_a_body_that_cannot_be_unpacked_says_so(
    web: Web, encoding: str, body: bytes, says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        _fetcher().fetch(web.put("/a", body, content_encoding=encoding))


def test_a_body_that_drips_ends_with_the_time_for_the_whole(web: Web) -> None:
    """Every read of the clock is a second later; no single byte is late."""
    limits = Limits(10**9, 10)
    fetcher = replace(_fetcher(clock=count().__next__), limits=limits)
    with pytest.raises(SourceError, match=r"took longer than 10 s: try later, .*--seconds"):
        fetcher.fetch(web.put("/a", _endless))


def test_a_server_that_says_nothing_is_given_up(web: Web) -> None:
    def silence() -> Iterator[bytes]:
        web.closed.wait()
        yield b""

    fetcher = replace(_fetcher(), limits=Limits(seconds=0.1))
    with pytest.raises(SourceError, match=r"took longer than 0\.1 s"):
        fetcher.fetch(web.put("/a", silence))


def test_two_requests_to_a_host_are_apart_by_the_delay(web: Web) -> None:
    pauses: list[float] = []
    limits = Limits(seconds=10, delay_s=1)
    fetcher = replace(_fetcher(pause=pauses.append, clock=lambda: 100.0), limits=limits)
    url = web.put("/a", "text")
    for _ in range(3):
        fetcher.fetch(url)
    assert pauses == [1, 1]
    fetcher.slow_down(url, 5)
    fetcher.fetch(url)
    assert pauses == [1, 1, 5]


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"text")
    assert _fetcher().fetch(str(path)).content == b"text"
    path.write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(SourceError, match="larger than"):
        _fetcher().fetch(str(path))


def test_a_file_that_is_missing_is_gone_and_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(GoneError, match="no such file"):
        _fetcher().fetch(str(tmp_path / "nope.html"))
    with pytest.raises(SourceError, match="give the path of a file"):
        _fetcher().fetch(str(tmp_path))
