"""The pages, asked through HTTP with a small engine behind them. Each test name is the rule."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa_service.api import rendering, wording
from qa_service.api.pages import CONTACT_CENTRE, STATIC_FOLDER, pages_router
from qa_service.errors import NotFoundError
from qa_service.types import (
    Answer,
    Choice,
    Correction,
    Evidence,
    Group,
    Handoff,
    Passage,
    Query,
    RankedPassage,
    Reason,
    Service,
    Source,
    Status,
    Topic,
    Understood,
)

MAX_PAGE_BYTES = 100 * 1024

FEE = Passage(
    id="licence-exchange.fee",
    document="licence-exchange.fee",
    service="licence-exchange",
    service_title="Обмін посвідчення водія",
    topic=Topic.FEE,
    title="Скільки коштує обмін",
    text="Обмін коштує 572 грн. Комісію банку платять окремо.",
    as_of="2025-11",
    status=Status.NEEDS_REVIEW,
    conflict="Раніше називали 515 грн.",
    sources=(Source("Прейскурант", "https://hsc.gov.ua/price"), Source("Постанова № 795")),
    url="/services/licence-exchange#fee",
)
TERM = replace(
    FEE,
    id="licence-exchange.term",
    topic=Topic.TERM,
    title="Скільки триває обмін",
    text="Обмін триває до 5 днів.",
    status=Status.VERIFIED,
    conflict=None,
    url="/services/licence-exchange#term",
)
EXCHANGE = Service(
    slug="licence-exchange",
    title="Обмін посвідчення водія",
    group=Group.DRIVING_LICENCE,
    audience="фізичні особи",
    reviewed="2026-01-05",
    passages=(FEE, TERM),
    official_name="Обмін посвідчення водія без складання іспитів",
    registry_id="00509",
    aliases=("поміняти права", "обмін прав"),
    channels=("service-centre", "diia", "driver-cabinet", "post", "cnap"),
)
ANSWER = Answer(
    answer_id="a1",
    question="",
    understood=Understood("uk", ""),
    answerable=True,
    confidence=0.93,
    reason=None,
    passages=(RankedPassage(FEE, 0.9, 0.93, ((13, 20),)), RankedPassage(TERM, 0.5, 0.4)),
    siblings=(TERM,),
    choices=(),
    related=("Чи складають іспити?",),
    handoff=None,
    index_version="v1",
    degraded=(),
    took_ms=1.0,
)
HANDOFF = Handoff("(044) 290-19-88", "hsc.gov.ua")


class FakeEngine:
    """Gives one answer to every question and remembers what it was asked."""

    def __init__(self, answer: Answer = ANSWER, services: tuple[Service, ...] = (EXCHANGE,)) -> None:
        self.given, self.services, self.asked = answer, services, list[Query]()

    def answer(self, query: Query) -> Answer:
        self.asked.append(query)
        return replace(self.given, question=query.question)

    def service(self, slug: str) -> Service:
        for service in self.services:
            if service.slug == slug:
                return service
        raise NotFoundError(f"no service {slug!r}")


def client(answer: Answer = ANSWER, services: tuple[Service, ...] = (EXCHANGE,), engine: FakeEngine | None = None) -> TestClient:
    app = FastAPI()
    app.include_router(pages_router(engine or FakeEngine(answer, services)))
    return TestClient(app)


def page(path: str, answer: Answer = ANSWER, services: tuple[Service, ...] = (EXCHANGE,)) -> str:
    response = client(answer, services).get(path)
    assert response.status_code == 200
    return response.text


def unanswered(reason: Reason) -> Answer:
    return replace(ANSWER, answerable=False, reason=reason, confidence=0.2, handoff=HANDOFF, siblings=(), related=())


def with_top(**changes: object) -> Answer:
    passage = replace(FEE, **changes)  # type: ignore[arg-type]
    return replace(ANSWER, passages=(RankedPassage(passage, 0.9, 0.93),))


def words(html: str) -> str:
    """What a person reads: no tags, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def article(html: str) -> str:
    found = re.search(r'<article class="answer".*?</article>', html, re.DOTALL)
    assert found
    return found[0]


# The search page


