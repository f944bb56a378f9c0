"""Whether a question is put in the words of known questions or of those that nothing answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.legs import LexicalScope
from qa_service.stores.bm25 import Bm25Index
from qa_service.text.tokens import grams

KNOWN, OFF_TOPIC = (
    ["документи для обміну посвідчення", "скільки коштує номер"],
    ["документи на закордонний паспорт", "яка погода"],
)
QUESTIONS = st.lists(
    st.sampled_from(" ".join([*KNOWN, *OFF_TOPIC, "zzzz"]).split()), max_size=6
).map(" ".join)


@pytest.fixture
def scope() -> LexicalScope:
    return LexicalScope.of(KNOWN, OFF_TOPIC, Bm25Index)


@pytest.mark.parametrize(
    ("question", "margin"), [("обмін посвідчення", 1), ("погода", -1), ("zzzz", 0), ("", 0)]
)
def test_words_of_one_side_only_lean_all_the_way_and_unknown_ones_not_at_all(
    scope: LexicalScope, question: str, margin: float
) -> None:
    assert scope.margin(grams(question)) == margin


def test_the_more_words_of_one_side_the_further_it_leans_there(scope: LexicalScope) -> None:
    shared, passport = (scope.margin(grams(text)) for text in ("документи", "документи на паспорт"))
    assert -1 < passport < shared < 1


@given(QUESTIONS)
def test_with_the_sides_changed_it_leans_as_far_the_other_way(question: str) -> None:
    forth, back = (
        LexicalScope.of(*sides, Bm25Index).margin(grams(question))
        for sides in ((KNOWN, OFF_TOPIC), (OFF_TOPIC, KNOWN))
    )
    assert forth == pytest.approx(-back, abs=1e-5) and -1 <= forth <= 1
