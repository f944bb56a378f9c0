"""When centres are the answer, with the real model and index."""

import pytest

from qa_service.bootstrap import load_serving
from qa_service.engine import QAEngine
from qa_service.settings import Settings
from qa_service.types import Certainty, Query

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def engine(real_settings: Settings) -> QAEngine:
    return load_serving(real_settings).engine


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("адреса тсц у Полтаві", "5341"),
        ("сервісний центр дніпро", "1241"),
        ("тсц біля Львова", "4641"),
        ("№ 8042", "8042"),
        ("8042", "8042"),
    ],
)
def test_a_question_about_a_centre_gets_it_first(
    engine: QAEngine, question: str, number: str
) -> None:
    answer = engine.answer(Query(question))
    assert answer.answerable and answer.passages[0].passage.id.endswith(number)
    assert answer.confidence == engine.snapshot.weights.centres


@pytest.mark.parametrize(
    ("asked", "place", "number"),
    [
        ("де найближчий сервісний центр?", "Київ", "8041"),
        ("де найближчий сервісний центр?", "м. Одеса", "5141"),
        ("де поміняти права", "в Полтаві", "5341"),
        ("де зареєструвати машину", "суми", "5946"),
    ],
)
def test_a_bare_place_after_a_question_of_where_gets_the_centres_there(
    engine: QAEngine, asked: str, place: str, number: str
) -> None:
    before = engine.answer(Query(asked))
    answer = engine.answer(Query(place, context=before.context))
    assert answer.certainty is Certainty.SURE and answer.passages[0].passage.id.endswith(number)
    assert answer.context.service == before.context.service
    alone = engine.answer(Query(place))
    assert alone.certainty is not Certainty.SURE


def test_a_number_in_wide_digits_is_answered_as_one_in_plain_digits(engine: QAEngine) -> None:
    wide, plain = (engine.answer(Query(number)) for number in ("４６４１", "4641"))
    assert wide.passages[0].passage.id == plain.passages[0].passage.id
    assert wide.confidence == plain.confidence


@pytest.mark.parametrize(
    "question",
    [
        "медичний центр суми адреса",
        "де мрео у Львові зламало мій холодильник",
        "скільки у вас відкритих вакансій тсц львів",
        "графік роботи торгового центру у Львові",
        "чому в тсц довго чекати, який графік",
        "is the service centre open now",
        "де в черкасах пройти медогляд на права",
        "на яку поштову адресу в Києві слати скаргу",
        "где купить стартер на Москвич 2141",
        "де в Хмельницькому недорого зробить ходову на сенс",
    ],
)
def test_a_question_about_something_else_gets_no_centre(engine: QAEngine, question: str) -> None:
    answer = engine.answer(Query(question))
    assert not answer.centres.is_answer
    assert answer.confidence != engine.snapshot.weights.centres