def test_the_start_page_has_a_labelled_get_form_and_asks_the_engine_nothing() -> None:
    engine = FakeEngine()
    html = client(engine=engine).get("/").text
    assert re.search(r'<form[^>]*action="/" method="get"', html)
    label = re.search(r'<label for="([^"]+)">Ваше запитання</label>', html)
    assert label and f'<input id="{label[1]}" name="q"' in html
    assert engine.asked == []


def test_the_start_page_links_example_questions_and_groups_that_have_services() -> None:
    html = unescape(page("/"))
    for question in wording.EXAMPLES:
        assert f'href="{rendering.ask_url(question)}"' in html
    assert 'href="/services#driving-licence"' in html and "1 послуга" in html
    assert wording.GROUPS[Group.PLATES] not in html


def test_a_corpus_without_services_leaves_a_bare_search_box() -> None:
    html = page("/", services=())
    assert 'name="q"' in html and "Послуги за темами" not in html and "Часто запитують" not in html


def test_the_top_passage_is_the_answer_with_title_service_topic_date_and_confidence_in_words() -> None:
    html = article(page("/?q=обмін"))
    assert "Скільки коштує обмін</h1>" in html
    assert '<a href="/services/licence-exchange">Обмін посвідчення водія</a>' in html
    assert "Вартість" in html and "станом на листопад 2025" in words(html)
    assert "Впевненість висока" in words(html) and "0.93" not in html and "93" not in words(html)


def test_highlights_are_marked() -> None:
    assert "Обмін коштує <mark>572 грн</mark>. Комісію" in page("/?q=обмін")


def test_a_passage_that_needs_review_says_so_with_the_conflict() -> None:
    html = page("/?q=обмін")
    assert "Потребує уточнення. Раніше називали 515 грн." in words(article(html))
    assert "Потребує уточнення" not in page("/?q=обмін", with_top(status=Status.VERIFIED, conflict=None))


def test_weaker_evidence_is_said_and_strong_evidence_is_silent() -> None:
    assert "підтверджено частково" in page("/?q=x", with_top(evidence=Evidence.MEDIUM))
    assert "підтверджено" not in page("/?q=x")


def test_sources_are_links_and_a_source_without_an_address_is_text() -> None:
    html = article(page("/?q=обмін"))
    assert 'href="https://hsc.gov.ua/price"' in html
    assert "<li>Постанова № 795</li>" in html


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.test/x", "ftp://a.test", "http://[broken", " "]
)
def test_a_source_that_is_not_a_web_page_is_never_a_link(url: str) -> None:
    html = article(page("/?q=обмін", with_top(sources=(Source("Джерело X", url),))))
    assert "<li>Джерело X</li>" in html


def test_other_passages_siblings_and_related_questions_follow() -> None:
    html = unescape(page("/?q=обмін"))
    assert "Також може стати в пригоді" in html and "Обмін триває до 5 днів." in html
    assert re.search(r'class="siblings".*?href="/services/licence-exchange#term"', html, re.DOTALL)
    assert f'href="{rendering.ask_url("Чи складають іспити?")}"' in html


def test_a_corrected_reading_is_said_back() -> None:
    understood = Understood("uk", "обмін прав", (Correction("layout", "j,vsy", "обмін"),))
    assert "Зрозуміли запитання так: «обмін прав»" in words(page("/?q=x", replace(ANSWER, understood=understood)))
    assert "Зрозуміли" not in page("/?q=x")


def test_a_degraded_search_is_admitted() -> None:
    assert "працює спрощено" in page("/?q=x", replace(ANSWER, degraded=("dense",)))


def test_a_passage_of_another_corpus_links_to_its_own_page_or_nowhere() -> None:
    html = article(page("/?q=x", with_top(url="https://a.test/doc"), services=()))
    assert 'href="https://a.test/doc"' in html and 'href="/services/' not in html
    assert "Уся процедура" not in article(page("/?q=x", with_top(url=None), services=()))


# No answer


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_own_message_and_the_contact_centre(reason: Reason) -> None:
    html = page("/?q=щось", unanswered(reason))
    assert wording.REASONS[reason].title in words(html)
    assert 'href="tel:+380442901988"' in html and 'href="https://hsc.gov.ua"' in html


