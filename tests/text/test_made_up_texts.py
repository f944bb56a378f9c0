"""Whatever somebody types: the rules about texts and the engine raise nothing, and keep what they
promise.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.app import tiny_engine

from bench.soak.made_up import texts
from bench.soak.text_fuzz import Rule, fault, promises

QUESTIONS = (
    "Скільки коштує обмін посвідчення водія, якщо воно прострочене?",
    "добрий день! підкажіть, де у Львові скласти іспит і які потрібні документи",
    "мій номер 067 123-45-67, машина АА 1234 ВВ, що робити?",
    "gjvsyznb ghfdf",
    "yak pominyaty posvidchennya vodiya",
)

any_text = st.text(max_size=80) | st.sampled_from(tuple(texts(300, QUESTIONS, seed=7)))


@pytest.fixture(scope="module")
def promised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rule]:
    return promises(tiny_engine(tmp_path_factory.mktemp("tiny")))


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=any_text)
def test_what_is_promised_about_texts_holds_for_any(promised: dict[str, Rule], text: str) -> None:
    assert {name: said for name, rule in promised.items() if (said := fault(rule, text))} == {}


def test_a_rule_that_raises_or_does_not_hold_is_a_fault() -> None:
    assert fault(lambda text: text == "а", "а") == ""
    assert fault(lambda text: text == "а", "б") == "does not hold"
    assert fault(lambda text: bool(int(text)), "б").startswith("ValueError")
