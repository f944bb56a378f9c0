"""«Чи це допомогло?» as a form: what is kept, what is refused, what a person reads then. Each test
name is the rule.
"""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import pytest
from support.app import Reply, article, page, words
from support.app import site_client as client
from support.fakes import unanswered

from qa_service.errors import JournalError
from qa_service.journal import MAX_COMMENT_CHARS, Entry, Feedback, Journal
from qa_service.journal.memory import MemoryJournal
from qa_service.types import Complaint, Reason
from qa_service.web.dependencies import is_own_origin
from qa_service.web.site.feedback_form import back_path

BACK = "/?" + urlencode({"q": "обмін прав", "service": "licence-exchange"})
FIELDS = {
    "passage_id": "licence-exchange.fee",
    "helpful": "no",
    "comment": "Забракло адреси",
    "back": BACK,
}


class JournalThatMayBreak(MemoryJournal):
    """Once `broken`, keeps nothing and says so."""

    broken = False

    def record(self, *entries: Entry) -> None:
        if self.broken:
            raise JournalError("the journal's disk is full")
        super().record(*entries)


class Visit:
    """A person who was given an answer, on pages that keep feedback in `journal`."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.browser = journal, client(journal=journal)
        self.answer_id = self.ask()

    def ask(self) -> str:
        """The id of another answer."""
        return field(self.browser.get(BACK).text, "answer_id")

    def send(
        self,
        changes: Mapping[str, str | None] | None = None,
        origin: str | None = None,
        site: str | None = None,
    ) -> Reply:
        """The form with some fields changed; None leaves one out."""
        form = FIELDS | {"answer_id": self.answer_id} | dict(changes or {})
        fields = {name: value for name, value in form.items() if value is not None}
        headers = {} if origin is None else {"Origin": origin}
        headers |= {} if site is None else {"Sec-Fetch-Site": site}
        return self.browser.post("/feedback", data=fields, headers=headers)

    @property
    def kept(self) -> list[Feedback]:
        return [entry.feedback for entry in self.journal.votes(10)]


@pytest.fixture
def visit() -> Visit:
    return Visit(MemoryJournal())


def field(html: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', html)
    assert found
    return unescape(found[1])


def test_an_answer_asks_whether_it_helped_and_carries_what_was_answered() -> None:
    journal = MemoryJournal()
    browser = client(journal=journal)
    html = article(browser.get("/?q=обмін прав&service=licence-exchange").text)
    assert (
        '<form class="feedback" action="/feedback" method="post"' in html
        and "Чи це допомогло?" in html
    )
    assert field(html, "passage_id") == "licence-exchange.fee"
    assert field(html, "back") == BACK
    assert re.findall(r'name="helpful" value="(\w+)"', html) == ["no", "yes", "no"]
    sent = {"answer_id": field(html, "answer_id"), "helpful": "yes"}
    assert browser.post("/feedback", data=sent).status_code == 200
    [entry] = journal.votes(10)
    assert entry.about and entry.about.question == "обмін прав"
    assert entry.about.passage_id == "licence-exchange.fee"


def test_every_answer_has_an_id_of_its_own(visit: Visit) -> None:
    assert len({visit.ask() for _ in range(20)}) == 20


def test_no_answer_and_no_journal_ask_for_no_feedback() -> None:
    assert (
        "/feedback"
        not in client(unanswered(Reason.OFF_TOPIC), journal=MemoryJournal()).get("/?q=борщ").text
    )
    assert "/feedback" not in page("/?q=обмін")
    assert client().post("/feedback", data=FIELDS | {"answer_id": "a1"}).status_code == 404


@pytest.mark.parametrize(("helpful", "expected"), [("yes", True), ("no", False)])
def test_a_vote_is_kept_and_thanked_with_the_way_back(
    visit: Visit, helpful: str, expected: bool
) -> None:
    response = visit.send({"helpful": helpful})
    assert visit.kept == [
        Feedback(visit.answer_id, expected, "licence-exchange.fee", "Забракло адреси")
    ]
    assert response.status_code == 200 and "Дякуємо за відгук" in words(response.text)
    assert f'<a href="{BACK}">Назад до відповіді</a>' in unescape(response.text)
    assert "noindex" in response.text and response.headers["cache-control"] == "private, no-cache"


def test_a_later_vote_on_the_same_answer_replaces_the_earlier(visit: Visit) -> None:
    for comment in ("перший", "другий"):
        assert visit.send({"comment": comment}).status_code == 200
    assert [feedback.comment for feedback in visit.kept] == ["другий"]


@pytest.mark.parametrize("nothing", [None, "", "  \r\n "])
def test_passage_and_comment_may_be_left_out(visit: Visit, nothing: str | None) -> None:
    assert visit.send({"comment": nothing, "passage_id": None}).status_code == 200
    assert visit.kept == [Feedback(visit.answer_id, False, None, None)]


def test_a_journal_that_fails_loses_nothing_of_what_was_written() -> None:
    journal = JournalThatMayBreak()
    visit = Visit(journal)
    journal.broken = True
    comment = "Забракло </textarea><script>alert(1)</script>\nадреси"
    response = visit.send({"comment": comment})
    assert response.status_code == 503 and "Відгук поки не збережено" in words(response.text)
    kept = re.search(r"<textarea[^>]*>(.*?)</textarea>", response.text, re.DOTALL)
    assert kept and unescape(kept[1]) == comment

    journal.broken = False
    again = {
        name: field(response.text, name) for name in ("answer_id", "passage_id", "back", "helpful")
    }
    assert visit.browser.post("/feedback", data=again | {"comment": comment}).status_code == 200
    on_one_line = comment.replace("\n", " ")  # by masking
    assert visit.kept == [Feedback(visit.answer_id, False, "licence-exchange.fee", on_one_line)]


@pytest.mark.parametrize(
    ("sent", "kept"), [("outdated", Complaint.OUTDATED), ("nope", None), (None, None)]
)
def test_what_is_wrong_is_kept_where_it_is_one_of_the_reasons(
    visit: Visit, sent: str | None, kept: Complaint | None
) -> None:
    visit.send({"complaint": sent})
    assert [entry.feedback.complaint for entry in visit.journal.votes(9)] == [kept]


def test_enter_among_the_reasons_sends_no(visit: Visit) -> None:
    form = re.search(r'<form class="feedback".*?</form>', visit.browser.get(BACK).text, re.DOTALL)
    assert form and re.findall(r'<button[^>]*value="(\w+)"', form[0]) == ["no", "yes", "no"]


def test_what_helped_has_no_complaint(visit: Visit) -> None:
    visit.send({"helpful": "yes", "complaint": "outdated"})
    assert [entry.feedback.complaint for entry in visit.journal.votes(9)] == [None]


def test_the_form_offers_every_reason_and_keeps_the_chosen_one_where_a_vote_is_not_kept() -> None:
    journal = JournalThatMayBreak()
    visit = Visit(journal)
    offered = re.findall(r'name="complaint" value="([^"]+)"', visit.browser.get(BACK).text)
    assert offered == [one for one in Complaint if one is not Complaint.MISSING]
    journal.broken = True
    again = visit.send({"complaint": "unclear"}).text
    assert re.findall(r'value="([^"]+)" checked', again) == ["unclear"]


def test_a_comment_over_the_limit_is_given_back_whole_to_shorten(visit: Visit) -> None:
    comment = "щ" * (MAX_COMMENT_CHARS + 1)
    response = visit.send({"comment": comment})
    assert response.status_code == 400 and "Коментар задовгий" in words(response.text)
    assert f">{comment}</textarea>" in response.text and visit.kept == []
    assert visit.send({"comment": comment[:-1]}).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"answer_id": None},
        {"answer_id": ""},
        {"answer_id": "a 1"},
        {"answer_id": "a" * 65},
        {"helpful": None},
        {"helpful": "maybe"},
    ],
)
def test_an_incomplete_form_is_a_page_that_helps(
    visit: Visit, changes: dict[str, str | None]
) -> None:
    response = visit.send(changes)
    assert response.status_code == 400 and visit.kept == []
    assert (
        "Не вдалося прочитати відгук" in words(response.text)
        and 'href="tel:+380442901988"' in response.text
    )


@pytest.mark.parametrize(
    "changes", [{"answer_id": "a1"}, {"answer_id": "A" * 24}, {"passage_id": "licence-exchange.x"}]
)
def test_an_answer_or_passage_that_is_no_more_is_a_page_that_says_so(
    visit: Visit, changes: dict[str, str | None]
) -> None:
    """A server that was started again, or serves another version, knows it no longer."""
    response = visit.send(changes)
    assert response.status_code == 404 and visit.kept == []
    assert (
        "Ця відповідь уже застаріла" in words(response.text)
        and 'href="tel:+380442901988"' in response.text
    )


def test_an_answer_of_a_server_that_was_started_again_is_no_more(visit: Visit) -> None:
    restarted = Visit(MemoryJournal())
    response = restarted.send({"answer_id": visit.answer_id})
    assert response.status_code == 404 and restarted.kept == []


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
    response = client(journal=MemoryJournal()).post(
        "/feedback", content=body, headers={"Content-Type": content_type}
    )
    assert response.status_code == 400 and response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://testserver.evil.test", "http://[", ""]
)
def test_a_form_of_another_site_is_refused(visit: Visit, origin: str) -> None:
    response = visit.send(origin=origin)
    assert response.status_code == 403 and visit.kept == []
    assert "Відгук надійшов з іншого сайту" in words(response.text)


def test_a_form_of_this_site_is_taken_behind_a_proxy_that_ends_tls(visit: Visit) -> None:
    assert visit.send(origin="https://testserver").status_code == 200
    assert is_own_origin("https://A.test:8443", "a.test:8443")
    assert not is_own_origin("https://a.test", "") and not is_own_origin("https://a.test", None)


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none", None])
def test_a_form_without_an_origin_is_taken(visit: Visit, site: str | None) -> None:
    assert visit.send(origin=None, site=site).status_code == 200


def test_a_form_of_a_site_that_is_not_named_is_refused(visit: Visit) -> None:
    response = visit.send(origin=None, site="cross-site")
    assert response.status_code == 403 and visit.kept == []
    assert "Відгук надійшов з іншого сайту" in words(response.text)
    assert visit.send(origin="http://testserver", site="cross-site").status_code == 200


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
def test_the_way_back_never_leads_to_another_site(visit: Visit, path: str) -> None:
    assert back_path(path) == "/"
    assert '<a href="/">На початок</a>' in visit.send({"back": path}).text


def test_whoever_opens_the_forms_address_starts_anew(visit: Visit) -> None:
    response = visit.browser.get("/feedback", follow_redirects=False)
    assert response.status_code == 303 and response.headers["location"] == "/"
