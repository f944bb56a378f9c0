"""Measuring a loaded engine. Each test name is the rule."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.app import tiny_engine
from support.corpus import FEE_QUESTION, PASSAGES, tiny_settings

from qa_service.bootstrap import build, engine_over, load_serving
from qa_service.engine import QAEngine
from qa_service.evaluation.run import measure_answers, measure_retrieval, search
from qa_service.indexing.snapshot import Snapshot
from qa_service.models import load_encoder
from qa_service.retrieval import RetrievalRequest, Retrieved, Retriever
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.local import LocalRetriever
from qa_service.settings import Settings
from qa_service.types import Channel, no_progress


def test_a_turn_of_a_conversation_is_asked_in_its_conversation(tmp_path: Path) -> None:
    turn = {
        "question": "а яка вартість?",
        "style": "conversation",
        "topic": "fee",
        "answerable": True,
    }
    contexts = ("plates-lost", "licence-exchange")
    lines = [
        turn | {"context": slug, "services": [slug], "passages": [f"{slug}.fee"]}
        for slug in contexts
    ]
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    report = json.loads(
        measure_answers(
            tiny_engine(tmp_path / "world"), questions, Channel.SITE, no_progress, as_json=True
        )
    )
    assert report["total"]["service_at_1"] == 1.0


# Search

SENTENCE = "Обмін посвідчення водія коштує певну суму, як каже сторінка {page} у рядку {number}."
ASKED = "скільки коштує обмін посвідчення водія"
LONG, PAGES = "тарифи", ("каса", "знаки", "іспит")


def _world(folder: Path, **changes: object) -> Settings:
    """An index of a long document, every chunk of which is nearer to ASKED than three short
    ones.
    """
    texts: Mapping[str, Sequence[str]] = {
        LONG: [SENTENCE.format(page=LONG, number=number) for number in range(400)],
        "каса": ["Каса працює вранці."],
        "знаки": ["Знаки видає центр."],
        "іспит": ["Іспит приймають щодня."],
    }
    corpus = folder / "corpus.jsonl"
    lines = [{"_id": name, "text": " ".join(parts)} for name, parts in texts.items()]
    corpus.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    settings = tiny_settings(folder, corpus=corpus, **changes)
    build(settings)
    return settings


@dataclass
class CountingRetriever:
    """Remembers how deep it was to search."""

    retriever: Retriever
    depths: list[int] = field(default_factory=list)

    def retrieve(self, request: RetrievalRequest) -> Retrieved:
        self.depths.append(request.depth)
        return self.retriever.retrieve(request)


def _counting(settings: Settings) -> tuple[QAEngine, CountingRetriever]:
    serving = load_serving(settings)
    snapshot: Snapshot = serving.engine.snapshot
    retriever = CountingRetriever(LocalRetriever(snapshot.stores, snapshot.passages, Guard()))
    return QAEngine(snapshot, load_encoder(settings), retriever, serving.engine.options), retriever


def _documents(engine: QAEngine, depth: int) -> list[str]:
    return [document for document, _ in search(engine, ASKED, depth)]


def test_the_depth_of_a_search_counts_documents_and_not_their_chunks(tmp_path: Path) -> None:
    settings = _world(tmp_path)
    engine = load_serving(settings).engine
    chunks = [passage for passage in engine.snapshot.passages if passage.document == LONG]
    retrieved = engine.retrieve(engine.snapshot.understand(ASKED), depth=4)
    nearest = {engine.snapshot.passages[row].document for row in retrieved.hits["passages"].rows}
    assert len(chunks) > 10 and nearest == {LONG}
    for depth in (1, 2, 3, 4):
        found = _documents(engine, depth)
        assert len(found) == depth and found[0] == LONG and len(set(found)) == depth
    assert set(_documents(engine, 100)) == {LONG, *PAGES}


def test_a_search_goes_no_deeper_than_the_documents_ask_for(tmp_path: Path) -> None:
    engine, retriever = _counting(_world(tmp_path))
    engine.options = replace(engine.options, retrieval_depth=1)
    count = len(engine.snapshot.passages)
    _documents(engine, 1)
    assert retriever.depths == [1]
    retriever.depths.clear()
    _documents(engine, 2)
    assert retriever.depths[:2] == [2, 4] and retriever.depths[-1] < 2 * count
    retriever.depths.clear()
    _documents(engine, 5)
    assert retriever.depths[-1] >= count > retriever.depths[-2]


def test_a_document_has_the_score_of_its_best_passage_best_first(tmp_path: Path) -> None:
    settings = _world(tmp_path)
    engine = load_serving(settings).engine
    count = len(engine.snapshot.passages)
    understood = engine.snapshot.understand(ASKED)
    ranking = engine.rank(engine.retrieve(understood, depth=count), understood.language, count)
    best: dict[str, float] = {}
    for row, score in zip(ranking.rows.tolist(), ranking.scores.tolist(), strict=True):
        best.setdefault(engine.snapshot.passages[row].document, score)
    assert search(engine, ASKED, count) == list(best.items())


def test_a_search_of_services_finds_their_passages(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    found = search(engine, FEE_QUESTION, 100)
    assert found[0][0] == "licence-exchange.fee"
    assert sorted(document for document, _ in found) == sorted(PASSAGES)


def test_recall_at_a_hundred_is_of_documents_however_many_chunks_come_first(
    tmp_path: Path,
) -> None:
    pytest.importorskip("ir_measures")
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text(json.dumps({"_id": "q", "text": ASKED}), "utf-8")
    qrels.write_text("".join(f"q\t{page}\t1\n" for page in (LONG, *PAGES)), "utf-8")
    settings = _world(tmp_path, retrieval_depth=10)
    engine = engine_over(load_serving(settings).engine.snapshot, load_encoder(settings), settings)
    report = json.loads(measure_retrieval(engine, queries, qrels, no_progress, as_json=True))
    assert (report["recall_at_1"], report["recall_at_5"], report["recall_at_100"]) == (0.25, 1, 1)
