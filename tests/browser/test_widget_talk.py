"""The widget holds a talk and shows how sure an answer is, in a real Chromium under a strict
policy. Each test name is the rule.
"""

from typing import TYPE_CHECKING, Any

import pytest
from support.browser import (
    CONTEXT,
    World,
    answer,
    ask,
    no_answer,
    passage,
    problem,
    with_attribute,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

PARTS: list[dict[str, Any]] = [
    {"asked": "яка ціна", "passage_id": "a.fee", "certainty": "sure", "reason": None},
    {"asked": "а строк", "passage_id": "a.term", "certainty": "unsure", "reason": None},
    {"asked": "а кава", "passage_id": None, "certainty": "none", "reason": "off_topic"},
]


@pytest.fixture
def talk(page: "Page", world: World) -> "Page":
    """After an answer about the exchange of a licence."""
    world.fake.answers["обмін"] = answer("обмін", context=CONTEXT)
    ask(page, "обмін")
    return page


def test_the_next_question_is_asked_in_the_context_of_the_answer(
    talk: "Page", world: World
) -> None:
    assert talk.get_by_text("Далі про: Обмін посвідчення водія").is_visible()
    ask(talk, "а ціна")
    assert world.fake.in_talk == [{"question": "а ціна", "context": CONTEXT}]


def test_the_subject_can_be_dropped(talk: "Page", world: World) -> None:
    talk.get_by_role("button", name="Інша тема").click()
    assert talk.get_by_text("Далі про:").count() == 0
    ask(talk, "а ціна")
    assert world.fake.in_talk == [] and world.fake.asked[-1]["q"] == "а ціна"


def test_a_page_may_begin_the_talk_with_a_procedure(page: "Page", world: World) -> None:
    with_attribute(page, "data-service", "licence-lost")
    ask(page, "ціна")
    assert world.fake.in_talk == [{"question": "ціна", "context": {"service": "licence-lost"}}]


def test_a_page_about_one_procedure_says_so_and_dropping_it_lasts(
    page: "Page", world: World
) -> None:
    with_attribute(page, "data-service", "licence-lost")
    assert page.get_by_text("Далі про: послугу цієї сторінки").is_visible()
    page.get_by_role("button", name="Інша тема").click()
    page.locator("hsc-search").evaluate("widget => widget.setAttribute('lang', 'en')")
    assert page.get_by_text("More about:").count() == 0


def test_asking_exactly_keeps_the_context_in_which_it_was_asked(talk: "Page", world: World) -> None:
    changes = [{"kind": "typo", "from": "цна", "to": "ціна"}]
    understood = {"language": "uk", "reading": "ціна", "corrections": changes}
    other = CONTEXT | {"service": "licence-lost"}
    world.fake.answers["цна"] = answer("цна", understood=understood, context=other)
    ask(talk, "цна")
    talk.get_by_role("button", name="Шукати, як написано").click()
    talk.wait_for_timeout(300)
    assert world.fake.in_talk == [
        {"question": "цна", "context": CONTEXT},
        {"question": "цна", "context": CONTEXT, "as_typed": True},
    ]


def test_parts_that_one_passage_answers_stand_together(page: "Page", world: World) -> None:
    parts = [PARTS[0], PARTS[0] | {"asked": "а онлайн", "certainty": "unsure"}]
    passages = [passage(id="a.fee", title="Ціна")]
    world.fake.answers["двоє"] = answer("двоє", parts=parts, passages=passages)
    ask(page, "двоє")
    card = page.locator("article.parts")
    assert card.locator("section").count() == 1
    assert "«яка ціна», «а онлайн»" in card.inner_text() and "Можливо" not in card.inner_text()


def test_a_script_of_the_page_can_ask_and_see_what_the_talk_is_about(
    page: "Page", world: World
) -> None:
    world.fake.answers["обмін"] = answer("обмін", context=CONTEXT)
    found = page.locator("hsc-search").evaluate(
        "async widget => { await widget.ask('обмін'); return widget.context; }"
    )
    assert found == CONTEXT and page.locator("article.answer").is_visible()


def test_what_may_be_an_answer_is_titles_to_open_without_marks(page: "Page", world: World) -> None:
    world.fake.answers["щось"] = answer("щось", certainty="unsure")
    ask(page, "щось")
    card = page.locator("article.perhaps")
    assert card.get_by_role("heading", name="Можливо, ви про це").is_visible()
    assert card.locator("details.guess").count() == 2 and card.locator("mark").count() == 0
    assert card.get_by_role("link", name="(044) 290-19-88").is_visible()
    text = card.locator("details.guess .text").first
    assert not text.is_visible()
    card.locator("summary").first.click()
    assert text.is_visible()


def test_each_thing_that_was_asked_has_its_answer_or_says_that_it_has_none(
    page: "Page", world: World
) -> None:
    passages = [passage(id="a.fee", title="Ціна"), passage(id="a.term", title="Строк")]
    world.fake.answers["двоє"] = answer("двоє", parts=PARTS, passages=passages)
    ask(page, "двоє")
    card = page.locator("article.parts")
    assert card.get_by_role("heading", level=3).all_inner_texts() == [
        "Ціна", "Можливо, ви про це: Строк",
    ]  # fmt: skip
    assert card.locator("section").nth(0).locator("mark").count() == 1
    assert card.locator("section").nth(1).locator("mark").count() == 0
    assert "«а кава»" in card.inner_text() and "Це запитання не про послуги" in card.inner_text()


@pytest.mark.parametrize("reason", ["small_talk", "live_data"])
def test_a_reply_stands_in_the_place_of_the_advice(page: "Page", world: World, reason: str) -> None:
    world.fake.answers["привіт"] = no_answer("привіт", reason, reply="Вітаємо!")
    ask(page, "привіт")
    card = page.locator("article.advice")
    assert card.get_by_text("Вітаємо!").count() == 1
    assert card.locator("details").count() == 0


def test_a_correction_can_be_undone(page: "Page", world: World) -> None:
    changes = [
        {"kind": "typo", "from": "борщ", "to": "борг"},
        {"kind": "synonym", "from": "борг", "to": "заборгованість"},
    ]
    understood = {"language": "uk", "reading": "борг (заборгованість)", "corrections": changes}
    world.fake.answers["борщ"] = answer("борщ", understood=understood)
    ask(page, "борщ")
    assert page.get_by_text("Зрозуміли так: «борг»").is_visible()
    assert page.get_by_text("Шукали також: «заборгованість»").is_visible()
    page.get_by_role("button", name="Шукати, як написано").click()
    page.wait_for_timeout(300)
    assert world.fake.asked[-1]["as_typed"] == "true"


def test_answers_and_votes_are_told_to_the_page_without_what_was_asked(
    page: "Page", world: World
) -> None:
    page.evaluate(
        "() => { window.heard = []; for (const name of ['hsc-answer', 'hsc-feedback'])"
        "document.addEventListener(name, (event) => window.heard.push([name, event.detail])); }"
    )
    ask(page, "обмін")
    page.get_by_role("button", name="Так").click()
    page.wait_for_function("() => window.heard.length === 2")
    assert page.evaluate("window.heard") == [
        ["hsc-answer", {
            "answerable": True, "certainty": "sure", "confidence": 0.957, "reason": None,
            "passage": "licence-exchange.fee", "service": "licence-exchange",
        }],
        ["hsc-feedback", {"helpful": True, "passage": "licence-exchange.fee"}],
    ]  # fmt: skip


def test_a_reader_may_say_what_is_wrong(page: "Page", world: World) -> None:
    ask(page, "обмін")
    page.get_by_role("button", name="Ні", exact=True).click()
    page.get_by_label("Дані застаріли").check()
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Дякуємо!").wait_for()
    assert world.fake.feedback[-1] == {
        "answer_id": "a1", "passage_id": "licence-exchange.fee", "helpful": False,
        "complaint": "outdated",
    }  # fmt: skip


# What its developer is told


def console_of(page: "Page") -> list[str]:
    """What is logged from now on."""
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    return logged


def test_a_key_that_is_not_valid_is_said_once_and_the_question_is_asked_without_it(
    page: "Page", world: World
) -> None:
    logged = console_of(page)

    def without_key(route: "Route") -> None:
        if route.request.headers.get("x-api-key"):
            route.fulfill(status=401, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.continue_()

    page.route("**/v1/**", without_key)
    page.locator("hsc-search").evaluate("widget => widget.setAttribute('key', 'wrong')")
    ask(page, "обмін")
    ask(page, "обмін ще")
    assert page.locator("article.answer").is_visible()
    said = [line for line in logged if line.startswith("hsc-search:")]
    assert len(said) == 1 and "the key is not valid" in said[0]


def test_a_site_that_may_not_ask_is_told_the_setting(page: "Page", world: World) -> None:
    logged = console_of(page)
    world.fake.failure = problem(403)
    ask(page, "обмін")
    said = [line for line in logged if line.startswith("hsc-search:")]
    assert len(said) == 1 and "QA_CORS_ORIGINS" in said[0] and world.host.rstrip("/") in said[0]


# Suggestions


def test_what_a_suggestion_adds_is_set_off(page: "Page", world: World) -> None:
    page.get_by_role("combobox").press_sequentially("обмін")
    option = page.get_by_role("option").filter(has_text="Скільки коштує обмін прав?")
    option.wait_for()
    assert option.locator("b").all_text_contents() == ["Скільки коштує ", " прав?"]


def test_a_telephone_shows_six_suggestions_at_most(page: "Page", world: World) -> None:
    world.fake.suggestions = [
        {"text": f"обмін {n}", "kind": "question", "service": None} for n in range(9)
    ]
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("combobox").press_sequentially("обмін")
    page.get_by_role("option", name="обмін 0").wait_for()
    assert page.get_by_role("option").count() == 6
