"""One size: build an index of a made-up corpus as `qa-service build` does, then ask it."""

import json
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from bench.scale.texts import MadeUp, made_up_corpus
from bench.scale.vectors import Expanded, ExpandedEncoder
from qa_service.bootstrap import engine_over, open_version
from qa_service.documents import Corpus, load_corpus, weights_file
from qa_service.documents.questions import load_questions
from qa_service.encoders import Encoder
from qa_service.engine import QAEngine
from qa_service.indexing.build import build_index
from qa_service.indexing.texts import bare
from qa_service.indexing.versions import current_folder
from qa_service.models import load_encoder
from qa_service.ranking.weights import load_weights
from qa_service.retrieval import LEXICAL, LEXICAL_SCOPE, OFF_TOPIC, PASSAGES, QUESTIONS, SERVICES
from qa_service.settings import Settings, load_settings
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.faiss import FaissStore
from qa_service.text.tokens import grams
from qa_service.types import Passage, Query, Rows, Vectors

ASKED = 300
NEAREST = 10
_EVERY = 10
"""Every tenth question of dev is asked."""


@dataclass(frozen=True, slots=True)
class Built:
    """seconds: of the build, wall and CPU. peak_mb: most memory of the process that built."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    disk_mb: dict[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """ready_s: from start to ready. memory_mb: of a process that serves. ms: p50 and p99 of its CPU
    time, held to one core, by leg. recall: share of the ten best of an exact search that are found,
    by leg.
    """

    ready_s: float
    memory_mb: float
    ms: dict[str, tuple[float, float]]
    recall: dict[str, float]


def build(size: int, cache: Path) -> Built:
    """Publish the index of a size in `cache/<size>`."""
    settings = load_settings()
    ours = load_corpus(settings.corpus)
    corpus = made_up_corpus(size, ours)
    encoder = expanded_encoder(corpus, ours, load_encoder(settings), cache)
    weights = load_weights(weights_file(settings.corpus))
    started, used = time.perf_counter(), time.process_time()
    index = cache / str(size)
    build_index(corpus, encoder, index, FaissStore, Bm25Index, weights)
    took, cpu = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    folder = current_folder(index)
    return Built(took, cpu, peak, {one.name: _megabytes(one) for one in folder.iterdir()})


def ask(size: int, cache: Path) -> Asked:
    """Ask the index of a size the questions of dev, which no text of it was made of."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    settings = load_settings()
    started = time.perf_counter()
    encoder = load_encoder(settings)
    engine = _engine(size, cache, encoder, settings)
    ready = time.perf_counter() - started
    judged = load_questions(settings.corpus / "questions" / "dev.jsonl")
    questions = [one.question for one in judged[::_EVERY]][:ASKED]
    legs = _legs(engine, encoder, questions, settings.retrieval_depth)
    times = {name: cpu_ms(call, arguments) for name, (call, arguments) in legs.items()}
    memory = _resident_mb()
    ms = {name: tuple(np.percentile(found, (50, 99)).round(2)) for name, found in times.items()}
    return Asked(ready, memory, ms, _recall(size, cache, engine, encoder, questions))


def expanded_encoder(
    corpus: Corpus, ours: Corpus, encoder: Encoder, cache: Path
) -> ExpandedEncoder:
    """Knows the vectors of the made-up corpus' texts; what the real encoder measured is kept."""
    texts = MadeUp(ours)
    spaces = {
        PASSAGES: _kept(cache / "passages.npz", encoder.encode_passages, texts.passage),
        QUESTIONS: _kept(cache / "questions.npz", encoder.encode_queries, texts.question),
    }
    passages = {passage.text: row for row, passage in enumerate(corpus.passages)}
    questions = rows_of_questions(corpus.passages)
    return ExpandedEncoder(encoder, (passages, spaces[PASSAGES]), (questions, spaces[QUESTIONS]))


def rows_of_questions(passages: Sequence[Passage]) -> dict[str, int]:
    """Each known question as it is read, in the order of the index, which holds it once."""
    texts = bare([passage.questions[0] for passage in passages])
    return {text: row for row, text in enumerate(texts)}


