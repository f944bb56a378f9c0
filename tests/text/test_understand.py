"""How a question is read: as typed, or as the same keys or sounds in Cyrillic where the corpus knows those words better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.normalise import normalise
from qa_service.text.understand import LAYOUT, TRANSLITERATION, Reading, readings, understand
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Correction

VOCABULARY = Vocabulary.of(["скільки коштує обмін прав", "поменять права", "licence exchange"])
PENALTY = 0.2


def test_a_cyrillic_question_is_read_as_typed_only() -> None:
    assert readings("  Обмін  ПРАВ???", VOCABULARY) == [Reading("", "обмін прав?", 1.0)]
    assert len(readings("обмін Volkswagen у Львові", VOCABULARY)) == 1


def test_a_latin_question_is_read_as_typed_first_then_by_both_layouts_and_by_sound() -> None:
    typed, ukrainian, russian, by_sound = readings("J,vsy Ghfd", VOCABULARY)
    assert typed == Reading("", "j,vsy ghfd", 0.0)
    assert (ukrainian.kind, ukrainian.text) == (LAYOUT, "обмін прав")
    assert (russian.kind, russian.text) == (LAYOUT, "обмын прав")
    assert by_sound.kind == TRANSLITERATION


@pytest.mark.parametrize(("text", "share"), [("обмін прав", 1.0), ("обмін авто", 5 / 9), ("погода", 0.0), ("", 0.0)])
def test_worth_is_the_share_of_letters_in_known_words(text: str, share: float) -> None:
    assert readings(text, VOCABULARY)[0].worth == pytest.approx(share)


def test_a_changed_reading_is_worth_less_than_the_same_words_typed() -> None:
    changed = readings("j,vsy ghfd", VOCABULARY)[1]
    assert changed.worth == pytest.approx(readings(changed.text, VOCABULARY)[0].worth - PENALTY)


@pytest.mark.parametrize(
    ("typed", "read", "kind"),
    [
        ("j,vsy ghfd", "обмін прав", LAYOUT),
        ("gjvtyznm ghfdf", "поменять права", LAYOUT),
        ("obmin prav", "обмін прав", TRANSLITERATION),
        ("skilky koshtuye obmin", "скільки коштує обмін", TRANSLITERATION),
    ],
)
def test_the_reading_that_the_corpus_knows_best_is_taken_and_said_back(typed: str, read: str, kind: str) -> None:
    understood = understand(typed, VOCABULARY)
    assert (understood.reading, understood.corrections) == (read, (Correction(kind, typed, read),))


@pytest.mark.parametrize("typed", ["licence exchange", "BMW", "zzz qqq", "обмін прав", "what is a licence exchange", "?!", ""])
def test_what_was_typed_stays_unless_another_reading_is_clearly_better(typed: str) -> None:
    understood = understand(typed, VOCABULARY)
    assert (understood.reading, understood.corrections) == (normalise(typed), ())


@given(st.text(max_size=40) | st.text("qwertyuiop[]asdfghjkl;'zxcvbnm,./ ", max_size=40))
def test_of_all_readings_none_is_worth_more_than_the_one_taken(question: str) -> None:
    typed, *changed = considered = readings(question, VOCABULARY)
    taken = understand(question, VOCABULARY)
    assert typed.kind == "" and typed.text == normalise(question)
    assert all(reading.kind in (LAYOUT, TRANSLITERATION) for reading in changed)
    assert max(reading.worth for reading in considered if reading.text == taken.reading) == max(
        reading.worth for reading in considered
    )
