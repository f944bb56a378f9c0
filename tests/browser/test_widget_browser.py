"""The widget in a real Chromium, on a page of another origin under a strict policy. Each test name
is the rule.
"""

import gzip
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from support.browser import CHOICES, POPULAR, World, answer, no_answer, passage, problem
from support.corpus import ROOT
from support.waiting import until

from qa_service.web.widget import widget_modules

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

MAX_KIB_GZIPPED = 24
MODULES = sorted((ROOT / "qa_service" / "web" / "widget" / "static").glob("*.js"))


def box(page: "Page") -> "Locator":
    return page.get_by_role("combobox", name="Ваше запитання")


def ask(page: "Page", question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")
    page.locator("article.card").wait_for()


def suggest(page: "Page", text: str = "обмін") -> "Locator":
    box(page).press_sequentially(text)
    page.get_by_role("option").nth(2).wait_for()
    return page.get_by_role("option")


def active_option(page: "Page") -> str | None:
    """The text of the option that assistive technology is told to be at."""
    active = box(page).get_attribute("aria-activedescendant")
    return page.locator(f"#{active} bdi").inner_text() if active else None


def focused_text(page: "Page") -> str:
    focused: str = page.locator("hsc-search").evaluate(
        "widget => widget.shadowRoot.activeElement?.textContent ?? ''"
    )
    return focused


def test_typing_shows_suggestions_and_says_how_many(page: "Page", world: World) -> None:
    options = suggest(page)
    assert options.locator("bdi").all_inner_texts() == [
        "Скільки коштує обмін прав?",
        "Обмін посвідчення водія",
        "посвідчення водія",
    ]
    assert page.get_by_role("status").first.inner_text() == "3 підказки"
    assert world.fake.suggested[-1] == "обмін"


def test_keys_typed_at_once_cost_one_request(page: "Page", world: World) -> None:
    suggest(page, "обмін прав")
    assert world.fake.suggested == ["", "обмін прав"]


def test_an_empty_box_suggests_what_others_ask(page: "Page") -> None:
    box(page).focus()
    page.get_by_role("option", name=POPULAR[0]["text"]).wait_for()
    box(page).press("Escape")
    assert page.get_by_role("option").count() == 0
    box(page).press("ArrowDown")
    page.get_by_role("option", name=POPULAR[0]["text"]).wait_for()


def test_arrows_go_round_through_the_options_and_the_box(page: "Page") -> None:
    suggest(page)
    seen = []
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "Home"):
        box(page).press(key)
        seen.append(active_option(page))
    first, second, third = (
        "Скільки коштує обмін прав?",
        "Обмін посвідчення водія",
        "посвідчення водія",
    )
    assert seen == [first, second, third, None, third, second, None]
    assert page.get_by_role("option", selected=True).count() == 0


def test_enter_asks_the_option_it_is_at(page: "Page", world: World) -> None:
    suggest(page)
    box(page).press("ArrowDown")
    box(page).press("Enter")
    page.get_by_role("heading", name="Скільки коштує обмін посвідчення водія").wait_for()
    assert world.fake.asked == [
        {"q": "Скільки коштує обмін прав?", "top_k": "3", "channel": "site"}
    ]
    assert box(page).input_value() == "Скільки коштує обмін прав?"


def test_enter_at_no_option_asks_what_was_typed(page: "Page", world: World) -> None:
    suggest(page)
    box(page).press("Enter")
    page.locator("article.card").wait_for()
    assert [query["q"] for query in world.fake.asked] == ["обмін"]
    assert page.get_by_role("option").count() == 0


def test_a_chosen_service_is_asked_with_its_filter(page: "Page", world: World) -> None:
    suggest(page).filter(has_text="послуга").click()
    page.locator("article.card").wait_for()
    assert (world.fake.asked[0]["q"], world.fake.asked[0]["service"]) == (
        "Обмін посвідчення водія",
        "licence-exchange",
    )


def test_escape_closes_the_list_and_keeps_the_text(page: "Page") -> None:
    suggest(page)
    box(page).press("Escape")
    assert page.get_by_role("option").count() == 0
    assert (
        box(page).input_value() == "обмін" and box(page).get_attribute("aria-expanded") == "false"
    )


def test_tab_leaves_the_box_for_the_button_and_chooses_nothing(page: "Page", world: World) -> None:
    suggest(page)
    box(page).press("ArrowDown")
    box(page).press("Tab")
    assert focused_text(page) == "Знайти"
    assert page.get_by_role("option").count() == 0 and world.fake.asked == []


