"""Tiny worlds that tests are built on: passages, services, a corpus of two services, and fakes that
fail on purpose.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from qa_service.arrays import Vectors
from qa_service.encoders.hashing import HashingEncoder
from qa_service.files import checksum
from qa_service.indexing.manifest import read_manifest, with_version, write_manifest
from qa_service.modelling.e5_file import Weights
from qa_service.stores.bm25 import LexicalIndex
from qa_service.stores.exact import ExactStore
from qa_service.types import Corpus, Group, Passage, Service, Source, Topic

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ROOT = Path(__file__).resolve().parents[1]
LAW = Source("Закон про дорожній рух", "https://zakon.rada.gov.ua/laws/show/3353-12")


def make_passage(passage_id: str, text: str, *questions: str, **changes: Any) -> Passage:
    """A passage of the service and topic that `passage_id` names, e.g. `plates.fee`."""
    service, _, topic = passage_id.partition(".")
    passage = Passage(
        id=passage_id,
        document=passage_id,
        service=service,
        service_title=f"Послуга {service}",
        topic=Topic(topic),
        title=f"{topic} у послузі {service}",
        text=text,
        as_of="2025-11",
        sources=(LAW,),
        questions=questions,
        url=f"/services/{service}#{topic}",
    )
    return replace(passage, **changes)


def make_service(slug: str, *passages: Passage, **changes: Any) -> Service:
    service = Service(
        slug=slug,
        title=f"Послуга {slug}",
        group=Group.DRIVING_LICENCE,
        audience="фізичні особи",
        reviewed="2026-11-24",
        passages=passages,
        aliases=(f"як люди кажуть про {slug}",),
        channels=("service-centre",),
        sources=(LAW,),
    )
    return replace(service, **changes)


def make_corpus(*services: Service, fingerprint: str = "corpus-1") -> Corpus:
    passages = tuple(passage for service in services for passage in service.passages)
    return Corpus(passages, services, fingerprint)


def two_services(
    fee: str = "Обмін посвідчення водія коштує 1044 грн.", fingerprint: str = "corpus-1"
) -> Corpus:
    """Licence exchange (fee, term) and plates (fee, where, documents)."""
    return make_corpus(
        make_service(
            "licence",
            make_passage("licence.fee", fee, "Скільки коштує поміняти права?", "ціна обміну прав"),
            make_passage(
                "licence.term", "Посвідчення видають у день звернення.", "Як довго чекати на права?"
            ),
        ),
        make_service(
            "plates",
            make_passage(
                "plates.fee", "Комплект номерних знаків коштує 650 грн.", "Скільки коштують номери?"
            ),
            make_passage(
                "plates.where",
                "Номерні знаки видає будь-який сервісний центр.",
                "Де отримати номери?",
            ),
            make_passage(
                "plates.documents",
                "Потрібні паспорт і свідоцтво про реєстрацію.",
                "Що взяти з собою за номерами?",
            ),
        ),
        fingerprint=fingerprint,
    )


def with_file(folder: Path, name: str, content: bytes | None) -> Path:
    """The version with another content of one file, or without it, and a manifest that agrees;
    returns its folder.
    """
    manifest = read_manifest(folder)
    checksums = {path: checksum for path, checksum in manifest.checksums.items() if path != name}
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
        checksums[name] = checksum(folder / name)
    changed = with_version(replace(manifest, checksums=checksums), "20261125T000000000000Z")
    moved = folder.rename(folder.parent / changed.version)
    write_manifest(moved, changed)
    return moved


class Broken(Exception):  # noqa: N818 (not an error of the package: stands for anything that goes wrong)
    """What the fakes below raise."""


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


class StoreOnFullDisk(ExactStore):
    def save(self, folder: Path) -> None:
        raise OSError(28, "No space left on device")


class TermsThatCannotBuild(LexicalIndex):
    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> Self:
        raise Broken


class TermsThatCannotSave(LexicalIndex):
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
    from qa_service.modelling.e5_small import to_sentence_transformer

    return to_sentence_transformer(weights or tiny_weights())
