"""A misspelt word becomes the known word that it was meant to be; every other word stays."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from qa_service.text.spelling import Vocabulary
from qa_service.text.tokens import stems, without_endings

FREQUENT = 3
VOCABULARY = Vocabulary(
    {
        "номера": 3,
        "договір": 5,
        "посвідчення": 9,
        "техогляд": 4,
        "зобов'язання": 3,
        "запорука": 2,
        "заборона": 1,
    }
)

LETTERS = "авікн"
"""Few, so that many words are near each other."""

WORDS = st.text(LETTERS, min_size=1, max_size=10)
VOCABULARIES = st.dictionaries(WORDS, st.integers(1, 6), max_size=20)


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[dict[str, int], str]:
    """A vocabulary, and a word of it with one letter or two put in."""
    counts = draw(
        st.dictionaries(
            st.text(LETTERS, min_size=5, max_size=10), st.integers(1, 6), min_size=1, max_size=20
        )
    )
    word = draw(st.sampled_from(sorted(counts)))
    place = draw(st.integers(1, 5))
    return counts, word[:place] + draw(st.text(LETTERS, min_size=1, max_size=2)) + word[place:]


@given(VOCABULARIES)
@example({"договір": 9, "доховір": 1})
def test_a_known_word_stays_however_rare(counts: dict[str, int]) -> None:
    text = " ".join(counts)
    assert Vocabulary(counts).corrected(text) == text


@given(VOCABULARIES, st.sampled_from(["а", "ах", "ам", "ів", "ому"]))
def test_another_form_of_a_frequent_word_stays(counts: dict[str, int], ending: str) -> None:
    forms = [
        (word, without_endings(word)[0] + ending)
        for word, count in counts.items()
        if count >= FREQUENT
    ]
    text = " ".join(form for word, form in forms if stems(form) == stems(word))
    assert Vocabulary(counts).corrected(text) == text


@pytest.mark.parametrize("form", ["посвідченням", "посвідченнями", "техогляду", "договорами"])
def test_an_ending_that_no_text_has_is_no_typo(form: str) -> None:
    assert Vocabulary({"посвідчення": 3, "техогляд": 3, "договору": 3}).corrected(form) == form


def test_the_forms_of_a_word_count_together() -> None:
    forms = {"договору": 1, "договором": 1, "договори": 1}
    assert Vocabulary(forms | {"договірна": 9}).corrected("договора") == "договора"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("догвір", "договір"),
        ("дооговір", "договір"),
        ("даговір", "договір"),
        ("посвдчення", "посвідчення"),
        ("пасвітчення", "посвідчення"),
        ("зобовязання", "зобов'язання"),
    ],
)
def test_a_letter_too_few_too_many_or_wrong_is_mended(typed: str, meant: str) -> None:
    assert VOCABULARY.corrected(typed) == meant


@pytest.mark.parametrize(("typed", "meant"), [("дгоовір", "договір"), ("тхеогляд", "техогляд")])
def test_two_letters_that_changed_places_are_one_mistake(typed: str, meant: str) -> None:
    assert VOCABULARY.corrected(typed) == meant


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("нмр", "нмр"),
        ("номра", "номера"),
        ("нмоера", "номера"),
        ("догвір", "договір"),
        ("дагвір", "дагвір"),
        ("дагавір", "дагавір"),
        ("тихагляд", "тихагляд"),
        ("посвіччиння", "посвідчення"),
        ("пасвіччиння", "пасвіччиння"),
    ],
)
def test_a_word_of_four_letters_may_have_one_mistake_and_of_ten_two(typed: str, read: str) -> None:
    assert VOCABULARY.corrected(typed) == read


def test_the_first_letter_is_believed() -> None:
    assert VOCABULARY.corrected("тоговір одговір") == "тоговір одговір"


@given(VOCABULARIES, st.text(LETTERS, max_size=3))
@example({"чого": 9}, "чог")
def test_a_short_word_stays(counts: dict[str, int], word: str) -> None:
    assert Vocabulary(counts).corrected(word) == word


@given(st.text("abcxyz0123456789 -.,?!№", max_size=40))
def test_numbers_and_latin_words_stay(text: str) -> None:
    assert (
        Vocabulary({"abcxyz": 9, "vehicle": 9, "123456": 9, "договір": 9}).corrected(text) == text
    )


@pytest.mark.parametrize("text", ["vehicl", "123457", "vin-код 1044", "5-др"])
def test_a_known_number_or_latin_word_is_nothing_to_correct_to(text: str) -> None:
    assert Vocabulary({"vehicle": 9, "123456": 9, "1044": 9, "договір": 9}).corrected(text) == text


def test_the_nearest_word_wins_over_a_more_frequent_one() -> None:
    assert Vocabulary({"довідка": 3, "доводка": 99}).corrected("доввідка") == "довідка"


def test_of_equally_near_words_the_most_frequent_wins() -> None:
    assert Vocabulary({"довідка": 4, "доводка": 3}).corrected("довудка") == "довідка"
    assert Vocabulary({"довідка": 3, "доводка": 4}).corrected("довудка") == "доводка"


def test_a_rare_word_is_nothing_to_correct_to() -> None:
    assert VOCABULARY.corrected("запарука забарона") == "запарука забарона"


@given(misspelt())
def test_no_frequent_word_is_better_than_the_one_taken(asked: tuple[dict[str, int], str]) -> None:
    counts, word = asked
    corrected = Vocabulary(counts).corrected(word)
    if corrected == word:
        return
    candidates = (
        known for known, count in counts.items() if count >= FREQUENT and known[0] == word[0]
    )
    assert corrected == min(
        candidates, key=lambda known: (OSA.distance(word, known), -counts[known], known)
    )
    assert word not in counts and OSA.distance(word, corrected) <= (1 if len(word) < 8 else 2)


@given(misspelt())
def test_the_order_of_the_words_does_not_matter(asked: tuple[dict[str, int], str]) -> None:
    counts, word = asked
    assert Vocabulary(dict(reversed(counts.items()))).corrected(word) == Vocabulary(
        counts
    ).corrected(word)


@given(misspelt())
def test_what_is_corrected_stays(asked: tuple[dict[str, int], str]) -> None:
    speller = Vocabulary(asked[0])
    corrected = speller.corrected(asked[1])
    assert speller.corrected(corrected) == corrected


def test_punctuation_and_spacing_stay() -> None:
    assert (
        VOCABULARY.corrected('чи дійсне "посвдчення", (догвір)-техагляд?! 5')
        == 'чи дійсне "посвідчення", (договір)-техогляд?! 5'
    )


@given(VOCABULARIES, st.text(f"{LETTERS} .,-?()1a", max_size=60))
def test_all_but_cyrillic_words_stays(counts: dict[str, int], text: str) -> None:
    between = re.compile(f"[^{LETTERS}]+")
    assert between.findall(Vocabulary(counts).corrected(text)) == between.findall(text)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_whoever_knows_no_word_corrects_none(text: str) -> None:
    assert Vocabulary({}).corrected(text) == text