def test_best_guesses_are_folded_and_none_stands_as_the_answer() -> None:
    html = page("/?q=щось", unanswered(Reason.LOW_CONFIDENCE))
    assert '<article class="answer"' not in html
    assert re.search(r'<details class="guesses">.*572 грн.*</details>', html, re.DOTALL)


def test_choices_ask_the_same_question_within_one_procedure() -> None:
    answer = replace(unanswered(Reason.AMBIGUOUS), choices=(Choice("licence-exchange", "Обмін посвідчення"),))
    html = unescape(page("/?q=нові права", answer))
    assert f'href="{rendering.ask_url("нові права", "licence-exchange")}"' in html


def test_a_chosen_procedure_filters_the_question_and_can_be_dropped() -> None:
    engine = FakeEngine()
    html = client(engine=engine).get("/?q=ціна&service=licence-exchange").text
    assert engine.asked[0].filters.services == {"licence-exchange"}
    assert "Шукаємо лише в процедурі «Обмін посвідчення водія»" in words(html)
    assert f'href="{rendering.ask_url("ціна")}"' in unescape(html)


def test_an_unknown_procedure_does_not_narrow_the_question() -> None:
    engine = FakeEngine()
    assert client(engine=engine).get("/?q=ціна&service=nope").status_code == 200
    assert not engine.asked[0].filters


def test_an_empty_question_is_answered_by_the_engines_reason() -> None:
    assert "Поле пошуку порожнє" in page("/?q=", replace(unanswered(Reason.EMPTY), passages=()))


def test_an_overlong_question_keeps_the_page_light() -> None:
    response = client(replace(unanswered(Reason.TOO_LONG), passages=())).get("/", params={"q": "<щ&" * 4_000})
    assert "Запитання задовге" in response.text and len(response.content) < MAX_PAGE_BYTES


# Catalogue and procedure


def test_the_catalogue_lists_services_under_their_group() -> None:
    html = page("/services")
    section = re.search(r'<section class="shelf" id="driving-licence".*?</section>', html, re.DOTALL)
    assert section and '<a href="/services/licence-exchange">Обмін посвідчення водія</a>' in section[0]


def test_a_procedure_tells_its_official_facts_in_ukrainian() -> None:
    text = words(page("/services/licence-exchange"))
    assert "Обмін посвідчення водія без складання іспитів" in text and "00509" in text and "фізичні особи" in text
    assert "сервісний центр МВС, Дія, Кабінет водія, Укрпошта, ЦНАП" in text
    assert "Також кажуть поміняти права, обмін прав" in text
    assert "5 січня 2026" in text


def test_every_passage_is_a_section_under_its_anchor_and_in_the_contents() -> None:
    html = page("/services/licence-exchange")
    for passage in EXCHANGE.passages:
        section = re.search(rf'<section class="passage" id="{passage.anchor}".*?</section>', html, re.DOTALL)
        assert section and passage.text in section[0] and "https://hsc.gov.ua/price" in section[0]
        assert "Станом на листопад 2025".lower() in words(section[0]).lower()
        assert ("Потребує уточнення" in section[0]) == (passage.status is Status.NEEDS_REVIEW)
        assert f'<a href="#{passage.anchor}">{passage.title}</a>' in html


def test_an_unknown_procedure_is_a_friendly_404_page() -> None:
    response = client().get("/services/nope")
    assert response.status_code == 404 and response.headers["content-type"].startswith("text/html")
    assert "Такої сторінки немає" in response.text and 'name="q"' in response.text


# Every page

