"""Words, their stems and their pieces: what counts as the same word, and how nearly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.normalise import normalise
from qa_service.text.tokens import grams, stems, without_endings, words


def test_words_are_letters_and_numbers_in_order() -> None:
    assert words("Обмін (прав): 1044 грн., форма № 5-ДР!") == [
        "обмін",
        "прав",
        "1044",
        "грн",
        "форма",
        "no",
        "5",
        "др",
    ]


@pytest.mark.parametrize("sign", ["'", "’", "ʼ"])
def test_a_word_with_an_apostrophe_is_one_word(sign: str) -> None:
    assert words(f"Об{sign}єкт зобов{sign}язаний") == ["об'єкт", "зобов'язаний"]


@pytest.mark.parametrize("text", ["", "  ", "?!", "— «»", "\x00\ud800"])
def test_a_text_without_letters_and_numbers_has_no_words(text: str) -> None:
    assert words(text) == []
    assert stems(text) == []
    assert without_endings(text) == []
    assert grams(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("посвідчення", "посвідченням"),
        ("документи", "документів"),
        ("іспит", "іспитів"),
        ("автомобіль", "автомобіля"),
        ("пам'ять", "пам’яті"),
        ("сервісний", "сервісному"),
        ("машины", "машину"),
    ],
)
def test_forms_of_one_word_have_one_stem(one: str, other: str) -> None:
    assert stems(one) == stems(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Права прав правам правах", ["прав", "прав", "прав", "прав"]),
        ("посвідчення, посвідченню", ["посвідченн", "посвідченн"]),
        ("сервісний сервісного сервісному", ["сервісн", "сервісн", "сервісн"]),
        ("ціна ції", ["цін", "ції"]),
    ],
)
def test_what_is_left_without_an_ending_is_at_least_three_letters(
    text: str, expected: list[str]
) -> None:
    assert without_endings(text) == expected


def test_words_that_begin_alike_have_one_stem_and_differ_without_endings() -> None:
    assert stems("посвідчення") == stems("посвідки")
    assert without_endings("посвідчення") != without_endings("посвідки")


@pytest.mark.parametrize("word", ["щрпф", "8041", "1044", "hsc"])
def test_a_short_word_or_number_stays(word: str) -> None:
    assert stems(word) == without_endings(word) == [word]


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_a_text_has_a_stem_a_word_in_lower_case(text: str) -> None:
    assert len(stems(text)) == len(words(text))
    assert all(stem and stem == stem.lower() for stem in stems(text))
    assert stems(text) == [left[:6] for left in without_endings(text)]


@given(st.text("абіїєйAaiI'’ -.,1", max_size=40))
def test_the_normal_form_has_the_words_of_the_text(text: str) -> None:
    assert words(normalise(text)) == words(text)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("права", [" пра", "прав", "рава", "ава "]),
        ("ціна", [" цін", "ціна", "іна "]),
        ("ПРО", [" про", "про "]),
        ("до", [" до "]),
        ("5", [" 5 "]),
        ("об’єкт", [" об'", "об'є", "б'єк", "'єкт", "єкт "]),
        ("Права, ціна!", [" пра", "прав", "рава", "ава ", " цін", "ціна", "іна "]),
        ("до до", [" до ", " до "]),
    ],
)
def test_pieces_are_every_four_characters_of_each_word_and_its_ends(
    text: str, pieces: list[str]
) -> None:
    assert grams(text) == pieces


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_pieces_are_those_of_the_words_and_hold_each_character(text: str) -> None:
    assert grams(text) == [piece for word in words(text) for piece in grams(word)]
    for word in words(text):
        first, *others = grams(word)
        assert first + "".join(piece[-1] for piece in others) == f" {word} "


def test_a_typo_or_another_ending_spoils_few_pieces() -> None:
    pieces = set(grams("посвідчення"))
    assert len(pieces) == 10
    assert len(pieces - set(grams("посвітчення"))) == 4
    assert len(pieces - set(grams("посвідченням"))) == 1
