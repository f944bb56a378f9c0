"""Words and terms: what the lexical index counts as the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.normalise import normalise
from qa_service.text.tokens import terms, words


def test_words_are_letters_and_numbers_in_order() -> None:
    assert words("Обмін (прав): 1044 грн., форма № 5-ДР!") == ["обмін", "прав", "1044", "грн", "форма", "no", "5", "др"]


@pytest.mark.parametrize("sign", ["'", "’", "ʼ"])
def test_a_word_with_an_apostrophe_is_one_word(sign: str) -> None:
    assert words(f"Об{sign}єкт зобов{sign}язаний") == ["об'єкт", "зобов'язаний"]


@pytest.mark.parametrize("text", ["", "  ", "?!", "— «»", "\x00\ud800"])
def test_a_text_without_letters_and_numbers_has_no_words(text: str) -> None:
    assert words(text) == []
    assert terms(text) == []


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
def test_forms_of_one_word_have_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize("word", ["щрпф", "8041", "1044", "hsc"])
def test_a_short_word_or_number_stays(word: str) -> None:
    assert terms(word) == [word]


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_a_text_has_a_term_a_word_in_lower_case(text: str) -> None:
    assert len(terms(text)) == len(words(text))
    assert all(term and term == term.lower() for term in terms(text))


@given(st.text("абіїєйAaiI'’ -.,1", max_size=40))
def test_the_normal_form_has_the_words_of_the_text(text: str) -> None:
    assert words(normalise(text)) == words(text)
