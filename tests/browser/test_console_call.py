"""The operators' console in Chromium: a call from the first letter to its end."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.browser import CHOICES, MARKUP, no_answer
from support.console import (
    DOCUMENTS,
    FEE,
    SLUG,
    TERM,
    TITLE,
    Console,
    FakeV1,
    ask,
    fact,
    part,
    running_console,
    soon,
    sure,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

SCRIPT = "Станом на листопад 2025 – близько 572 грн; точну суму назве адміністратор."


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    with running_console(wrap_up_url="http://127.0.0.1:9/calls") as running:
        yield running


@pytest.fixture
def fake() -> FakeV1:
    return FakeV1()


@pytest.fixture
def context(chromium: "Browser", console: Console, fake: FakeV1) -> "Iterator[BrowserContext]":
    context = console.context(chromium, fake)
    yield context
    context.close()


@pytest.fixture
def page(console: Console, context: "BrowserContext") -> "Page":
    return console.page(context)


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.id"))


def clipboard(page: "Page") -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


# Asking


def test_an_answer_shows_while_a_question_is_typed_from_three_letters_on(
    page: "Page", fake: FakeV1
) -> None:
    page.keyboard.type("об")
    page.wait_for_timeout(150)
    assert fake.asked == []
    page.keyboard.type("мін")
    page.get_by_text(SCRIPT).wait_for()
    assert page.get_by_text("Чернетка").is_visible()
    assert fake.committed == [] and page.locator(".turn").count() == 0
    [last] = [one for one in fake.asked if one["question"] == "обмін"]
    assert last["channel"] == "operator" and last["draft"] is True and last["conversation"]


def test_the_latest_question_wins_and_earlier_ones_are_called_off(
    page: "Page", fake: FakeV1
) -> None:
    fake.late.add("обмі")
    page.locator("#q").fill("обмі")
    soon(page, lambda: fake.held)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.failure or ""))
    page.locator("#q").fill("обмін")
    page.get_by_text(SCRIPT).wait_for()
    soon(page, lambda: failed)
    assert failed == ["net::ERR_ABORTED"]


def test_enter_puts_the_question_into_the_call_and_the_box_is_ready_for_the_next(
    page: "Page", fake: FakeV1
) -> None:
    ask(page, "обмін")
    assert page.locator("#q").input_value() == "" and focused(page) == "q"
    assert page.locator(".turn .chip").all_inner_texts() == [TITLE]
    assert [one["question"] for one in fake.committed] == ["обмін"]


def test_the_short_sentence_is_said_once_and_never_for_a_draft(page: "Page") -> None:
    page.evaluate(
        """() => { window.said = [];
        new MutationObserver(() => said.push(document.getElementById("said").textContent))
          .observe(document.getElementById("said"), {childList: true}); }"""
    )
    page.keyboard.type("обмін")
    page.get_by_text(SCRIPT).wait_for()
    page.wait_for_timeout(100)
    assert page.evaluate("said.filter(Boolean)") == []
    page.keyboard.press("Enter")
    soon(page, lambda: page.evaluate("said.filter(Boolean).length > 0"))
    page.wait_for_timeout(100)
    assert page.evaluate("said.filter(Boolean)") == [SCRIPT]


def test_the_figure_is_large_and_its_month_and_what_is_open_stand_beside_it(page: "Page") -> None:
    ask(page, "обмін")
    figure = page.locator(".card .figure")
    assert (
        figure.inner_text().splitlines()[0] == "≈ 572 грн"
        and "листопад 2025" in figure.inner_text()
    )
    sizes = page.evaluate(
        "['.card .figure', '.card .text'].map(s => "
        "parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"
    )
    assert sizes[0] >= 2 * sizes[1]
    assert page.locator(".card .caution").inner_text().startswith("Джерела розходяться. Найновіша")
    assert page.locator(".card .from").get_by_role("link").first.inner_text() == "Прейскурант"


def test_the_next_question_is_asked_in_the_context_unless_it_is_dropped(
    page: "Page", fake: FakeV1
) -> None:
    ask(page, "обмін")
    ask(page, "а строк")
    assert fake.committed[1]["context"]["service"] == SLUG
    assert fake.committed[0]["conversation"] == fake.committed[1]["conversation"]
    assert page.locator("#about").inner_text().startswith(f"Мова про: {TITLE}")
    page.keyboard.press("Backspace")
    page.locator("#about button").wait_for(state="detached")
    ask(page, "номери")
    assert fake.committed[2]["context"] is None


def test_several_questions_of_one_breath_are_shown_as_parts(page: "Page", fake: FakeV1) -> None:
    question = "ціна і документи і погода"
    parts = [part("ціна", FEE), part("документи", DOCUMENTS), part("погода", None)]
    fake.answers[question] = sure(question, parts=parts)
    ask(page, question)
    assert page.locator("#shown article .part").all_inner_texts() == [
        "Частина 1 з 3: «ціна»",
        "Частина 2 з 3: «документи»",
        "Частина 3 з 3: «погода»",
    ]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("-")
    soon(page, lambda: fake.feedback)
    assert fake.feedback[0]["passage_id"] == DOCUMENTS["id"]


def test_a_choice_is_made_by_its_number(page: "Page", fake: FakeV1) -> None:
    context = {"service": None, "topic": "fee", "recent": [], "choices": ["a", "b"], "v": 1}
    fake.answers["ціна"] = no_answer("ціна", "ambiguous", choices=CHOICES, context=context)
    ask(page, "ціна")
    page.keyboard.press("2")
    soon(page, lambda: len(fake.committed) == 2)
    chosen = fake.committed[1]
    assert chosen["question"] == CHOICES[1]["title"] and chosen["context"] == context


def test_an_unsure_answer_is_a_list_to_pick_from_and_no_answer_yet(
    page: "Page", fake: FakeV1
) -> None:
    fake.answers["права"] = sure("права", certainty="unsure")
    ask(page, "права")
    assert page.get_by_role("heading", name="Можливо, про це").is_visible()
    assert page.locator("#shown .figure").count() == 0
    page.keyboard.press("1")
    page.locator("#shown .figure").wait_for()
    soon(page, lambda: fake.events)
    assert fake.events == [{"answer_id": "a1", "event": "opened"}]


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("off_topic", "Це не про послуги сервісних центрів"),
        ("not_covered", "Перевіреного тексту про це немає"),
        ("live_data", "Це видно лише в реєстрі"),
        ("small_talk", "Розмова"),
    ],
)
def test_no_answer_says_so_and_what_to_do(
    page: "Page", fake: FakeV1, reason: str, title: str
) -> None:
    fake.answers["щось"] = no_answer("щось", reason, reply="Скажіть це.")
    ask(page, "щось")
    assert page.get_by_role("heading", name=title).is_visible()
    is_for_citizens = reason in ("live_data", "small_talk")
    assert page.get_by_text("«Скажіть це.»").count() == (0 if is_for_citizens else 1)


def test_a_corrected_question_says_so_and_can_be_asked_as_typed(page: "Page", fake: FakeV1) -> None:
    corrections = [
        {"kind": "typo", "from": "обмен", "to": "обмін"},
        {"kind": "synonym", "from": "права", "to": "посвідчення водія"},
    ]
    read = {"language": "uk", "reading": "обмін (посвідчення водія)", "corrections": corrections}
    fake.answers["обмен"] = sure("обмен", understood=read)
    ask(page, "обмен")
    assert page.locator(".understood").inner_text().startswith("Зрозуміли як: «обмін» ")
    page.get_by_role("button", name="Шукати як набрано").click()
    soon(page, lambda: len(fake.committed) == 2)
    assert fake.committed[1]["as_typed"] is True


def test_a_list_is_read_out_item_by_item_and_shown_once(page: "Page", fake: FakeV1) -> None:
    text = "Потрібні: паспорт; код. Копії не потрібні."
    listed = {**DOCUMENTS, "text": text, "items": ["паспорт", "код"]}
    listed["item_spans"] = [[10, 17], [19, 22]]
    fake.answers["папери"] = sure("папери", passages=[listed])
    ask(page, "папери")
    assert page.locator(".card .script").inner_text() == "Скажіть: Потрібні:"
    assert page.locator(".card .items li").all_inner_texts() == ["паспорт", "код"]
    assert page.locator(".card").inner_text().count("паспорт") == 1


def test_markup_in_texts_stays_text(page: "Page", fake: FakeV1) -> None:
    fake.answers["зле"] = sure("зле", passages=[{**FEE, "text": MARKUP, "title": MARKUP}])
    ask(page, "зле")
    assert page.evaluate("window.hacked") is None
    assert MARKUP in page.locator("#shown").inner_text()


def test_a_question_that_failed_stays_in_the_box(page: "Page", fake: FakeV1) -> None:
    fake.status = 500
    page.locator("#q").fill("обмін")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.locator("#q").input_value() == "обмін"
    fake.status = 200
    page.keyboard.press("Enter")
    page.locator(".turn").wait_for()
    assert page.get_by_role("alert").count() == 0


def test_a_limit_says_when_to_ask_again(page: "Page", fake: FakeV1) -> None:
    fake.status = 429
    page.locator("#q").fill("обмін")
    page.keyboard.press("Enter")
    assert "за 7 с" in page.get_by_role("alert").inner_text()


# The facts


def test_one_key_shows_a_fact_of_the_same_procedure_without_asking(
    page: "Page", fake: FakeV1
) -> None:
    ask(page, "обмін")
    page.keyboard.press("2")
    page.locator(".facts .fact").get_by_text(TERM["text"]).first.wait_for()
    assert page.locator("#said").inner_text() == f"Строк: {TERM['text']}"
    page.keyboard.press("3")
    page.locator(".facts .fact").get_by_text("Потрібні паспорт").first.wait_for()
    assert page.locator(".fact").count() == 1 and len(fake.committed) == 1


def test_a_place_of_the_strip_without_a_fact_keeps_its_key_and_opens_nothing(page: "Page") -> None:
    ask(page, "обмін")
    tabs = page.locator(".facts .tab")
    assert [text.split("\n")[0] for text in tabs.all_inner_texts()] == list("123456789")
    assert tabs.nth(4).is_disabled()


# What is done with it


def test_a_chat_gets_the_whole_text_with_month_and_official_link(
    page: "Page", fake: FakeV1
) -> None:
    ask(page, "обмін")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Скопійовано для чату").wait_for()
    copied = clipboard(page)
    assert (
        FEE["text"] in copied and "листопад 2025" in copied and "https://hsc.gov.ua/price" in copied
    )
    soon(page, lambda: fake.events)
    assert fake.events == [{"answer_id": "a1", "event": "copied"}]


def test_an_sms_gets_what_is_said_and_one_link(page: "Page") -> None:
    ask(page, "обмін")
    page.keyboard.press("Control+Shift+Enter")
    page.get_by_text(re.compile("Скопійовано для СМС, повідомлень: \\d")).wait_for()
    copied = clipboard(page)
    assert "близько 572 грн" in copied and copied.endswith(" https://hsc.gov.ua/price")
    assert "Окремо банк" not in copied and copied.count("http") == 1


def test_an_sms_without_a_figure_names_its_month_in_a_sentence_of_its_own(
    page: "Page", fake: FakeV1
) -> None:
    fake.answers["строк"] = sure("строк", passages=[TERM])
    ask(page, "строк")
    page.keyboard.press("Control+Shift+Enter")
    page.get_by_text("Скопійовано для СМС").wait_for()
    assert clipboard(page).startswith(f"{TERM['text']} Станом на листопад 2025. https://")


LOST = "Про втрату повідомляють центр, до поліції йти не треба."
STOLEN = "Якщо посвідчення вкрали, слід зробити таке:"
REPORT, GO = "заявіть у поліцію", "візьміть документ"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (f" {STOLEN} {REPORT}; {GO}.", f"{LOST} {STOLEN}"),
        (" Якщо вкрали, заявіть у поліцію. Потім ідіть до центру.", f"{LOST} Якщо вкрали, заявіть"),
        (" Заяву пишуть там. Якщо вкрали, заявіть.", f"{LOST} Заяву пишуть там. Якщо вкрали"),
        (" Заяву пишуть там. Копії не потрібні.", LOST),
    ],
)
def test_the_conditions_that_follow_a_sentence_are_said_with_it(
    page: "Page", fake: FakeV1, rest: str, said: str
) -> None:
    text = LOST + rest
    spans = [[at, at + len(item)] for item in (REPORT, GO) if (at := text.find(f"{item};")) >= 0]
    steps = fact("steps", text, items=[text[a:b] for a, b in spans], item_spans=spans)
    fake.answers["вкрали"] = sure("вкрали", passages=[steps])
    ask(page, "вкрали")
    script = page.locator(".card .script").first.inner_text()
    assert said in script and ("Якщо" in script) is ("Якщо" in said)


@pytest.mark.parametrize(
    ("key", "complaint"), [("+", None), ("-", "other_question"), ("0", "outdated")]
)
def test_a_verdict_is_one_key(page: "Page", fake: FakeV1, key: str, complaint: str | None) -> None:
    ask(page, "обмін")
    page.keyboard.press(key)
    soon(page, lambda: fake.feedback)
    [sent] = fake.feedback
    assert sent["complaint"] == complaint and sent["helpful"] is (key == "+")
    assert sent["answer_id"] == "a1" and sent["passage_id"] == FEE["id"]
    page.locator('.card-tools [aria-pressed="true"]').wait_for()


def test_a_missing_answer_goes_to_the_editors_with_one_line(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    page.keyboard.press("F2")
    page.keyboard.type("немає ціни доставки")
    page.keyboard.press("Enter")
    soon(page, lambda: fake.feedback)
    [sent] = fake.feedback
    assert sent["complaint"] == "missing" and sent["comment"] == "немає ціни доставки"
    assert sent["passage_id"] is None and focused(page) == "q"


def test_a_key_that_is_quicker_than_the_answer_is_not_lost(page: "Page", fake: FakeV1) -> None:
    fake.late |= {"обмін", "номери"}
    page.locator("#q").fill("обмін")
    page.keyboard.press("Enter")
    page.locator("#q").fill("номери")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    assert page.locator("#q").input_value() == ""
    soon(page, lambda: len(fake.committed) == 1)
    fake.release()
    soon(page, lambda: len(fake.committed) == 2)
    fake.release()
    page.get_by_text("Скопійовано для чату").wait_for()
    assert [one["question"] for one in fake.committed] == ["обмін", "номери"]
    assert fake.committed[1]["context"]["service"] == SLUG
    assert page.locator(".turn").count() == 2


def test_what_is_done_with_a_draft_puts_it_into_the_call_first(page: "Page", fake: FakeV1) -> None:
    page.keyboard.type("обмін")
    page.get_by_text("Чернетка").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Скопійовано для чату").wait_for()
    assert [one["question"] for one in fake.committed] == ["обмін"]


def test_a_turn_is_gone_back_to_by_key_and_by_click(page: "Page", fake: FakeV1) -> None:
    fake.answers["друге"] = sure("друге", passages=[DOCUMENTS])
    ask(page, "обмін")
    ask(page, "друге")
    page.keyboard.press("ArrowLeft")
    page.get_by_text(SCRIPT).wait_for()
    page.locator(".turn", has_text="друге").click()
    page.locator("#shown").get_by_text("Потрібні паспорт").first.wait_for()
    assert len(fake.committed) == 2
    assert page.evaluate("document.activeElement.matches('.turn[aria-current]')")


# The call


def test_what_is_looked_at_is_what_is_copied_and_judged(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    page.keyboard.press("3")
    page.locator(".fact").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text(f"Скопійовано для чату: {DOCUMENTS['title']}").wait_for()
    assert DOCUMENTS["text"] in clipboard(page) and FEE["text"] not in clipboard(page)
    page.keyboard.press("0")
    soon(page, lambda: fake.feedback)
    assert fake.feedback[0]["passage_id"] == DOCUMENTS["id"]


def test_all_parts_are_copied(page: "Page", fake: FakeV1) -> None:
    parts = [part("ціна", FEE), part("документи", DOCUMENTS)]
    fake.answers["обидва"] = sure("обидва", parts=parts)
    ask(page, "обидва")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Скопійовано для чату").wait_for()
    assert FEE["text"] in clipboard(page) and DOCUMENTS["text"] in clipboard(page)


def test_where_there_is_no_answer_nothing_is_copied_and_that_is_said(
    page: "Page", fake: FakeV1
) -> None:
    fake.answers["щось"] = no_answer("щось", "not_covered")
    ask(page, "щось")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Тут немає що копіювати").wait_for()


def test_an_impatient_second_end_loses_nothing(page: "Page") -> None:
    ask(page, "обмін")
    page.keyboard.press("End")
    page.keyboard.press("End")
    page.get_by_role("button", name="Повернути попередній").click()
    assert page.locator(".turn").count() == 1


def test_a_chosen_procedure_stands_under_the_words_of_the_caller(
    page: "Page", fake: FakeV1
) -> None:
    fake.answers["ціна"] = no_answer("ціна", "ambiguous", choices=CHOICES)
    ask(page, "ціна")
    page.keyboard.press("1")
    soon(page, lambda: page.locator(".turn").count() == 2)
    assert page.locator(".turn-question").all_inner_texts() == ["ціна", "ціна"]


def test_personal_data_is_masked_on_the_screen_of_the_call(page: "Page") -> None:
    ask(page, "телефон 067 123 45 67 обмін")
    soon(page, lambda: "067" not in page.locator(".turns").inner_text())
    assert "обмін" in page.locator(".turn-question").inner_text()


def test_a_draft_promises_no_number_that_would_be_typed(page: "Page", fake: FakeV1) -> None:
    fake.answers["ціна"] = no_answer("ціна", "ambiguous", choices=CHOICES)
    page.keyboard.type("ціна")
    page.locator(".pick").first.wait_for()
    assert not page.locator(".pick kbd").first.is_visible()
    assert page.locator(".facts .tab").count() == 0
    page.keyboard.press("Enter")
    page.locator(".turn").wait_for()
    assert page.locator(".pick kbd").first.is_visible()


def test_a_new_call_forgets_turns_and_context_and_can_be_undone(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    page.keyboard.press("End")
    assert page.locator(".turn").count() == 0 and page.locator("#about button").count() == 0
    page.get_by_role("button", name="Повернути попередній").click()
    assert page.locator(".turn").count() == 1 and focused(page) == "q"
    page.keyboard.press("End")
    ask(page, "номери")
    assert fake.committed[1]["context"] is None
    assert fake.committed[0]["conversation"] != fake.committed[1]["conversation"]


def test_a_call_that_ended_is_told_without_a_word_of_it(page: "Page", fake: FakeV1) -> None:
    fake.answers["щось"] = no_answer("щось", "off_topic", passages=[])
    ask(page, "обмін прав")
    ask(page, "щось")
    page.keyboard.press("End")
    page.wait_for_timeout(100)
    assert fake.wrap_ups == []  # it may still be undone
    ask(page, "номери")
    soon(page, lambda: fake.wrap_ups)
    [told] = fake.wrap_ups
    call = fake.committed[0]["conversation"]
    assert told == {"call": call, "services": [SLUG], "questions": 2, "answered": 1}


def test_silence_warns_then_begins_a_new_call_that_can_be_undone(
    console: Console, context: "BrowserContext"
) -> None:
    page = context.new_page()
    page.clock.install()
    page.goto(console.url)
    page.locator("#tools button").first.wait_for()
    ask(page, "обмін")
    page.clock.fast_forward(76_000)
    page.get_by_text(re.compile("Тиша. За \\d+ с")).wait_for()
    page.get_by_role("button", name="Лишити цей").click()
    page.clock.fast_forward(76_000)
    assert page.locator(".turn").count() == 1
    page.clock.fast_forward(20_000)
    page.get_by_text("Після тиші почато новий дзвінок.").wait_for()
    assert page.locator(".turn").count() == 0
    page.get_by_role("button", name="Повернути попередній").click()
    assert page.locator(".turn").count() == 1


def test_a_scripted_call_takes_twelve_keys_at_most_besides_typing(
    page: "Page", fake: FakeV1
) -> None:
    """Three questions, two follow-ups, a compound one, a copy, a verdict, the next call."""
    compound = "ціна і документи"
    fake.answers[compound] = sure(compound, parts=[part("ціна", FEE), part("документи", DOCUMENTS)])
    pressed: list[str] = []

    def press(key: str) -> None:
        pressed.append(key)
        page.keyboard.press(key)

    def question(text: str) -> None:
        page.keyboard.type(text)
        press("Enter")
        page.locator(".turn[aria-current]", has_text=text).wait_for()

    question("поміняти права")
    press("2")
    page.locator(".fact").wait_for()
    question("а ціна")
    question("загубив техпаспорт")
    press("Control+Enter")
    page.get_by_text("Скопійовано для чату").wait_for()
    question("номери")
    question(compound)
    press("-")
    soon(page, lambda: fake.feedback)
    press("End")
    page.locator(".turn").first.wait_for(state="detached")
    assert len(fake.committed) == 5 and len(pressed) <= 12
    assert focused(page) == "q"
