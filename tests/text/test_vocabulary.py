"""The words of a corpus: what is known, what was meant, what stays in Latin letters."""

import pytest

from qa_service.text.spelling import Vocabulary

VOCABULARY = Vocabulary.of(["Обмін посвідчення, категорія В і С."] * 3 + ["це бе те де"])


def test_word_forms_are_counted_normalised() -> None:
    assert Vocabulary.of(["Права, права!", "ПРАВ 5"]).counts == {"права": 2, "прав": 1, "5": 1}


def test_typos_are_mended_towards_the_words_of_the_corpus() -> None:
    assert VOCABULARY.corrected("обмін посвдчення, каттегорія?") == "обмін посвідчення, категорія?"


def test_a_vocabulary_that_corrects_nothing_leaves_typos_and_knows_the_same_words() -> None:
    leaving = Vocabulary(VOCABULARY.counts, corrects=False)
    assert leaving.corrected("обмін посвдчення") == "обмін посвдчення"
    assert leaving.known_share("обмін") == VOCABULARY.known_share("обмін") == 1
    assert leaving.to_cyrillic("katehoriia") == VOCABULARY.to_cyrillic("katehoriia") == "категорія"


@pytest.mark.parametrize("letters", ["b", "c", "d", "t", "be"])
def test_a_category_that_is_no_word_stays_latin(letters: str) -> None:
    assert VOCABULARY.to_cyrillic(f"katehoriia {letters}") == f"категорія {letters}"


@pytest.mark.parametrize(
    ("latin", "cyrillic"), [("de", "де"), ("ce", "це"), ("a", "а"), ("bc", "бц"), ("dt", "дт")]
)
def test_other_short_words_are_read_by_sound(latin: str, cyrillic: str) -> None:
    assert VOCABULARY.to_cyrillic(latin) == cyrillic


def test_of_known_words_that_sound_alike_the_most_frequent_is_taken() -> None:
    assert Vocabulary.of(["гора", "хора", "хора"]).to_cyrillic("hora") == "хора"
