"""When centres are the answer, with the real model and index."""

import pytest

from qa_service.bootstrap import load_serving
from qa_service.engine import QAEngine
from qa_service.settings import Settings
from qa_service.types import Query

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
    "question",
    [
        "медичний центр суми адреса",
        "де мрео у Львові зламало мій холодильник",
        "скільки у вас відкритих вакансій тсц львів",
        "графік роботи торгового центру у Львові",
        "чому в тсц довго чекати, який графік",
        "is the service centre open now",
        "где купить стартер на Москвич 2141",
        "де в Хмельницькому недорого зробить ходову на сенс",
    ],
)
def test_a_question_about_something_else_gets_no_centre(engine: QAEngine, question: str) -> None:
    answer = engine.answer(Query(question))
    assert not (answer.centres.asks_where and answer.centres.found)
    assert answer.confidence != engine.snapshot.weights.centres
