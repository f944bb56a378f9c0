"""The real Milvus, where Lite may differ: dense legs, filters and recovery. It is 2.3.5, which has
no sparse vectors, so that the lexical leg is this machine's.

It listens on ten ports of every address, so it runs, with the tests, in a network of its own.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
from support.corpus import ROOT

pytest.importorskip("pymilvus", reason="no pymilvus: run `make test`, which installs it")

from support.milvus_world import SmallVersion, random_vectors, small_version

from qa_service.errors import EngineError
from qa_service.retrieval import LEXICAL, PASSAGES, RetrievalRequest, Retrieved
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.local import LocalRetriever
from qa_service.retrieval.milvus import MilvusRetriever
from qa_service.retrieval.milvus_client import Address, Milvus
from qa_service.retrieval.milvus_layout import Collection, collections_of, facets_of
from qa_service.retrieval.milvus_publishing import publish
from qa_service.types import NO_FILTERS, Filters, Topic

PYTHON = ROOT / ".cache" / "milvus" / "bin" / "python"
PORT = 19_530
INSIDE = "QA_TESTS_INSIDE_NETWORK"  # not a setting: no service is started here
MOST_S = 240.0

pytestmark = [pytest.mark.milvus, pytest.mark.slow]
inside = pytest.mark.skipif(INSIDE not in os.environ, reason="runs in a network")


@pytest.mark.skipif(INSIDE in os.environ, reason="is inside already")
def test_in_a_network_of_its_own() -> None:
    """Runs the other tests of this file."""
    if not PYTHON.exists():
        pytest.skip("no real Milvus: run scripts/install-milvus")
    if subprocess.run(("unshare", "-n", "true"), capture_output=True, check=False).returncode:
        pytest.skip("no network of its own can be had here: needs root")
    tests = f"ip link set lo up && exec {sys.executable} -m pytest -q -n0 -m milvus {__file__}"
    done = subprocess.run(
        ("unshare", "-n", "sh", "-c", tests),
        env={**os.environ, INSIDE: "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Server:
    """The server's processes, which are a group of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()

    def start(self) -> None:
        script = ROOT / "tests" / "support" / "milvus_server.py"
        command = (str(PYTHON), str(script), str(self._folder), str(PORT))
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("milvus-server"))
    yield running
    running.kill()


@pytest.fixture(scope="module")
def version() -> SmallVersion:
    return small_version()


class World:
    """A version of which the engine holds the dense legs."""

    def __init__(self, version: SmallVersion) -> None:
        self.version, self.failures = version, list[str]()
        self.milvus = Milvus(Address.parse(f"milvus://127.0.0.1:{PORT}"))
        self.collections = collections_of("real", version.stores, hnsw_from=100)
        self.dense: dict[str, Collection] = {
            leg: one for leg, one in self.collections.items() if leg != LEXICAL
        }
        _eventually(self.publish)
        self.retriever = MilvusRetriever(
            self.milvus,
            self.collections,
            version.stores,
            facets_of(version.passages),
            local=LocalRetriever(version.stores, version.passages, Guard()),
            guard=Guard(),
            count_failure=self.failures.append,
        )

    def publish(self) -> bool:
        try:
            publish(self.milvus, self.dense, self.version.stores, self.version.passages)
        except EngineError:  # it has not started yet
            return False
        return True

    def asked(self, seed: int, filters: Filters = NO_FILTERS) -> tuple[Retrieved, Retrieved]:
        """There and here."""
        [vector] = random_vectors(1, seed)
        request = RetrievalRequest(vector, ("ціна",), "uk", 10, monotonic() + 40, filters)
        here = LocalRetriever(self.version.stores, self.version.passages, Guard())
        self.failures.clear()
        return self.retriever.retrieve(request), here.retrieve(request)


@pytest.fixture(scope="module")
def world(server: Server, version: SmallVersion) -> World:
    return World(version)


def _eventually(condition: Callable[[], object]) -> None:
    deadline = monotonic() + MOST_S
    while not condition():
        assert monotonic() < deadline, "the server did not come"
        sleep(0.5)


FILTERS = {
    "none": NO_FILTERS,
    "services": Filters(frozenset(["service-1", "service-3"])),
    "both": Filters(frozenset(["service-2", "service-4"]), frozenset([Topic.FEE, Topic.WHERE])),
}


@inside
@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_dense_legs_find_the_rows_and_scores_of_the_exact_stores(
    world: World, filters: Filters
) -> None:
    for seed in range(5):
        there, here = world.asked(100 + seed, filters)
        assert set(world.failures) <= {LEXICAL}, "the lexical leg is this machine's"
        for leg, hits in here.hits.items():
            assert there.hits[leg].rows.tolist() == hits.rows.tolist(), leg
            np.testing.assert_allclose(there.hits[leg].scores, hits.scores, atol=1e-4)


@inside
def test_publishing_again_makes_nothing_again(world: World, version: SmallVersion) -> None:
    filled: list[str] = []
    publish(
        world.milvus,
        world.dense,
        version.stores,
        version.passages,
        lambda stage, done, total: filled.append(stage),
    )
    assert filled == []


@inside
def test_after_a_kill_it_is_believed_again_once_all_rows_are_there(
    world: World, server: Server
) -> None:
    server.kill()
    there, here = world.asked(7)
    assert PASSAGES in world.failures and there.failed == ()
    assert there.hits[PASSAGES].rows.tolist() == here.hits[PASSAGES].rows.tolist()
    server.start()

    def answers() -> bool:
        world.asked(8)
        return set(world.failures) <= {LEXICAL}

    _eventually(answers)
