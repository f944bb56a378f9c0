"""Errors for people: a browser gets a page that says what to do. Each test name is the rule."""

from pathlib import Path

import pytest
from support.app import api, client, problem_of

from qa_service.phrases.forms import problem_advice

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MARKUP = "<script>alert(1)</script>"


def test_a_person_at_an_address_that_does_not_exist_gets_a_search_box(tmp_path: Path) -> None:
    answer = client(api(tmp_path)).get("/nothing/here", headers=BROWSER)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert "Такої сторінки немає" in answer.text and '<input id="q" name="q"' in answer.text
    assert (
        answer.headers["content-security-policy"] and answer.headers["cache-control"] == "no-store"
    )


def test_a_person_who_asks_too_much_is_told_when_to_go_on_and_keeps_the_question(
    tmp_path: Path,
) -> None:
    browser = client(api(tmp_path, rate_limit="1/minute"))
    browser.get("/", params={"q": "права"}, headers=BROWSER)
    answer = browser.get("/", params={"q": "обмін прав"}, headers=BROWSER)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    assert "Забагато запитань поспіль" in answer.text and 'value="обмін прав"' in answer.text


@pytest.mark.parametrize(
    "path", ["/?q=x", "/en/?q=x", "/centres?q=x", "/en/centres?q=x", "/feedback", "/en/feedback"]
)
def test_pages_that_work_are_limited_in_every_language(tmp_path: Path, path: str) -> None:
    browser = client(api(tmp_path, rate_limit="1/minute"))
    browser.get(path, headers=BROWSER)
    assert browser.get(path, headers=BROWSER).status_code == 429


def test_the_page_of_a_problem_leads_to_itself_in_the_other_language(tmp_path: Path) -> None:
    browser = client(api(tmp_path))
    assert 'href="/en/nope?q=x" lang="en"' in browser.get("/nope?q=x", headers=BROWSER).text
    assert 'href="/nope?q=x" lang="uk"' in browser.get("/en/nope?q=x", headers=BROWSER).text


def test_markup_in_a_question_that_was_refused_stays_text(tmp_path: Path) -> None:
    browser = client(api(tmp_path, rate_limit="1/minute"))
    browser.get("/", params={"q": "права"}, headers=BROWSER)
    answer = browser.get("/", params={"q": MARKUP}, headers=BROWSER)
    assert (
        answer.status_code == 429 and MARKUP not in answer.text and "&lt;script&gt;" in answer.text
    )


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/v1/nothing", BROWSER), ("/nothing", {}), ("/nothing", {"Accept": "*/*"})],
)
def test_programs_get_problem_details(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    assert problem_of(client(api(tmp_path)).get(path, headers=headers), 404)


def test_the_head_of_a_problem_page_is_that_of_the_page(tmp_path: Path) -> None:
    answer = client(api(tmp_path)).head("/nothing", headers=BROWSER)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503])
def test_every_status_is_said_in_words(status: int) -> None:
    assert problem_advice(status).title and problem_advice(status).text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [("1", "через 1 секунду"), ("22", "через 22 секунди"), ("60", "через 60 секунд")],
)
def test_the_seconds_to_wait_agree_with_their_number(seconds: str, words: str) -> None:
    assert words in problem_advice(429, seconds).text
