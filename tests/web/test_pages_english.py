"""The pages in English: every label is, and what stays Ukrainian says so. Each test name is the
rule.
"""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.app import api, page
from support.app import client as api_client
from support.app import site_client as client
from support.fakes import ANSWER, EXCHANGE, FEE, unanswered, with_top

from qa_service import phrases
from qa_service.journal.memory import MemoryJournal
from qa_service.phrases import forms
from qa_service.phrases.english import SENTENCES
from qa_service.phrases.languages import ENGLISH, LANGUAGES, UKRAINIAN, language_of
from qa_service.types import (
    Answer,
    Centre,
    CentreAnswer,
    Certainty,
    Choice,
    Context,
    Correction,
    FoundCentre,
    Part,
    Reason,
    Status,
    Topic,
    Understood,
)
from qa_service.web import site as site_package
from qa_service.web.site.feedback_form import back_path

TEMPLATES = Path(site_package.__file__).parent / "templates"
LVIV = Centre("4641", "Львівська область", "м. Львів", "вул. Перша, 1", "Львів", "2025-04")
_SPOKEN = ("aria-label", "placeholder", "alt", "title")
_VOID = {"input", "meta", "link", "br", "img"}
_CYRILLIC = re.compile("[А-Яа-яІіЇїЄєҐґ]")