PAGES = ["/", "/?q=обмін", "/?q=", "/services", "/services/licence-exchange", "/services/nope"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_forbids_scripts_and_other_hosts_and_needs_neither(path: str) -> None:
    response = client().get(path)
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", response.text)
    assert all(url.startswith("/static/") for url in re.findall(r'<(?:link|img)[^>]*(?:href|src)="([^"]+)"', response.text))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_ukrainian_with_a_skip_link_landmarks_and_one_title(path: str) -> None:
    html = client().get(path).text
    assert '<html lang="uk">' in html and '<a class="skip" href="#main">' in html and '<main id="main"' in html
    assert "<header" in html and "<footer" in html and html.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_every_page_with_its_static_files_weighs_at_most_100_kb(path: str) -> None:
    static = sum(file.stat().st_size for file in STATIC_FOLDER.iterdir())
    assert len(client().get(path).content) + static <= MAX_PAGE_BYTES


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_head(path: str) -> None:
    assert client().head(path).status_code == client().get(path).status_code


def test_answers_are_private_and_stay_out_of_search_engines() -> None:
    response = client().get("/?q=обмін")
    assert response.headers["cache-control"] == "private, no-cache"
    assert '<meta name="robots" content="noindex">' in response.text


def test_static_files_are_named_with_a_hash_of_their_content() -> None:
    html = page("/")
    for name in ("site.css", "favicon.svg"):
        assert re.search(rf'"/static/{re.escape(name)}\?v=[0-9a-f]{{10}}"', html) and (STATIC_FOLDER / name).is_file()


def _hostile() -> Iterator[tuple[str, Answer]]:
    evil = "<script>alert(1)</script>\"'"
    yield f"/?q={evil}", ANSWER
    yield (
        "/?q=x",
        with_top(title=evil, text=evil, conflict=evil, service_title=evil, sources=(Source(evil, 'https://a.test/"><script>'),)),
    )
    yield "/?q=x", replace(ANSWER, related=(evil,), understood=Understood("uk", evil, (Correction("typo", "a", "b"),)))
    yield "/?q=x", replace(unanswered(Reason.AMBIGUOUS), choices=(Choice(evil, evil),), handoff=Handoff(evil, evil))


@pytest.mark.parametrize(("path", "answer"), list(_hostile()))
def test_text_from_outside_is_always_escaped(path: str, answer: Answer) -> None:
    html = page(path, answer)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_contact_centre_of_the_footer_can_be_set() -> None:
    app = FastAPI()
    app.include_router(pages_router(FakeEngine(), contact=Handoff("0 800 123 456", "https://a.test")))
    html = TestClient(app).get("/").text
    assert 'href="tel:+380800123456"' in html and 'href="https://a.test"' in html and CONTACT_CENTRE.phone not in html


# Wording


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2025", "2025 рік"),
        ("2025-11", "листопад 2025"),
        ("2025-11-03", "3 листопада 2025"),
        ("2024-02-29", "29 лютого 2024"),
        ("2025-13", "2025-13"),
        ("2025-00-01", "2025-00-01"),
        ("торік", "торік"),
        ("", ""),
    ],
)
def test_dates_are_said_in_words(as_of: str, expected: str) -> None:
    assert wording.date_words(as_of) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1 послуга"),
        (2, "2 послуги"),
        (5, "5 послуг"),
        (11, "11 послуг"),
        (12, "12 послуг"),
        (21, "21 послуга"),
        (103, "103 послуги"),
    ],
)
def test_counts_agree_with_their_noun(count: int, expected: str) -> None:
    assert wording.services_count(count) == expected


def test_confidence_is_one_of_three_words() -> None:
    assert [wording.confidence_words(value) for value in (1.0, 0.8, 0.79, 0.5, 0.49, 0.0)] == [
        "висока", "висока", "середня", "середня", "низька", "низька",
    ]  # fmt: skip


def test_every_topic_group_evidence_and_reason_has_words() -> None:
    assert set(wording.TOPICS) == set(Topic) and set(wording.GROUPS) == set(wording.GROUP_HINTS) == set(Group)
    assert set(wording.EVIDENCE_NOTES) == set(Evidence) and set(wording.REASONS) == set(Reason)


def test_a_channel_without_words_keeps_its_name() -> None:
    assert wording.channel_words(("diia", "balloon")) == "Дія, balloon"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((), "abcdef"),
        (((0, 2),), "[ab]cdef"),
        (((4, 6),), "abcd[ef]"),
        (((1, 3), (2, 5)), "a[bc][de]f"),
        (((4, 5), (0, 1)), "[a]bcd[e]f"),
        (((4, 99), (3, 3), (-5, 1)), "[a]bcd[ef]"),
    ],
)
def test_highlights_cut_text_without_losing_or_repeating_a_letter(spans: tuple[tuple[int, int], ...], expected: str) -> None:
    pieces = list(rendering.highlighted("abcdef", spans))
    assert "".join(text for text, _ in pieces) == "abcdef"
    assert "".join(f"[{text}]" if marked else text for text, marked in pieces) == expected
