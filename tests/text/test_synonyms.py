"""The official terms for the sayings in a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.tokens import words
from qa_service.text.understand import NO_SYNONYMS, Synonyms

LICENCE, INTERNATIONAL, PLATE = "посвідчення водія", "міжнародне посвідчення водія", "номерний знак"
SYNONYMS = Synonyms(
    {
        "права": LICENCE,
        "корочки": LICENCE,
        "міжнародні права": INTERNATIONAL,
        "номера": PLATE,
        "блатні номера авто": PLATE,
    }
)


@pytest.mark.parametrize("text", ["права", "ПРАВА?", "без прав", "з правом", "у правах", "правам"])
def test_a_saying_is_found_whatever_its_ending(text: str) -> None:
    assert SYNONYMS.found_in(text) == [("права", LICENCE)]


@pytest.mark.parametrize(
    "text", ["міжнародного права", "міжнародними правам", "про міжнародні права!"]
)
def test_every_word_of_a_saying_may_have_another_ending(text: str) -> None:
    assert SYNONYMS.found_in(text) == [("міжнародні права", INTERNATIONAL)]


def test_the_longest_saying_wins_and_takes_its_words() -> None:
    assert SYNONYMS.found_in("блатні номера авто") == [("блатні номера авто", PLATE)]
    assert SYNONYMS.found_in("міжнародні права права") == [
        ("міжнародні права", INTERNATIONAL),
        ("права", LICENCE),
    ]


def test_a_word_belongs_to_the_first_saying_that_has_it() -> None:
    overlapping = Synonyms(
        {"обмін прав": "обмін посвідчення", "прав онлайн": "електронне посвідчення"}
    )
    assert overlapping.found_in("обмін прав онлайн") == [("обмін прав", "обмін посвідчення")]


def test_a_term_comes_once_with_its_first_saying() -> None:
    assert SYNONYMS.found_in("корочки чи права") == [("корочки", LICENCE)]


def test_terms_come_in_the_order_of_the_question() -> None:
    assert SYNONYMS.found_in("номера і права") == [("номера", PLATE), ("права", LICENCE)]
    assert SYNONYMS.found_in("права і номера") == [("права", LICENCE), ("номера", PLATE)]


@pytest.mark.parametrize("text", ["", "?!", "погода", "правило", "блатні авто", "міжнародні"])
def test_a_text_without_a_saying_has_no_terms(text: str) -> None:
    assert SYNONYMS.found_in(text) == []


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_without_entries_nothing_is_found(text: str) -> None:
    assert NO_SYNONYMS.found_in(text) == []


SAYINGS = st.lists(st.sampled_from(["дуб", "ліс", "річ", "мур"]), min_size=1, max_size=3).map(
    " ".join
)


@given(
    st.dictionaries(SAYINGS, st.sampled_from("АБВ"), max_size=8),
    st.lists(SAYINGS, max_size=4).map(" ".join),
)
def test_found_sayings_stand_in_the_text_one_behind_the_other(
    terms: dict[str, str], text: str
) -> None:
    found = Synonyms(terms).found_in(text)
    rest = f" {' '.join(words(text))} "
    for saying, term in found:
        assert terms[saying] == term
        _, stands, rest = rest.partition(f" {saying} ")
        assert stands
        rest = f" {rest}"
    assert len({term for _, term in found}) == len(found)
