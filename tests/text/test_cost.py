"""What a question costs, in units. Each test name is the rule."""

import pytest

from qa_service.text.cost import UNIT_LETTERS, cost

MOST = 1_000
WORDS = "обмін прав "


@pytest.mark.parametrize("question", ["", "?", "обмін прав", "о" * UNIT_LETTERS])
def test_a_short_question_costs_one(question: str) -> None:
    assert cost(question, MOST) == 1


def test_each_started_60_letters_cost_one_more() -> None:
    assert UNIT_LETTERS == 60
    assert [cost("о" * letters, MOST) for letters in (60, 61, 120, 121, 1_000)] == [1, 2, 2, 3, 17]


@pytest.mark.parametrize(
    ("question", "units"),
    [
        ("Скільки коштує обмін прав? Де здати іспит?", 2),
        ("скільки коштує обмін прав та де здати іспит", 2),
        ("Crskmrb rjine' j,vsy ghfd& Lt plfnb scgbn&", 2),  # on the wrong layout
        ("Де? Як? Що? Ціна?", 4),
        ("Обмін прав. Загубив старі. Скільки коштує?", 1),
    ],
)
def test_each_further_thing_that_is_asked_costs_one_more(question: str, units: int) -> None:
    assert cost(question, MOST) == units


def test_letters_count_once_they_are_normalised() -> None:
    assert cost("\ufdfa" * 40, MOST) == 12  # one sign is a phrase of 18 letters
    assert cost(WORDS + " " * 900, MOST) == 1


def test_no_question_costs_more_than_the_longest_that_is_answered() -> None:
    assert cost("\ufdfa" * 990, MOST) == cost("о" * MOST, MOST)


def test_a_question_that_is_refused_for_its_length_costs_one() -> None:
    assert cost("о" * (MOST + 1), MOST) == 1
