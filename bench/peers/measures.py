"""Replies -> figures: percentiles, rates, ratios between systems with a bound."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.peers.asking import Asked

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Alone:
    """Asked one after the other. cpu_ms: of the processor for a question. p50s, cpu_mss: the same
    round by round.
    """

    times: Percentiles
    cpu_ms: float
    p50s: tuple[float, ...]
    cpu_mss: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one system. crowd: times of good answers to several clients at once; rate: how many of
    them a second; failed: share of questions without one; rates: `rate` round by round.
    """

    alone: Alone
    crowd: Percentiles
    rate: float
    failed: float
    rates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Median over the rounds, with the ends of its 90 % interval by bootstrap: each is a 95 % bound
    to its side.
    """

    median: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.lower:.1f} to {self.upper:.1f})"


def percentiles(times: Sequence[float]) -> Percentiles:
    return Percentiles(*map(float, np.percentile(times or [np.nan], (50, 95, 99))))


def speed(asked: Asked) -> Speed:
    answered = [reply.took_ms for crowd in asked.crowds for reply in crowd.answered]
    times = [[reply.took_ms for reply in replies] for replies in asked.alone]
    return Speed(
        alone=alone(times, asked.cpu_s),
        crowd=percentiles(answered),
        rate=len(answered) / sum(crowd.seconds for crowd in asked.crowds),
        failed=1 - len(answered) / sum(len(crowd.replies) for crowd in asked.crowds),
        rates=tuple(crowd.rate for crowd in asked.crowds),
    )


def alone(times: Sequence[Sequence[float]], cpu_s: Sequence[float]) -> Alone:
    """Both round by round."""
    per_round = zip(cpu_s, times, strict=True)
    return Alone(
        times=percentiles([took for found in times for took in found]),
        cpu_ms=1000 * sum(cpu_s) / sum(map(len, times)),
        p50s=tuple(percentiles(found).p50 for found in times),
        cpu_mss=tuple(1000 * took / len(found) for took, found in per_round),
    )


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """Both round by round."""
    ratios = np.array(numerators) / np.array(denominators)
    resampled = np.random.default_rng(1).choice(ratios, (RESAMPLES, len(ratios)))
    lower, upper = np.percentile(np.median(resampled, axis=1), (5, 95))
    return Ratio(float(np.median(ratios)), float(lower), float(upper))
