"""Filters keep the passages of their services and topics, whatever else is asked of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import make_passage

from qa_service.retrieval.filtering import PassageFilter
from qa_service.types import NO_FILTERS, Filters, Topic

NAMES = ("licence.fee", "licence.term", "plates.fee", "plates.where")
FILTER = PassageFilter([make_passage(name, "Текст.") for name in NAMES])


def _of(*services: str, topics: tuple[Topic, ...] = ()) -> Filters:
    return Filters(frozenset(services), frozenset(topics))


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        (_of("plates"), [2, 3]),
        (_of("plates", "licence"), [0, 1, 2, 3]),
        (_of(topics=(Topic.FEE,)), [0, 2]),
        (_of("plates", topics=(Topic.FEE, Topic.TERM)), [2]),
        (_of("licence", topics=(Topic.WHERE,)), []),
        (_of("unknown"), []),
    ],
)
def test_a_passage_passes_that_is_of_a_wanted_service_and_of_a_wanted_topic(
    filters: Filters, rows: list[int]
) -> None:
    assert FILTER.all_rows(filters).tolist() == rows


@given(st.lists(st.integers(0, len(NAMES) - 1), unique=True))
def test_rows_that_pass_keep_their_order(rows: list[int]) -> None:
    found = FILTER.rows_among(np.array(rows, np.int64), _of("plates"))
    assert found.tolist() == [row for row in rows if row >= 2]


def test_without_filters_every_row_passes() -> None:
    rows = np.array([3, 0, 1])
    assert FILTER.rows_among(rows, NO_FILTERS) is rows
