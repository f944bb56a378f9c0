"""Clusters of vectors: what is alike is together, however much there is of it."""

from collections.abc import Sequence

import numpy as np
import pytest

from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import MissingExtraError
from qa_service.learning.clusters import Clusters, check_library
from qa_service.types import Vectors

USUAL = ("скільки коштує обмін прав", "які документи на номерні знаки", "де скласти іспит")


def _texts(subjects: int, each: int) -> list[str]:
    """Long words by subject with a short one that tells them apart."""
    words = ("електросамокат", "тонування", "розмитнення", "квадрокоптер")[:subjects]
    return [f"{word} {word}ів {number}" for word in words for number in range(each)]


def _vectors(texts: Sequence[str]) -> Vectors:
    return HashingEncoder().encode_queries(texts)


def _clusters(most_at_once: int = 1_000) -> Clusters:
    return Clusters(_vectors(USUAL), most_at_once)


def test_questions_of_one_subject_are_one_cluster() -> None:
    labels = _clusters()(_vectors(_texts(3, 8)))
    assert labels.shape == (24,)
    assert [len(set(labels[start : start + 8])) for start in (0, 8, 16)] == [1, 1, 1]
    assert len(set(labels)) == 3


def test_those_that_are_too_many_to_compare_join_the_cluster_that_they_belong_to() -> None:
    texts = _texts(2, 6)
    order = np.random.default_rng(1).permutation(len(texts))
    vectors = _vectors([texts[row] for row in order])
    all_at_once, in_two_steps = _clusters()(vectors), _clusters(most_at_once=8)(vectors)
    same = all_at_once[:, None] == all_at_once[None, :]
    assert np.array_equal(same, in_two_steps[:, None] == in_two_steps[None, :])


def test_what_is_like_nothing_else_stays_alone() -> None:
    labels = _clusters(most_at_once=8)(_vectors([*_texts(2, 4), "погода", "футбол"]))
    assert len(set(labels[-2:])) == 2 and not set(labels[-2:]) & set(labels[:-2])


@pytest.mark.parametrize("count", [1, 2])
def test_few_questions_are_no_error(count: int) -> None:
    assert len(_clusters()(_vectors(_texts(1, count)))) == count


def test_one_subject_alone_is_still_one_cluster() -> None:
    """What all of them have in common is what they are about, seen beside the usual texts."""
    assert len(set(_clusters()(_vectors(_texts(1, 8))))) == 1


def test_a_corpus_without_texts_is_no_error() -> None:
    vectors = _vectors(_texts(2, 3))
    assert len(Clusters(vectors[:0])(vectors)) == 6


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.learning.clusters.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="insights"):
        check_library()
