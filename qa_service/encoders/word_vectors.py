"""The word vectors of a model, read from its file as tokens first come, one behind the other.

Most of a multilingual model is this table, and one language uses a twentieth of it. It is read, not
mapped: a mapped file brings 16 pages for each one that is touched.
"""

import mmap
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from qa_service.encoders.graph_file import Table, word_tables
from qa_service.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import OrtValue, SessionOptions


class WordVectors:
    """A graph's tables of word vectors, in the order in which tokens came. Thread-safe."""

    def __init__(self, file: Path, tables: Sequence[Table]) -> None:
        """Raises OSError."""
        self._file, self._tables = file, tables
        self._arrays = [_empty(table) for table in tables]
        self._descriptor = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)
        self._rows: dict[int, int] = {}
        self._reading = Lock()
        self._given: list[OrtValue] = []

    @classmethod
    def of(cls, file: Path) -> Self | None:
        """Of an ONNX graph; None where it has no such tables. Raises OSError, ValueError,
        IndexError.
        """
        with (
            file.open("rb") as opened,
            mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            tables = word_tables(content)
        return cls(file, tables) if tables else None

    def give(self, options: "SessionOptions") -> None:
        """Have a session look up these tables instead of its own, while this object lives."""
        from onnxruntime import OrtValue

        for table, array in zip(self._tables, self._arrays, strict=True):
            value = OrtValue.ortvalue_from_numpy(array)
            options.add_initializer(table.name, value)  # which keeps no more than its address
            self._given.append(value)

    def rows(self, tokens: Sequence[int]) -> list[int]:
        """The row of each token, whose vector is there now. Raises ModelError where the file was
        cut short.
        """
        if missing := set(tokens).difference(self._rows):
            with self._reading:
                for token in missing.difference(self._rows):
                    self._read(token, len(self._rows))
        return [self._rows[token] for token in tokens]

    def _read(self, token: int, row: int) -> None:
        for table, array in zip(self._tables, self._arrays, strict=True):
            size = table.row_bytes
            content = os.pread(self._descriptor, size, table.start + token * size)
            if len(content) < size:
                raise ModelError(f"the model file {self._file} was cut short: restart the service")
            array[row] = np.frombuffer(content, table.kind)
        self._rows[token] = row  # last, since other threads look here


def _empty(table: Table) -> npt.NDArray[np.generic]:
    """Zeros, which take no memory until a row is written."""
    memory = mmap.mmap(-1, table.rows * table.row_bytes, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):  # one row would take two megabytes
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, table.kind).reshape(table.rows, table.width)
