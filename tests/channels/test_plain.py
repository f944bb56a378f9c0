"""A reply as plain text: nothing of it is lost, and no message is longer than it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.channels import Block, Caveat, Choices, Figure, Items, Sources, Text, Title
from qa_service.channels.plain import messages, paragraphs
from qa_service.phrases.languages import ENGLISH, UKRAINIAN


@pytest.mark.parametrize(
    ("blocks", "written"),
    [
        ([Title("Ціна"), Figure("572 грн"), Text("Обмін.")], ["<Ціна>\n<572 грн>", "Обмін."]),
        ([Text("а"), Title("Ціна"), Text("б")], ["а", "<Ціна>\nб"]),
        ([Items(("паспорт", "код"))], ["• паспорт\n• код"]),
        ([Text("Подають:"), Items(("код",)), Text("в")], ["Подають:\n• код", "в"]),
        ([Text("Ви про це?"), Choices(("обмін",))], ["Ви про це?\n1. обмін"]),
        ([Items(("подати", "чекати"), numbered=True)], ["1. подати\n2. чекати"]),
        ([Choices(("обмін", "втрата"))], ["1. обмін\n2. втрата"]),
        ([Caveat("Звірте.")], ["Звірте."]),
        ([Title("Ціна")], ["<Ціна>"]),
        ([], []),
    ],
)
def test_each_block_is_written(blocks: list[Block], written: list[str]) -> None:
    assert paragraphs(blocks, UKRAINIAN, strong=lambda line: f"<{line}>") == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (Sources("Закон", "https://zakon.test", "2025 рік", "https://qa.test/x"), "https://zakon"),
        (Sources("Закон", "", "", "https://qa.test/x"), "Джерело: Закон\nhttps://qa.test/x"),
        (Sources("Закон", "", "2025 рік"), "Джерело: Закон, станом на 2025 рік"),
        (Sources("", "", "2025 рік"), "станом на 2025 рік"),
    ],
)
def test_a_source_has_its_own_address_or_that_of_our_page(source: Sources, written: str) -> None:
    [text] = paragraphs([source], UKRAINIAN)
    assert written in text and text.count("https://") <= 1


def test_labels_are_in_the_language_of_the_reply() -> None:
    assert paragraphs([Sources("Закон", "", "2025")], ENGLISH) == ["Source: Закон, as of 2025"]


@given(st.lists(st.text(min_size=1)), st.integers(3, 40))
def test_messages_are_short_enough_and_keep_every_letter(
    written: list[str], most_chars: int
) -> None:
    found = messages(written, most_chars)
    assert all(0 < len(message) <= most_chars for message in found)
    assert "".join("".join(found).split()) == "".join("".join(written).split())


def test_paragraphs_share_a_message_while_there_is_room() -> None:
    assert messages(["один", "два", "три"], 11) == ["один\n\nдва", "три"]
    assert messages(["слово за словом"], 9) == ["слово за", "словом"]
