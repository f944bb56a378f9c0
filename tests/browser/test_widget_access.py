"""The widget for everyone: assistive technology, small screens, dark, loud host styles, English.
Each test name is the rule.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from support.browser import (
    CHOICES,
    CONTEXT,
    LONG_WORD,
    World,
    answer,
    no_answer,
    passage,
    problem,
)
from support.matrix import matrix

from qa_service import phrases
from qa_service.phrases import english, forms
from qa_service.phrases.english.advice import REASONS
from qa_service.phrases.languages import ENGLISH, UKRAINIAN
from qa_service.types import Evidence, Reason, Topic
from qa_service.web.site.blocks import highlighted
from qa_service.web.site.rendering import CITIZENS, first_sentence, phone_url
from qa_service.web.widget import widget_folder_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]


def ask(page: "Page", question: str = "ціна") -> None:
    page.get_by_role("combobox").fill(question)
    page.get_by_role("combobox").press("Enter")


def at_start(page: "Page", world: World) -> None:
    page.get_by_role("combobox").wait_for()


def suggesting(page: "Page", world: World) -> None:
    page.get_by_role("combobox").press_sequentially("обмін")
    page.get_by_role("option").nth(2).wait_for()
    page.get_by_role("combobox").press("ArrowDown")


def loading(page: "Page", world: World) -> None:
    world.fake.delays["ціна"] = 1
    ask(page)
    page.locator(".loading").wait_for()


def answered(page: "Page", world: World) -> None:
    understood = {"language": "uk", "reading": LONG_WORD, "corrections": [{}]}
    long_passage = passage(
        text=f"{LONG_WORD} " * 3, title=LONG_WORD, service_title=LONG_WORD, conflict=LONG_WORD
    )
    world.fake.answers["ціна"] = answer(
        "ціна", passages=[long_passage], understood=understood, related=[LONG_WORD], degraded=["x"]
    )
    ask(page)
    page.locator("article.answer").wait_for()
    page.get_by_text("Джерела: 2").click()


def asked_why(page: "Page", world: World) -> None:
    answered(page, world)
    world.fake.failure = problem(503)
    page.get_by_role("button", name="Ні", exact=True).click()
    page.get_by_role("button", name="Надіслати").click()
    page.get_by_text("Не вдалося надіслати відгук").wait_for()


def thanked(page: "Page", world: World) -> None:
    answered(page, world)
    page.get_by_role("button", name="Так").click()
    page.get_by_text("Дякуємо!").wait_for()


def guessing(page: "Page", world: World) -> None:
    world.fake.answers["ціна"] = answer("ціна", certainty="unsure", context=CONTEXT)
    ask(page)
    page.locator("details.guess summary").first.click()


def answered_in_parts(page: "Page", world: World) -> None:
    parts = [
        {"asked": LONG_WORD, "passage_id": found, "certainty": "sure", "reason": reason}
        for found, reason in (("licence-exchange.fee", None), (None, "off_topic"))
    ]
    world.fake.answers["ціна"] = answer("ціна", parts=parts, context=CONTEXT)
    ask(page)


def choosing(page: "Page", world: World) -> None:
    choices = [*CHOICES, {"service": "x", "title": LONG_WORD}]
    world.fake.answers["ціна"] = no_answer("ціна", "ambiguous", choices=choices)
    ask(page)
    page.locator("article.advice summary").click()


def failed(page: "Page", world: World) -> None:
    world.fake.failure = problem(429, **{"Retry-After": "30"})
    ask(page)
    page.locator("article.failure").wait_for()


State = Callable[["Page", World], None]
STATES: list[State] = [
    at_start,
    suggesting,
    loading,
    answered,
    asked_why,
    thanked,
    choosing,
    guessing,
    answered_in_parts,
    failed,
]


@pytest.mark.parametrize(
    ("state", "theme"),
    matrix(STATES, ["light", "dark"]),
    ids=lambda one: getattr(one, "__name__", one),
)
def test_axe_finds_nothing_against_wcag_2_2_aa(
    page: "Page", world: World, state: State, theme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    )
    page.evaluate(
        """(theme) => {
          document.querySelector("hsc-search").setAttribute("theme", theme);
          if (theme === "dark") document.body.style.background = "#101010";
        }""",
        theme,
    )
    state(page, world)
    context = "hsc-search" if theme == "dark" else None
    found = axe.Axe().run(page, context=context)
    assert [
        f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found.response["violations"]
    ] == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_scrolls_sideways_at_320_px(page: "Page", world: World, state: State) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    state(page, world)
    rights = (
        "[...widget.shadowRoot.querySelectorAll('*')].map((element) => "
        "element.getBoundingClientRect().right)"
    )
    assert page.locator("html").evaluate("element => element.scrollWidth") <= 320
    assert page.locator("hsc-search").evaluate(f"widget => Math.max(...{rights})") <= 320


def test_the_keyboard_reaches_everything_in_reading_order_with_a_visible_focus(
    page: "Page", world: World
) -> None:
    ask(page)
    page.locator("article.answer").wait_for()
    reached, outlines = [], set()
    focused = (
        "widget => { const e = widget.shadowRoot.activeElement; return [e.textContent, "
        "getComputedStyle(e).outlineStyle]; }"
    )
    for _ in range(8):
        page.keyboard.press("Tab")
        text, outline = page.locator("hsc-search").evaluate(focused)
        reached.append(text)
        outlines.add(outline)
    assert reached == [
        "Ціна могла змінитися: тут найновіша, яку знаємо (листопад 2025).",
        "Джерела: 2",
        "Докладніше",
        "Докладніше",
        "Уся процедура",
        "Так",
        "Ні",
        "Чи складають іспити при обміні?",
    ]
    assert outlines == {"solid"}


@pytest.mark.parametrize(
    ("motion", "animation"), [("reduce", "none"), ("no-preference", "breathe")]
)
def test_nothing_moves_for_those_who_ask_for_reduced_motion(
    page: "Page", world: World, motion: Any, animation: str
) -> None:
    page.emulate_media(reduced_motion=motion)
    loading(page, world)
    assert (
        page.locator(".loading i").first.evaluate("bar => getComputedStyle(bar).animationName")
        == animation
    )


PAPER = "widget => getComputedStyle(widget.shadowRoot.querySelector('.box')).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(21, 30, 48)"


@pytest.mark.parametrize(
    ("theme", "page_scheme", "paper"),
    [
        (None, "normal", LIGHT),
        ("auto", "light dark", DARK),
        ("light", "light dark", LIGHT),
        ("dark", "normal", DARK),
    ],
)
def test_the_widget_is_dark_where_the_page_is_or_the_host_says_so(
    page: "Page", theme: str | None, page_scheme: str, paper: str
) -> None:
    page.emulate_media(color_scheme="dark")
    page.evaluate(
        "(scheme) => { document.documentElement.style.colorScheme = scheme; }", page_scheme
    )
    if theme:
        page.locator("hsc-search").evaluate(
            "(widget, theme) => widget.setAttribute('theme', theme)", theme
        )
    assert page.locator("hsc-search").evaluate(PAPER) == paper


def test_custom_properties_and_parts_are_the_hosts_to_style(page: "Page") -> None:
    page.evaluate("document.documentElement.style.setProperty('--hsc-paper', 'rgb(1, 2, 3)')")
    assert page.locator("hsc-search").evaluate(PAPER) == "rgb(1, 2, 3)"
    parts = (
        "widget => [...widget.shadowRoot.querySelectorAll('[part]')].map((element) => "
        "element.part.value)"
    )
    assert page.locator("hsc-search").evaluate(parts) == ["box", "input", "button", "list"]


PLACEMENT = "^-|size$|origin$|^(width|top|right|bottom|left)$|^inset|^grid-template-columns"
"""Properties that tell where a box stands, which depends on the page around it."""
LOOKS = """(widget, placement) => [
  ...widget.shadowRoot.querySelectorAll(".root, .root *")
].map((element) => {
  const style = getComputedStyle(element);
  const names = [...style].filter((name) => name === "font-size" || !name.match(placement));
  const values = names.map((name) => `${name}: ${style.getPropertyValue(name)}`);
  return [element.localName, ...values].join("; ");
})"""


QUIET_STYLES = "body { margin: 0; } hsc-search { margin: 24px 20px; }"
"""Of a page that puts the widget into the same place and says nothing else."""


def test_the_hosts_loud_styles_do_not_reach_into_the_widget(
    chromium: "Browser", world: World
) -> None:
    looks = []
    for host_styles in (True, False):
        page = chromium.new_page(viewport={"width": 1000, "height": 900})
        if not host_styles:
            page.route(
                "**/host.css",
                lambda route: route.fulfill(body=QUIET_STYLES, content_type="text/css"),
            )
        page.goto(world.host)
        ask(page)
        page.locator("article.answer").wait_for()
        looks.append(page.locator("hsc-search").evaluate(LOOKS, PLACEMENT))
        page.close()
    assert looks[0] == looks[1]


def test_english_is_of_the_interface_and_corpus_texts_are_marked_as_ukrainian(
    page: "Page", world: World
) -> None:
    page.locator("hsc-search").evaluate("widget => widget.setAttribute('lang', 'en')")
    page.get_by_role("combobox", name="Your question").fill("ціна")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Yes").wait_for()
    assert (
        page.locator(".meta").inner_text()
        == "As of November 2025 · fits the question · partly confirmed"
    )
    loose = page.locator("hsc-search").evaluate(
        """widget => [...widget.shadowRoot.querySelectorAll("article *")].filter((element) =>
             !element.closest("[lang=uk]")
             && [...element.childNodes].some((node) => /[а-яіїєґ]/i.test(node.data ?? "")))
           .map((element) => element.outerHTML)"""
    )
    assert loose == []


def test_a_placeholder_and_a_later_language_keep_what_was_typed(page: "Page") -> None:
    page.get_by_role("combobox").fill("обмін")
    page.locator("hsc-search").evaluate(
        "widget => { widget.lang = 'en'; widget.setAttribute('placeholder', 'Ask us'); }"
    )
    box = page.get_by_role("combobox", name="Your question")
    assert (box.input_value(), box.get_attribute("placeholder")) == ("обмін", "Ask us")


def module_value(
    page: "Page", world: World, name: str, expression: str, argument: object = None
) -> Any:
    """What `expression` of the names that module `name` exports gives in the browser."""
    script = (
        "async (given) => "
        f"{{ const m = await import('{world.api}{widget_folder_url()}/{name}.js'); "
        f"return {expression}; }}"
    )
    return page.evaluate(script, argument)


def test_the_widget_says_what_the_pages_say(page: "Page", world: World) -> None:
    words = module_value(page, world, "words", "JSON.parse(JSON.stringify(m.WORDS.uk))")
    assert words["topics"] == {topic.value: phrases.TOPICS[topic] for topic in Topic}
    assert words["feedback"]["complaints"] == {
        complaint.value: phrases.COMPLAINTS[complaint] for complaint in CITIZENS
    }
    assert words["perhaps"] == [phrases.PERHAPS.title, phrases.PERHAPS.text]
    assert words["reasons"] == {
        reason.value: [phrases.REASONS[reason].title, phrases.REASONS[reason].text]
        for reason in Reason
    }
    assert words["caveats"]["doubt"] == phrases.DOUBT
    assert words["evidence"] == {
        evidence.value: note for evidence in Evidence if (note := phrases.EVIDENCE_NOTES[evidence])
    }


def test_the_english_widget_says_what_the_english_pages_say(page: "Page", world: World) -> None:
    words = module_value(page, world, "words", "JSON.parse(JSON.stringify(m.WORDS.en))")
    assert words["topics"] == {topic.value: english.values.TOPICS[topic] for topic in Topic}
    assert words["reasons"] == {
        reason.value: [REASONS[reason].title, REASONS[reason].text] for reason in Reason
    }
    assert words["perhaps"] == [
        ENGLISH.say(phrases.PERHAPS.title),
        ENGLISH.say(phrases.PERHAPS.text),
    ]
    assert words["caveats"]["doubt"] == ENGLISH.say(phrases.DOUBT)
    assert words["caveats"]["fee"] == ENGLISH.say(phrases.CAVEATS[Topic.FEE])


NAMES = """((words) => {
  const isGroup = (value) => Object(value) === value && typeof value !== "function";
  const inside = (value) => Object.entries(value).map(([name, inner]) => [name, of(inner)]);
  const of = (value) => (isGroup(value) ? inside(value) : typeof value);
  return [of(words.uk), of(words.en)];
})(m.WORDS)"""


def test_english_has_every_word_that_ukrainian_has(page: "Page", world: World) -> None:
    ukrainian, english = module_value(page, world, "words", NAMES)
    assert ukrainian == english and len(ukrainian) > 20


def test_dates_and_confidence_are_said_as_on_the_pages(page: "Page", world: World) -> None:
    dates = ["2025-11-03", "2025-05", "2025", "2025-13", "скоро"]
    said = module_value(
        page, world, "words", "given.map((date) => m.dateWords(date, 'uk', m.WORDS.uk))", dates
    )
    assert said == [UKRAINIAN.date(date) for date in dates]
    confidences = [0.0, 0.499, 0.5, 0.8, 1.0]
    said = module_value(
        page, world, "words", "given.map((p) => m.confidenceWords(p, m.WORDS.uk))", confidences
    )
    assert said == [forms.confidence_words(confidence) for confidence in confidences]


def test_sentences_phones_and_highlights_are_those_of_the_pages(page: "Page", world: World) -> None:
    texts = [
        "Обмін коштує 572 грн. Комісія окремо.",
        "Це на вул. Хрещатик у м. Київ. Там приймають.",
        "Одне речення",
        "",
    ]
    assert module_value(page, world, "dom", "given.map(m.firstSentence)", texts) == [
        first_sentence(text) for text in texts
    ]
    phones = ["(044) 290-19-88", "+38 044 290 19 88", "1545"]
    assert module_value(page, world, "dom", "given.map(m.phoneUrl)", phones) == [
        phone_url(phone) for phone in phones
    ]
    text, spans = "🚗 авто — 👩‍🦰 і ще", ((8, 40), (0, 1), (2, 9))
    pieces = (
        "m.marked(...given).filter((piece) => piece).map((piece) => [piece.textContent ?? piece, "
        "piece.localName === 'mark'])"
    )
    assert module_value(page, world, "dom", pieces, [text, spans]) == [
        list(piece) for piece in highlighted(text, spans)
    ]
