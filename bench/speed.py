"""Speed and memory of this machine: one warm question, start-up, a worker's memory, flat search
against HNSW.

`make bench` prints what docs/performance.md quotes. Single figures on shared machines are noisy;
compare ratios within one run.
"""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np

from bench.service import PORT, running_service
from qa_service.bootstrap import engine_over, open_snapshot
from qa_service.documents.questions import load_questions
from qa_service.models import load_encoder
from qa_service.settings import load_settings
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.types import Channel, Query, Vectors

Argument = TypeVar("Argument")

SIZES = (1_000, 10_000, 50_000, 100_000)
DIMENSION = 384
NEIGHBOURS = 10
PROBES = 200


def main() -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    print(
        f"{processor()}, {os.cpu_count()} cores, measured on one; Python "
        f"{platform.python_version()}\n"
    )
    questions = [
        question.question
        for question in load_questions(load_settings().corpus / "questions" / "dev.jsonl")
    ]
    in_process(questions)
    over_http(questions, cores)
    flat_against_hnsw()


def in_process(questions: Sequence[str]) -> None:
    """A whole question, then its steps; the encoder's time is part of retrieving."""
    settings = load_settings()
    encoder = load_encoder(settings)
    engine = engine_over(open_snapshot(settings, encoder), encoder, settings)
    report("one warm question", timed(lambda asked: engine.answer(Query(asked)), questions))
    read = [engine.snapshot.understand(question) for question in questions]
    retrieved = [engine.retrieve(understood) for understood in read]
    ranked = [engine.rank(found, "uk") for found in retrieved]
    report("  understand", timed(engine.snapshot.understand, questions))
    report("  retrieve", timed(engine.retrieve, read))
    report("    of it encode", timed(lambda one: encoder.encode_queries([one.reading]), read))
    report("  rank", timed(lambda found: engine.rank(found, "uk"), retrieved))
    pairs = list(zip(retrieved, ranked, strict=True))
    report("  decide", timed(lambda pair: engine.decide(*pair, Channel.SITE), pairs))


def over_http(questions: Sequence[str], cores: Sequence[int]) -> None:
    started = time.perf_counter()
    with running_service() as service:
        os.sched_setaffinity(0, {cores[-1]})  # the service stays on the first core
        print(f"{'start to ready':<40} {time.perf_counter() - started:6.2f} s")
        connection = HTTPConnection("127.0.0.1", PORT)  # kept open, as a channel keeps it
        times = timed(lambda question: ask(connection, question), questions)
        report("one warm question, over HTTP", times)
        print(f"{'memory of the worker':<40} {resident_mb(service):6.0f} MB")


def flat_against_hnsw() -> None:
    """Random unit vectors around 200 centres: real embeddings are clustered too."""
    generator = np.random.default_rng(1)
    print(f"\n{'vectors':>9} {'flat ms':>9} {'HNSW ms':>9} {'HNSW recall@10':>15}")
    for size in SIZES:
        centres = generator.standard_normal((200, DIMENSION))
        points = centres[generator.integers(200, size=size + PROBES)] + generator.standard_normal(
            (size + PROBES, DIMENSION)
        )
        vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
        stored, probes = vectors[:size], [vector[None] for vector in vectors[size:]]
        flat, hnsw = (FaissStore.build(stored, hnsw_from=least) for least in (size + 1, 0))
        exact = ExactStore.build(stored)
        found = [
            np.intersect1d(hnsw.search(probe, NEIGHBOURS)[0], exact.search(probe, NEIGHBOURS)[0])
            for probe in probes
        ]
        recalls = [len(rows) / NEIGHBOURS for rows in found]
        flat_ms, hnsw_ms = (median(timed(searching(store), probes)) for store in (flat, hnsw))
        print(f"{size:>9,} {flat_ms:>9.2f} {hnsw_ms:>9.2f} {float(np.mean(recalls)):>15.3f}")


def searching(store: FaissStore) -> Callable[[Vectors], object]:
    return lambda probe: store.search(probe, NEIGHBOURS)


def timed(call: Callable[[Argument], object], arguments: Sequence[Argument]) -> list[float]:
    """Milliseconds of each call, after a tenth of them to warm up."""
    for argument in arguments[: len(arguments) // 10]:
        call(argument)
    times = []
    for argument in arguments:
        started = time.perf_counter()
        call(argument)
        times.append((time.perf_counter() - started) * 1000)
    return times


def ask(connection: HTTPConnection, question: str) -> None:
    body = json.dumps({"question": question}).encode()
    connection.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
    connection.getresponse().read()


def report(name: str, times: Sequence[float]) -> None:
    p50, p95, p99 = np.percentile(times, (50, 95, 99))
    print(f"{name:<40} p50 {p50:5.2f}  p95 {p95:5.2f}  p99 {p99:5.2f} ms")


def resident_mb(service: subprocess.Popen[bytes]) -> float:
    pages = int(Path(f"/proc/{service.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
