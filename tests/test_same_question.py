"""One question however it is typed: real questions of the corpus, the real model and index, the
same answer to the letter.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import pytest
from support.corpus import ROOT

from qa_service.bootstrap import load_serving
from qa_service.documents.questions import load_questions
from qa_service.engine import QAEngine
from qa_service.settings import Settings
from qa_service.text.normalise import normalise
from qa_service.types import Query

Change = Callable[[str], str]
Found = tuple[list[str], float]
"""The best five passages and the confidence."""

ASKED, WITH_APOSTROPHE = 40, 5
ACUTE, SOFT_HYPHEN, ZERO_WIDTH_SPACE, WORD_JOINER, NO_BREAK_SPACE = (
    "\u0301",
    "\u00ad",
    "\u200b",
    "\u2060",
    "\u00a0",
)

_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_CYRILLIC, _LATIN = re.compile(r"[Ѐ-ӿ]"), re.compile(r"[A-Za-z]")
_LOOK_ALIKES = str.maketrans("оаеісрху", "oaeicpxy")
_VOWEL = re.compile(r"[аеєиіїоуюяыэё]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def _with_apostrophe(sign: str) -> Change:
    return lambda question: _APOSTROPHE.sub(sign, question)


def _inside_words(sign: str) -> Change:
    """Puts `sign` behind the first letter of each word."""
    return lambda question: re.sub(r"\b([^\W\d_])(?=[^\W\d_])", rf"\1{sign}", question)


def _with_look_alikes(question: str) -> str:
    """Every letter with a Latin double is Latin, in words that keep a Cyrillic letter."""
    return _WORD.sub(_mixed, question)


def _mixed(match: re.Match[str]) -> str:
    latin = match.group().translate(_LOOK_ALIKES)
    return latin if _CYRILLIC.search(latin) else match.group()


CHANGES: dict[str, Change] = {
    "upper case": str.upper,
    **{f"apostrophe {ord(sign):04X}": _with_apostrophe(sign) for sign in "’ʼ‘`´"},
    "decomposed": lambda question: unicodedata.normalize("NFD", question),
    "stress marks": lambda question: _VOWEL.sub(rf"\g<0>{ACUTE}", question),
    "look-alikes": _with_look_alikes,
    "doubled spaces": lambda question: question.replace(" ", "  "),
    "leading space": lambda question: f" \t{question}",
    "no-break spaces": lambda question: question.replace(" ", NO_BREAK_SPACE),
    "soft hyphens": _inside_words(SOFT_HYPHEN),
    "zero-width spaces": _inside_words(ZERO_WIDTH_SPACE),
    "word joiners": _inside_words(WORD_JOINER),
    "repeated question marks": lambda question: re.sub(r"\?$", "???", question),
}


@cache
def _questions() -> tuple[str, ...]:
    """Cyrillic dev questions, evenly chosen, and some with an apostrophe, which few have."""
    dev = [
        judged.question for judged in load_questions(ROOT / "corpus" / "questions" / "dev.jsonl")
    ]
    cyrillic = [
        question for question in dev if _CYRILLIC.search(question) and not _LATIN.search(question)
    ]
    evenly = [cyrillic[number * len(cyrillic) // ASKED] for number in range(ASKED)]
    return (
        *evenly,
        *[question for question in cyrillic if _APOSTROPHE.search(question)][:WITH_APOSTROPHE],
    )


@pytest.fixture(scope="module")
def engine(real_settings: Settings) -> QAEngine:
    return load_serving(real_settings).engine


@pytest.fixture(scope="module")
def answered(engine: QAEngine) -> list[Found]:
    return [_found(engine, question) for question in _questions()]


def _found(engine: QAEngine, question: str) -> Found:
    answer = engine.answer(Query(question, top_k=5))
    return [ranked.passage.id for ranked in answer.passages], answer.confidence


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_typing_touches_some_question_and_the_reading_of_none(change: Change) -> None:
    assert any(change(question) != question for question in _questions())
    for question in _questions():
        assert normalise(change(question)) == normalise(question)


@pytest.mark.model
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_question_typed_otherwise_has_the_same_passages_and_confidence(
    engine: QAEngine, answered: list[Found], change: Change
) -> None:
    for question, expected in zip(_questions(), answered, strict=True):
        assert _found(engine, change(question)) == expected, question
