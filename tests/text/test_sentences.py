"""Chunks: about one size, cut where the text pauses, with nothing lost."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.documents.chunk import TARGET_CHARS, chunk_text

TEXTS = st.text(alphabet=st.sampled_from("абвГД1-'.!?»,  \n\n\t"), max_size=600)


def _is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(word in rest for word in part)


@given(text=TEXTS | st.text(max_size=300), target=st.integers(5, 120))
@example(text="а. Б. " * 60, target=11)
def test_every_word_is_in_some_chunk_and_none_is_cut(text: str, target: int) -> None:
    words = [word for chunk in chunk_text(text, target) for word in chunk.split()]
    assert set(words) == set(text.split())
    assert _is_subsequence(text.split(), words)


@given(text=TEXTS, target=st.integers(5, 120))
def test_only_a_longer_word_makes_a_longer_chunk(text: str, target: int) -> None:
    assert all(len(chunk) <= target or " " not in chunk for chunk in chunk_text(text, target))


@given(text=TEXTS, target=st.integers(5, 120))
def test_no_chunk_only_repeats_the_one_before(text: str, target: int) -> None:
    total = len(text.split())
    assert len(chunk_text(text, target)) <= total


def test_a_text_that_fits_is_one_chunk_with_white_space_collapsed() -> None:
    assert chunk_text("  Перший\nрядок.\n\nДругий\tабзац. ") == ["Перший рядок. Другий абзац."]
    assert chunk_text("слово " * 150) == [" ".join(["слово"] * 150)]
    assert TARGET_CHARS == 900


@pytest.mark.parametrize("text", ["", " \n\n\t"])
def test_a_text_without_words_has_no_chunks(text: str) -> None:
    assert chunk_text(text) == []


def test_paragraphs_are_kept_whole_where_they_fit() -> None:
    text = "Один два. Три чотири.\n\nП'ять шість. Сім вісім."
    assert chunk_text(text, 24) == ["Один два. Три чотири.", "П'ять шість. Сім вісім."]


def test_a_chunk_opens_with_the_last_sentence_of_the_one_before() -> None:
    text = "Перше речення довге. Так. Друге речення довге. Ні. Третє речення."
    assert chunk_text(text, 30) == [
        "Перше речення довге. Так.",
        "Так. Друге речення довге. Ні.",
        "Ні. Третє речення.",
    ]


def test_a_long_sentence_is_not_repeated() -> None:
    text = "Перше речення. Друге речення. Третє."
    assert chunk_text(text, 30) == ["Перше речення. Друге речення.", "Третє."]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    assert chunk_text("один два три чотири п'ять", 12) == ["один два три", "чотири п'ять"]


def test_a_word_that_is_too_long_stays_whole() -> None:
    assert chunk_text("а https://hsc.gov.ua/dovidka б", 10) == [
        "а",
        "https://hsc.gov.ua/dovidka",
        "б",
    ]


def test_an_abbreviation_before_a_figure_or_small_letter_ends_no_sentence() -> None:
    assert chunk_text("Див. ст. 15 грн. на місяць. Далі все.", 28) == [
        "Див. ст. 15 грн. на місяць.",
        "Далі все.",
    ]
