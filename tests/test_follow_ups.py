"""A follow-up of a conversation with the real model and index: it stays with the conversation's
service.
"""

import pytest

from qa_service.bootstrap import load_serving
from qa_service.settings import Settings
from qa_service.types import Context, Query

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
