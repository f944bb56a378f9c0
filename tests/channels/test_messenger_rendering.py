"""A reply as Messenger shows it: within the limits of its Send API, and nothing is lost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from support.chat import CONTACT, HOURS, SITE, words_of
from support.corpus import our_corpus
from support.messenger_world import ADDRESS, adapter_for
from support.platforms.messenger import Messenger
from support.platforms.messenger_checks import Content, content_of
from support.platforms.messenger_citizen import Citizen

from qa_service.channels import (
    Act,
    Block,
    Button,
    Caveat,
    Choices,
    Fate,
    Figure,
    Handover,
    HandoverReason,
    Inbound,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.messenger_rendering import messages
from qa_service.channels.showing import (
    Frame,
    choice_blocks,
    fact_buttons,
    last_buttons,
    passage_blocks,
    passage_buttons,
)
from qa_service.phrases import chat
from qa_service.phrases.languages import ENGLISH, LANGUAGES, UKRAINIAN, Language
from qa_service.types import Passage, Service

LONG = "Видача свідоцтва про реєстрацію транспортного засобу замість втраченого"
SOURCE = Sources(
    "Прейскурант", "https://hsc.gov.ua/price", "листопад 2025", f"{SITE}/services/a#fee"
)


def shown(reply: Reply, is_passed: bool = False) -> list[Content]:
    """As Messenger takes it."""
    return [content_of(message) for message in messages(reply, is_passed)]


def titles(content: Content) -> list[str]:
    return [button.title for button in content.quick_replies]


def frame(language: Language) -> Frame:
    return Frame(language, CONTACT, HOURS, SITE)


# Layout


def test_an_answer_is_one_message_with_its_figure_first_and_its_source_on_a_button() -> None:
    blocks = (Title("Скільки коштує обмін"), Figure("572 грн"), Items(("паспорт", "код")), SOURCE)
    (content,) = shown(Reply(blocks, (Button("Строк", "f.a.term"), Button("Оператор", "p"))))
    assert content.text.split("\n") == [
        "Скільки коштує обмін",
        "572 грн",
        "",
        "• паспорт",
        "• код",
        "",
        "Джерело: Прейскурант, станом на листопад 2025",
    ]
    links = [(button.title, button.url) for button in content.buttons]
    assert links == [("Джерело", SOURCE.url), ("Докладніше", SOURCE.page)]
    assert titles(content) == ["Строк", "Оператор"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (replace(SOURCE, title=""), "станом на листопад 2025"),
        (replace(SOURCE, as_of=""), "Джерело: Прейскурант"),
        (Sources("", "https://hsc.gov.ua", ""), ""),
    ],
)
def test_a_source_says_what_is_known_of_it(source: Sources, said: str) -> None:
    (content,) = shown(Reply((Text("Так."), source)))
    assert content.text == "\n\n".join(filter(None, ("Так.", said)))


def test_choices_stand_in_full_in_the_text_and_begin_the_quick_replies_by_their_number() -> None:
    blocks = (Text("Ви про це?"), Choices((LONG, "Іспит")))
    buttons = (Button(LONG, "s.a"), Button("Іспит", "s.b"), Button("Оператор", "p"))
    (content,) = shown(Reply(blocks, buttons))
    assert content.text == f"Ви про це?\n1. {LONG}\n2. Іспит"
    assert titles(content) == ["1. Видача свідоцтва…", "2. Іспит", "Оператор"]
    assert [button.payload for button in content.quick_replies] == ["s.a", "s.b", "p"]


def test_other_long_labels_stand_in_full_below_the_text() -> None:
    (content,) = shown(Reply((Text("Вітаємо!"),), (Button(LONG, "q.a"), Button("Оператор", "p"))))
    assert content.text == f"Вітаємо!\n\nАбо виберіть:\n1. {LONG}"
    assert titles(content) == ["1. Видача свідоцтва…", "Оператор"]


def test_links_with_long_labels_and_those_beyond_three_stand_in_the_text() -> None:
    actions = [Button(f"Відкрити {number}", url=f"https://a.gov.ua/{number}") for number in "12"]
    queue = Button("Записатися до сервісного центру", url="https://eqn.hsc.gov.ua/")
    (content,) = shown(Reply((Text("Так."), SOURCE), (queue, *actions)))
    on_buttons = [button.title for button in content.buttons]
    assert on_buttons == ["Джерело", "Відкрити 1", "Відкрити 2"]
    last = content.text.split("\n\n")[-1]
    assert last == f"{queue.label}: {queue.url}\nДокладніше: {SOURCE.page}"


def test_several_sources_are_told_apart_by_number() -> None:
    other = replace(SOURCE, title="Постанова № 340", url="https://zakon.rada.gov.ua/340")
    (content,) = shown(Reply((Title("Ціна"), SOURCE, Title("Строк"), other)))
    assert "Джерело 1: Прейскурант" in content.text
    assert "Джерело 2: Постанова № 340" in content.text
    links = {button.title: button.url for button in content.buttons}
    assert links == {"Джерело 1": SOURCE.url, "Джерело 2": other.url}


def test_a_text_that_has_no_room_beside_links_goes_before_them() -> None:
    """Whatever comes after the last source stays with it."""
    blocks = (Title("Так"), Text("аб " * 220), SOURCE, Text("Людина відповість за телефоном."))
    first, last = shown(Reply(blocks), is_passed=True)
    assert not first.buttons and first.text.endswith("аб")
    assert last.text.startswith("Джерело: ") and last.text.endswith(chat.PASSED)
    assert len(last.buttons) == 2


def test_whatever_can_be_pressed_stands_below_the_last_message() -> None:
    *before, last = shown(Reply((Text("аб " * 2_500),), (Button("Оператор", "p"),)))
    assert len(before) == 3 and [titles(one) for one in before] == [[], [], []]
    assert titles(last) == ["Оператор"]


def test_at_most_13_can_be_pressed_among_them_another_question_and_a_person() -> None:
    facts = [Button(f"Факт {number}", f"f.{number}") for number in range(20)]
    (content,) = shown(Reply((Text("Так."),), (*facts, *last_buttons(frame(UKRAINIAN)))))
    assert len(content.quick_replies) == 13
    assert titles(content)[-2:] == [chat.OTHER_QUESTION, chat.OPERATOR]


def test_where_a_person_takes_over_nothing_can_be_pressed_and_the_text_says_so() -> None:
    buttons = (Button("Інше запитання", "o"), Button("Сайт", url="https://hsc.gov.ua"))
    (content,) = shown(Reply((Text("Людина відповість."),), buttons), is_passed=True)
    assert content.text == f"Людина відповість.\n\n{chat.PASSED}"
    assert content.quick_replies == () and [one.title for one in content.buttons] == ["Сайт"]


def test_our_own_words_are_in_the_language_of_the_reply() -> None:
    blocks, buttons = (Text("Так."), SOURCE), (Button(LONG, "q.a"),)
    (content,) = shown(Reply(blocks, buttons, language=ENGLISH.code))
    assert "Source: Прейскурант, as of листопад 2025" in content.text
    assert "Or choose:" in content.text
    assert [one.title for one in content.buttons] == ["Source", "Details"]


def test_labels_of_ours_are_never_cut() -> None:
    labels = [chat.OTHER_QUESTION, chat.OPERATOR, chat.SOURCE_LINK, chat.DETAILS]
    labels += [chat.UKRAINIAN, chat.ENGLISH, *chat.FACTS.values()]
    said = [language.say(label) for language in LANGUAGES for label in labels]
    assert [label for label in said if len(label) > 20] == []


def test_labels_beside_choices_go_on_with_their_numbers() -> None:
    blocks = (Text("Ви про це?"), Choices(("Іспит", "Обмін")))
    (content,) = shown(Reply(blocks, (Button("Іспит", "s.a"), Button(LONG, "q.a"))))
    assert content.text.endswith(f"2. Обмін\n\nАбо виберіть:\n3. {LONG}")
    assert titles(content) == ["1. Іспит", "3. Видача свідоцтва…"]


def test_a_quick_reply_has_a_number_that_the_text_has_where_two_titles_are_the_same() -> None:
    labels = ("Іспит", "Іспит", "Обмін")
    buttons = [Button(label, f"t.{number}") for number, label in enumerate(labels)]
    (content,) = shown(Reply((Text("Ви про це?"), Choices(labels)), (*buttons,)))
    lines = content.text.splitlines()
    assert [title for title in titles(content) if title not in lines] == []


# Lengths


@pytest.mark.parametrize(("chars", "count"), [(2_000, 1), (2_001, 2), (4_000, 2), (4_001, 3)])
def test_a_message_holds_2000_characters(chars: int, count: int) -> None:
    assert len(shown(Reply((Text("а" * chars),)))) == count


@pytest.mark.parametrize(("chars", "count"), [(640, 1), (641, 2), (1_280, 2), (1_281, 3)])
def test_a_message_with_links_holds_640_characters(chars: int, count: int) -> None:
    reply = Reply((Text("а" * chars),), (Button("Сайт", url="https://hsc.gov.ua"),))
    assert len(shown(reply)) == count


def test_a_message_is_never_blank() -> None:
    blocks = (Text(" " * 2_500 + "Так."), Text(" \n "), Text(""))
    assert [content.text for content in shown(Reply(blocks))] == ["Так."]
    assert shown(Reply((Text(" "),), (Button("Сайт", url="https://hsc.gov.ua"),))) == []


@pytest.mark.parametrize("letters", ["😀" * 1_000, "а" * 999 + "😀" * 999, "😀" * 5_000])
def test_a_letter_of_two_units_counts_as_two(letters: str) -> None:
    texts = [content.text for content in shown(Reply((Text(letters),)))]
    assert max(len(text.encode("utf-16-le")) // 2 for text in texts) <= 2_000
    assert "".join(texts) == letters


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=900).filter(
    lambda text: text.strip()
)
PAYLOADS = st.from_regex(r"[a-z][a-z0-9.-]{0,63}", fullmatch=True)
URLS = st.from_regex(r"https://[a-z]{1,9}\.gov\.ua/[a-z%0-9]{0,600}", fullmatch=True)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    *(st.builds(kind, WORDS) for kind in (Title, Text, Figure, Caveat)),
    st.builds(Items, st.lists(WORDS, min_size=1, max_size=9).map(tuple), st.booleans()),
    st.builds(Choices, st.lists(WORDS, min_size=1, max_size=4).map(tuple)),
    st.builds(Sources, WORDS, URLS | st.just(""), st.just("2025"), URLS | st.just("")),
)
BUTTONS = st.builds(Button, WORDS, PAYLOADS) | st.builds(Button, WORDS, url=URLS)
REPLIES = st.builds(
    Reply,
    st.lists(BLOCKS, min_size=1, max_size=12).map(tuple),
    st.lists(BUTTONS, max_size=20).map(tuple),
    st.none() | st.builds(Handover, st.sampled_from(HandoverReason), WORDS),
    st.sampled_from([language.code for language in LANGUAGES]),
)


@given(REPLIES, st.booleans())
def test_messenger_takes_any_reply_and_nothing_of_it_is_lost(reply: Reply, is_passed: bool) -> None:
    read = shown(reply, is_passed)
    assert lost(reply, read) == []
    assert [content for content in read[:-1] if content.quick_replies or content.buttons] == []


# The texts of the corpus


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_messenger_takes_every_passage_with_all_that_can_be_pressed(language: Language) -> None:
    replies = [
        _reply(service, [passage], language)
        for service in our_corpus().services
        for passage in service.passages
    ]
    assert len(replies) > 900
    read = [shown(reply) for reply in replies]
    assert [lost(*pair) for pair in zip(replies, read, strict=True) if lost(*pair)] == []
    assert max(map(len, read)) == 2


def test_messenger_takes_all_passages_of_a_procedure_at_once() -> None:
    services = our_corpus().services
    replies = [_reply(service, service.passages, UKRAINIAN) for service in services]
    read = taken(replies)
    assert [lost(*pair) for pair in zip(replies, read, strict=True) if lost(*pair)] == []
    assert max(map(len, read)) > 3


def test_messenger_takes_choices_between_any_procedures() -> None:
    services = our_corpus().services
    replies = []
    for place in range(0, len(services), 4):
        labels = [service.title for service in services[place : place + 4]]
        buttons = [Button(label, "s.abcdefghij") for label in labels]
        blocks = choice_blocks(labels, chat.PERHAPS)
        replies.append(Reply(blocks, (*buttons, *last_buttons(frame(UKRAINIAN)))))
    read = taken(replies)
    assert [lost(*pair) for pair in zip(replies, read, strict=True) if lost(*pair)] == []


def _reply(service: Service, told: Sequence[Passage], language: Language) -> Reply:
    """A passage with three others and the facts of its procedure to press, and its actions."""
    around = frame(language)
    blocks = [block for passage in told for block in passage_blocks(passage, around)]
    others = sorted(service.passages, key=lambda passage: -len(passage.title))[:3]
    buttons = [*passage_buttons(others), *fact_buttons(service, told, around)]
    buttons += [Button(action.title, url=around.url(action.url)) for action in service.actions]
    return Reply((*blocks,), (*buttons, *last_buttons(around)), language=language.code)


def taken(replies: Sequence[Reply]) -> list[list[Content]]:
    """What a citizen reads of each, once a server like Messenger's has taken the calls."""
    page = Messenger()
    citizen, adapter, client = Citizen(page), adapter_for(page), TestClient(page.app)
    citizen.writes("обмін")
    to = Inbound("messenger", "m", citizen.id, Act.TEXT, chat=citizen.id)
    read = []
    for reply in replies:
        before = len(citizen.reads)
        for call in adapter.calls(to, reply):
            url, headers = call.url.removeprefix(ADDRESS), dict(call.headers)
            said = client.post(url, json=dict(call.body), headers=headers)
            assert adapter.outcome(said.status_code, said.content).fate is Fate.SENT, said.text
        read.append([message.content for message in citizen.reads[before:]])
    return read


def lost(reply: Reply, read: Sequence[Content]) -> list[str]:
    """What the reply says and the person cannot read: texts, addresses, labels."""
    said = _squeezed("".join(content.text for content in read))
    links = {button.url for content in read for button in content.buttons}
    texts = words_of(reply).splitlines()
    sources = [block for block in reply.blocks if isinstance(block, Sources)]
    pages = {block.page for block in sources} if len(sources) > 1 else set[str]()
    urls = {url for block in sources for url in (block.url, block.page)} - pages
    urls |= {button.url for button in reply.buttons}
    addresses = {*urls, *pages, ""}
    missing = [text for text in texts if text not in addresses and _squeezed(text) not in said]
    return missing + [url for url in urls if url not in links and _squeezed(url) not in said]


def _squeezed(text: str) -> str:
    return "".join(text.split())
