"""Where the tables of word vectors stand in an ONNX file. Pure.

A few fields of Protocol Buffers are read here, so that serving needs no `onnx`, and no second copy
of the model in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap

import numpy as np

_GRAPH, _NODE, _INITIALIZER = 7, 1, 5
_INPUT, _OPERATOR = 1, 4
_DIMENSIONS, _KIND, _NAME, _RAW_DATA = 1, 2, 8, 9
"""Of ModelProto, GraphProto, NodeProto and TensorProto in onnx.proto."""

_KINDS: Mapping[int, np.dtype[np.generic]] = {1: np.dtype("<f4"), 3: np.dtype(np.int8)}
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_TOKEN_IDS = b"input_ids"

Bytes = bytes | mmap
_Use = tuple[bytes, list[bytes]]
"""A node's operator and inputs."""


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers of one kind, shape (rows, width), from byte `start` of a file."""

    name: str
    kind: np.dtype[np.generic]
    rows: int
    width: int
    start: int

    @property
    def row_bytes(self) -> int:
        return self.width * self.kind.itemsize


def word_tables(file: Bytes) -> list[Table]:
    """The tables that token ids pick rows of, of as many rows each; none where ids serve for
    anything else than their number. Raises ValueError, IndexError for a file of another form.
    """
    ((_, start, end),) = (one for one in _fields(file, 0, len(file)) if one[0] == _GRAPH)
    parts = [*_fields(file, start, end)]
    uses = [_use(file, start, end) for number, start, end in parts if number == _NODE]
    of_ids = [one for one in uses if _TOKEN_IDS in one[1] and one[0] != b"Shape"]
    names = {inputs[0] for _, inputs in of_ids}
    takes_rows = all(one == (b"Gather", [one[1][0], _TOKEN_IDS]) for one in of_ids)
    if not takes_rows or len(of_ids) != sum(name in inputs for _, inputs in uses for name in names):
        return []
    tensors = (_table(file, start, end) for number, start, end in parts if number == _INITIALIZER)
    found = [one for one in tensors if one and one.name.encode() in names]
    is_whole = len(found) == len(names) and len({table.rows for table in found}) == 1
    return found if is_whole else []


def _use(file: Bytes, start: int, end: int) -> _Use:
    fields = [*_fields(file, start, end)]
    inputs = [bytes(file[first:last]) for number, first, last in fields if number == _INPUT]
    named = (bytes(file[first:last]) for number, first, last in fields if number == _OPERATOR)
    return next(named, b""), inputs


def _table(file: Bytes, start: int, end: int) -> Table | None:
    """None for a tensor of another shape or kind, or whose numbers stand elsewhere."""
    shape, kind, name, data = list[int](), 0, b"", 0
    for number, first, last in _fields(file, start, end):
        if number == _DIMENSIONS:
            shape.append(first)
        elif number == _KIND:
            kind = first
        elif number == _NAME:
            name = bytes(file[first:last])
        elif number == _RAW_DATA:
            data = first
    if kind not in _KINDS or len(shape) != 2 or not data:
        return None
    rows, width = shape
    return Table(name.decode(), _KINDS[kind], rows, width, data)


def _fields(file: Bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, first byte, end) of each field of bytes, (number, value, value) of a number."""
    while at < end:
        key, at = _varint(file, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(file, at)
            yield number, value, value
        elif kind == _BYTES:
            length, at = _varint(file, at)
            yield number, at, at + length
            at += length
        elif kind in (_FIXED_32, _FIXED_64):
            at += 4 if kind == _FIXED_32 else 8
        else:
            raise ValueError(f"no field of Protocol Buffers begins with {key}")


def _varint(file: Bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    value = shift = 0
    while True:
        byte = file[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
