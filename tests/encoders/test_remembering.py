"""A question is encoded once while it is among the latest. Each test name is the rule."""

import numpy as np
from support.fakes import CountingEncoder

from qa_service.encoders.remembering import RememberingEncoder

NAME = "Коваленко Іван просить обміняти посвідчення"


def test_the_same_question_is_encoded_once() -> None:
    encoder = CountingEncoder()
    remembering = RememberingEncoder(encoder, 9)
    first = remembering.encode_queries(["обмін прав", "номер"])
    again = remembering.encode_queries(["номер", "обмін прав", "номер"])
    assert encoder.encoded == ["обмін прав", "номер"]
    np.testing.assert_array_equal(again, first[[1, 0, 1]])


def test_whoever_changes_a_vector_changes_no_other() -> None:
    remembering = RememberingEncoder(CountingEncoder(), 9)
    given = remembering.encode_queries(["обмін прав"])
    before = given.copy()
    given[:] = 0
    np.testing.assert_array_equal(remembering.encode_queries(["обмін прав"]), before)


def test_the_question_that_was_asked_longest_ago_makes_room() -> None:
    encoder = CountingEncoder()
    remembering = RememberingEncoder(encoder, 2)
    for text in ("перше", "друге", "перше", "третє"):
        remembering.encode_queries([text])
    encoder.encoded.clear()
    remembering.encode_queries(["перше", "третє"])
    assert encoder.encoded == []
    remembering.encode_queries(["друге"])
    assert encoder.encoded == ["друге"]


def test_passages_are_encoded_each_time() -> None:
    encoder = CountingEncoder()
    remembering = RememberingEncoder(encoder, 9)
    for _ in range(2):
        remembering.encode_passages(["обмін прав"])
    assert encoder.encoded == ["обмін прав"] * 2


def test_no_question_is_kept_in_its_words() -> None:
    remembering = RememberingEncoder(CountingEncoder(), 9)
    remembering.encode_queries([NAME])
    (key,) = remembering._vectors
    assert len(key) == 16 and key not in NAME.encode()


def test_two_processes_know_a_question_by_different_digests() -> None:
    one, other = (RememberingEncoder(CountingEncoder(), 9) for _ in range(2))
    for encoder in (one, other):
        encoder.encode_queries([NAME])
    assert set(one._vectors).isdisjoint(other._vectors)
