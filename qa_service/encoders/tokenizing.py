"""A model's `tokenizer.json` -> the token ids of a text.

Unigram models that split at spaces, as XLM-RoBERTa's, run in SentencePiece, which they come from: a
sixth of the memory and a third of the time of the `tokenizers` library, which runs any other. Both
give the same ids, but where two splits of a text are equally likely, and for the name of a special
token in a text, which stays a word here.
"""

import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

Tokenize = Callable[[str], list[int]]
"""A text -> its token ids, special tokens among them, cut to the most that the model takes."""

_SPACE = "▁"
_SPLIT_AT_SPACES = {
    "type": "Metaspace",
    "replacement": _SPACE,
    "prepend_scheme": "always",
    "split": True,
}
_UNKNOWN, _CONTROL = 2, 3
"""Kinds of pieces that are no text, as SentencePiece's `ModelProto` numbers them."""


def load_tokenizer(path: Path, max_tokens: int) -> Tokenize:
    """Raises OSError, ValueError, or whatever the libraries raise for no tokenizer of theirs."""
    content = path.read_text("utf-8")
    values = json.loads(content)
    if _can_sentencepiece(values):
        del content  # ten megabytes, which need not stay beside what is made of them
        return _by_sentencepiece(values, max_tokens)
    tokenizer = Tokenizer.from_str(content)
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return lambda text: list(tokenizer.encode(text).ids)


def _can_sentencepiece(values: dict[str, Any]) -> bool:
    """Whether SentencePiece gives the same ids for what `tokenizer.json` says."""
    model, template = values["model"], values["post_processor"] or {}
    return (
        model.get("type") == "Unigram"
        and model.get("unk_id") is not None
        and not model.get("byte_fallback")
        and values["pre_tokenizer"] == _SPLIT_AT_SPACES
        and template.get("type") == "TemplateProcessing"
        and all(added["special"] for added in values["added_tokens"])
    )


def _by_sentencepiece(values: dict[str, Any], max_tokens: int) -> Tokenize:
    from sentencepiece import SentencePieceProcessor

    pieces: list[tuple[str, float]] = values["model"].pop("vocab")
    unknown: int = values["model"]["unk_id"]
    special = {added["id"] for added in values["added_tokens"]}
    before, after = _around(values["post_processor"])
    room = max_tokens - len(before) - len(after)
    # Only the few pieces that make it valid: of this one nothing but the normaliser is used.
    few = values | {"model": values["model"] | {"vocab": pieces[: unknown + 1]}, "added_tokens": []}
    normaliser = Tokenizer.from_str(json.dumps(few)).normalizer
    # It is an attribute of a class whose stubs do not know that there may be none.
    normalise: Callable[[str], str] = normaliser.normalize_str if normaliser else str
    model = SentencePieceProcessor(model_proto=_model_proto(pieces, unknown, special))
    encode: Callable[[str], list[int]] = model.EncodeAsIds

    def tokenize(text: str) -> list[int]:
        spaced = normalise(text).replace(" ", _SPACE)
        if spaced and not spaced.startswith(_SPACE):
            spaced = _SPACE + spaced
        return [*before, *encode(spaced)[:room], *after]

    return tokenize


def _around(template: dict[str, Any]) -> tuple[list[int], list[int]]:
    """The ids of the special tokens before a text and after it."""
    parts = template["single"]
    place = next(number for number, part in enumerate(parts) if "Sequence" in part)

    def ids(some: Sequence[dict[str, Any]]) -> list[int]:
        names = (part["SpecialToken"]["id"] for part in some)
        return [one for name in names for one in template["special_tokens"][name]["ids"]]

    return ids(parts[:place]), ids(parts[place + 1 :])


def _model_proto(pieces: Sequence[tuple[str, float]], unknown: int, special: set[int]) -> bytes:
    """A `ModelProto` of sentencepiece_model.proto, which normalises nothing and adds no space. Its
    wire format is written here since the library's own classes need the very Protocol Buffers that
    they were generated with.
    """
    written = []
    for number, (text, score) in enumerate(pieces):
        piece = _field(1, text.encode()) + b"\x15" + struct.pack("<f", score)
        if number in special or number == unknown:
            piece += bytes([3 << 3, _UNKNOWN if number == unknown else _CONTROL])
        written.append(_field(1, piece))
    off = bytes([3 << 3, 0, 4 << 3, 0, 5 << 3, 0])
    """No space is put before a text, none is taken away, none is escaped."""
    return b"".join((*written, _field(3, _field(1, b"identity") + off)))


def _field(number: int, content: bytes) -> bytes:
    """One of bytes, as Protocol Buffers write it: key, length, content."""
    length, left = bytearray(), len(content)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    length.append(left)
    return bytes([number << 3 | 2, *length]) + content
