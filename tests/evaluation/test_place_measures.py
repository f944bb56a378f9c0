"""When an answer to a question from a place counts as right."""

from dataclasses import replace

import pytest
from support.fakes import ANSWER

from qa_service.documents.place_questions import PlaceQuestion
from qa_service.errors import EvaluationError
from qa_service.evaluation.places import PlaceMeasures, is_right, measure_places
from qa_service.types import Answer, Centre, CentreAnswer, FoundCentre

LVIV = Centre("4641", "Львівська область", "м. Львів", "вул. Х, 1", "Львів", "2025-04")


def _question(kind: str, *numbers: str) -> PlaceQuestion:
    return PlaceQuestion.model_validate({"question": "де", "kind": kind, "numbers": numbers})


def _answer(*, found: bool, is_there: bool = True, reply: str | None = None) -> Answer:
    shown = (FoundCentre(LVIV),) if found else ()
    centres = CentreAnswer(
        shown, "Львів", is_there and found, is_answer=found, needs_place=not found and bool(reply)
    )
    return replace(ANSWER, centres=centres, reply=reply)


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (_question("town", "4641"), _answer(found=True), True),
        (_question("town", "4651"), _answer(found=True), False),
        (_question("town", "4641"), _answer(found=False), False),
        (_question("no_place"), _answer(found=False, reply="Де?"), True),
        (_question("no_place"), _answer(found=False), False),
        (_question("other_question"), _answer(found=False), True),
        (_question("other_question"), _answer(found=True), False),
        (_question("no_centre", "4641"), _answer(found=True, is_there=False), True),
        (_question("no_centre", "4641"), _answer(found=True), False),
        (_question("no_centre", "4641"), _answer(found=False, reply="Де?"), True),
        (_question("no_centre"), _answer(found=False, reply="Де?"), True),
        (_question("no_centre"), _answer(found=False), False),
        (_question("no_centre"), _answer(found=True, is_there=False), False),
    ],
)
def test_an_answer_is_right_by_the_kind_of_its_question(
    question: PlaceQuestion, answer: Answer, right: bool
) -> None:
    assert is_right(question, answer) is right


def test_the_sum_is_over_questions_with_a_right_centre() -> None:
    asked = [_question("town", "4641"), _question("no_centre"), _question("no_place")]
    assert measure_places(lambda _: _answer(found=True), asked) == [
        PlaceMeasures("no_centre", 1, 0),
        PlaceMeasures("no_place", 1, 0),
        PlaceMeasures("town", 1, 1),
        PlaceMeasures("any centre", 1, 1),
    ]


def test_without_questions_nothing_is_measured() -> None:
    with pytest.raises(EvaluationError, match="no questions"):
        measure_places(lambda _: ANSWER, [])
