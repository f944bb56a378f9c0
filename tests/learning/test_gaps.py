"""Gaps: unanswered questions of one meaning, from five conversations on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from support.queue_rows import NOW

from qa_service.journal.gaps import LEAST_CONVERSATIONS, Gap, Unanswered
from qa_service.learning.gaps import Meaning, find_gaps
from qa_service.text.normalise import normalise
from qa_service.types import Reason, Vectors

SUBJECTS = ("самокат", "тонування", "дрон")
DAYS = 30


def _encode(texts: Sequence[str]) -> Vectors:
    """A direction a subject; what has none goes its own way."""
    vectors = np.zeros((len(texts), len(SUBJECTS) + len(texts)), np.float32)
    for row, text in enumerate(texts):
        subject = next((n for n, word in enumerate(SUBJECTS) if word in text), None)
        vectors[row, len(SUBJECTS) + row if subject is None else subject] = 1
    return vectors


def _group(vectors: Vectors) -> NDArray[np.int64]:
    return np.asarray(vectors.argmax(axis=1), np.int64)


def _none(vectors: Vectors) -> list[tuple[None, None]]:
    return [(None, None)] * len(vectors)


BY_WORD = Meaning(normalise, _encode, _group, _none)


def _asked(
    question: str,
    conversation: str | None = None,
    days_ago: float = 1,
    language: str = "uk",
    reason: Reason = Reason.NOT_COVERED,
) -> Unanswered:
    return Unanswered(
        NOW - timedelta(days=days_ago),
        question,
        normalise(question),
        language,
        reason,
        conversation,
        "licence-first",
        "licence-first.who",
    )


def _found(asked: Sequence[Unanswered], meaning: Meaning = BY_WORD) -> list[Gap]:
    return find_gaps(asked, meaning, NOW, DAYS)


def test_a_gap_needs_five_different_conversations() -> None:
    many = [_asked(f"самокат {number}", f"c{number}") for number in range(LEAST_CONVERSATIONS)]
    few = [_asked(f"тонування {number}", f"c{number % 4}") for number in range(20)]
    [gap] = _found([*many, *few])
    assert "самокат" in gap.question and gap.conversations == LEAST_CONVERSATIONS == 5
    assert _found(many[1:]) == []


def test_questions_without_a_conversation_are_one_person_an_hour() -> None:
    """As the reports count people, so that both pages say the same."""
    alone = [_asked("самокат", days_ago=1 - minute / 24 / 60) for minute in range(50)]
    others = [_asked("права на самокат", f"c{n}") for n in range(3)]
    assert _found([*alone, *others]) == []
    [gap] = _found([*alone, *others, _asked("самокат де", days_ago=2)])
    assert (gap.asked, gap.conversations) == (54, 5)


def test_what_most_conversations_ask_stands_first_and_the_most_frequent_wording_too() -> None:
    often = [_asked("самокат права", f"c{n}") for n in range(6)]
    rarely = [_asked("мій самокат", "c9")]
    other = [_asked(f"дрон {n}", f"c{n}") for n in range(5)]
    first, second = _found([*other, *rarely, *often])
    assert (first.question, first.questions) == ("самокат права", ("мій самокат",))
    assert second.conversations == 5 and len(second.questions) == 4


def test_wordings_that_are_read_alike_are_one_and_shown_as_most_asked_them() -> None:
    asked = [_asked("Самокат?", f"c{n}") for n in range(4)] + [_asked("самокат?", "c8")]
    [gap] = _found(asked)
    assert (gap.question, gap.questions, gap.asked) == ("Самокат?", (), 5)


def test_a_gap_is_called_by_a_question_that_can_be_read() -> None:
    """Others are asked on the wrong layout, or in Latin letters, and read otherwise."""
    reading = {"cfvjrfn": "самокат", "samokat": "самокат 2"}
    meaning = Meaning(lambda text: reading.get(text, normalise(text)), _encode, _group, _none)
    asked = [_asked(text, f"{text}{n}") for text in reading for n in range(9)]
    [gap] = _found([*asked, _asked("самокат дорогою", "c1")], meaning)
    assert gap.question == "самокат дорогою" and set(gap.questions) == set(reading)


def test_a_gap_is_called_by_what_was_asked_most_near_its_middle() -> None:
    """Not by an odd one, be it near, nor by a frequent one at the edge."""

    def encode(texts: Sequence[str]) -> Vectors:
        angles = [float(text.split()[1]) / 57.3 for text in texts]
        return np.array([[np.cos(one), np.sin(one)] for one in angles], np.float32)

    def one_cluster(vectors: Vectors) -> NDArray[np.int64]:
        return np.zeros(len(vectors), np.int64)

    times = {"самокат 0": 2, "самокат 20": 7, "самокат 21": 1, "самокат 24": 3, "самокат 70": 9}
    asked = [_asked(text, f"{text}{n}") for text, many in times.items() for n in range(many)]
    asked += [_asked("самокат 60", f"d{n}") for n in range(2)]
    [gap] = _found(asked, Meaning(normalise, encode, one_cluster, _none))
    assert gap.question == "самокат 24"


def test_a_gap_is_called_in_ukrainian_where_anybody_asked_so() -> None:
    asked = [_asked("самокат можно", f"c{n}", language="ru") for n in range(9)]
    [gap] = _found([*asked, _asked("самокат можна", "d")])
    assert gap.question == "самокат можна"
    assert _found(asked)[0].question == "самокат можно"


def test_what_seemed_off_topic_never_calls_a_gap_where_there_is_another() -> None:
    odd = [_asked("світло самокат", f"c{n}", reason=Reason.OFF_TOPIC) for n in range(9)]
    [gap] = _found([*odd, _asked("самокат дорогой", "d", language="ru")])
    assert gap.question == "самокат дорогой"
    assert _found(odd)[0].question == "світло самокат"


def test_weeks_are_whole_end_now_and_what_is_on_their_edge_is_counted_once() -> None:
    """30 days are four weeks: two days would look like a week in which little was asked."""
    days = (0, 0.5, 6.9, 7, 13, 27.9, 28, 30)
    asked = [_asked("самокат", f"c{n}", ago) for n, ago in enumerate(days)]
    [gap] = _found(asked)
    assert gap.weekly == (1, 0, 2, 3) and gap.asked == 8
    assert gap.first_at == NOW - timedelta(days=30) and gap.last_at == NOW


def test_a_clock_that_ran_ahead_is_this_week() -> None:
    [gap] = _found([_asked("самокат", f"c{n}", -1) for n in range(5)])
    assert gap.weekly[-1] == 5


def test_the_nearest_text_is_that_of_most() -> None:
    asked = [_asked("самокат", f"c{n}") for n in range(4)]
    none = [
        Unanswered(NOW, "самокат", "самокат", "uk", Reason.NO_MATCH, f"d{n}", None, None)
        for n in range(6)
    ]  # nothing came near
    [gap] = _found([*asked, *none])
    assert (gap.service, gap.passage_id) == ("licence-first", "licence-first.who")


def test_where_the_journal_names_no_text_the_nearest_of_the_corpus_is_told() -> None:
    """A refused question names none: nothing was shown."""
    refused = [replace(_asked("самокат", f"c{n}"), service=None, passage_id=None) for n in range(5)]
    near = Meaning(normalise, _encode, _group, lambda vectors: [("plates", "plates.fee")])
    assert _found(refused, near)[0].passage_id == "plates.fee"
    [gap] = _found([*refused, _asked("самокат", "d")], near)
    assert gap.passage_id == "licence-first.who"


def test_nothing_asked_is_no_gap_and_asks_for_no_vectors() -> None:
    def fail(texts: Sequence[str]) -> Vectors:
        raise AssertionError(texts)

    assert _found([], Meaning(normalise, fail, _group, _none)) == []
    assert _found([_asked("", "c")], Meaning(normalise, fail, _group, _none)) == []


def test_the_same_questions_give_the_same_gaps_in_any_order() -> None:
    asked = [_asked(f"самокат {n % 3}", f"c{n}") for n in range(12)]
    asked += [_asked(f"дрон {n % 2}", f"c{n}") for n in range(12)]
    gaps = _found(asked)
    assert len(gaps) == 2 and _found(asked[::-1]) == gaps
