"""The language of a question, from its letters and its frequent words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.normalise import normalise
from qa_service.text.understand import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Які документи потрібні для обміну посвідчення?", "uk"),
        ("скільки коштує", "uk"),
        ("як поміняти права", "uk"),
        ("об'єм двигуна", "uk"),
        ("Сколько стоит поменять права?", "ru"),
        ("где получить права", "ru"),
        ("как снять машину с учёта", "ru"),
        ("объём двигателя", "ru"),
        ("How much is a licence exchange?", "en"),
        ("BMW plates", "en"),
    ],
)
def test_letters_and_frequent_words_tell_the_language(text: str, language: str) -> None:
    assert detect_language(normalise(text)) == language


@pytest.mark.parametrize("text", ["права", "", "1044", "???", "номер авто"])
def test_a_text_that_could_be_either_is_ukrainian(text: str) -> None:
    assert detect_language(normalise(text)) == "uk"


def test_a_latin_name_does_not_make_a_ukrainian_question_english() -> None:
    assert detect_language(normalise("Як зареєструвати Volkswagen, якщо він з Польщі?")) == "uk"


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_every_text_has_one_of_the_three_languages(text: str) -> None:
    assert detect_language(normalise(text)) in {"uk", "ru", "en"}
