"""Fakes over the real interfaces: an engine that gives one answer, stores and encoders that fail on
purpose, a model of a few letters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from qa_service.catalogue import Catalogue
from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import JournalError
from qa_service.indexing.snapshot import Snapshot
from qa_service.journal import Entry, Journal
from qa_service.journal.memory import MemoryJournal
from qa_service.live import AnswerCache, Live, Probe, Serving
from qa_service.modelling.e5_file import Weights
from qa_service.service import QuestionService
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.postings import Budget
from qa_service.suggest import Suggester
from qa_service.suggest.entries import Kind, Suggestion
from qa_service.types import (
    NO_DIRECTORY,
    Answer,
    Certainty,
    Group,
    Handoff,
    Passage,
    Query,
    RankedPassage,
    Reason,
    Service,
    Source,
    Status,
    Topic,
    Understood,
    Vectors,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FEE = Passage(
    id="licence-exchange.fee",
    document="licence-exchange.fee",
    service="licence-exchange",
    service_title="Обмін посвідчення водія",
    topic=Topic.FEE,
    title="Скільки коштує обмін",
    text="Обмін коштує 572 грн. Комісію банку платять окремо.",
    as_of="2025-11",
    status=Status.NEEDS_REVIEW,
    conflict="Раніше називали 515 грн.",
    sources=(Source("Прейскурант", "https://hsc.gov.ua/price"), Source("Постанова № 795")),
    url="/services/licence-exchange#fee",
)
TERM = replace(
    FEE,
    id="licence-exchange.term",
    topic=Topic.TERM,
    title="Скільки триває обмін",
    text="Обмін триває до 5 днів. У черзі чекають окремо.",
    status=Status.VERIFIED,
    conflict=None,
    url="/services/licence-exchange#term",
)
REFUSAL = replace(
    TERM,
    id="licence-exchange.refusal",
    topic=Topic.REFUSAL,
    title="Коли відмовляють в обміні",
    text="Відмовляють за рішенням суду.",
    url="/services/licence-exchange#refusal",
)
EXCHANGE = Service(
    slug="licence-exchange",
    title="Обмін посвідчення водія",
    group=Group.DRIVING_LICENCE,
    audience="фізичні особи",
    reviewed="2026-01-05",
    passages=(FEE, TERM, REFUSAL),
    official_name="Обмін посвідчення водія без складання іспитів",
    registry_id="00509",
    aliases=("поміняти права", "обмін прав"),
    channels=("service-centre", "diia", "driver-cabinet", "post", "cnap"),
)
ANSWER = Answer(
    answer_id="a1",
    question="",
    understood=Understood("uk", ""),
    certainty=Certainty.SURE,
    confidence=0.93,
    reason=None,
    passages=(RankedPassage(FEE, 0.9, 0.93, ((13, 20),)), RankedPassage(TERM, 0.5, 0.4)),
    siblings=(TERM, REFUSAL),
    choices=(),
    related=("Чи складають іспити?",),
    handoff=None,
    index_version="v1",
    degraded=(),
    took_ms=1.0,
)
HANDOFF = Handoff("(044) 290-19-88", "hsc.gov.ua")
POPULAR = ("Скільки коштує обмін прав?", "Загубив техпаспорт — що робити?")


class FakeEngine:
    """Gives one answer to every question and remembers what it was asked."""

    def __init__(self, answer: Answer = ANSWER) -> None:
        self.given = answer
        self.asked: list[Query] = []

    def answer(self, query: Query) -> Answer:
        self.asked.append(query)
        return replace(self.given, question=query.question)


class FakeSuggester:
    """Suggests questions that begin with what was typed."""

    def suggest(self, typed: str, limit: int) -> Sequence[Suggestion]:
        return [Suggestion(f"{typed} {number}", Kind.QUESTION) for number in range(limit)]


class BrokenJournal(MemoryJournal):
    """Keeps nothing and says so."""

    def record(self, *entries: Entry) -> None:
        raise JournalError("the journal's disk is full")


def fake_serving(
    engine: FakeEngine | None = None,
    services: tuple[Service, ...] = (EXCHANGE,),
    popular: tuple[str, ...] = POPULAR,
    version: str = "v1",
) -> Serving:
    """A version of these services whose every answer is the engine's."""
    engine = engine or FakeEngine()
    passages = tuple(passage for service in services for passage in service.passages)
    snapshot = SimpleNamespace(
        services=services,
        passages=passages,
        popular=popular,
        centres=NO_DIRECTORY,
        vocabulary=SimpleNamespace(counts={}),
    )
    catalogue = Catalogue(cast("Snapshot", snapshot))
    probe = Probe(lambda: True)
    probe.ask()
    return Serving(
        version=version,
        state=version,
        probe=probe,
        engine=cast("Any", engine),
        catalogue=catalogue,
        suggester=cast("Suggester", FakeSuggester()),
        answers=AnswerCache(engine.answer, catalogue.known_context, 100, 1_000),
    )


