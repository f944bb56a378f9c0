"""Measures of a ranking and of probabilities. Pure."""

import math
from collections.abc import Sequence

CALIBRATION_BINS = 10
NDCG_DEPTH = 10


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """1 / rank of the first that is relevant, 0 where none is."""
    return next((1 / rank for rank, hit in enumerate(relevant, 1) if hit), 0.0)


def ndcg(relevant: Sequence[bool], known: int, depth: int = NDCG_DEPTH) -> float:
    """nDCG at `depth` with binary gain and a discount of log2(rank + 1); `known` passages are
    relevant in all, at least 1.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 20(4), 2002,
    as trec_eval computes it.
    """
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(relevant[:depth], 1) if hit)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(known, depth) + 1))


def expected_calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    """Mean distance of confidence and share of right answers over ten bins of equal width, weighted
    by size.

    `judged` pairs a confidence, 0 to 1, with whether the top passage answers. Naeini, Cooper and
    Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015; Guo et
    al., "On calibration of modern neural networks", ICML 2017, equation 3. A bin holds its lower
    edge; the last one holds 1 too.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(CALIBRATION_BINS)]
    for confidence, right in judged:
        bins[min(int(confidence * CALIBRATION_BINS), CALIBRATION_BINS - 1)].append(
            (confidence, right)
        )
    # |accuracy - mean confidence| x size of the bin = |right - sum of confidences|.
    return sum(abs(sum(right - confidence for confidence, right in found)) for found in bins) / len(
        judged
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of 100 values do not exceed (nearest rank)."""
    rank = -(-percent * len(values) // 100)
    return sorted(values)[max(rank, 1) - 1]
