"""Misspelt questions are read once, and again where the words of the corpus read them otherwise.
Each test name is the rule.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from qa_service.documents.questions import as_read
from qa_service.indexing import readings, texts
from qa_service.indexing.readings import read_kept
from qa_service.text.spelling import Vocabulary

QUESTIONS = ["j,vsy ghfd", "obmin prav", "втрачине посвдчення", "дякую обмін"]
WORDS = ["обмін прав", *["втрачене посвідчення водія"] * 3]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question that is read anew."""
    asked: list[str] = []

    def noting(questions: Sequence[str], vocabulary: Vocabulary) -> list[str]:
        asked.extend(questions)
        return as_read(questions, vocabulary)

    monkeypatch.setattr(readings, "as_read", noting)
    return asked


def _kept(index: Path, words: Sequence[str], anew: bool = False) -> list[str]:
    """As read with what is kept; equals what is read without."""
    vocabulary = Vocabulary.of(words)
    found = read_kept(index, anew, QUESTIONS, vocabulary)
    assert found == as_read(QUESTIONS, vocabulary)
    return found


def test_a_question_is_read_once(tmp_path: Path, read: list[str]) -> None:
    expected = ["обмін прав", "обмін прав", "втрачене посвідчення", "обмін"]
    assert _kept(tmp_path / "index", WORDS) == expected and read == QUESTIONS
    read.clear()
    assert _kept(tmp_path / "index", WORDS) == expected and read == []


@pytest.mark.parametrize(
    ("words", "again"),
    [
        ([*WORDS, "послуга коштує 572 грн"], []),
        ([*WORDS, "втрачине"], QUESTIONS[2:3]),
        ([*WORDS, *["посвячення"] * 4], QUESTIONS[2:3]),
        ([*WORDS, *["посвдчення"] * 4], QUESTIONS[2:3]),
        ([*WORDS[:1], *["посвідчення"] * 3], QUESTIONS[2:3]),
        ([*WORDS, *["права"] * 9], []),
        ([*WORDS, *["обмєн"] * 9], []),
        ([*WORDS, *["прав'"] * 9], []),
        ([*WORDS, *["правь"] * 9], QUESTIONS[1:2]),
        (WORDS[1:], QUESTIONS[:2] + QUESTIONS[3:]),
        (["obmin", *WORDS], QUESTIONS[1:2]),
    ],
)
def test_it_is_read_again_where_a_word_of_it_is_known_or_meant_otherwise(
    tmp_path: Path, read: list[str], words: Sequence[str], again: Sequence[str]
) -> None:
    _kept(tmp_path, WORDS)
    read.clear()
    _kept(tmp_path, words)
    assert read == again


def test_it_is_read_again_by_other_rules(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept(tmp_path, WORDS)
    read.clear()
    monkeypatch.setattr(readings, "text_rules", lambda: "others")
    _kept(tmp_path, WORDS)
    assert read == QUESTIONS and texts.text_rules() != "others"


def test_a_build_anew_reads_every_question(tmp_path: Path, read: list[str]) -> None:
    _kept(tmp_path, WORDS)
    read.clear()
    _kept(tmp_path, WORDS, anew=True)
    assert read == QUESTIONS


def test_where_nothing_can_be_kept_questions_are_read(tmp_path: Path, read: list[str]) -> None:
    (tmp_path / "index").touch()  # no folder
    _kept(tmp_path / "index", WORDS)
    _kept(tmp_path / "index", WORDS)
    assert read == QUESTIONS * 2
