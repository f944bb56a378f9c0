"""The widget where something goes wrong: network, service, limits, hostile texts. Each test name is
the rule.
"""

from typing import TYPE_CHECKING

import pytest
from fastapi.responses import HTMLResponse
from support.browser import BIDI, CHOICES, MARKUP, World, answer, no_answer, passage, problem

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

PHONE = "(044) 290-19-88"


def box(page: "Page") -> "Locator":
    return page.get_by_role("combobox")


def ask(page: "Page", question: str = "ціна") -> None:
    box(page).fill(question)
    box(page).press("Enter")


def shown(page: "Page") -> str:
    """The heading of the card, once there is one."""
    return page.locator("article.card h2").inner_text()


def test_a_slow_answer_shows_that_the_search_goes_on(page: "Page", world: World) -> None:
    world.fake.delays["ціна"] = 0.6
    ask(page)
    page.locator(".loading").get_by_text("Шукаємо відповідь…").wait_for()
    assert page.locator(".results").get_attribute("aria-busy") == "true"
    assert shown(page) == "Скільки коштує обмін посвідчення водія"
    assert page.locator(".results").get_attribute("aria-busy") is None


def test_a_quick_answer_shows_no_loading_state(page: "Page", world: World) -> None:
    page.locator("hsc-search").evaluate(
        """widget => new MutationObserver((changes) => {
          const added = changes.flatMap((change) => [...change.addedNodes]);
          window.sawLoading ||= added.some((node) => node.className.includes("loading"));
        }).observe(widget.shadowRoot.querySelector(".results"), { childList: true })"""
    )
    ask(page)
    shown(page)
    assert not page.evaluate("window.sawLoading")


def test_the_late_answer_of_an_earlier_question_is_never_shown(page: "Page", world: World) -> None:
    world.fake.delays["перше"] = 0.5
    world.fake.answers["перше"] = answer("перше", passages=[passage(title="Перша відповідь")])
    world.fake.answers["друге"] = answer("друге", passages=[passage(title="Друга відповідь")])
    ask(page, "перше")
    page.wait_for_timeout(50)
    ask(page, "друге")
    assert shown(page) == "Друга відповідь"
    page.wait_for_timeout(700)
    assert [query["q"] for query in world.fake.asked] == ["перше", "друге"]
    assert shown(page) == "Друга відповідь"


def test_after_eight_seconds_the_search_gives_up_and_can_be_repeated(
    page: "Page", world: World
) -> None:
    page.clock.install()
    page.route("**/v1/ask*", lambda route: None)
    ask(page)
    page.clock.run_for(8_100)
    assert shown(page) == "Пошук відповідає надто довго"
    page.unroute("**/v1/ask*")
    page.get_by_role("button", name="Спробувати ще раз").click()
    page.get_by_role("heading", name="Скільки коштує обмін").wait_for()


def test_offline_is_said_and_the_question_stays(page: "Page") -> None:
    page.context.set_offline(True)
    ask(page)
    assert shown(page) == "Немає з’єднання з інтернетом"
    assert box(page).input_value() == "ціна"
    page.context.set_offline(False)
    page.get_by_role("button", name="Спробувати ще раз").click()
    page.get_by_role("heading", name="Скільки коштує обмін").wait_for()


def test_a_service_that_is_down_still_leaves_a_number_to_call(page: "Page") -> None:
    page.route("**/v1/*", lambda route: route.abort())
    ask(page)
    assert shown(page) == "Пошук тимчасово не працює"
    assert (
        page.get_by_role("article").get_by_role("link", name=PHONE).get_attribute("href")
        == "tel:+380442901988"
    )


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (500, "Пошук тимчасово не працює"),
        (503, "Пошук тимчасово не працює"),
        (403, "Пошук не прийняв запитання з цього сайту"),
        (422, "Пошук не прийняв запитання з цього сайту"),
        (404, "Пошук на цій сторінці зараз недоступний"),
    ],
)
def test_each_refusal_is_said_in_words_with_a_number_to_call(
    page: "Page", world: World, status: int, title: str
) -> None:
    world.fake.failure = problem(status)
    ask(page)
    assert shown(page) == title
    assert page.get_by_role("article").get_by_role("link", name=PHONE).is_visible()


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"Retry-After": "31"}, "Спробуйте ще раз через 31 секунду."),
        ({"Retry-After": "22"}, "Спробуйте ще раз через 22 секунди."),
        ({"Retry-After": "5"}, "Спробуйте ще раз через 5 секунд."),
        ({}, "Спробуйте ще раз трохи згодом."),
        ({"Retry-After": "soon"}, "Спробуйте ще раз трохи згодом."),
    ],
)
def test_a_limited_client_is_told_when_to_ask_again(
    page: "Page", world: World, headers: dict[str, str], text: str
) -> None:
    world.fake.failure = problem(429, **headers)
    ask(page)
    assert shown(page) == "Забагато запитань поспіль"
    assert page.locator("article .text").inner_text() == text


