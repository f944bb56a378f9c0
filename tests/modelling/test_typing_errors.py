"""Typing errors: real ones, few, and the same again for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from qa_service.modelling.batches import mistype

QUESTION = "скільки коштує поміняти права після заміжжя"


def _mistyped(question: str, count: int = 200) -> list[str]:
    generator = np.random.default_rng(1)
    return [mistype(question, generator) for _ in range(count)]


def test_a_third_of_the_longer_words_gets_one_error_each() -> None:
    for typed in _mistyped(QUESTION):
        distances = [
            OSA.distance(word, was)
            for word, was in zip(typed.split(" "), QUESTION.split(" "), strict=True)
        ]
        assert sorted(distances) == [0, 0, 0, 0, 1, 1]


def test_letters_are_left_out_doubled_swapped_and_hit_beside() -> None:
    assert {"пава", "правва", "прваа", "прпва"} <= set(_mistyped("права"))


def test_a_first_letter_stays_and_a_short_word_stays_whole() -> None:
    assert all(typed.startswith("п") for typed in _mistyped("права"))
    assert set(_mistyped("де це є")) == {"де це є"}


@pytest.mark.parametrize("question", ["", " ", "  де  ", "1234", "ʼʼʼʼ", "日本語日本語"])
def test_nothing_that_can_be_asked_is_refused(question: str) -> None:
    assert _mistyped(question, 20)


@given(question=st.text(), seed=st.integers(0, 99))
def test_the_same_seed_makes_the_same_errors(question: str, seed: int) -> None:
    assert mistype(question, np.random.default_rng(seed)) == mistype(
        question, np.random.default_rng(seed)
    )
