"""A follow-up of a conversation with the real model and index: it stays with the conversation's
service.
"""

import pytest

from qa_service.bootstrap import load_serving
from qa_service.settings import Settings
from qa_service.types import Certainty, Context, Query, Topic

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    "service", ["licence-exchange", "plates-lost", "criminal-record", "exam-practical"]
)
@pytest.mark.parametrize(
    "question", ["а яка вартість?", "а скільки це коштує?", "а скільки чекати?"]
)
def test_a_follow_up_stays_with_the_service_of_the_conversation(
    real_settings: Settings, question: str, service: str
) -> None:
    engine = load_serving(real_settings).engine
    answer = engine.answer(Query(question, context=Context(service)))
    assert answer.answerable and answer.passages[0].passage.service == service


@pytest.mark.parametrize(
    ("question", "certainty"),
    [
        ("ні, я про техпаспорт", Certainty.UNSURE),
        ("ні, не номери, а техпаспорт", Certainty.SURE),
    ],
)
def test_a_correction_finds_what_is_meant_and_is_sure_where_it_says_what_is_not(
    real_settings: Settings, question: str, certainty: Certainty
) -> None:
    engine = load_serving(real_settings).engine
    answer = engine.answer(Query(question, context=Context("plates-lost", Topic.STEPS)))
    assert answer.passages[0].passage.id == "certificate-lost.steps"
    assert answer.certainty is certainty


@pytest.mark.parametrize(
    ("question", "service"),
    [
        ("тато помер і залишив машину", "vehicle-gift-inheritance"),
        ("пригнав машину з польщі", "vehicle-import"),
    ],
)
def test_a_bare_situation_is_answered(real_settings: Settings, question: str, service: str) -> None:
    answer = load_serving(real_settings).engine.answer(Query(question))
    assert answer.answerable and answer.passages[0].passage.service == service
