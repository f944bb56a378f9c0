"""The pages in a real Chromium, against a small engine on a loopback port. Each test name is the
rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urlsplit

import pytest
from support.app import served
from support.app import site as pages_site
from support.fakes import (
    ANSWER,
    EXCHANGE,
    FEE,
    HANDOFF,
    POPULAR,
    FakeEngine,
    fake_service,
    fake_serving,
)

from qa_service.errors import JournalError
from qa_service.journal import Entry, Feedback, Vote
from qa_service.journal.memory import MemoryJournal
from qa_service.types import (
    Answer,
    Certainty,
    Choice,
    Complaint,
    Context,
    Correction,
    Part,
    Query,
    RankedPassage,
    Reason,
    Service,
    Source,
    Topic,
    Understood,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request

LONG = "Електрокардіостимуляторовстановлювальний заклад-видавець"
EVIL = "\"'><img src=x onerror=alert(1)><script>alert(1)</script></title></textarea>\u202e\u200b"
LOST = "Це збережеться лише з другого разу"
MAX_PAGE_BYTES = 100 * 1024

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

LONG_EXCHANGE = replace(
    EXCHANGE,
    passages=tuple(
        replace(
            FEE,
            id=f"licence-exchange.{topic}",
            topic=topic,
            title=f"Обмін посвідчення: {topic}",
            text=f"Обмін коштує 572 грн. {LONG} видає довідку. " * 3,
            url=f"/services/licence-exchange#{topic}",
        )
        for topic in Topic
    ),
)
EVIL_PASSAGE = replace(
    FEE,
    id="evil.note",
    service="evil",
    service_title=EVIL,
    title=EVIL,
    text=EVIL,
    conflict=EVIL,
    sources=(Source(EVIL, "javascript:alert(1)"),),
    url="/services/evil#note",
)
EVIL_SERVICE = Service(
    "evil", EVIL, EXCHANGE.group, EVIL, EVIL, (EVIL_PASSAGE,), EVIL, EVIL, (EVIL,), (EVIL,)
)


class Engine(FakeEngine):
    """Answers by what is asked: one question a state of the page."""

    def answer(self, query: Query) -> Answer:
        passages = tuple(
            RankedPassage(passage, 0.9, 0.9, ((13, 20),)) for passage in LONG_EXCHANGE.passages[:3]
        )
        answer = replace(
            ANSWER,
            question=query.question,
            passages=passages,
            siblings=LONG_EXCHANGE.passages[3:9],
            context=Context("licence-exchange", Topic.FEE),
        )
        match query.question:
            case "j,vsy":
                return replace(
                    answer,
                    understood=Understood(
                        "uk",
                        "обмін \u202eправ",
                        (Correction("layout", "j,vsy", "обмін \u202eправ"),),
                    ),
                )
            case "нові права":
                choices = (Choice("licence-exchange", LONG_EXCHANGE.title), Choice("evil", LONG))
                return replace(_unanswered(answer, Reason.AMBIGUOUS), choices=choices)
            case "щось про обмін":
                return replace(answer, certainty=Certainty.UNSURE)
            case "ціна і строк і борщ":
                ids = [one.passage.id for one in passages[:2]] + [None]
                return replace(answer, parts=tuple(_part(one) for one in ids))
            case "борщ":
                return _unanswered(answer, Reason.OFF_TOPIC)
            case "щось":
                return _unanswered(answer, Reason.LOW_CONFIDENCE)
            case "":
                return replace(_unanswered(answer, Reason.EMPTY), passages=())
            case question if len(question) > 1_000:
                return replace(_unanswered(answer, Reason.TOO_LONG), passages=())
            case question if question == EVIL:
                passages = (
                    RankedPassage(EVIL_PASSAGE, 0.9, 0.9),
                    RankedPassage(EVIL_PASSAGE, 0.9, 0.9),
                )
                return replace(
                    answer,
                    passages=passages,
                    siblings=(replace(EVIL_PASSAGE, topic=Topic.TERM), EVIL_PASSAGE),
                    related=(EVIL,),
                    understood=Understood("uk", EVIL, (Correction("typo", EVIL, EVIL),)),
                )
        return answer


class Journal(MemoryJournal):
    """Keeps a certain comment at the second attempt only."""

    def __init__(self) -> None:
        super().__init__()
        self.has_failed = False

    def record(self, *entries: Entry) -> None:
        comments = [one.feedback.comment for one in entries if isinstance(one, Vote)]
        if LOST in comments and not self.has_failed:
            self.has_failed = True
            raise JournalError("the journal's disk is full")
        super().record(*entries)

    @property
    def said(self) -> list[Feedback]:
        return [vote.feedback for vote in self.votes(100)][::-1]

    def clear(self) -> None:
        self.purge(datetime.max.replace(tzinfo=UTC))
        self.has_failed = False


def _unanswered(answer: Answer, reason: Reason) -> Answer:
    return replace(
        answer, certainty=Certainty.NONE, reason=reason, siblings=(), related=(), handoff=HANDOFF
    )


def _part(passage_id: str | None) -> Part:
    reason = None if passage_id else Reason.OFF_TOPIC
    certainty = Certainty.SURE if passage_id else Certainty.NONE
    return Part(LONG, Topic.FEE, "licence-exchange", passage_id, 0.9, certainty, reason)


def asking(question: str) -> str:
    return "/?" + urlencode({"q": question})


PATHS = {
    "start": "/",
    "answer": asking("обмін прав"),
    "answer within a procedure": asking("обмін прав") + "&service=licence-exchange",
    "correction": asking("j,vsy"),
    "choices": asking("нові права"),
    "talk": asking("а ціна") + "&about=licence-exchange~fee~~&before=" + LONG,
    "perhaps": asking("щось про обмін"),
    "parts": asking("ціна і строк і борщ"),
    "off topic": asking("борщ"),
    "not sure": asking("щось"),
    "empty": "/?q=",
    "too long": asking("щ" * 1_200),
    "hostile": asking(EVIL),
    "catalogue": "/services",
    "procedure": "/services/licence-exchange",
    "hostile procedure": "/services/evil",
    "missing": "/services/nope",
    "privacy": "/privacy",
    "embedding": "/embed?dialog=yes",
    "start in English": "/en/",
    "answer in English": "/en" + asking("обмін прав"),
    "perhaps in English": "/en" + asking("щось про обмін"),
    "parts in English": "/en" + asking("ціна і строк і борщ"),
    "choices in English": "/en" + asking("нові права"),
    "off topic in English": "/en" + asking("борщ"),
    "procedure in English": "/en/services/licence-exchange",
    "catalogue in English": "/en/services",
}


def _thanked(page: "Page") -> None:
    page.get_by_role("button", name="Так").click()


def _asked_why(page: "Page") -> None:
    page.get_by_text("Ні", exact=True).click()


def _not_kept(page: "Page") -> None:
    _asked_why(page)
    page.get_by_label("Чого забракло?").fill(LOST)
    page.get_by_role("button", name="Надіслати").click()
    page.wait_for_url("**/feedback")


def _opened(page: "Page") -> None:
    page.goto(page.url.partition("?")[0] + asking("щось про обмін").lstrip("/"))
    page.locator("details.guess summary").first.click()


ACTIONS: dict[str, Callable[["Page"], None]] = {
    "thanks": _thanked,
    "why not": _asked_why,
    "not kept": _not_kept,
    "perhaps open": _opened,
}
STATES = [*PATHS, *ACTIONS]


def show(page: "Page", site: str, state: str) -> None:
    """Bring the page into a state, as a person gets there."""
    page.goto(site + PATHS.get(state, PATHS["answer"]), wait_until="networkidle")
    if state in ACTIONS:
        ACTIONS[state](page)


def answer_id(page: "Page") -> str:
    """Of the answer on the page, as its form sends it."""
    return page.locator("input[name=answer_id]").first.input_value()


@pytest.fixture(scope="module")
def _server() -> Iterator[tuple[str, Journal]]:
    """One server and its journal for all tests."""
    journal = Journal()
    serving = fake_serving(Engine(), (LONG_EXCHANGE, EVIL_SERVICE))
    with served(pages_site(fake_service(serving, journal))) as port:
        yield f"http://127.0.0.1:{port}", journal


@pytest.fixture
def journal(_server: tuple[str, Journal]) -> Journal:
    _, journal = _server
    journal.clear()
    return journal


@pytest.fixture
def site(_server: tuple[str, Journal], journal: Journal) -> str:
    address, _ = _server
    return address


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    """A page without JavaScript: what works here works for everyone."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def scripted(chromium: "Browser") -> "Iterator[Page]":
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


