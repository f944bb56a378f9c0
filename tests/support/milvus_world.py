"""A Milvus Lite server of the tests' own, as a process, and a small version to publish to it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from qa_service.retrieval import PASSAGES, QUESTIONS, SERVICES
from qa_service.retrieval.legs import LexicalScope, VectorLeg
from qa_service.retrieval.local import LocalStores
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.elsewhere import TermsElsewhere, VectorsElsewhere
from qa_service.stores.exact import ExactStore
from qa_service.types import Passage, Topic, Vectors
from support.corpus import make_passage
from support.waiting import until

TOPICS = (Topic.FEE, Topic.TERM, Topic.WHERE, Topic.DOCUMENTS)
WORDS = ("ціна", "права", "номери", "обмін", "термін", "заява", "іспит", "довідка")


@dataclass
class LiteServer:
    """`milvus-lite server` on one folder and port, whichever process it is now."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"milvus://127.0.0.1:{self.port}"

    def stall(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.process = _started(self.folder, self.port)


@contextmanager
def lite_served(folder: Path) -> Iterator[LiteServer]:
    if find_spec("milvus_lite") is None:
        pytest.skip("no milvus-lite: run `make test`, which installs it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = LiteServer(folder, port, _started(folder, port))
    try:
        yield server
    finally:
        server.resume()
        server.kill()


def _started(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    where = ("--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port))
    command = (sys.executable, "-m", "milvus_lite", "server", *where)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: _listens(port))
    return process


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@dataclass(frozen=True)
class SmallVersion:
    """Passages and stores with random vectors, so that hardly two scores are equal."""

    passages: tuple[Passage, ...]
    stores: LocalStores

    @property
    def elsewhere(self) -> LocalStores:
        """The same without anything to search here but words that tell the scope."""
        stores = self.stores
        legs = {
            name: replace(leg, store=VectorsElsewhere(len(leg.store)))
            for name, leg in stores.legs.items()
        }
        vocabulary = {word: stores.terms.numbers([word])[0] for word in WORDS}
        assert stores.off_topic is not None
        return replace(
            stores,
            legs=legs,
            terms=TermsElsewhere(vocabulary, len(stores.terms)),
            off_topic=VectorsElsewhere(len(stores.off_topic)),
        )


def random_vectors(count: int, seed: int, dimension: int = 16) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def small_version(passages: int = 40, questions: int = 120, off_topic: int = 20) -> SmallVersion:
    """Every third question is known for two passages; the last passage has no words."""
    made = tuple(
        make_passage(f"service-{row % 5}.{TOPICS[row % len(TOPICS)]}", f"Текст {row}.")
        for row in range(passages)
    )
    random = np.random.default_rng(1)
    owners = [
        [row % passages, (row * 7 + 1) % passages][: 1 + (row % 3 == 0)] for row in range(questions)
    ]
    texts = [random.choice(WORDS, 1 + row % 6).tolist() for row in range(passages - 1)] + [[]]
    services = [[row for row in range(passages) if row % 5 == one] for one in range(5)]
    known, outside = ["ціна обміну"] * questions, ["яка погода"] * off_topic
    return SmallVersion(
        made,
        LocalStores(
            legs={
                PASSAGES: _leg(passages, 2, [[row] for row in range(passages)]),
                QUESTIONS: _leg(questions, 3, owners, 3),
                SERVICES: _leg(5, 4, services),
            },
            terms=Bm25Index.build(texts),
            off_topic=ExactStore.build(random_vectors(off_topic, 5)),
            lexical_scope=LexicalScope.of(known, outside, Bm25Index),
        ),
    )


def _leg(count: int, seed: int, owners: list[list[int]], neighbours: int = 1) -> VectorLeg:
    starts = np.cumsum([0, *map(len, owners)]).astype(np.int64)
    rows = np.array([row for some in owners for row in some], np.int64)
    return VectorLeg(ExactStore.build(random_vectors(count, seed)), starts, rows, neighbours)
