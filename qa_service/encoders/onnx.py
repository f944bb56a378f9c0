"""The default encoder: a quantised ONNX model with its tokenizer and settings in one folder.

One single-thread session serves all request threads: ONNX Runtime's `run` is thread-safe, and
batching quantised queries gains nothing on small machines. Needs no PyTorch.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa_service.encoders.tokenizing import Tokenize, load_tokenizer
from qa_service.encoders.word_vectors import WordVectors
from qa_service.errors import ModelError
from qa_service.files import checksum
from qa_service.text.normalise import well_formed
from qa_service.types import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

GRAPH_FILE, TOKENIZER_FILE, CARD_FILE = "model.onnx", "tokenizer.json", "model.json"

MOST_QUERY_TOKENS = 256
"""About 1,000 letters of plain Ukrainian. Letters that spell no words make three times as many, and
a question's cost grows with its tokens.
"""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The settings of a model folder, stored as `model.json`; its checksums identify the model."""

    name: str
    dimension: int
    max_tokens: int
    query_prefix: str
    passage_prefix: str
    checksums: dict[str, str]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


class OnnxEncoder:
    """An ONNX graph of `input_ids`, `attention_mask` -> unit vectors."""

    def __init__(
        self,
        card: ModelCard,
        session: "InferenceSession",
        tokenize: Tokenize,
        words: WordVectors | None,
    ) -> None:
        self.name, self.dimension, self.fingerprint = card.name, card.dimension, card.fingerprint
        self._query_prefix, self._passage_prefix = card.query_prefix, card.passage_prefix
        self._session, self._tokenize, self._words = session, tokenize, words

    @classmethod
    def load(cls, folder: Path) -> "OnnxEncoder":
        """Load a model folder after checking its files against the card. Raises ModelError."""
        card = read_card(folder)
        for name, expected in card.checksums.items():
            if not (folder / name).is_file() or checksum(folder / name) != expected:
                raise ModelError(
                    f"the model file {folder / name} is missing or damaged: delete {folder} and "
                    "build the model again"
                )
        try:
            tokenize = load_tokenizer(folder / TOKENIZER_FILE, card.max_tokens)
            words = WordVectors.of(folder / GRAPH_FILE)
            session = _session(folder / GRAPH_FILE, words)
        except Exception as error:  # both libraries raise classes of their own, or bare Exception
            raise ModelError(
                f"{folder} holds no usable model: delete it and build the model again"
            ) from error
        return cls(card, session, tokenize, words)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._query_prefix + text for text in texts], MOST_QUERY_TOKENS)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._passage_prefix + text for text in texts])

    def _encode(self, texts: list[str], most_tokens: int | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            ids = _cut(self._tokenize(well_formed(text)), most_tokens)
            token_ids = np.array([self._words.rows(ids) if self._words else ids], np.int64)
            feed = {"input_ids": token_ids, "attention_mask": np.ones_like(token_ids)}
            vectors[row] = self._session.run(None, feed)[0][0]
        return vectors


def _cut(ids: list[int], most: int | None) -> list[int]:
    """At most so many tokens, the one that ends a text among them."""
    return ids if most is None or len(ids) <= most else [*ids[: most - 1], ids[-1]]


def _session(graph: Path, words: WordVectors | None) -> "InferenceSession":
    # It reports usage to its maker unless told not to before it is loaded.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # it keeps what the longest question ever took
    if words:
        words.give(options)
    # The fused kernel is four times slower than its two parts: 9 % of a question.
    slower = ["SkipLayerNormFusion"]
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=slower
    )


def read_card(folder: Path) -> ModelCard:
    """The card of a model folder. Raises ModelError where there is none or it cannot be read."""
    try:
        card = ModelCard(**json.loads((folder / CARD_FILE).read_text("utf-8")))
        if not isinstance(card.checksums, dict):
            raise TypeError("checksums must be an object")
        return card
    except FileNotFoundError as error:
        raise ModelError(f"no model in {folder}: run `qa-service build`, which makes it") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read {folder / CARD_FILE}: delete {folder} and run `qa-service build`"
        ) from error
