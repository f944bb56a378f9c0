"""A message that asks nothing gets a reply that fits it."""

import pytest

from qa_service.text.normalise import normalise
from qa_service.text.small_talk import small_talk
from qa_service.types import SmallTalk


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Добрий день", SmallTalk.GREETING),
        ("дякую, все зрозуміло", SmallTalk.THANKS),
        ("до побачення", SmallTalk.FAREWELL),
        ("ви бот чи людина?", SmallTalk.BOT),
        ("am I talking to a person or a bot", SmallTalk.BOT),
        ("хочу знати, ви бот чи людина", SmallTalk.BOT),
        ("ви бот чи людина? дайте оператора", SmallTalk.PERSON),
        ("дайте людину, а не бота", SmallTalk.PERSON),
        ("з'єднайте з живою людиною", SmallTalk.PERSON),
        ("соедините с оператором", SmallTalk.PERSON),
        ("ДТП, є поранені", SmallTalk.EMERGENCY),
        ("ти бот?", SmallTalk.BOT),
        ("мені сумно", SmallTalk.OTHER),
    ],
)
def test_the_kind_is_told_by_its_words(text: str, kind: SmallTalk) -> None:
    assert small_talk(normalise(text)) is kind


def test_an_emergency_comes_before_a_wish_for_a_person() -> None:
    assert small_talk("аварія, дайте оператора") is SmallTalk.EMERGENCY


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("дай води, треба чаю, оператора", SmallTalk.PERSON),
        ("треба, потрібна довідка", SmallTalk.OTHER),
        ("ти і ви, хто", SmallTalk.BOT),
        ("хто ви, ти", SmallTalk.OTHER),
        ("погодьте дату, робот", SmallTalk.OTHER),
    ],
)
def test_of_two_words_that_belong_together_one_stands_before_the_other(
    text: str, kind: SmallTalk
) -> None:
    assert small_talk(text) is kind


@pytest.mark.parametrize("word", ["ти ", "хочу ", "бот ", "добр д", "або"])
def test_a_long_text_is_looked_through_once(word: str) -> None:
    """Once from each of its words would take minutes."""
    assert small_talk(word * 100_000) in SmallTalk
