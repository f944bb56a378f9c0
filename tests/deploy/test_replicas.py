"""Three replicas behind the real haproxy with deploy/haproxy/haproxy.cfg, each a process with an
index of its own. Each test name is the rule.
"""

from collections.abc import Callable, Iterator, Sequence
from shutil import copytree

import pytest
from support.corpus import FEE_QUESTION, tiny_index
from support.haproxy import haproxy_before
from support.proxies import Proxy
from support.replicas import Replica, replicas_served, restart, until_ready
from support.waiting import until

from bench.soak.swaps import two_versions
from bench.soak.versioned_load import Load, Outcome

pytestmark = pytest.mark.slow

QUESTIONS = (
    FEE_QUESTION,
    "Які документи потрібні для обміну?",
    "Що робити, якщо загублено номерний знак?",
    "Вартість дубліката номерного знака",
    "Скільки спроб дають на іспит?",
)
RATE = 8
SETTINGS = {"QA_MODEL": "hashing", "QA_RATE_LIMIT": "off", "QA_LOG_LEVEL": "warning"}

World = tuple[Sequence[Replica], Proxy, tuple[str, str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Replicas of the first of two versions."""
    folder = tmp_path_factory.mktemp("replicas")
    first = folder / "index1"
    first.mkdir()
    versions = two_versions(tiny_index(folder / "tiny").index, first)
    indexes = [first, *(copytree(first, folder / f"index{number}") for number in (2, 3))]
    with replicas_served(indexes, SETTINGS) as replicas:
        ports = [replica.port for replica in replicas]
        with haproxy_before(folder / "haproxy", *ports) as haproxy:
            until(lambda: haproxy.ask("/readyz").status_code == 200)
            yield replicas, haproxy, versions


def asked_while(world: World, does: Callable[[], object]) -> Outcome:
    """What became of questions at a steady rate while something is done."""
    _, haproxy, versions = world
    return Load(versions[1], QUESTIONS, RATE, haproxy.connection).send_beside(does)


def test_a_version_is_published_replica_by_replica_without_a_failed_or_mixed_answer(
    world: World,
) -> None:
    replicas, _, (before, after) = world

    def roll() -> None:
        for version in (after, before):
            for replica in replicas:
                replica.publish(version)

    outcome = asked_while(world, roll)
    assert outcome.wrong == [] and outcome.counts["plain"] and outcome.counts["marked"]


def test_replicas_are_restarted_one_by_one_without_a_failed_answer(world: World) -> None:
    replicas, _, _ = world

    def roll() -> None:
        for replica in replicas:
            restart(replica)

    outcome = asked_while(world, roll)
    assert outcome.wrong == [] and outcome.counts["plain"]


def test_a_killed_replica_fails_no_question(world: World) -> None:
    """What it was answering is asked of another, and it is asked again once it is back."""
    replicas, _, _ = world

    def lose_one() -> None:
        replicas[0].kill()
        replicas[0].start()
        until_ready(replicas[0])

    outcome = asked_while(world, lose_one)
    assert outcome.wrong == [] and outcome.counts["plain"]
