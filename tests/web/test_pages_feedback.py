"""«Чи це допомогло?» as a form: what is kept, what is refused, what a person reads then. Each test
name is the rule.
"""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import pytest
from pages_world import ANSWER, FakeJournal, article, client, page, unanswered, words
from tiny import Reply

from qa_service.journal import MAX_COMMENT_CHARS
from qa_service.types import Feedback, Reason
from qa_service.web.site.feedback_form import back_path, is_same_origin

BACK = "/?" + urlencode({"q": "обмін прав", "service": "licence-exchange"})
FIELDS = {
    "answer_id": "a1",
    "passage_id": "licence-exchange.fee",
    "helpful": "no",
    "comment": "Забракло адреси",
    "back": BACK,
}


def send(
    journal: FakeJournal, changes: Mapping[str, str | None] | None = None, origin: str | None = None
) -> Reply:
    """The form with some fields changed; None leaves one out."""
    fields = {
        name: value for name, value in (FIELDS | dict(changes or {})).items() if value is not None
    }
    headers = {} if origin is None else {"Origin": origin}
    return client(journal=journal).post("/feedback", data=fields, headers=headers)


def field(html: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', html)
    assert found
    return unescape(found[1])


def test_an_answer_asks_whether_it_helped_and_carries_what_was_answered() -> None:
    html = article(
        client(journal=FakeJournal()).get("/?q=обмін прав&service=licence-exchange").text
    )
    assert (
        '<form class="feedback" action="/feedback" method="post"' in html
        and "Чи це допомогло?" in html
    )
    assert (
        field(html, "answer_id") == ANSWER.answer_id
        and field(html, "passage_id") == "licence-exchange.fee"
    )
    assert field(html, "back") == BACK
    assert re.findall(r'name="helpful" value="(\w+)"', html) == ["yes", "no"]


def test_no_answer_and_no_journal_ask_for_no_feedback() -> None:
    assert (
        "/feedback"
        not in client(unanswered(Reason.OFF_TOPIC), journal=FakeJournal()).get("/?q=борщ").text
    )
    assert "/feedback" not in page("/?q=обмін")
    assert client().post("/feedback", data=FIELDS).status_code == 404


@pytest.mark.parametrize(("helpful", "expected"), [("yes", True), ("no", False)])
def test_a_vote_is_kept_and_thanked_with_the_way_back(helpful: str, expected: bool) -> None:
    journal = FakeJournal()
    response = send(journal, {"helpful": helpful})
    assert journal.kept == [Feedback("a1", expected, "licence-exchange.fee", "Забракло адреси")]
    assert response.status_code == 200 and "Дякуємо за відгук" in words(response.text)
    assert f'<a href="{BACK}">Назад до відповіді</a>' in unescape(response.text)
    assert "noindex" in response.text and response.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("nothing", [None, "", "  \r\n "])
def test_passage_and_comment_may_be_left_out(nothing: str | None) -> None:
    journal = FakeJournal()
    assert send(journal, {"comment": nothing, "passage_id": None}).status_code == 200
    assert journal.kept == [Feedback("a1", False, None, None)]


def test_a_journal_that_fails_loses_nothing_of_what_was_written() -> None:
    journal = FakeJournal(broken=True)
    comment = "Забракло </textarea><script>alert(1)</script>\nадреси"
    response = send(journal, {"comment": comment})
    assert response.status_code == 503 and "Відгук поки не збережено" in words(response.text)
    kept = re.search(r"<textarea[^>]*>(.*?)</textarea>", response.text, re.DOTALL)
    assert kept and unescape(kept[1]) == comment

    journal.broken = False
    again = {
        name: field(response.text, name) for name in ("answer_id", "passage_id", "back", "helpful")
    }
    assert send(journal, again | {"comment": comment}).status_code == 200
    assert journal.kept == [Feedback("a1", False, "licence-exchange.fee", comment)]


def test_a_comment_over_the_limit_is_given_back_whole_to_shorten() -> None:
    journal, comment = FakeJournal(), "щ" * (MAX_COMMENT_CHARS + 1)
    response = send(journal, {"comment": comment})
    assert response.status_code == 400 and "Коментар задовгий" in words(response.text)
    assert f">{comment}</textarea>" in response.text and journal.kept == []
    assert send(journal, {"comment": comment[:-1]}).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"answer_id": None},
        {"answer_id": ""},
        {"answer_id": "a 1"},
        {"answer_id": "a" * 65},
        {"helpful": None},
        {"helpful": "maybe"},
        {"passage_id": "licence-exchange.nope"},
    ],
)
def test_an_incomplete_form_is_a_page_that_helps(changes: dict[str, str | None]) -> None:
    journal = FakeJournal()
    response = send(journal, changes)
    assert response.status_code == 400 and journal.kept == []
    assert (
        "Не вдалося прочитати відгук" in words(response.text)
        and 'href="tel:+380442901988"' in response.text
    )


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("", b"answer_id=a1&helpful=yes"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"a=1&" * 1_000 + b"answer_id=a1&helpful=yes"),
    ],
)
def test_what_is_no_form_is_a_page_that_helps(content_type: str, body: bytes) -> None:
    response = client(journal=FakeJournal()).post(
        "/feedback", content=body, headers={"Content-Type": content_type}
    )
    assert response.status_code == 400 and response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://testserver.evil.test", "http://[", ""]
)
def test_a_form_of_another_site_is_refused(origin: str) -> None:
    journal = FakeJournal()
    response = send(journal, origin=origin)
    assert response.status_code == 403 and journal.kept == []
    assert "Відгук надійшов з іншого сайту" in words(response.text)


def test_a_form_of_this_site_is_taken_behind_a_proxy_that_ends_tls() -> None:
    assert send(FakeJournal(), origin="https://testserver").status_code == 200
    assert is_same_origin("https://A.test:8443", "a.test:8443") and not is_same_origin(
        "https://a.test", ""
    )


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.test/?q=x",
        "//evil.test/?q=x",
        "javascript:alert(1)",
        "/services",
        "",
        "\\?q=x",
    ],
)
def test_the_way_back_never_leads_to_another_site(path: str) -> None:
    assert back_path(path) == "/"
    assert '<a href="/">На початок</a>' in send(FakeJournal(), {"back": path}).text


def test_whoever_opens_the_forms_address_starts_anew() -> None:
    response = client(journal=FakeJournal()).get("/feedback", follow_redirects=False)
    assert response.status_code == 303 and response.headers["location"] == "/"
