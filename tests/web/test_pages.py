"""The pages, asked through HTTP with a small engine behind them. Each test name is the rule."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.app import article, page, site, words
from support.app import site_client as client
from support.fakes import (
    ANSWER,
    EXCHANGE,
    HANDOFF,
    POPULAR,
    TERM,
    FakeEngine,
    fake_service,
    fake_serving,
    unanswered,
    with_top,
)

from qa_service import phrases
from qa_service.phrases import forms
from qa_service.phrases.languages import UKRAINIAN
from qa_service.types import (
    Answer,
    Choice,
    Correction,
    Evidence,
    Group,
    Handoff,
    Reason,
    Source,
    Status,
    Topic,
    Understood,
)
from qa_service.web.dependencies import SiteOptions
from qa_service.web.site import blocks, rendering
from qa_service.web.site.rendering import STATIC_FOLDER
from qa_service.web.site.routes import site_router, site_templates
from qa_service.web.widget import widget_folder_url

MAX_PAGE_BYTES = 100 * 1024


# The search page


def test_the_start_page_has_a_labelled_get_form_and_asks_the_engine_nothing() -> None:
    engine = FakeEngine()
    html = client(engine=engine).get("/").text
    assert re.search(r'<form[^>]*action="/" method="get"', html)
    label = re.search(r'<label for="([^"]+)">Ваше запитання</label>', html)
    assert label and f'<input id="{label[1]}" name="q"' in html
    assert engine.asked == []


def test_the_start_page_links_popular_questions_and_groups_that_have_services() -> None:
    html = unescape(page("/"))
    for question in POPULAR:
        assert f'href="{rendering.ask_url(question)}"' in html
    assert 'href="/services#driving-licence"' in html and "1 послуга" in html
    assert phrases.GROUPS[Group.PLATES] not in html


def test_a_corpus_without_services_leaves_a_bare_search_box() -> None:
    serving = fake_serving(services=(), popular=())
    html = TestClient(site(fake_service(serving))).get("/").text
    assert 'name="q"' in html and "Послуги за темами" not in html and "Часто запитують" not in html


def test_the_top_passage_is_the_answer_with_title_service_topic_date_and_confidence_in_words() -> (
    None
):
    html = article(page("/?q=обмін"))
    assert "Скільки коштує обмін</h1>" in html
    assert '<a href="/services/licence-exchange">Обмін посвідчення водія</a>' in html
    assert "Вартість" in html and "станом на листопад 2025" in words(html)
    assert "відповідає запитанню" in words(html) and "0.93" not in html and "93" not in words(html)


def test_highlights_are_marked() -> None:
    assert "Обмін коштує <mark>572 грн</mark>. Комісію" in page("/?q=обмін")


def test_a_passage_that_needs_review_says_so_with_the_conflict() -> None:
    html = page("/?q=обмін")
    said = "Ціна могла змінитися: тут найновіша, яку знаємо (листопад 2025)."
    assert f"{said} Докладніше Раніше називали 515 грн." in words(article(html))
    assert "Ціна могла" not in page("/?q=обмін", with_top(status=Status.VERIFIED, conflict=None))
    alone = page("/?q=обмін", with_top(topic=Topic.WHO, as_of=None, conflict=None))
    assert "Джерела розходяться: тут найновіше, що знаємо." in words(article(alone))


def test_weaker_evidence_is_said_and_strong_evidence_is_silent() -> None:
    assert "підтверджено частково" in page("/?q=x", with_top(evidence=Evidence.MEDIUM))
    assert "підтверджено" not in page("/?q=x")


def test_sources_are_links_and_a_source_without_an_address_is_text() -> None:
    html = article(page("/?q=обмін"))
    assert 'href="https://hsc.gov.ua/price"' in html
    assert "<li><span>Постанова № 795</span> <span" in html


def test_the_best_source_is_in_sight_and_the_others_are_folded() -> None:
    html = article(page("/?q=обмін"))
    [folded] = re.findall(r"<summary>Ще джерела: 1</summary>(.*?)</details>", html, re.DOTALL)
    assert "Постанова № 795" in folded and "hsc.gov.ua/price" not in folded


def test_two_other_passages_are_titles_to_open() -> None:
    html = page("/?q=обмін")
    others = re.search(r'<section class="others".*?</section>', html, re.DOTALL)
    assert others and others[0].count('<details class="guess"') == 1
    assert "<mark>" not in others[0] and "Обмін триває до 5 днів." in others[0]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.test/x",
        "ftp://a.test",
        "http://[broken",
        " ",
    ],
)
def test_a_source_that_is_not_a_web_page_is_never_a_link(url: str) -> None:
    html = article(page("/?q=обмін", with_top(sources=(Source("Джерело X", url),))))
    assert "<li><span>Джерело X</span> <span" in html


def test_fee_term_and_documents_of_the_procedure_stand_on_the_answer_in_a_sentence_each() -> None:
    html = article(page("/?q=обмін"))
    facts = re.search(r'<dl class="glance">.*?</dl>', html, re.DOTALL)
    assert facts and words(facts[0]) == "Строки Обмін триває до 5 днів."
    assert '<a href="/services/licence-exchange#term">Строки</a>' in facts[0]


def test_a_fact_whose_sources_disagree_says_so() -> None:
    fee = replace(TERM, status=Status.NEEDS_REVIEW)
    html = article(
        page("/?q=обмін", replace(with_top(status=Status.VERIFIED, conflict=None), siblings=(fee,)))
    )
    assert "Обмін триває до 5 днів. Потребує уточнення" in words(html)


def test_other_passages_siblings_and_related_questions_follow() -> None:
    html = unescape(page("/?q=обмін"))
    assert "Також може стати в пригоді" in html and "Обмін триває до 5 днів." in html
    siblings = re.search(r'class="siblings".*?</ul>', html, re.DOTALL)
    assert siblings and re.findall(r'href="([^"]+)"', siblings[0]) == [
        "/services/licence-exchange#refusal"
    ]
    assert f'href="{rendering.ask_url("Чи складають іспити?")}"' in html


def test_a_corrected_reading_is_said_back() -> None:
    understood = Understood("uk", "обмін прав", (Correction("layout", "j,vsy", "обмін"),))
    assert "Зрозуміли так: «обмін»" in words(page("/?q=x", replace(ANSWER, understood=understood)))
    assert "Зрозуміли" not in page("/?q=x")


def test_a_degraded_search_is_admitted() -> None:
    assert "працює спрощено" in page("/?q=x", replace(ANSWER, degraded=("dense",)))


def test_a_passage_of_another_corpus_links_to_its_own_page_or_nowhere() -> None:
    html = article(
        page("/?q=x", replace(with_top(url="https://a.test/doc"), siblings=()), services=())
    )
    assert 'href="https://a.test/doc"' in html and 'href="/services/' not in html
    assert "Уся процедура" not in article(page("/?q=x", with_top(url=None), services=()))


# No answer


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_own_message_and_the_contact_centre(reason: Reason) -> None:
    html = page("/?q=щось", unanswered(reason))
    assert phrases.REASONS[reason].title in words(html)
    assert 'href="tel:+380442901988"' in html and 'href="https://hsc.gov.ua"' in html


def test_best_guesses_are_folded_and_none_stands_as_the_answer() -> None:
    html = page("/?q=щось", unanswered(Reason.LOW_CONFIDENCE))
    assert '<article class="answer"' not in html
    assert re.search(r'<details class="guesses">.*572 грн.*</details>', html, re.DOTALL)


def test_choices_ask_the_same_question_within_one_procedure() -> None:
    answer = replace(
        unanswered(Reason.AMBIGUOUS), choices=(Choice("licence-exchange", "Обмін посвідчення"),)
    )
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
    response = client(replace(unanswered(Reason.TOO_LONG), passages=())).get(
        "/", params={"q": "<щ&" * 4_000}
    )
    assert "Запитання задовге" in response.text and len(response.content) < MAX_PAGE_BYTES


# Catalogue and procedure


def test_the_catalogue_lists_services_under_their_group() -> None:
    html = page("/services")
    section = re.search(
        r'<section class="group" id="driving-licence".*?</section>', html, re.DOTALL
    )
    assert (
        section and '<a href="/services/licence-exchange">Обмін посвідчення водія</a>' in section[0]
    )


def test_services_stand_in_the_order_of_the_ukrainian_alphabet() -> None:
    titles = [
        "Ґатунок",
        "Єврономер",
        "Іспит",
        "Водій",
        "Яхта",
        "Ївга",
        "Знак",
        "Гараж",
        "Жетон",
        "Йод",
        "Ель",
    ]
    services = tuple(
        replace(EXCHANGE, slug=f"s{number}", title=title) for number, title in enumerate(titles)
    )
    html = page("/services", services=services)
    assert re.findall(r'<a href="/services/s\d+">([^<]+)</a>', html) == [
        "Водій", "Гараж", "Ґатунок", "Ель", "Єврономер", "Жетон", "Знак", "Іспит",
        "Ївга", "Йод", "Яхта",
    ]  # fmt: skip


def test_a_procedure_tells_its_official_facts_in_ukrainian() -> None:
    text = words(page("/services/licence-exchange"))
    assert (
        "Обмін посвідчення водія без складання іспитів" in text
        and "00509" in text
        and "фізичні особи" in text
    )
    assert "сервісний центр МВС, Дія, Кабінет водія, Укрпошта, ЦНАП" in text
    assert "Також кажуть поміняти права, обмін прав" in text
    assert "5 січня 2026" in text


def test_a_procedure_begins_with_its_fee_and_term_in_a_sentence_each_that_link_to_the_whole() -> (
    None
):
    html = page("/services/licence-exchange")
    facts = re.search(r'<dl class="glance">.*?</dl>', html, re.DOTALL)
    assert facts and re.findall(r'<a href="#([^"]+)">', facts[0]) == ["fee", "term"]
    assert "Вартість Обмін коштує 572 грн. Потребує уточнення Строки" in words(facts[0])


def test_a_procedure_sums_up_what_its_sources_disagree_about() -> None:
    html = page("/services/licence-exchange")
    summary = re.search(r'<section class="review".*?</section>', html, re.DOTALL)
    assert summary and "1 розділ потребує уточнення" in words(summary[0])
    assert re.findall(r'href="([^"]+)"', summary[0]) == ["#fee"]
    assert 'class="review"' not in page(
        "/services/licence-exchange", services=(replace(EXCHANGE, passages=(TERM,)),)
    )


def test_every_passage_is_a_section_under_its_anchor_and_in_the_contents() -> None:
    html = page("/services/licence-exchange")
    for passage in EXCHANGE.passages:
        section = re.search(
            rf'<section class="passage" id="{passage.anchor}".*?</section>', html, re.DOTALL
        )
        assert section and passage.text in section[0] and "https://hsc.gov.ua/price" in section[0]
        assert "Станом на листопад 2025".lower() in words(section[0]).lower()
        assert ('class="review"' in section[0]) == (passage.status is Status.NEEDS_REVIEW)
        assert f'<a href="#{passage.anchor}">{passage.title}</a>' in html
        assert f'<a class="permalink" href="#{passage.anchor}"' in section[0]


def test_an_unknown_procedure_is_a_friendly_404_page() -> None:
    response = client().get("/services/nope")
    assert response.status_code == 404 and response.headers["content-type"].startswith("text/html")
    assert "Такої сторінки немає" in response.text and 'name="q"' in response.text


# Every page

PAGES = ["/", "/?q=обмін", "/?q=", "/services", "/services/licence-exchange", "/services/nope"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_allows_scripts_and_styles_from_its_own_files_only(path: str) -> None:
    response = client().get(path)
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src "
        "'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert not re.search(r"<style|\sstyle=|\son\w+=", response.text)
    assert set(re.findall(r"<script ([^ >]+)", response.text)) <= {
        'type="module"',
        'type="application/ld+json"',
    }
    loaded = re.findall(
        r'<(?:link rel="(?:icon|stylesheet)"|img|script)[^>]*(?:href|src)="([^"]+)"', response.text
    )
    assert loaded and all(url.startswith("/static/") for url in loaded)


def test_the_script_is_told_where_the_widgets_modules_stand() -> None:
    found = re.search(
        r'<script type="module" src="(/static/page.js\?v=[0-9a-f]{10})" data-widget="([^"]+)">',
        page("/"),
    )
    assert found and client().get(found[1]).status_code == 200
    assert client().get(f"{found[2]}/combobox.js").status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_ukrainian_with_a_skip_link_landmarks_and_one_title(path: str) -> None:
    html = client().get(path).text
    assert (
        '<html lang="uk">' in html
        and '<a class="skip" href="#main">' in html
        and '<main id="main"' in html
    )
    assert "<header" in html and "<footer" in html and html.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_head(path: str) -> None:
    assert client().head(path).status_code == client().get(path).status_code


@pytest.mark.parametrize("path", ["/?q=обмін", "/?q=", "/services/nope"])
def test_answers_and_missing_pages_are_private_and_stay_out_of_search_engines(path: str) -> None:
    response = client().get(path)
    assert response.headers["cache-control"] == "private, no-cache"
    assert (
        '<meta name="robots" content="noindex">' in response.text
        and "canonical" not in response.text
    )


@pytest.mark.parametrize("path", ["/", "/services", "/services/licence-exchange"])
def test_lasting_pages_may_be_cached_and_name_their_address(path: str) -> None:
    response = client().get(path)
    assert response.headers["cache-control"] == "public, max-age=300"
    assert f'<link rel="canonical" href="http://testserver{path}">' in response.text
    assert f'<meta property="og:url" content="http://testserver{path}">' in response.text
    assert "noindex" not in response.text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_describes_itself_to_search_engines_and_messengers(path: str) -> None:
    html = client().get(path).text
    titles = re.findall(
        r'<title>(.*?) — сервісні центри МВС</title>|property="og:title" content="(.*?)"', html
    )
    assert len(titles) == 2 and titles[0][0] == titles[1][1] != ""
    described = re.findall(
        r'(?:name="description"|property="og:description") content="(.*?)"', html
    )
    assert len(described) == 2 and described[0] == described[1] != ""


def test_a_shared_answer_is_named_by_its_passage_and_never_by_the_question() -> None:
    head = page("/?q=замкнено до вівторка").partition("</head>")[0]
    assert "<title>Скільки коштує обмін — " in head and 'content="Обмін коштує 572 грн."' in head
    assert "замкнено" not in head


@pytest.mark.parametrize(
    "host", ["a.test", 'x"><script>alert(1)</script>', "[", "", "a.test:99999"]
)
def test_the_name_that_a_request_gives_the_host_cannot_break_a_page(host: str) -> None:
    response = client().get("/services/licence-exchange", headers={"Host": host})
    assert response.status_code == 200 and "<script>alert" not in response.text


def test_static_files_are_named_with_a_hash_of_their_content() -> None:
    html = page("/")
    for name in ("site.css", "suggestions.css", "page.js", "favicon.svg"):
        assert (
            re.search(rf'"/static/{re.escape(name)}\?v=[0-9a-f]{{10}}"', html)
            and (STATIC_FOLDER / name).is_file()
        )


def _hostile() -> Iterator[tuple[str, Answer]]:
    evil = "<script>alert(1)</script>\"'"
    yield f"/?q={evil}", ANSWER
    yield (
        "/?q=x",
        with_top(
            title=evil,
            text=evil,
            conflict=evil,
            service_title=evil,
            sources=(Source(evil, 'https://a.test/"><script>'),),
        ),
    )
    yield (
        "/?q=x",
        replace(
            ANSWER,
            related=(evil,),
            understood=Understood("uk", evil, (Correction("typo", "a", "b"),)),
        ),
    )
    yield (
        "/?q=x",
        replace(
            unanswered(Reason.AMBIGUOUS), choices=(Choice(evil, evil),), handoff=Handoff(evil, evil)
        ),
    )


@pytest.mark.parametrize(("path", "answer"), list(_hostile()))
def test_text_from_outside_is_always_escaped(path: str, answer: Answer) -> None:
    html = page(path, answer)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_question_as_it_was_read_is_kept_apart_from_the_direction_of_the_text_around_it() -> None:
    turned = "обмін \u202eправ"
    html = page(
        "/?q=x",
        replace(ANSWER, understood=Understood("uk", turned, (Correction("typo", "a", turned),))),
    )
    assert f"«<bdi>{turned}</bdi>»" in html


def test_the_contact_centre_of_the_footer_can_be_set() -> None:
    app = FastAPI()
    contact = Handoff("0 800 123 456", "https://a.test")
    service = fake_service()
    templates = site_templates(service, contact, widget_folder_url(), SiteOptions())
    app.include_router(site_router(service, templates, contact, SiteOptions()))
    html = TestClient(app).get("/").text
    assert (
        'href="tel:+380800123456"' in html
        and 'href="https://a.test"' in html
        and HANDOFF.phone not in html
    )


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
    assert UKRAINIAN.date(as_of) == expected


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
    assert forms.services_count(count) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1 розділ потребує уточнення"),
        (3, "3 розділи потребують уточнення"),
        (12, "12 розділів потребують уточнення"),
    ],
)
def test_the_verb_agrees_with_the_count_of_unclear_sections(count: int, expected: str) -> None:
    assert forms.unclear_count(count) == expected


def test_confidence_is_one_of_three_words() -> None:
    assert [forms.confidence_words(value) for value in (1.0, 0.8, 0.79, 0.5, 0.49, 0.0)] == [
        "відповідає запитанню", "відповідає запитанню", "схоже на ваше запитання",
        "схоже на ваше запитання", "може не підійти", "може не підійти",
    ]  # fmt: skip


def test_every_topic_group_evidence_and_reason_has_words() -> None:
    assert set(phrases.TOPICS) == set(Topic) and set(phrases.GROUPS) == set(
        phrases.GROUP_HINTS
    ) == set(Group)
    assert set(phrases.EVIDENCE_NOTES) == set(Evidence) and set(phrases.REASONS) == set(Reason)


def test_a_channel_without_words_keeps_its_name() -> None:
    assert forms.channel_words(("diia", "balloon")) == "Дія, balloon"


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
def test_highlights_cut_text_without_losing_or_repeating_a_letter(
    spans: tuple[tuple[int, int], ...], expected: str
) -> None:
    pieces = list(blocks.highlighted("abcdef", spans))
    assert "".join(text for text, _ in pieces) == "abcdef"
    assert "".join(f"[{text}]" if marked else text for text, marked in pieces) == expected