def cpu_ms(call: Callable[..., object], arguments: Sequence[Any]) -> list[float]:
    """CPU milliseconds of each call, of all threads, after a tenth of them to warm up."""
    times = []
    for argument in (*arguments[: len(arguments) // 10], *arguments):
        started = time.process_time()
        call(argument)
        times.append((time.process_time() - started) * 1000)
    return times[-len(arguments) :]


def _kept(
    file: Path, encode: Callable[[Sequence[str]], Vectors], text: Callable[[int], str]
) -> Expanded:
    if not file.is_file():
        Expanded.measured(encode, text).save(file)
    return Expanded.load(file)


class _Fingerprinted:
    """The real encoder under the name of the one that the index was made with."""

    def __init__(self, encoder: Encoder) -> None:
        self.encode_queries, self.encode_passages = encoder.encode_queries, encoder.encode_passages
        self.name, self.fingerprint = f"{encoder.name}-expanded", f"{encoder.fingerprint}e"
        self.dimension = encoder.dimension


def _engine(size: int, cache: Path, encoder: Encoder, settings: Settings) -> QAEngine:
    known = _Fingerprinted(encoder)
    snapshot = open_version(current_folder(cache / str(size)), settings, known)
    return engine_over(snapshot, known, settings)


def _legs(
    engine: QAEngine, encoder: Encoder, questions: Sequence[str], depth: int
) -> dict[str, tuple[Callable[..., object], Sequence[object]]]:
    """What is timed, by name, and what it is asked."""
    stores = engine.snapshot.stores
    read = [engine.snapshot.understand(question) for question in questions]
    vectors = [encoder.encode_queries([one.reading])[0] for one in read]
    words = [grams(one.reading) for one in read]
    found = {
        leg: (lambda vector, leg=leg: stores.legs[leg].search(vector, depth), vectors)
        for leg in (PASSAGES, QUESTIONS, SERVICES)
    }
    scope, outside = stores.lexical_scope, stores.off_topic
    assert scope is not None and outside is not None
    return found | {
        OFF_TOPIC: (lambda vector: outside.search(vector[None], 3), vectors),
        LEXICAL: (lambda terms: stores.terms.search(terms, depth), words),
        LEXICAL_SCOPE: (scope.margin, words),
        "encode": (lambda one: encoder.encode_queries([one.reading]), read),
        "retrieve, encoder included": (engine.retrieve, read),
        "answer": (lambda question: engine.answer(Query(question)), questions),
    }


def _recall(
    size: int, cache: Path, engine: QAEngine, encoder: Encoder, questions: Sequence[str]
) -> dict[str, float]:
    read = [engine.snapshot.understand(question).reading for question in questions]
    vectors = np.concatenate([encoder.encode_queries([one]) for one in read])
    stores, found = engine.snapshot.stores, {}
    made_of = {
        PASSAGES: [*range(size)],
        QUESTIONS: [*rows_of_questions(engine.snapshot.passages).values()],
    }
    for leg, rows in made_of.items():
        nearest = _exact(Expanded.load(cache / f"{leg}.npz"), rows, vectors)
        found[leg] = _shared(stores.legs[leg].store.search(vectors, NEAREST)[0], nearest)
    scores = [stores.terms.scores(grams(one)) for one in read]
    exact = [np.argsort(-one, kind="stable")[: min(NEAREST, np.sum(one > 0))] for one in scores]
    hits = [stores.terms.search(grams(one), NEAREST)[0] for one in read]
    return found | {LEXICAL: _shared(hits, exact)}


def _exact(expanded: Expanded, made_of: Sequence[int], queries: Vectors) -> Rows:
    """The ten nearest of the vectors of these rows in float32, block by block."""
    best: list[tuple[Vectors, Rows]] = []
    for start in range(0, len(made_of), 20_000):
        block = expanded.of(made_of[start : start + 20_000])
        scores, rows = faiss.knn(queries, block, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
        best.append((scores, rows + start))
    scores, rows = (np.concatenate(parts, axis=1) for parts in zip(*best, strict=True))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :NEAREST]
    return np.take_along_axis(rows, order, axis=1)


def _shared(found: Sequence[Rows] | Rows, exact: Sequence[Rows] | Rows) -> float:
    """Of what an exact search finds, questions that it finds nothing for left out."""
    pairs = [(rows, best) for rows, best in zip(found, exact, strict=True) if len(best)]
    return float(np.mean([len(np.intersect1d(*pair)) / len(pair[1]) for pair in pairs]).round(4))


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return round(sum(one.stat().st_size for one in files) / 2**20, 1)


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024)


def save(found: Built | Asked, file: Path) -> None:
    file.write_text(json.dumps(asdict(found), indent=1), "utf-8")