# Without JavaScript


def test_typing_a_question_and_pressing_enter_shows_the_answer_at_an_address_to_share(
    page: "Page", site: str
) -> None:
    page.goto(site)
    page.get_by_label("Ваше запитання").fill("скільки коштує обмін прав?")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Обмін посвідчення: who").wait_for()
    assert page.locator("article.answer mark").inner_text() == "572 грн"
    assert page.get_by_text("Ви питали: «скільки коштує обмін прав?»").is_visible()
    assert page.url == site + asking("скільки коштує обмін прав?")


def test_a_talk_goes_on_in_the_box_and_its_subject_can_be_dropped(page: "Page", site: str) -> None:
    show(page, site, "answer")
    page.get_by_label("Запитайте далі").fill("а ціна")
    page.keyboard.press("Enter")
    page.get_by_text("Раніше в цій розмові: 1").click()
    assert page.locator(".before li").inner_text() == "обмін прав"
    assert "about=licence-exchange" in page.url and page.get_by_text("Далі про:").is_visible()
    page.get_by_role("link", name="Інша тема").click()
    page.wait_for_url(f"{site}/")
    assert page.locator("[name=about], [name=before]").count() == 0


def test_what_may_be_an_answer_unfolds(page: "Page", site: str) -> None:
    show(page, site, "perhaps")
    guess = page.locator("details.guess").first
    assert not guess.locator(".text").is_visible()
    guess.locator("> summary").click()
    assert guess.locator(".text").is_visible()


