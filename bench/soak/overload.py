"""More is asked than can be answered: the measurement of `bench.overload` beside its bars."""

from collections.abc import Iterator

import numpy as np

from bench.overload import ANSWERS, Phase, measure
from bench.soak.findings import Finding

SECONDS = 4.0
LEAST_GOODPUT = {"2x": 90, "10x": 85}
REFUSED_MS, HEALTHZ_MS = 10, 100


def run() -> Iterator[Finding]:
    saturation, *overloads = measure(SECONDS)
    for phase in overloads:
        yield from _findings(phase, saturation)


def _findings(phase: Phase, saturation: Phase) -> Iterator[Finding]:
    share, least = 100 * phase.rate / saturation.rate, LEAST_GOODPUT[phase.name]
    yield Finding(
        f"{phase.name} of saturation: answers within 2 s",
        f"≥ {least} % of saturation",
        f"{share:.0f} % of {saturation.rate:.0f}/s, with {phase.core:.2f} of a core; "
        f"{saturation.core:.2f} at saturation",
        share >= least,
    )
    refused = float(np.median(phase.refused)) if phase.refused else 0.0
    yield Finding(
        f"{phase.name}: refusals, p50; without Retry-After",
        f"≤ {REFUSED_MS} ms; 0",
        f"{refused:.1f} ms; {phase.without_retry_after} of {len(phase.refused)}",
        refused <= REFUSED_MS and not phase.without_retry_after,
    )
    healthz = max(phase.healthz)
    yield Finding(
        f"{phase.name}: /healthz, the slowest of {len(phase.healthz)}",
        f"≤ {HEALTHZ_MS} ms",
        f"{healthz:.0f} ms",
        healthz <= HEALTHZ_MS,
    )
    wasted = phase.counted[ANSWERS] - len(phase.answered)
    yield Finding(f"{phase.name}: computed for nobody", "0", str(wasted), wasted <= 0)
    lost = phase.given_up + phase.others.total()
    yield Finding(f"{phase.name}: no reply in 2 s, resets", "0", str(lost), not lost)