def test_a_touch_chooses_as_a_click_does(chromium: "Browser", world: World) -> None:
    context = chromium.new_context(has_touch=True, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(world.host)
    box(page).tap()
    page.get_by_role("option").first.tap()
    page.locator("article.card").wait_for()
    context.close()
    assert [query["q"] for query in world.fake.asked] == [POPULAR[0]["text"]]


def test_late_suggestions_of_an_earlier_text_are_never_shown(page: "Page", world: World) -> None:
    world.fake.delays["об"] = 0.5
    with page.expect_request(lambda request: request.url.endswith(f"q={quote('об')}&limit=8")):
        box(page).fill("об")
    world.fake.suggestions = POPULAR
    box(page).fill("обмін")
    page.get_by_role("option", name=POPULAR[0]["text"]).wait_for()
    page.wait_for_timeout(500)
    assert [text for text in world.fake.suggested if text] == ["об", "обмін"]
    assert page.get_by_role("option").count() == 1


def test_failing_suggestions_leave_a_box_that_asks(page: "Page") -> None:
    page.route("**/v1/suggest*", lambda route: route.abort())
    ask(page, "обмін")
    assert page.get_by_role("article").is_visible()


def test_an_answer_shows_all_that_the_service_says_of_it(page: "Page", world: World) -> None:
    ask(page, "ціна")
    card = page.get_by_role("article", name="Скільки коштує обмін посвідчення водія")
    service = f"{world.api}/services/licence-exchange"
    assert card.locator("mark").inner_text() == "Обмін коштує 572 грн."
    assert card.locator(".eyebrow a").get_attribute("href") == service
    assert card.get_by_role("link", name="Уся процедура").get_attribute("href") == f"{service}#fee"
    caveat = "Ціна могла змінитися: тут найновіша, яку знаємо (листопад 2025)."
    assert card.get_by_role("note").inner_text() == caveat
    card.get_by_text(caveat).click()
    assert "Найновіша сума — 572 грн" in card.get_by_role("note").inner_text()
    assert (
        card.locator(".meta").inner_text()
        == "Станом на листопад 2025 · відповідає запитанню · підтверджено частково"
    )
    assert card.locator("dt").all_inner_texts() == ["Строки", "Документи"]
    assert (
        card.locator("dd bdi").first.inner_text()
        == "Нове посвідчення видають у день звернення, зазвичай за годину."
    )
    assert (
        card.get_by_role("link", name="Докладніше: Документи").get_attribute("href")
        == f"{service}#documents"
    )
    card.get_by_text("Джерела: 2").click()
    assert card.locator(".links a").evaluate_all("links => links.map(link => link.href)") == [
        "https://hsc.gov.ua/price"
    ]


STEPS: dict[str, Any] = {
    "text": "Так: візьміть талон 🎫; прийдіть. Готово.",
    "items": ["візьміть талон 🎫", "прийдіть"],
}
STEPS |= {
    "item_spans": [[5, 21], [23, 31]],
    "highlights": [[23, 31]],
    "topic": "steps",
    "numbered": True,
}


@pytest.mark.parametrize(
    ("numbered", "topic", "shown"),
    [
        (True, "steps", ("ol", 0)),
        (False, "steps", ("ul", 0)),
        (False, "documents", ("ul", 2)),
        (True, "documents", ("ol", 0)),
    ],
)
def test_steps_have_numbers_and_documents_boxes_to_tick(
    page: "Page", world: World, numbered: bool, topic: str, shown: tuple[str, int]
) -> None:
    listed = passage(**STEPS | {"numbered": numbered, "topic": topic})
    world.fake.answers["як"] = answer("як", passages=[listed])
    ask(page, "як")
    card = page.get_by_role("article")
    card.wait_for()
    tag, boxes = shown
    items = card.locator(f"{tag}.items li").all_inner_texts()
    assert [item.strip() for item in items] == ["візьміть талон 🎫", "прийдіть"]
    assert card.locator("p.text").all_inner_texts() == ["Так:", "Готово."]
    assert card.locator(".items mark").inner_text() == "прийдіть"
    assert card.get_by_role("checkbox").count() == boxes
    for box_to_tick in card.get_by_role("checkbox").all():
        box_to_tick.check()


def test_next_steps_and_what_is_asked_back_lead_on(page: "Page", world: World) -> None:
    step = {"title": "Записатися", "url": "https://eqn.hsc.gov.ua/"}
    world.fake.answers["де"] = answer("де", actions=[step], reply="У якому місті?")
    ask(page, "де")
    card = page.get_by_role("article")
    assert card.get_by_role("link", name="Записатися").get_attribute("href") == step["url"]
    assert "У якому місті?" in card.get_by_role("note").last.inner_text()
    centres = card.get_by_role("link", name="Усі сервісні центри за областями")
    assert centres.get_attribute("href") == f"{world.api}/centres"


def test_a_centre_leads_to_the_directory(page: "Page", world: World) -> None:
    world.fake.answers["де"] = answer("де", passages=[passage(url="/centres#4641")], siblings=[])
    ask(page, "де")
    link = page.get_by_role("link", name="Усі сервісні центри за областями")
    assert link.get_attribute("href") == f"{world.api}/centres#4641"
    assert page.get_by_role("link", name="Уся процедура").count() == 0


def test_the_heading_of_the_answer_gets_the_focus(page: "Page") -> None:
    ask(page, "ціна")
    assert focused_text(page) == "Скільки коштує обмін посвідчення водія"


def test_who_types_on_keeps_the_focus_and_is_told_aside(page: "Page", world: World) -> None:
    world.fake.delays["ціна"] = 0.4
    box(page).fill("ціна")
    box(page).press("Enter")
    box(page).press_sequentially(" обміну", delay=10)
    page.locator("article.card").wait_for()
    said = page.get_by_role("status").filter(has_text="Знайдено відповідь")
    assert said.inner_text() == "Знайдено відповідь: Скільки коштує обмін посвідчення водія"
    assert box(page).evaluate("input => input.matches(':focus')")


def test_corrections_are_said(page: "Page", world: World) -> None:
    understood = {
        "language": "uk",
        "reading": "скільки коштує",
        "corrections": [{"kind": "layout", "from": "crskmrb", "to": "скільки коштує"}],
    }
    world.fake.answers["crskmrb"] = answer("crskmrb", understood=understood, degraded=["lexical"])
    ask(page, "crskmrb")
    assert page.get_by_text("Зрозуміли так: «скільки коштує»").is_visible()
    assert page.get_by_text("Пошук тимчасово працює спрощено").is_visible()


def test_a_related_question_is_asked_with_one_click(page: "Page", world: World) -> None:
    ask(page, "ціна")
    page.get_by_role("button", name="Чи складають іспити при обміні?").click()
    page.wait_for_function(
        "document.querySelector('hsc-search').shadowRoot.querySelector('input').value.startsWith('Чи')"
    )
    until(lambda: world.fake.asked[-1]["q"] == "Чи складають іспити при обміні?")


def test_a_choice_asks_the_same_question_of_one_service(page: "Page", world: World) -> None:
    world.fake.answers["права"] = no_answer("права", "ambiguous", choices=CHOICES)
    ask(page, "права")
    assert focused_text(page) == "Уточніть, яка послуга вам потрібна"
    world.fake.answers.clear()
    page.get_by_role("button", name="Відновлення втраченого").click()
    page.get_by_role("heading", name="Скільки коштує обмін").wait_for()
    assert (world.fake.asked[-1]["q"], world.fake.asked[-1]["service"]) == ("права", "licence-lost")


def test_no_answer_names_whom_to_call_and_folds_the_nearest_topics(
    page: "Page", world: World
) -> None:
    world.fake.answers["?"] = no_answer(
        "?", "low_confidence", handoff={"phone": "0 800 21 33 22", "site": "example.gov.ua"}
    )
    ask(page, "?")
    assert page.get_by_role("heading", name="Ми не певні, що знаємо відповідь").is_visible()
    assert (
        page.get_by_role("link", name="0 800 21 33 22").get_attribute("href") == "tel:+380800213322"
    )
    assert (
        page.get_by_role("link", name="example.gov.ua").get_attribute("href")
        == "https://example.gov.ua/"
    )
    guess = page.get_by_role("link", name="Інший уривок")
    assert not guess.is_visible()
    page.get_by_text("Найближче, що ми знайшли").click()
    assert guess.get_attribute("href") == f"{world.api}/services/licence-exchange#fee"


def test_yes_is_sent_at_once_and_thanked_for(page: "Page", world: World) -> None:
    ask(page, "ціна")
    page.get_by_role("button", name="Так").click()
    page.get_by_text("Дякуємо!").wait_for()
    assert world.fake.feedback == [
        {"answer_id": "a1", "passage_id": "licence-exchange.fee", "helpful": True}
    ]
    assert focused_text(page).startswith("Дякуємо!")


def test_no_is_sent_at_once_and_a_comment_after_it(page: "Page", world: World) -> None:
    ask(page, "ціна")
    with page.expect_response("**/v1/feedback"):
        page.get_by_role("button", name="Ні", exact=True).click()
    page.get_by_label("Чого забракло? Необов’язково").fill("немає ціни за кордоном")
    assert [(sent["helpful"], sent.get("comment")) for sent in world.fake.feedback] == [
        (False, None)
    ]
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Дякуємо!").wait_for()
    assert [(sent["helpful"], sent.get("comment")) for sent in world.fake.feedback[1:]] == [
        (False, "немає ціни за кордоном")
    ]


@pytest.mark.parametrize("clicks", [1, 2])
def test_no_without_a_comment_is_sent_once(page: "Page", world: World, clicks: int) -> None:
    ask(page, "ціна")
    for _ in range(clicks):
        page.get_by_role("button", name="Ні", exact=True).click()
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Дякуємо!").wait_for()
    assert [sent["helpful"] for sent in world.fake.feedback] == [False]


def test_a_no_that_was_not_heard_is_sent_again_without_a_comment_too(
    page: "Page", world: World
) -> None:
    ask(page, "ціна")
    world.fake.failure = problem(503)
    page.get_by_role("button", name="Ні", exact=True).click()
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Не вдалося надіслати відгук").wait_for()
    world.fake.failure = None
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Дякуємо!").wait_for()
    assert [sent["helpful"] for sent in world.fake.feedback] == [False]


def test_feedback_that_fails_keeps_the_text_and_can_be_sent_again(
    page: "Page", world: World
) -> None:
    ask(page, "ціна")
    world.fake.failure = problem(503)
    page.get_by_role("button", name="Ні", exact=True).click()
    page.get_by_label("Чого забракло? Необов’язково").fill("немає ціни")
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Не вдалося надіслати відгук").wait_for()
    world.fake.failure = None
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Дякуємо!").wait_for()
    assert [sent["comment"] for sent in world.fake.feedback] == ["немає ціни"]


def test_the_page_hears_of_an_answer_and_never_of_the_question(page: "Page", world: World) -> None:
    world.fake.answers["?"] = no_answer("?", "off_topic", passages=[])
    page.evaluate(
        "window.heard = []; document.addEventListener('hsc-answer', (event) => "
        "window.heard.push(event.detail))"
    )
    ask(page, "ціна")
    ask(page, "?")
    page.get_by_role("heading", name="Це запитання не про послуги").wait_for()
    assert page.evaluate("window.heard") == [
        {
            "answerable": True,
            "certainty": "sure",
            "confidence": 0.957,
            "reason": None,
            "passage": "licence-exchange.fee",
            "service": "licence-exchange",
        },
        {
            "answerable": False,
            "certainty": "none",
            "confidence": 0.1,
            "reason": "off_topic",
            "passage": None,
            "service": None,
        },
    ]


def test_the_key_goes_with_each_request(page: "Page", world: World) -> None:
    page.locator("hsc-search").evaluate("widget => widget.setAttribute('key', 'k1')")
    ask(page, "ціна")
    assert world.fake.keys == ["k1"]


def test_nothing_is_logged_and_nothing_but_the_api_is_asked(
    chromium: "Browser", world: World
) -> None:
    page = chromium.new_page()
    logged: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(world.host)
    suggest(page).first.click()
    page.get_by_role("button", name="Так").click()
    page.get_by_text("Дякуємо!").wait_for()
    page.close()
    foreign = [
        url
        for url in requested
        if not url.startswith((world.host, f"{world.api}/widget", f"{world.api}/v1/"))
    ]
    assert logged == [] and foreign == []
    assert len([url for url in requested if "/widget/" in url]) == len(MODULES)


def test_a_second_import_and_a_moved_element_work_as_before(page: "Page", world: World) -> None:
    page.evaluate(f"import('{world.api}/widget.js?again')")
    page.evaluate("document.querySelector('main').append(document.querySelector('hsc-search'))")
    ask(page, "ціна")
    assert page.get_by_role("article").count() == 1


def test_without_the_script_the_page_shows_what_stands_inside_the_element(
    chromium: "Browser", world: World
) -> None:
    page = chromium.new_page()
    page.route("**/widget.js", lambda route: route.abort())
    page.goto(world.host)
    assert page.get_by_role("link", name="(044) 290-19-88").is_visible()
    page.close()


def test_a_passage_that_stands_on_another_site_is_linked_there(page: "Page", world: World) -> None:
    world.fake.answers["?"] = answer(
        "?", passages=[passage(url="https://example.org/a", status="verified")], siblings=[]
    )
    ask(page, "?")
    assert (
        page.get_by_role("link", name="Уся процедура").get_attribute("href")
        == "https://example.org/a"
    )
    assert page.locator(".eyebrow a").count() == 0


def test_all_modules_together_stay_small() -> None:
    sizes = {name: len(gzip.compress(served, 6)) for name, served in widget_modules().items()}
    assert 0 < sum(sizes.values()) <= MAX_KIB_GZIPPED * 1024, sizes


def test_no_module_makes_elements_from_markup() -> None:
    sinks = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function"
    )
    assert (
        MODULES and [path.name for path in MODULES if sinks.search(path.read_text("utf-8"))] == []
    )