def fake_service(serving: Serving | None = None, journal: Journal | None = None) -> QuestionService:
    return QuestionService(Live(serving or fake_serving()), journal)


def unanswered(reason: Reason) -> Answer:
    return replace(
        ANSWER,
        certainty=Certainty.NONE,
        reason=reason,
        confidence=0.2,
        handoff=HANDOFF,
        siblings=(),
        related=(),
    )


def with_top(**changes: object) -> Answer:
    passage = replace(FEE, **changes)  # type: ignore[arg-type]
    return replace(ANSWER, passages=(RankedPassage(passage, 0.9, 0.93),))


class Broken(Exception):  # noqa: N818 (not an error of the package: stands for anything that goes wrong)
    """What the fakes below raise."""


class CountingEncoder(HashingEncoder):
    """Notes each text that it encodes."""

    def __init__(self, dimension: int = 64) -> None:
        super().__init__(dimension)
        self.encoded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return super().encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return super().encode_passages(texts)


class FailingEncoder(HashingEncoder):
    """Encodes `successes` batches, then breaks."""

    def __init__(self, successes: int) -> None:
        super().__init__()
        self._left = successes

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self._count()
        return super().encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self._count()
        return super().encode_passages(texts)

    def _count(self) -> None:
        if self._left == 0:
            raise Broken
        self._left -= 1


class StoreThatCannotBuild(ExactStore):
    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        raise Broken


class StoreThatCannotSave(ExactStore):
    def save(self, folder: Path) -> None:
        super().save(folder)
        raise Broken


class TermsThatCannotBuild(Bm25Index):
    @classmethod
    def build(cls, documents: Iterable[Sequence[str]], budget: Budget | None = None) -> Self:
        raise Broken


class TermsThatCannotSave(Bm25Index):
    def save(self, folder: Path) -> None:
        super().save(folder)
        raise Broken


HIDDEN, FEED_FORWARD, MAX_TOKENS = 32, 64, 64
LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"


def tiny_weights(layers: int = 1) -> Weights:
    """Some layers of BERT over single letters, as the container of the default model would hold
    it.
    """
    generator = np.random.default_rng(1)
    pieces = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("▁", -3.0),
        *((letter, -3.0) for letter in LETTERS),
    ]
    shapes = {
        "embeddings.word_embeddings.weight": len(pieces) * HIDDEN,
        "embeddings.position_embeddings.weight": MAX_TOKENS * HIDDEN,
        "embeddings.token_type_embeddings.weight": 2 * HIDDEN,
    }
    norms = ["embeddings.LayerNorm"]
    for layer in (f"encoder.layer.{number}" for number in range(layers)):
        shapes |= {
            f"{layer}.intermediate.dense.weight": FEED_FORWARD * HIDDEN,
            f"{layer}.intermediate.dense.bias": FEED_FORWARD,
            f"{layer}.output.dense.weight": FEED_FORWARD * HIDDEN,
            f"{layer}.output.dense.bias": HIDDEN,
        }
        for name in (
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        ):
            shapes |= {f"{layer}.{name}.weight": HIDDEN * HIDDEN, f"{layer}.{name}.bias": HIDDEN}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    tensors = {
        name: generator.normal(0, 0.3, size).astype(np.float32) for name, size in shapes.items()
    }
    for norm in norms:
        tensors |= {
            f"{norm}.weight": np.ones(HIDDEN, np.float32),
            f"{norm}.bias": np.zeros(HIDDEN, np.float32),
        }
    return Weights(HIDDEN, layers, 4, FEED_FORWARD, len(pieces), MAX_TOKENS, 2, pieces, 3, tensors)


def tiny_model(weights: Weights | None = None) -> "SentenceTransformer":
    from qa_service.modelling.original import to_sentence_transformer

    return to_sentence_transformer(weights or tiny_weights())
