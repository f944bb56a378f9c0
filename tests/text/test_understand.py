"""How a question is read: as typed, or as the same keys or sounds in Cyrillic where the corpus
knows those words better.

Then its typos are mended, and a question of a few words gets the official terms for them.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.courtesy import without_courtesy
from qa_service.text.normalise import normalise
from qa_service.text.spelling import Vocabulary
from qa_service.text.understand import (
    LAYOUT,
    SYNONYM,
    TRANSLITERATION,
    TYPO,
    Reading,
    Synonyms,
    readings,
    understand,
)
from qa_service.types import Correction

VOCABULARY = Vocabulary.of(["скільки коштує обмін прав", "поменять права", "licence exchange"])
PENALTY = 0.2

FREQUENT_WORDS = Vocabulary.of(
    ["як відкрити категорію: міжнародне посвідчення, міжнародні права", "driver license"] * 3
)
SYNONYMS = Synonyms(
    {
        "права": "посвідчення водія",
        "driver license": "посвідчення водія",
        "міжнародні права": "міжнародне посвідчення",
    }
)


def test_a_cyrillic_question_is_read_as_typed_only() -> None:
    assert readings("  Обмін  ПРАВ???", VOCABULARY) == [Reading("", "обмін прав?", 1.0)]
    assert len(readings("обмін Volkswagen у Львові", VOCABULARY)) == 1


def test_a_latin_question_is_read_as_typed_first_then_by_both_layouts_and_by_sound() -> None:
    typed, ukrainian, russian, by_sound = readings("J,vsy Ghfd", VOCABULARY)
    assert typed == Reading("", "j,vsy ghfd", 0.0)
    assert (ukrainian.kind, ukrainian.text) == (LAYOUT, "обмін прав")
    assert (russian.kind, russian.text) == (LAYOUT, "обмын прав")
    assert by_sound.kind == TRANSLITERATION


@pytest.mark.parametrize(
    ("text", "share"), [("обмін прав", 1.0), ("обмін авто", 5 / 9), ("погода", 0.0), ("", 0.0)]
)
def test_the_score_of_a_reading_is_the_share_of_letters_in_known_words(
    text: str, share: float
) -> None:
    assert readings(text, VOCABULARY)[0].known_share_score == pytest.approx(share)


def test_a_changed_reading_scores_less_than_the_same_words_typed() -> None:
    changed = readings("j,vsy ghfd", VOCABULARY)[1]
    typed = readings(changed.text, VOCABULARY)[0]
    assert changed.known_share_score == pytest.approx(typed.known_share_score - PENALTY)


@pytest.mark.parametrize(
    ("typed", "read", "kind"),
    [
        ("j,vsy ghfd", "обмін прав", LAYOUT),
        ("gjvtyznm ghfdf", "поменять права", LAYOUT),
        ("obmin prav", "обмін прав", TRANSLITERATION),
        ("skilky koshtuye obmin", "скільки коштує обмін", TRANSLITERATION),
    ],
)
def test_the_reading_that_the_corpus_knows_best_is_taken_and_said_back(
    typed: str, read: str, kind: str
) -> None:
    understood = understand(typed, VOCABULARY)
    assert (understood.reading, understood.corrections) == (read, (Correction(kind, typed, read),))


@pytest.mark.parametrize(
    "typed",
    ["licence exchange", "BMW", "zzz qqq", "обмін прав", "what is a licence exchange", "?!", ""],
)
def test_what_was_typed_stays_unless_another_reading_is_clearly_better(typed: str) -> None:
    understood = understand(typed, VOCABULARY)
    assert (understood.reading, understood.corrections) == (normalise(typed), ())


@given(st.text(max_size=40) | st.text("qwertyuiop[]asdfghjkl;'zxcvbnm,./ ", max_size=40))
def test_of_all_readings_none_scores_more_than_the_one_taken(question: str) -> None:
    typed, *changed = considered = readings(question, VOCABULARY)
    taken = understand(question, VOCABULARY)
    assert typed.kind == ""
    assert typed.text == without_courtesy(normalise(question), VOCABULARY.knows)
    assert all(reading.kind in (LAYOUT, TRANSLITERATION) for reading in changed)
    best = max(reading.known_share_score for reading in considered)
    assert best == max(
        reading.known_share_score for reading in considered if reading.text == taken.reading
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Відкирти посвдчення?", "відкрити посвідчення?"),
        ("як відкрити катгеорію B", "як відкрити категорію b"),
        ("межнародне і посвдчення", "міжнародне і посвідчення"),
    ],
)
def test_typos_are_mended_and_said_back(typed: str, read: str) -> None:
    understood = understand(typed, FREQUENT_WORDS)
    assert (understood.reading, understood.corrections) == (
        read,
        (Correction(TYPO, normalise(typed), read),),
    )


@pytest.mark.parametrize("letters", ["B", "C", "D", "T", "BE"])
def test_a_category_stays_latin_in_a_question_that_is_read_by_sound(letters: str) -> None:
    assert (
        understand(f"yak vidkryty kategoriiu {letters}", FREQUENT_WORDS).reading
        == f"як відкрити категорію {letters.lower()}"
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Права?", "права? (посвідчення водія)"),
        ("ціна на права", "ціна на права (посвідчення водія)"),
        ("міжнародні права", "міжнародні права (міжнародне посвідчення)"),
        (
            "міжнародні права, права",
            "міжнародні права, права (міжнародне посвідчення, посвідчення водія)",
        ),
    ],
)
def test_up_to_three_words_get_their_official_terms(typed: str, read: str) -> None:
    assert understand(typed, FREQUENT_WORDS, SYNONYMS).reading == read


@pytest.mark.parametrize(
    "typed", ["яка ціна на права", "міжнародні права і права", "погода", "скільки діє", "?!", ""]
)
def test_a_longer_question_and_one_without_a_saying_or_a_subject_get_no_terms(typed: str) -> None:
    understood = understand(typed, FREQUENT_WORDS, SYNONYMS)
    assert (understood.reading, understood.corrections) == (normalise(typed), ())


def test_each_term_is_said_back_with_the_saying_that_it_stands_for() -> None:
    assert understand("правам міжнародні права", FREQUENT_WORDS, SYNONYMS).corrections == (
        Correction(SYNONYM, "права", "посвідчення водія"),
        Correction(SYNONYM, "міжнародні права", "міжнародне посвідчення"),
    )


@pytest.mark.parametrize(
    ("typed", "kind"), [("vt;yfhjlys ghfdf", LAYOUT), ("mezhnarodni prava", TRANSLITERATION)]
)
def test_keys_or_sounds_come_first_then_typos_then_terms(typed: str, kind: str) -> None:
    understood = understand(typed, FREQUENT_WORDS, SYNONYMS)
    assert understood.reading == "міжнародні права (міжнародне посвідчення)"
    assert understood.corrections == (
        Correction(kind, typed, "межнародні права"),
        Correction(TYPO, "межнародні права", "міжнародні права"),
        Correction(SYNONYM, "міжнародні права", "міжнародне посвідчення"),
    )


def test_the_official_terms_do_not_change_the_language() -> None:
    assert understand("driver license", FREQUENT_WORDS, SYNONYMS).language == "en"


@pytest.mark.parametrize("typed", ["обмн прав", "j,vsy ghfd", "права"])
def test_as_typed_nothing_is_corrected_or_added(typed: str) -> None:
    read = understand(typed, VOCABULARY, SYNONYMS, as_typed=True)
    assert (read.reading, read.corrections) == (typed, ())