@pytest.mark.parametrize("state", ["answer", "talk", "correction"])
def test_an_answer_begins_in_the_first_screen_of_a_telephone(
    page: "Page", site: str, state: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, site, state)
    box = page.locator("article.answer .text").first.bounding_box()
    assert box and box["y"] + 40 < 844


def test_a_popular_question_is_asked_with_one_click(page: "Page", site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name=POPULAR[0]).click()
    page.locator("article.answer").wait_for()
    assert page.locator("article.answer").is_visible()


def test_a_choice_asks_the_same_question_within_its_procedure(page: "Page", site: str) -> None:
    show(page, site, "choices")
    page.get_by_role("link", name="Обмін посвідчення водія").first.click()
    page.get_by_text("Шукаємо лише в процедурі").wait_for()
    assert page.url == site + asking("нові права") + "&service=licence-exchange"
    assert page.get_by_text("Шукаємо лише в процедурі").is_visible()


def test_the_facts_on_the_answer_lead_to_their_sections(page: "Page", site: str) -> None:
    show(page, site, "answer")
    page.locator(".glance").get_by_role("link", name="Вартість").click()
    page.wait_for_url(f"{site}/services/licence-exchange#fee")
    assert page.url == f"{site}/services/licence-exchange#fee"


def test_yes_is_thanked_at_once_and_leads_back_to_the_answer(
    page: "Page", site: str, journal: Journal
) -> None:
    show(page, site, "answer")
    given = answer_id(page)
    _thanked(page)
    assert page.get_by_role("heading", name="Дякуємо за відгук").is_visible()
    assert journal.said == [Feedback(given, True, "licence-exchange.who", None)]
    page.get_by_role("link", name="Назад до відповіді").click()
    page.wait_for_url(site + PATHS["answer"])
    assert page.url == site + PATHS["answer"]


def test_no_asks_why_and_a_failure_keeps_the_comment_to_send_again(
    page: "Page", site: str, journal: Journal
) -> None:
    show(page, site, "answer")
    assert not page.get_by_label("Чого забракло?").is_visible()
    given = answer_id(page)
    _not_kept(page)
    assert (
        page.get_by_role("heading", name="Відгук поки не збережено").is_visible()
        and journal.said == []
    )
    assert page.get_by_label("Ваш коментар").input_value() == LOST
    page.get_by_role("button", name="Надіслати ще раз").click()
    page.get_by_role("heading", name="Дякуємо за відгук").wait_for()
    assert page.get_by_role("heading", name="Дякуємо за відгук").is_visible()
    assert journal.said == [Feedback(given, False, "licence-exchange.who", LOST)]


