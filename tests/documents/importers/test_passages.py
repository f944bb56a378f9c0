"""Passages of a draft: the source's own words, within the limits of a service file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.documents.importers import Block, Extract, Heading, Item, Row, Text, passages
from qa_service.documents.importers.passages import cut
from qa_service.documents.service_file import MAX_SENTENCES, MAX_TEXT_CHARS
from qa_service.text.sentences import sentences
from qa_service.types import Topic


def _cuts(*blocks: Block, title: str = "Обмін") -> list[tuple[str, Topic, str]]:
    reading = cut(Extract(title, blocks))
    return [(one.title, one.topic, one.text) for one in reading.cuts]


def test_a_passage_begins_at_each_heading_and_label() -> None:
    assert _cuts(
        Text("Вступ."),
        Heading("Ціна", 2),
        Text("Платно. І дорого"),
        Text("Строк надання: 10 днів."),
        Heading("Корисне", 2),
        Heading("Порожнє", 2),
    ) == [
        ("Обмін", Topic.NOTE, "Вступ."),
        ("Ціна", Topic.FEE, "Платно.\nІ дорого."),
        ("Строк надання", Topic.TERM, "10 днів."),
    ]


def test_a_heading_without_a_text_of_its_own_names_those_below_it() -> None:
    assert _cuts(
        Heading("Документи", 2),
        Heading("Для всіх", 3),
        Text("Заява."),
        Heading("Ще", 3),
        Text("Ні."),
    ) == [("Документи: Для всіх", Topic.DOCUMENTS, "Заява."), ("Ще", Topic.NOTE, "Ні.")]


def test_rows_of_a_table_of_fees_become_items_under_the_names_of_its_columns() -> None:
    ((_, topic, text),) = _cuts(
        Heading("Вартість", 2),
        Row(("№", "Послуга", "Сума, грн"), is_head=True),
        Row(("1", "Обмін", "572")),
        Row(("2", "Терміновий\nобмін", "1044;")),
    )
    assert topic is Topic.FEE
    assert text == "№ — Послуга — Сума, грн:\nОбмін — 572;\nТерміновий обмін — 1044."


def test_a_card_becomes_a_passage_a_field() -> None:
    assert _cuts(
        Row(("Інформація про суб'єкта надання адміністративної послуги",)),
        Row(("1", "Місцезнаходження", "м. Київ")),
        Row(("2", "Перелік документів", "Заява\n- паспорт")),
        Row(("3", "Назва поля, якої ніхто не чекав", "Щось")),
        Row(("4", "Результат", "")),
    ) == [
        ("Місцезнаходження", Topic.WHERE, "м. Київ."),
        ("Перелік документів", Topic.DOCUMENTS, "Заява.\nпаспорт."),
        ("Назва поля, якої ніхто не чекав", Topic.NOTE, "Щось."),
    ]


@pytest.mark.parametrize(
    "head",
    [
        (Text("ІНФОРМАЦІЙНА КАРТКА"), Text("адміністративної послуги"), Text("Обмін прав")),
        (Text("Затверджено"), Heading("Інформаційна картка адміністративної послуги", 1),
         Text("(назва адміністративної послуги)"), Text("«Обмін прав»")),
        (Text("ІНФОРМАЦІЙНА КАРТКА адміністративної послуги Обмін прав"),),
    ],
)  # fmt: skip
def test_a_card_is_titled_by_its_service(head: tuple[Block, ...]) -> None:
    assert cut(Extract("Документ 1", head)).title == "Обмін прав"


def test_without_a_title_the_first_text_is_one() -> None:
    assert cut(Extract("", (Text("Обмін прав"), Text("Ні.")))).title == "Обмін прав"


def test_a_list_that_is_cut_keeps_what_it_is_a_list_of() -> None:
    items = [Item(f"документ {number} " + "і ще слово " * 20) for number in range(10)]
    texts = [text for _, _, text in _cuts(Text("Є правила. Потрібні:"), *items)]
    assert len(texts) > 1 and texts[0].startswith("Є правила.\nПотрібні:\nдокумент 0")
    assert all(text.startswith("Потрібні:\n") for text in texts[1:])
    assert all(text.endswith(".") for text in texts)


def test_the_limits_are_those_of_a_service_file() -> None:
    limits = (passages.MAX_SENTENCES, passages.MAX_TEXT_CHARS)
    assert limits == (MAX_SENTENCES, MAX_TEXT_CHARS)


def test_parts_of_one_field_are_numbered() -> None:
    told = _cuts(Heading("Ціна", 2), Text(" ".join(f"Речення {n}." for n in range(8))))
    assert [title for title, _, _ in told] == ["Ціна", "Ціна (2)"]


def test_what_a_service_file_would_read_as_markup_is_taken_off() -> None:
    ((_, _, text),) = _cuts(Text("## Не заголовок <!-- Ні. -->"), Text("```yaml"), Text("- x"))
    assert text == "Не заголовок Ні.\nyaml.\nx."


WORDS = st.text(
    st.sampled_from("абвАБВ .!?:;,-#`<>«»\"'1\n") | st.characters(codec="utf-8"), max_size=400
)
BLOCKS = st.lists(
    st.one_of(
        WORDS.map(Text),
        WORDS.map(Item),
        st.builds(Heading, WORDS, st.integers(1, 6)),
        st.lists(WORDS, min_size=1, max_size=4).map(lambda cells: Row(tuple(cells))),
        st.integers(1_000, 5_000).map(lambda size: Text("Слово " * size)),
        st.integers(1_000, 5_000).map(lambda size: Text("С" * size)),
    ),
    max_size=12,
)


@settings(max_examples=30)
@given(BLOCKS)
def test_no_passage_is_longer_than_a_service_file_allows(blocks: list[Block]) -> None:
    for one in cut(Extract("Назва", tuple(blocks))).cuts:
        text = " ".join(one.text.split())
        assert 0 < len(text) <= MAX_TEXT_CHARS and len(sentences(text)) <= MAX_SENTENCES
        assert text[-1] in ".!?…»)" and one.title


@given(st.lists(st.text("абвгд", min_size=1, max_size=30).map(Text), min_size=1, max_size=30))
def test_every_word_of_the_source_is_in_its_passages_in_order(blocks: list[Text]) -> None:
    said = " ".join(one.text for one in cut(Extract("Назва", tuple(blocks))).cuts)
    assert said.replace(".", "").split() == [block.text for block in blocks]
