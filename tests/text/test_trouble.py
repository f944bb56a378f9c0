"""Messages of people in trouble. Each test name is the rule."""

import pytest

from qa_service.text.normalise import normalise
from qa_service.text.trouble import complains, in_danger, is_acknowledgement, reports_crime


@pytest.mark.parametrize(
    "text",
    [
        "Хочу поскаржитися на інспектора",
        "куди писати скаргу?",
        "хочу пожаловаться на вас",
        "мені нахамили у вікні 5",
        "та ви знущаєтесь!!!",
        "вимагають хабар",
        "ви тупі",
        "тупий бот",
        "I want to complain about a rude clerk",
    ],
)
def test_anger_and_complaints_are_told(text: str) -> None:
    assert complains(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "як подякувати працівниці центру",
        "хамелеон, плівка на номери",
        "загубив права, що робити",
        "вулиця Тупикова, який центр поруч",
        "пожалуйста, подскажите цену",
    ],
)
def test_other_messages_are_no_complaints(text: str) -> None:
    assert not complains(normalise(text))


@pytest.mark.parametrize("text", ["вкрали номери", "машину угнали", "my plates were stolen"])
def test_a_crime_is_told(text: str) -> None:
    assert reports_crime(normalise(text))


@pytest.mark.parametrize("text", ["загубив номери", "вкрай треба довідка", "накрутив пробіг"])
def test_a_loss_is_no_crime(text: str) -> None:
    assert not reports_crime(normalise(text))


@pytest.mark.parametrize(
    "text", ["збили людину", "ДТП, є поранені", "я хочу вмерти", "someone is bleeding"]
)
def test_danger_is_told(text: str) -> None:
    assert in_danger(normalise(text))


@pytest.mark.parametrize("text", ["власник авто помер", "після ДТП пошкоджені номери", "збив ціну"])
def test_what_happened_before_is_no_danger(text: str) -> None:
    assert not in_danger(normalise(text))


@pytest.mark.parametrize("text", ["ок", "Добре, зрозуміло!", "👍", "ага"])
def test_an_acknowledgement_asks_nothing(text: str) -> None:
    assert is_acknowledgement(text)


@pytest.mark.parametrize("text", ["ок, а ціна?", "?", "так чи ні", ""])
def test_other_short_messages_are_no_acknowledgement(text: str) -> None:
    assert not is_acknowledgement(text)
