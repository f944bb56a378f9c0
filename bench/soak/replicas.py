"""Three replicas of the real index behind the real haproxy, at an even pace: a version is published
replica by replica and taken back, each replica is restarted, one is killed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from time import sleep

import numpy as np
from support.haproxy import haproxy_before
from support.proxies import found
from support.replicas import Replica, replicas_served, restart, until_ready

from bench.soak.findings import Finding
from bench.soak.swaps import two_versions
from bench.soak.versioned_load import RATE, Load, Outcome
from qa_service.settings import load_settings

REPLICAS, CALM_S = 3, 10.0
WARM_UP = 1_000
_SETTINGS = {"QA_RATE_LIMIT": "off", "QA_LOG_LEVEL": "warning"}


def run() -> Iterator[Finding]:
    if not found("haproxy"):
        yield Finding("haproxy", "installed", "none: run scripts/install-haproxy", False)
        return
    with TemporaryDirectory(prefix="soak-") as name:
        yield from _run(Path(name))


def _run(folder: Path) -> Iterator[Finding]:
    first = folder / "index1"
    before, after = two_versions(load_settings().index, first)
    indexes = [first]
    indexes += (copytree(first, folder / f"index{number}") for number in range(2, REPLICAS + 1))
    with replicas_served(indexes, _SETTINGS) as replicas:
        ports = [replica.port for replica in replicas]
        with haproxy_before(folder / "haproxy", *ports) as haproxy:
            load = Load(after, connect=haproxy.connection)
            load.send(WARM_UP)
            yield _judged("nothing", load.send_beside(lambda: sleep(CALM_S)))
            published = load.send_beside(lambda: _publish(replicas, after, before))
            yield _judged("a version published in each, and taken back", published)
            yield _judged("each restarted", load.send_beside(lambda: _restart(replicas)))
            yield _judged(
                "one killed and started again", load.send_beside(lambda: _lose(replicas[0]))
            )


def _publish(replicas: Sequence[Replica], *versions: str) -> None:
    for version in versions:
        for replica in replicas:
            replica.publish(version)


def _restart(replicas: Sequence[Replica]) -> None:
    for replica in replicas:
        restart(replica)


def _lose(replica: Replica) -> None:
    sleep(CALM_S / 2)
    replica.kill()
    sleep(CALM_S / 2)
    replica.start()
    until_ready(replica)


def _judged(meanwhile: str, outcome: Outcome) -> Finding:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(outcome.counts.items()))
    p50, p99 = np.percentile(outcome.times_ms, (50, 99))
    said = f"{len(outcome.wrong)} ({counts}; p50 {p50:.0f} ms, p99 {p99:.0f} ms)"
    return Finding(
        f"{outcome.counts.total()} requests at {RATE}/s, meanwhile {meanwhile}: failed or of two "
        "versions",
        "0",
        "; ".join((said, *outcome.wrong[:3])),
        not outcome.wrong,
    )
