"""The pages `/privacy` and `/embed`. Each test name is the rule."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from support.app import page, site, words
from support.fakes import EXCHANGE, fake_service

from qa_service.journal.memory import MemoryJournal
from qa_service.phrases import privacy
from qa_service.web.dependencies import SiteOptions
from qa_service.web.site.embedding import MOST_PLACEHOLDER_CHARS


def _lines(**chosen: str) -> str:
    html = page("/embed?" + urlencode(chosen))
    found = re.search(r"<code data-copy>(.*?)</code>", html, re.DOTALL)
    assert found
    return unescape(found[1])


def test_the_page_of_privacy_tells_what_holds_for_this_service() -> None:
    everything = TestClient(site(fake_service(journal=MemoryJournal()))).get("/privacy").text
    least = SiteOptions(events=False, recent_questions=False)
    little = TestClient(site(fake_service(), least)).get("/privacy").text
    for told in (privacy.FEEDBACK, privacy.EVENTS, privacy.RECENT):
        assert told.text in unescape(everything) and told.text not in unescape(little)
    for told in (privacy.QUESTION, privacy.PERSONAL, privacy.ADDRESS):
        assert told.text in unescape(everything) and told.text in unescape(little)
    assert privacy.JOURNAL.title in everything and privacy.JOURNAL.title not in little
    with_chats = (
        TestClient(site(fake_service(), SiteOptions(has_messengers=True))).get("/privacy").text
    )
    assert privacy.CHATS.text in unescape(with_chats)
    assert privacy.CHATS.text not in unescape(everything)


@pytest.mark.parametrize(
    ("days", "ukrainian", "english"),
    [
        (90, "через 90 днів", "after 90 days"),
        (1, "через 1 день", "after 1 day;"),
        (22, "через 22 дні", "after 22 days"),
        (0, "доки його не видалять", "until somebody removes it"),
    ],
)
def test_the_page_of_privacy_tells_how_long_questions_are_kept(
    days: int, ukrainian: str, english: str
) -> None:
    options = SiteOptions(journal_days=days)
    browser = TestClient(site(fake_service(journal=MemoryJournal()), options))
    for path, told in (("/privacy", ukrainian), ("/en/privacy", english)):
        text = words(browser.get(path).text)
        assert told in text and "{days}" not in text


def test_every_page_leads_to_privacy_and_embedding() -> None:
    for path, prefix in (("/", ""), ("/en/services", "/en")):
        assert f'href="{prefix}/privacy"' in page(path) and f'href="{prefix}/embed"' in page(path)


def test_recent_questions_are_offered_only_where_the_service_is_set_up_so() -> None:
    without = TestClient(site(fake_service(), SiteOptions(recent_questions=False)))
    assert "data-recent" in page("/") and "data-keep" in page("/?q=x")
    assert "data-recent" not in without.get("/").text
    assert "data-keep" not in without.get("/?q=x").text


# The lines for other sites


def test_two_lines_put_the_search_on_a_site() -> None:
    first, second = _lines().split("\n")
    assert first == '<script type="module" src="http://testserver/widget.js"></script>'
    assert re.fullmatch(r"<hsc-search>[^<]+</hsc-search>", second)


def test_what_is_chosen_stands_in_the_lines_and_in_the_preview() -> None:
    chosen = {
        "interface": "en",
        "theme": "dark",
        "service": EXCHANGE.slug,
        "placeholder": "Ask me",
        "dialog": "yes",
    }
    expected = (
        f'<hsc-search lang="en" theme="dark" data-service="{EXCHANGE.slug}" '
        'placeholder="Ask me" dialog>'
    )
    assert expected in _lines(**chosen)
    assert expected in page("/embed?" + urlencode(chosen))


@pytest.mark.parametrize(
    "chosen",
    [
        {"interface": "fr"},
        {"theme": "pink"},
        {"service": "none"},
        {"placeholder": "   "},
        {"dialog": ""},
        {"unknown": "x"},
    ],
)
def test_what_the_form_does_not_offer_is_left_out(chosen: dict[str, str]) -> None:
    assert _lines(**chosen) == _lines()


def test_markup_in_an_example_stays_text() -> None:
    text = '"><script>alert(1)</script>'
    assert 'placeholder="&quot;&gt;&lt;script&gt;' in _lines(placeholder=text)
    assert "<script>alert" not in page("/embed?" + urlencode({"placeholder": text}))
    assert len(_lines(placeholder="я" * 500)) < len(_lines()) + MOST_PLACEHOLDER_CHARS + 20


def test_the_addresses_of_both_pages_are_kept_out_of_search_where_they_hold_choices() -> None:
    assert "noindex" in page("/embed?theme=dark") and "noindex" not in page("/privacy")
    assert words(page("/privacy")).count(privacy.TITLE) >= 2