class Ukrainian(HTMLParser):
    """What is Ukrainian in a page by its `lang`, and what is without saying so."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.unmarked: list[str] = []
        self._languages = [""]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or self._languages[-1]
        for name in _SPOKEN:
            self._read(given.get(name) or "", language)
        if tag not in _VOID:
            self._languages.append("uk" if tag in ("bdi", "title") else language)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._languages.pop()

    def handle_data(self, data: str) -> None:
        self._read(data, self._languages[-1])

    def _read(self, text: str, language: str) -> None:
        if language != "uk" and _CYRILLIC.search(text):
            self.unmarked.append(text.strip())


def _said(answer: Answer, **changes: object) -> Answer:
    return replace(answer, **changes)  # type: ignore[arg-type]


PARTS = (
    Part("fee", Topic.FEE, EXCHANGE.slug, FEE.id, 0.9, Certainty.SURE, None),
    Part("term", Topic.TERM, EXCHANGE.slug, None, 0.1, Certainty.NONE, Reason.NOT_COVERED),
)
ANSWERS = {
    "sure": _said(ANSWER, context=Context(EXCHANGE.slug, Topic.FEE)),
    "doubtful": with_top(doubt="Ціна стара.", as_of="2019-05", conflict=None),
    "verified": with_top(status=Status.VERIFIED, conflict=None),
    "unsure": _said(ANSWER, certainty=Certainty.UNSURE),
    "parts": _said(ANSWER, parts=PARTS),
    "choices": _said(
        unanswered(Reason.AMBIGUOUS), choices=(Choice(EXCHANGE.slug, EXCHANGE.title),)
    ),
    "corrected": _said(
        ANSWER, understood=Understood("uk", "обмін", (Correction("typo", "обмн", "обмін"),))
    ),
    "degraded": _said(ANSWER, degraded=("vectors",)),
    "centres": _said(
        ANSWER, centres=CentreAnswer((FoundCentre(LVIV, 12.4),), LVIV.city, True, is_answer=True)
    ),
    "asks where": _said(unanswered(Reason.NOT_COVERED), centres=CentreAnswer(needs_place=True)),
    "thanks": _said(unanswered(Reason.SMALL_TALK), passages=(), reply="You are welcome!"),
} | {reason.value: unanswered(reason) for reason in Reason}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_has_no_ukrainian_but_what_says_that_it_is(answer: Answer) -> None:
    unmarked = Ukrainian(page("/en/?q=how+much", answer)).unmarked
    assert [text for text in unmarked if text != f"Service centres: {LVIV.city}"] == []


@pytest.mark.parametrize(
    "path",
    ["/en/", "/en/services", "/en/services/licence-exchange", "/en/centres", "/en/centres?q=zz"],
)
def test_a_page_has_no_ukrainian_but_what_says_that_it_is(path: str) -> None:
    html = page(path)
    assert '<html lang="en">' in html and Ukrainian(html).unmarked == []


def test_a_missing_service_has_no_ukrainian_but_what_says_that_it_is() -> None:
    response = client().get("/en/services/none")
    assert response.status_code == 404
    assert "There is no such page" in response.text and Ukrainian(response.text).unmarked == []


def test_the_test_of_this_file_finds_ukrainian() -> None:
    assert Ukrainian('<p lang="uk">так</p><p>так</p><a aria-label="ні">x</a>').unmarked == [
        "так",
        "ні",
    ]


def test_every_label_of_the_templates_is_said_in_english() -> None:
    said = {
        label
        for template in TEMPLATES.glob("*.html")
        for label in re.findall(r'\b_\("([^"]*)"\)', template.read_text("utf-8"))
    }
    assert len(said) > 50 and said - set(SENTENCES) == set()


def test_templates_hold_no_ukrainian_but_labels() -> None:
    for template in TEMPLATES.glob("*.html"):
        rest = re.sub(r'_\("[^"]*"\)', "", template.read_text("utf-8"))
        assert _CYRILLIC.findall(rest) == [], template.name


def test_every_name_of_a_value_and_every_advice_is_said_in_english() -> None:
    names = [
        *phrases.TOPICS.values(),
        *phrases.GROUPS.values(),
        *phrases.GROUP_HINTS.values(),
        *phrases.CHANNELS.values(),
        *phrases.SOURCE_KINDS.values(),
        *phrases.COMPLAINTS.values(),
        *filter(None, phrases.EVIDENCE_NOTES.values()),
    ]
    advice = [one for one in vars(phrases).values() if isinstance(one, phrases.Advice)]
    advice += [*phrases.REASONS.values(), *phrases.PROBLEMS.values()]
    said = {*names, *(text for one in advice for text in (one.title, one.text))}
    assert said - set(SENTENCES) == set()


def test_no_english_label_is_left_over_in_ukrainian() -> None:
    assert [said for said in SENTENCES.values() if _CYRILLIC.search(said)] == []


# From one language to the other


@pytest.mark.parametrize(
    "path",
    ["/", "/services", "/services/licence-exchange", "/centres", "/?q=%D1%86%D1%96%D0%BD%D0%B0"],
)
def test_a_page_leads_to_itself_in_the_other_language(path: str) -> None:
    assert f'href="/en{path}" lang="en" hreflang="en">English</a>' in page(path)
    assert f'href="{path}" lang="uk" hreflang="uk">Українською</a>' in page(f"/en{path}")


def test_a_question_in_english_is_offered_its_page_in_english() -> None:
    answer = _said(ANSWER, understood=Understood("en", "how much", ()))
    assert '<a href="/en/?q=how+much" hreflang="en">This page in English</a>' in page(
        "/?q=how much", replace(answer, question="how much")
    )


def test_links_between_pages_keep_the_language() -> None:
    for path in ("/en/", "/en/services", "/en/services/licence-exchange", "/en/?q=x"):
        own = set(re.findall(r'(?:href|action)="(/[^"]*)"', page(path)))
        files = {url for url in own if url.startswith(("/static/", "/opensearch"))}
        switches = {re.search(r'href="([^"]*)" lang="uk"', page(path))[1]}  # type: ignore[index]
        assert [url for url in own - files - switches if not url.startswith("/en/")] == []


def test_search_engines_are_told_of_both_languages() -> None:
    for path in ("/services", "/en/services"):
        html = page(path)
        assert f'<link rel="canonical" href="http://testserver{path}">' in html
        for language in LANGUAGES:
            url = f"http://testserver{language.prefix}/services"
            assert f'<link rel="alternate" hreflang="{language.code}" href="{url}">' in html


def test_a_vote_in_english_is_thanked_in_english_and_leads_back() -> None:
    browser = client(journal=MemoryJournal())
    html = browser.get("/en/?q=x").text
    assert 'action="/en/feedback"' in html
    found = re.search(r'name="answer_id" value="([^"]+)"', html)
    assert found
    form = {"answer_id": found[1], "passage_id": FEE.id, "helpful": "yes", "back": "/en/?q=x"}
    reply = browser.post("/en/feedback", data=form).text
    assert "Thank you for your feedback" in reply and Ukrainian(reply).unmarked == []
    assert '<a href="/en/?q=x">Back to the answer</a>' in reply
    wrong = browser.post("/en/feedback", data={}).text
    assert "The feedback could not be read" in wrong and Ukrainian(wrong).unmarked == []
    assert browser.get("/en/feedback", follow_redirects=False).headers["location"] == "/en/"


@pytest.mark.parametrize(
    ("path", "back"),
    [("/en/?q=x", "/en/?q=x"), ("/en/services", "/"), ("//evil.test/?q", "/"), ("/enx/?q", "/")],
)
def test_a_vote_leads_back_to_answers_only(path: str, back: str) -> None:
    assert back_path(path) == back


# Words


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2025-11-03", "3 November 2025"),
        ("2025-05", "May 2025"),
        ("2025", "2025"),
        ("2025-13", "2025-13"),
        ("soon", "soon"),
    ],
)
def test_dates_in_english(as_of: str, said: str) -> None:
    assert ENGLISH.date(as_of) == said


def test_counts_in_english() -> None:
    assert forms.services_count(1, ENGLISH) == "1 service"
    assert forms.services_count(21, ENGLISH) == "21 services"
    assert forms.unclear_count(2, ENGLISH) == "2 sections need checking"


@pytest.mark.parametrize(
    ("path", "language"),
    [("/", UKRAINIAN), ("/en", ENGLISH), ("/en/x", ENGLISH), ("/english", UKRAINIAN)],
)
def test_the_language_of_a_page_is_that_of_its_address(path: str, language: object) -> None:
    assert language_of(path) is language


def test_problems_are_told_in_the_language_of_the_page(tmp_path: Path) -> None:
    html = api_client(api(tmp_path)).get("/en/nothing", headers={"Accept": "text/html"}).text
    assert "There is no such page" in html and Ukrainian(html).unmarked == []


def test_when_to_ask_again_is_told_in_english() -> None:
    problem = forms.problem_advice(429, "3", ENGLISH)
    assert problem.text == "Reload the page in 3 seconds: the question is still in the box."
    assert forms.problem_advice(429, None, ENGLISH).text.startswith("Reload the page a little")