def test_feedback_can_be_given_with_the_keyboard_alone(
    page: "Page", site: str, journal: Journal
) -> None:
    show(page, site, "answer")
    given = answer_id(page)
    page.get_by_role("button", name="Так").focus()
    for key in ("Tab", "Enter", "Tab", "ArrowDown", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type("Коротко")
    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("heading", name="Дякуємо за відгук").wait_for()
    kept = Feedback(given, False, "licence-exchange.who", "Коротко", Complaint.OTHER_QUESTION)
    assert journal.said == [kept]


def test_the_keyboard_reaches_the_skip_link_first_and_then_everything_in_reading_order(
    page: "Page", site: str
) -> None:
    page.goto(site)
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(
            page.locator(":focus").evaluate("element => element.innerText.trim() || element.name")
        )
    assert reached[0] == "До основного вмісту"
    assert reached[1].startswith("Сервісні центри МВС")
    menu = ["Усі послуги", "Центри", "(044) 290-19-88", "English"]
    assert reached[2:] == [*menu, "q", "Знайти", POPULAR[0]]


def test_the_focused_element_is_visibly_outlined(page: "Page", site: str) -> None:
    page.goto(f"{site}/services")
    page.locator(".services a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    width = page.locator(":focus").evaluate("element => getComputedStyle(element).outlineWidth")
    assert width == "3px"


def test_the_skip_link_moves_to_the_main_content(page: "Page", site: str) -> None:
    page.goto(f"{site}/services")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("element => element.closest('main') !== null")


def test_the_contents_of_a_procedure_lead_to_its_sections(page: "Page", site: str) -> None:
    page.goto(f"{site}/services/licence-exchange")
    page.get_by_role("navigation", name="На цій сторінці").get_by_role(
        "link", name="Обмін посвідчення: refusal"
    ).click()
    assert page.url.endswith("#refusal")
    top = page.locator("#refusal").evaluate("element => element.getBoundingClientRect().top")
    assert 0 <= top < 100


def test_a_section_has_a_link_to_itself_that_can_be_copied(page: "Page", site: str) -> None:
    show(page, site, "procedure")
    page.get_by_role("link", name="Посилання на розділ Обмін посвідчення: refusal").click()
    assert page.url == f"{site}/services/licence-exchange#refusal"
    line = page.locator("#refusal h2").evaluate(
        "element => getComputedStyle(element).textDecorationLine"
    )
    assert line == "underline"


def test_best_guesses_unfold_without_javascript(page: "Page", site: str) -> None:
    show(page, site, "not sure")
    guesses = page.locator("details.guesses .other").first
    assert not guesses.is_visible()
    page.get_by_text("Найближче, що ми знайшли").click()
    assert guesses.is_visible()


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_at_320_px(page: "Page", site: str, state: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    show(page, site, state)
    assert page.locator("html").evaluate("element => element.scrollWidth") <= 320


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_at_320_px_with_text_of_200_percent(
    enlarged: "Browser", site: str, state: str
) -> None:
    context = enlarged.new_context(
        viewport={"width": 320, "height": 700}, java_script_enabled=False
    )
    page = context.new_page()
    show(page, site, state)
    assert page.locator("html").evaluate("element => element.scrollWidth") <= 320
    context.close()


def test_print_shows_the_procedure_with_addresses_and_nothing_to_click(
    page: "Page", site: str
) -> None:
    show(page, site, "procedure")
    page.emulate_media(media="print")
    for hidden in (
        page.get_by_role("search"),
        page.locator(".contents"),
        page.locator(".permalink").first,
    ):
        assert not hidden.is_visible()
    assert page.locator(".sources a").first.is_visible()
    address = page.locator(".sources a").first.evaluate(
        "link => getComputedStyle(link, '::after').content"
    )
    assert "href" in address or "https://hsc.gov.ua/price" in address
    assert page.get_by_text(f"Адреса сторінки: {site}/services/licence-exchange").is_visible()


# With JavaScript


@pytest.mark.parametrize("state", STATES)
def test_no_page_logs_an_error_opens_a_dialog_or_calls_another_host_and_each_is_light(
    scripted: "Page", site: str, state: str
) -> None:
    errors: list[str] = []
    requests: list[Request] = []

    def opened(dialog: "Dialog") -> None:
        errors.append(f"dialog {dialog.message}")
        dialog.dismiss()

    scripted.on(
        "console",
        lambda message: (
            errors.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    scripted.on("pageerror", lambda error: errors.append(str(error)))
    scripted.on("dialog", opened)
    scripted.on("request", lambda request: requests.append(request))
    show(scripted, site, state)
    scripted.wait_for_load_state("networkidle")
    expected = {"missing": "404", "not kept": "503"}.get(state)
    assert [error for error in errors if not (expected and f"status of {expected}" in error)] == []
    assert {urlsplit(request.url).hostname for request in requests} == {"127.0.0.1"}
    assert 0 < sum(request.sizes()["responseBodySize"] for request in requests) <= MAX_PAGE_BYTES


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_against_wcag_2_2_aa(scripted: "Page", site: str, state: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    )
    show(scripted, site, state)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        scripted.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(scripted)
        assert [
            f"{scheme} {rule['id']}: {rule['nodes'][0]['html']}"
            for rule in found.response["violations"]
        ] == []


def test_the_subject_of_a_talk_is_dropped_in_place(scripted: "Page", site: str) -> None:
    show(scripted, site, "talk")
    address = scripted.url
    scripted.get_by_role("link", name="Інша тема").click()
    assert scripted.url == address and scripted.locator("[name=about], [name=before]").count() == 0
    assert scripted.locator(":focus").get_attribute("name") == "q"
    assert scripted.get_by_label("Ваше запитання").get_attribute("placeholder") == ""


@pytest.mark.parametrize(
    ("state", "address"),
    [
        ("answer", "/services/licence-exchange#who"),
        ("parts", "/services/licence-exchange"),
        ("talk", "/services/licence-exchange#who"),
    ],
)
def test_an_answer_is_copied_with_its_date_source_and_address(
    chromium: "Browser", site: str, state: str, address: str
) -> None:
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    show(page, site, state)
    page.get_by_role("button", name="Скопіювати відповідь").first.click()
    page.get_by_text("Скопійовано.").wait_for()
    title, text, *rest = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert title == "Обмін посвідчення: who" and text.startswith("Обмін коштує 572 грн.")
    assert rest == [
        "Станом на листопад 2025", "Джерело: Прейскурант", f"{site}{address}",
    ]  # fmt: skip
    context.close()


def test_a_slash_goes_to_the_box_unless_something_is_being_typed(
    scripted: "Page", site: str
) -> None:
    show(scripted, site, "catalogue")
    scripted.keyboard.press("/")
    box = scripted.locator("input[name=q]")
    assert box.evaluate("input => input.matches(':focus')") and box.input_value() == ""
    scripted.keyboard.type("а/б")
    assert box.input_value() == "а/б"


def test_a_vote_is_thanked_in_place(scripted: "Page", site: str, journal: Journal) -> None:
    show(scripted, site, "answer")
    given, address = answer_id(scripted), scripted.url
    _asked_why(scripted)
    scripted.get_by_label("Чого забракло?").fill("Коротко")
    scripted.get_by_role("button", name="Надіслати").click()
    scripted.get_by_text("Дякуємо!").wait_for()
    assert scripted.url == address
    assert journal.said == [Feedback(given, False, "licence-exchange.who", "Коротко")]


def test_a_vote_that_is_not_kept_leads_to_the_form_that_keeps_its_text(
    scripted: "Page", site: str, journal: Journal
) -> None:
    show(scripted, site, "answer")
    _not_kept(scripted)
    scripted.get_by_role("heading", name="Дякуємо за відгук").wait_for()
    assert [feedback.comment for feedback in journal.said] == [LOST]


def test_what_was_asked_comes_back_into_the_box_to_be_changed(scripted: "Page", site: str) -> None:
    show(scripted, site, "answer")
    scripted.get_by_role("button", name="Змінити").click()
    assert scripted.locator("input[name=q]").input_value() == "обмін прав"


@pytest.mark.parametrize("state", ["hostile", "hostile procedure"])
def test_markup_in_questions_and_texts_is_shown_as_it_is(
    scripted: "Page", site: str, state: str
) -> None:
    show(scripted, site, state)
    assert (
        scripted.locator("h1").inner_text().startswith("\"'><img src=x onerror=alert(1)><script>")
    )
    assert scripted.locator("img[src=x], main script, [onerror]").count() == 0


def test_direction_marks_in_a_question_reorder_nothing_around_it(page: "Page", site: str) -> None:
    show(page, site, "correction")
    edges = """line => [...line.childNodes].map((part) => {
      const range = document.createRange();
      range.selectNodeContents(part);
      const box = range.getBoundingClientRect();
      return [box.left, box.right];
    })"""
    before, said, after = page.locator(".reading strong").last.evaluate(edges)
    assert before[1] <= said[0] + 1 and said[1] <= after[0] + 1