@pytest.mark.parametrize("api", ["http://", "ftp://example.org", "javascript:alert(1)"])
def test_an_api_that_is_no_address_is_said_without_a_request(
    page: "Page", world: World, api: str
) -> None:
    page.locator("hsc-search").evaluate("(widget, api) => widget.setAttribute('api', api)", api)
    ask(page)
    assert shown(page) == "Пошук на цій сторінці зараз недоступний"
    assert world.fake.asked == []


def test_an_api_that_is_another_site_is_said(page: "Page", world: World) -> None:
    world.fake.failure = HTMLResponse("<h1>Another site</h1>")
    ask(page)
    assert shown(page) == "Пошук на цій сторінці зараз недоступний"


def test_without_an_api_the_widget_asks_where_it_came_from(page: "Page", world: World) -> None:
    page.locator("hsc-search").evaluate("widget => widget.removeAttribute('api')")
    ask(page)
    assert shown(page) == "Скільки коштує обмін посвідчення водія"


@pytest.mark.parametrize(
    ("question", "asked"),
    [("ї" * 1_000, 1), ("ї" * 1_001, 0), ("🚗" * 1_000, 1), ("ї" * 10_000, 0)],
)
def test_a_question_over_a_thousand_characters_is_answered_without_a_request(
    page: "Page", world: World, question: str, asked: int
) -> None:
    ask(page, question)
    assert (shown(page) == "Запитання задовге") is not bool(asked)
    assert len(world.fake.asked) == asked and set(world.fake.suggested) <= {""}
    assert box(page).input_value() == question


def test_an_empty_question_opens_what_others_ask_instead(page: "Page", world: World) -> None:
    box(page).fill("  ")
    page.get_by_role("button", name="Знайти").click()
    page.get_by_role("option").first.wait_for()
    assert world.fake.asked == []


HOSTILE_PASSAGE = passage(
    title=MARKUP,
    text=MARKUP,
    service_title=MARKUP,
    conflict=MARKUP,
    highlights=[[0, 5]],
    sources=[{"title": MARKUP, "url": "javascript:window.hacked=1"}],
    url="javascript:window.hacked=1",
)
HOSTILE_REPLIES = [
    answer(
        MARKUP,
        passages=[HOSTILE_PASSAGE],
        understood={
            "language": "uk",
            "reading": MARKUP,
            "corrections": [{"kind": "typo", "from": BIDI, "to": BIDI}],
        },
        siblings=[{"topic": "term", "id": "x.term", "title": MARKUP, "text": MARKUP}],
        related=[MARKUP],
    ),
    no_answer(
        MARKUP,
        "ambiguous",
        passages=[HOSTILE_PASSAGE],
        choices=[{"service": MARKUP, "title": MARKUP}],
        handoff={"phone": MARKUP, "site": "javascript:window.hacked=1"},
    ),
]


@pytest.mark.parametrize("reply", HOSTILE_REPLIES, ids=["answer", "no-answer"])
def test_markup_in_questions_and_texts_stays_text(
    page: "Page", world: World, reply: dict[str, object]
) -> None:
    world.fake.answers[MARKUP] = reply
    world.fake.suggestions = [{"text": MARKUP, "kind": "service", "service": MARKUP}]
    box(page).press_sequentially("<")
    page.get_by_role("option").filter(
        has_text=MARKUP
    ).click()  # not one of those that the empty box offers
    page.locator("article.card").wait_for()
    assert page.locator("article").get_by_text(MARKUP).first.is_visible()
    assert page.locator("hsc-search img, hsc-search script").count() == 0
    assert page.locator("hsc-search a[href^=javascript]").count() == 0
    assert page.evaluate("window.hacked") is None


def test_bidirectional_controls_reorder_nothing_around_them(page: "Page", world: World) -> None:
    world.fake.answers[BIDI] = answer(
        BIDI,
        understood={
            "language": "uk",
            "reading": BIDI,
            "corrections": [{"kind": "typo", "from": BIDI, "to": BIDI}],
        },
        related=[BIDI],
        passages=[passage(service_title=BIDI, title=BIDI)],
    )
    ask(page, BIDI)
    page.locator("article.card").wait_for()
    loose = page.locator("hsc-search").evaluate(
        """widget => {
          const walker = document.createTreeWalker(widget.shadowRoot, NodeFilter.SHOW_TEXT);
          const loose = [];
          while (walker.nextNode()) {
            const { data, parentElement } = walker.currentNode;
            if (data.includes("\\u202e") && !parentElement.closest("bdi")) {
              loose.push(parentElement.outerHTML);
            }
          }
          return loose;
        }"""
    )
    assert loose == [] and page.locator("article bdi", has_text="кінець").count() == 4


def test_choices_of_an_unknown_kind_of_reason_are_still_offered(page: "Page", world: World) -> None:
    world.fake.answers["ціна"] = no_answer("ціна", "a_reason_of_a_later_version", choices=CHOICES)
    ask(page)
    assert shown(page) == "Ми не певні, що знаємо відповідь"
    assert page.get_by_role("button", name="Обмін посвідчення водія").is_visible()
