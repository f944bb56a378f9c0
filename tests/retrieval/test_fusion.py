"""Fusion, computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.fusion import Background, fuse
from qa_service.types import Hits

ALL = 100


def _hits(*pairs: tuple[int, float]) -> Hits:
    return Hits(
        np.array([row for row, _ in pairs], np.int64),
        np.array([score for _, score in pairs], np.float32),
    )


def test_scores_are_weighted_sums_of_standard_deviations_above_the_background() -> None:
    hits = {"passages": _hits((3, 0.9), (1, 0.85)), "lexical": _hits((1, 4.0), (3, 2.0))}
    ranking = fuse(
        hits, {"passages": Background(0.8, 0.05)}, {"passages": 2.0, "lexical": 0.5}, ALL
    )
    # row 3: 2 * (0.9 - 0.8) / 0.05 + 0.5 * 2 = 5; row 1: 2 * (0.85 - 0.8) / 0.05 + 0.5 * 4 = 4
    assert ranking.rows.tolist() == [3, 1]
    assert ranking.legs == ("passages", "lexical")
    np.testing.assert_allclose(ranking.scores, [5, 4], rtol=1e-5)
    np.testing.assert_allclose(ranking.contributions, [[4, 1], [2, 2]], rtol=1e-5)


def test_what_a_vector_leg_did_not_return_has_that_legs_lowest_score() -> None:
    hits = {"passages": _hits((0, 0.9), (1, 0.7)), "questions": _hits((2, 0.8))}
    background = {"passages": Background(0.5, 0.1), "questions": Background(0.6, 0.2)}
    ranking = fuse(hits, background, {"passages": 1.0, "questions": 1.0}, ALL)
    assert ranking.rows.tolist() == [0, 1, 2]
    np.testing.assert_allclose(ranking.contributions, [[4, 1], [2, 1], [2, 1]], rtol=1e-5)


def test_what_the_lexical_leg_did_not_return_has_nothing_from_it() -> None:
    hits = {"passages": _hits((0, 0.9), (1, 0.8)), "lexical": _hits((1, 3.0))}
    ranking = fuse(hits, {"passages": Background(0.8, 0.1)}, {"passages": 1.0, "lexical": 1.0}, ALL)
    assert ranking.rows.tolist() == [1, 0]
    np.testing.assert_allclose(ranking.contributions, [[0, 3], [1, 0]], atol=1e-5)


def test_a_leg_without_hits_or_without_a_weight_counts_nothing() -> None:
    empty = _hits()
    hits = {"passages": _hits((5, 0.9)), "questions": empty, "unknown": _hits((9, 1.0))}
    ranking = fuse(
        hits,
        {"passages": Background(0.8, 0.1)},
        {"passages": 1.0, "questions": 1.0, "services": 1.0},
        ALL,
    )
    assert (ranking.rows.tolist(), ranking.legs) == ([5], ("passages",))


@pytest.mark.parametrize(
    "hits", [{}, {"passages": _hits()}, {"passages": _hits(), "lexical": _hits()}]
)
def test_without_hits_there_are_no_candidates(hits: dict[str, Hits]) -> None:
    ranking = fuse(hits, {}, {"passages": 1.0, "lexical": 1.0}, ALL)
    assert (
        ranking.rows.shape,
        ranking.scores.shape,
        ranking.contributions.shape,
        ranking.legs,
    ) == (
        (0,),
        (0,),
        (0, 0),
        (),
    )


def test_ties_go_to_the_earlier_row() -> None:
    ranking = fuse(
        {"lexical": _hits((8, 2.0), (2, 2.0), (5, 2.0), (9, 3.0))}, {}, {"lexical": 1.0}, ALL
    )
    assert ranking.rows.tolist() == [9, 2, 5, 8]


def test_only_the_best_are_kept() -> None:
    ranking = fuse({"lexical": _hits((8, 2.0), (2, 2.0), (9, 3.0))}, {}, {"lexical": 1.0}, 2)
    assert (ranking.rows.tolist(), ranking.scores.tolist(), ranking.contributions.shape) == (
        [9, 2],
        [3, 2],
        (2, 1),
    )


LEG = st.dictionaries(st.integers(0, 20), st.floats(0, 1, width=32), max_size=12).map(
    lambda found: _hits(*sorted(found.items(), key=lambda pair: -pair[1]))
)


@given(passages=LEG, questions=LEG, lexical=LEG)
def test_every_row_found_is_a_candidate_once_best_first_with_contributions_that_add_up(
    passages: Hits, questions: Hits, lexical: Hits
) -> None:
    hits = {"passages": passages, "questions": questions, "lexical": lexical}
    background = {"passages": Background(0.5, 0.1), "questions": Background(0.4, 0.2)}
    ranking = fuse(hits, background, {"passages": 1.5, "questions": 0.5, "lexical": 0.3}, ALL)
    assert sorted(ranking.rows.tolist()) == sorted({*passages.rows, *questions.rows, *lexical.rows})
    assert (np.diff(ranking.scores) <= 0).all()
    if ranking.legs:
        np.testing.assert_allclose(ranking.contributions.sum(axis=1), ranking.scores, atol=1e-4)
