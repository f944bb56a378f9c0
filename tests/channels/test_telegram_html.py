"""What Telegram shows of a reply: within its limits, in its HTML, and all of it."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import our_corpus
from support.fakes import HANDOFF
from support.platforms.telegram import BOT_ID, TOKEN
from support.platforms.telegram_calls import as_parameters
from support.platforms.telegram_html import Entity, Shown, parse_html, utf16_length
from support.platforms.telegram_messages import Chats, Sent

from qa_service.channels import (
    Act,
    Block,
    Button,
    Caveat,
    Choices,
    Figure,
    Inbound,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.showing import (
    Frame,
    fact_buttons,
    last_buttons,
    passage_blocks,
    passage_buttons,
)
from qa_service.channels.telegram import Telegram
from qa_service.channels.telegram_html import MOST_TEXT, messages
from qa_service.phrases.languages import ENGLISH, LANGUAGES, UKRAINIAN, Language

TELEGRAM = Telegram(TOKEN, "secret", "https://api.telegram.org")
SITE = "https://qa.example.gov.ua"
TO = Inbound("telegram", "1", "5", Act.TEXT, "x", chat="5")


def shown(*blocks: Block, language: Language = UKRAINIAN) -> str:
    """The one message, as it is sent."""
    [text] = messages(blocks, language)
    return text


def sent(reply: Reply, to: Inbound = TO) -> list[Sent]:
    """The messages, once Telegram took each of them."""
    chats = Chats(kinds={5: "private", -7: "group"})
    for call in TELEGRAM.calls(to, reply):
        chats.perform(call.url.rpartition("/")[2].lower(), as_parameters(call.body))
    return chats.sent


def labels(reply: Reply) -> list[list[str]]:
    return [[button.text for button in row] for row in sent(reply)[-1].keyboard]


def test_each_block_has_its_form() -> None:
    said = shown(
        Title("Скільки коштує обмін"),
        Figure("≈ 572 грн"),
        Text("Разом із бланком."),
        Items(("паспорт", "код")),
        Items(("сплатити", "прийти"), numbered=True),
        Caveat("Ціна могла змінитися."),
        Sources("Прейскурант", "https://hsc.gov.ua/price?a=1&b", "листопад 2025", f"{SITE}/x#fee"),
    )
    assert said == (
        "<b>Скільки коштує обмін</b>\n\n<b>≈ 572 грн</b>\n\nРазом із бланком.\n\n"
        "• паспорт\n• код\n\n1. сплатити\n2. прийти\n\n⚠️ <i>Ціна могла змінитися.</i>\n\n"
        'Джерело: <a href="https://hsc.gov.ua/price?a=1&amp;b">Прейскурант</a>, станом на '
        f'листопад 2025 · <a href="{SITE}/x#fee">Докладніше</a>'
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Sources("Закон", "", "", ""), "Джерело: Закон"),
        (Sources("", "", "2025 рік", ""), "станом на 2025 рік"),
        (Sources("", "", "", SITE), f'<a href="{SITE}">Докладніше</a>'),
    ],
)
def test_of_a_source_only_what_is_known_is_said(source: Sources, said: str) -> None:
    assert shown(source) == said
    assert messages([Sources("", "https://hsc.gov.ua", "")], UKRAINIAN) == []


def test_our_own_words_are_in_the_language_of_the_reply() -> None:
    source = Sources("Закон", "", "May 2025", SITE)
    said = parse_html(shown(source, language=ENGLISH)).text
    assert said == "Source: Закон, as of May 2025 · Details"
    assert sent(Reply((source,), language="en"))[0].text == said


def test_signs_of_html_are_shown_as_they_are() -> None:
    text = "до 5 < 10 & > 3 <b>не тег</b> &lt; &amp;lt; \"'"
    assert parse_html(shown(Title(text))) == Shown(text, (Entity("bold", 0, len(text)),))
    url = "https://hsc.gov.ua/?q=\"><b>'&x=<"
    [link] = parse_html(shown(Sources(text, url, ""))).entities
    assert link.url == url


def test_choices_are_said_in_full_where_a_phone_would_cut_one() -> None:
    long = "Чи потрібні медична довідка і фото для обміну посвідчення"
    assert shown(Text("Ви про це?"), Choices(("Обмін", "Права"))) == "Ви про це?"
    assert shown(Text("Ви про це?"), Choices(("Обмін", long))) == f"Ви про це?\n\n• Обмін\n• {long}"


def test_short_labels_stand_in_a_row_long_ones_and_links_alone() -> None:
    names = ["Ціна", "Документи", "Строк", "Де", "Онлайн", "Інше запитання", "Оператор"]
    buttons = [Button(name, f"f.{place}") for place, name in enumerate(names)]
    link = Button("Дія", url="https://diia.gov.ua")
    long = Button("Обмін посвідчення водія", "s.1")
    assert labels(Reply((Text("x"),), (long, *buttons[:5], link, *buttons[5:]))) == [
        ["Обмін посвідчення водія"],
        ["Ціна", "Документи", "Строк"],
        ["Де", "Онлайн"],
        ["Дія"],
        ["Інше запитання", "Оператор"],
    ]


def test_buttons_stand_under_the_last_message_and_nothing_is_previewed() -> None:
    texts = [Text("Речення. " * 600), Text("Кінець.")]
    found = sent(Reply(tuple(texts), (Button("Ціна", "f.1"),)))
    assert [len(each.buttons) for each in found] == [0, 1]
    assert not any(each.preview for each in found)


def test_in_a_group_the_message_that_asked_is_answered() -> None:
    asked = Inbound("telegram", "1", "5 in -7", Act.TEXT, "x", chat="-7/41")
    [found] = sent(Reply((Text("x"),)), asked)
    assert (found.chat, found.reply_to) == (-7, 41)
    assert sent(Reply((Text("x"),)))[0].reply_to is None


# Lengths


def test_a_second_answer_that_does_not_fit_is_a_message_of_its_own() -> None:
    first: list[Block] = [Title("Перша"), Text("а" * 2_000), Text("б" * 500)]
    second: list[Block] = [Title("Друга"), Text("в" * 2_000)]
    assert messages([*first, *second], UKRAINIAN) == [shown(*first), shown(*second)]


def test_a_long_answer_is_cut_between_blocks() -> None:
    items = Items(("б" * 1_000, "в" * 1_000))
    blocks: list[Block] = [Title("Т"), Text("а" * 3_000), items, Caveat("г" * 99)]
    first, second = messages(blocks, UKRAINIAN)
    assert parse_html(first).text.endswith(f"\n\n• {'б' * 1_000}")
    assert parse_html(second).text == f"• {'в' * 1_000}\n\n⚠️ {'г' * 99}"


def test_a_long_paragraph_is_cut_between_sentences_and_keeps_its_tags() -> None:
    sentence = "Заявник чи представник його подає всі документи до вул. Хрещатик, 5."
    first, second = messages([Title(" ".join([sentence] * 110))], UKRAINIAN)
    for text in (first, second):
        seen = parse_html(text)
        assert seen.text.startswith("Заявник") and seen.text.endswith("Хрещатик, 5.")
        assert seen.entities == (Entity("bold", 0, len(seen.text)),)


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_characters() -> None:
    first, _ = messages([Text("слово " * 800)], UKRAINIAN)
    assert set(first.split()) == {"слово"}
    halves = messages([Text("🚗" * 2_049)], UKRAINIAN)
    assert halves == ["🚗" * 2_048, "🚗"]


_TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"' .\n🚗"))
_LONG = st.tuples(_TEXT, st.sampled_from([1, 1, 400])).map(lambda pair: pair[0] * pair[1])
_BLOCKS = st.lists(
    st.builds(Title, _LONG)
    | st.builds(Figure, _LONG)
    | st.builds(Text, _LONG)
    | st.builds(Items, st.lists(_LONG).map(tuple), st.booleans())
    | st.builds(Choices, st.lists(_LONG).map(tuple))
    | st.builds(Caveat, _LONG)
    | st.builds(Sources, _TEXT, st.just("") | _TEXT.map("https://a.b/{}".format), _TEXT, _TEXT)
)


@given(_BLOCKS)
def test_whatever_is_said_telegram_takes_it_and_nothing_is_lost(blocks: list[Block]) -> None:
    found = sent(Reply(tuple(blocks)))
    said = "".join("".join(each.text.split()) for each in found)
    assert all(utf16_length(each.text) <= MOST_TEXT for each in found)
    assert all("".join(text.split()) in said for text in _texts(blocks))


def _texts(blocks: Sequence[Block]) -> list[str]:
    texts: list[str] = []
    for block in blocks:
        match block:
            case Title(text) | Figure(text) | Text(text) | Caveat(text):
                texts.append(text)
            case Items(items):
                texts += items
            case Sources(title, _, as_of):
                texts += [title, as_of]
    return texts


# The whole corpus


@pytest.mark.slow
def test_every_passage_of_the_corpus_is_one_message_that_telegram_takes() -> None:
    for service, language in product(our_corpus().services, LANGUAGES):
        frame = Frame(language, HANDOFF, "9-18", SITE)
        for passage in service.passages:
            buttons = [
                *passage_buttons(service.passages[:3]),
                *fact_buttons(service, [passage], frame),
                *last_buttons(frame),
            ]
            blocks = list(passage_blocks(passage, frame))
            [message] = sent(Reply(tuple(blocks), tuple(buttons), language=language.code))
            said = "".join(message.text.split())
            assert all("".join(text.split()) in said for text in _texts(blocks))
            assert len(message.buttons) == len(buttons)


@pytest.mark.slow
def test_all_that_a_service_says_at_once_comes_whole() -> None:
    frame = Frame(UKRAINIAN, HANDOFF, "9-18", SITE)
    for service in our_corpus().services:
        blocks = [block for one in service.passages for block in passage_blocks(one, frame)]
        found = sent(Reply(tuple(blocks), tuple(last_buttons(frame))))
        assert all(each.entities[0].kind == "bold" for each in found)  # each begins with a title
        said = "".join("".join(each.text.split()) for each in found)
        assert all("".join(text.split()) in said for text in _texts(blocks))


def test_the_token_stands_in_addresses_only_and_its_first_half_is_the_bots_id() -> None:
    for call in TELEGRAM.calls(TO, Reply((Text("x"),))):
        assert TOKEN not in repr(call) and TOKEN not in str(call.body)
        assert call.url == f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    assert TOKEN.startswith(f"{BOT_ID}:")
