"""How often a question from a place gets the right service centre first, by kind of question.

A question about something else is right where no centre is put forward; one from a town without a
centre, where those of its region are, or where it is said that there are none; from a region
without any, only the latter, so that such questions count in no sum.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_service.documents.place_questions import PlaceQuestion
from qa_service.errors import EvaluationError
from qa_service.types import Answer, Query


@dataclass(frozen=True, slots=True)
class PlaceMeasures:
    """Questions of one kind, and how many of them were answered rightly."""

    kind: str
    questions: int
    right: int

    @property
    def share(self) -> float:
        return self.right / self.questions


def measure_places(
    answer: Callable[[Query], Answer], questions: Sequence[PlaceQuestion]
) -> list[PlaceMeasures]:
    """A row for each kind and one for those that have a right centre, last. Raises EvaluationError
    without questions.
    """
    if not questions:
        raise EvaluationError("there are no questions about places: give a file that holds some")
    rights: dict[str, list[bool]] = {}
    found: list[bool] = []
    for question in questions:
        right = is_right(question, answer(Query(question.question)))
        rights.setdefault(question.kind, []).append(right)
        found += [right] if question.numbers else []
    rows = [PlaceMeasures(kind, len(each), sum(each)) for kind, each in sorted(rights.items())]
    return [*rows, PlaceMeasures("any centre", len(found), sum(found))] if found else rows


def is_right(question: PlaceQuestion, answer: Answer) -> bool:
    """Whether the answer puts a right centre first, or none forward where none is right."""
    shown = answer.centres.found if answer.centres.is_answer else ()
    first = shown[0].centre.number if shown else None
    match question.kind:
        case "other_question":
            return not shown
        case "no_place":
            return not shown and answer.reply is not None
        case "no_centre":
            is_around = first in question.numbers and not answer.centres.is_there
            return is_around or (not shown and answer.reply is not None)
        case _:
            return first in question.numbers
