"""What a graph of the questions' vectors saves against looking at each of them: the served index
both ways, in turn, on dev.

`python -m bench.graph` prints the time of a question and how often the answers are the same. It
takes two minutes.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np

from bench.speed import report, timed
from qa_service.bootstrap import engine_over, open_snapshot
from qa_service.documents.questions import load_questions
from qa_service.engine import QAEngine
from qa_service.indexing.snapshot import Snapshot
from qa_service.indexing.versions import current_folder
from qa_service.models import load_encoder
from qa_service.retrieval import OFF_TOPIC, QUESTIONS
from qa_service.settings import load_settings
from qa_service.stores.faiss import FILE, FaissStore
from qa_service.types import Answer, Query, Vectors

ROUNDS, TIMED, BEST = 4, 400, 5


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    settings = load_settings()
    questions = [
        question.question
        for question in load_questions(settings.corpus / "questions" / "dev.jsonl")
    ]
    encoder, folder = load_encoder(settings), current_folder(settings.index)
    snapshot = open_snapshot(settings, encoder)
    ways = {"every vector": np.iinfo(np.int64).max, "graph": 0}
    engines = {
        name: engine_over(rebuilt(snapshot, folder, hnsw_from), encoder, settings)
        for name, hnsw_from in ways.items()
    }
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, one in engines.items():
            times[name] += timed(asking(one), questions[:TIMED])
    for name, found in times.items():
        report(name, found)
    pairs = [[best(one, question) for one in engines.values()] for question in questions]
    same, same_first = (
        np.mean([whole[:most] == graph[:most] for whole, graph in pairs]) for most in (BEST, 1)
    )
    print(
        f"the same best passage for {same_first:.1%} of {len(pairs):,} questions, the same {BEST} "
        f"for {same:.1%}"
    )


def rebuilt(snapshot: Snapshot, folder: Path, hnsw_from: int) -> Snapshot:
    """The snapshot with its two large stores built again, as a graph from so many vectors on."""
    questions, off_topic = (
        FaissStore.build(vectors(folder / leg / FILE), hnsw_from) for leg in (QUESTIONS, OFF_TOPIC)
    )
    stores = snapshot.stores
    legs = {**stores.legs, QUESTIONS: replace(stores.legs[QUESTIONS], store=questions)}
    return replace(snapshot, stores=replace(stores, legs=legs, off_topic=off_topic))


def vectors(file: Path) -> Vectors:
    stored = faiss.read_index(str(file))
    return np.asarray(stored.reconstruct_n(0, stored.ntotal), np.float32)


def asking(engine: QAEngine) -> Callable[[str], Answer]:
    return lambda question: engine.answer(Query(question))


def best(engine: QAEngine, question: str) -> list[str]:
    return [found.passage.id for found in engine.answer(Query(question, top_k=BEST)).passages]


if __name__ == "__main__":
    main()
