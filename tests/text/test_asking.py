"""The words of a text that ask, and what they ask for."""

from collections import UserList
from typing import Any

import pytest

from qa_service.text.asking import asks, has_subject, named_topic, words_of
from qa_service.types import Topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("скільки коштує обмін", Topic.FEE),
        ("почем это", Topic.FEE),
        ("how much do i pay", Topic.FEE),
        ("куди звертатися", Topic.WHERE),
        ("скільки чекати", Topic.TERM),
        ("які папери нести", Topic.DOCUMENTS),
        ("оштрафують за це?", Topic.PENALTY),
        ("а онлайн можна", Topic.ONLINE),
        ("чи можна їздити", None),
    ],
)
def test_a_word_names_the_fact_that_is_asked_for(text: str, topic: Topic | None) -> None:
    assert named_topic(text) is topic


def test_of_two_facts_the_first_in_the_list_counts() -> None:
    assert named_topic("де заплатити штраф") is Topic.PENALTY


@pytest.mark.parametrize(
    "text", ["скільки коштує", "яка сума", "how many days does it take there", "а - ?"]
)
def test_words_that_only_ask_name_no_subject(text: str) -> None:
    assert not has_subject(text)


@pytest.mark.parametrize("text", ["скільки коштує техпаспорт", "price of plates"])
def test_a_thing_is_a_subject(text: str) -> None:
    assert has_subject(text)


class Watched(UserList[str]):
    """Counts the words that are taken out, those of copies too."""

    taken = 0

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        self.taken += len(found) if isinstance(place, slice) else 1
        return found


def test_the_words_of_a_long_message_are_looked_at_a_few_times_each() -> None:
    words = Watched(["і", "скільки", "коштує", "обмін"] * 1_000)
    found = [asks(words, place, begins=False) for place in range(len(words))]
    assert any(found) and words.taken < 20 * len(words)


def test_russian_words_are_known_with_and_without_dots() -> None:
    assert named_topic("а почём") is named_topic("а почем") is Topic.FEE
    assert [word.text for word in words_of("её ещё")] == ["ее", "еще"]
