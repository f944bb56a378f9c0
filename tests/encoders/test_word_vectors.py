"""Vectors of words are read from the model's file when they are first needed."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from qa_service.encoders.graph_file import word_tables
from qa_service.encoders.onnx import _session
from qa_service.encoders.word_vectors import WordVectors
from qa_service.errors import ModelError
from qa_service.types import Vectors

TOKENS, WIDTH = 3_000, 16


def a_graph(file: Path, ids_serve_elsewhere: bool = False) -> Path:
    """8-bit vectors with a scale a token, added up."""
    generator = np.random.default_rng(0)
    words = generator.integers(-127, 127, (TOKENS, WIDTH)).astype(np.int8)
    scales = generator.random((TOKENS, 1), np.float32)
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["picked"]),
        helper.make_node("Gather", ["scales", "input_ids"], ["factors"]),
        helper.make_node("Cast", ["picked"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "factors"], ["scaled"]),
        helper.make_node("Shape", ["input_ids"], ["shape"]),
        helper.make_node("ReduceSum", ["scaled", "middle"], ["vectors"], keepdims=0),
    ]
    if ids_serve_elsewhere:
        nodes.append(helper.make_node("Identity", ["input_ids"], ["same"]))
    tables: dict[str, Any] = {"words": words, "scales": scales, "middle": np.array([1], np.int64)}
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])]
    constants = [numpy_helper.from_array(values, name) for name, values in tables.items()]
    graph = helper.make_graph(nodes, "words", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", 21)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), file)
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return a_graph(tmp_path / "model.onnx")


def encode(session: Any, ids: Sequence[int]) -> Vectors:
    return np.asarray(session.run(None, {"input_ids": np.array([ids], np.int64)})[0][0])


def the_words_of(file: Path) -> WordVectors:
    words = WordVectors.of(file)
    assert words
    return words


def test_a_graph_gives_the_same_vectors_as_with_its_tables_in_memory(file: Path) -> None:
    words = the_words_of(file)
    lazy, whole = _session(file, words), _session(file, None)
    for ids in ([0, 1, 2], [2_999, 0, 7, 7], [7], [5, 2_998, 1]):
        assert np.array_equal(encode(lazy, words.rows(ids)), encode(whole, ids))


def test_a_token_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, asked = the_words_of(file), list[int]()
    pread = os.pread

    def counted(descriptor: int, size: int, at: int) -> bytes:
        asked.append(at)
        return pread(descriptor, size, at)

    monkeypatch.setattr(os, "pread", counted)
    for ids in ([1, 2, 3], [3, 2, 1], [3, 4]):
        words.rows(ids)
    assert len(asked) == len(set(asked)) == 4 * 2  # two tables


def test_rows_stand_one_behind_the_other_in_the_order_in_which_tokens_came(file: Path) -> None:
    words = the_words_of(file)
    assert words.rows([2_999]) == [0]
    assert sorted(words.rows([5, 1_000])) == [1, 2]


def test_threads_that_meet_the_same_words_get_the_same_vectors(file: Path) -> None:
    words = the_words_of(file)
    session, whole = _session(file, words), _session(file, None)
    texts = [[start, *range(start, start + 40)] for start in range(0, 900, 3)] * 2
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda ids: encode(session, words.rows(ids)), texts)
    for ids, vector in zip(texts, found, strict=True):
        assert np.array_equal(vector, encode(whole, ids))


def test_a_graph_whose_ids_serve_elsewhere_keeps_its_tables(tmp_path: Path) -> None:
    assert WordVectors.of(a_graph(tmp_path / "other.onnx", ids_serve_elsewhere=True)) is None


def test_tables_that_are_not_gathered_from_are_left_alone(file: Path) -> None:
    content = file.read_bytes()
    assert len(word_tables(content)) == 2
    assert word_tables(content.replace(b"Gather", b"Sorted")) == []


def test_a_file_that_is_cut_short_while_it_serves_is_said(file: Path) -> None:
    words = the_words_of(file)
    os.truncate(file, 100)
    with pytest.raises(ModelError, match=r"model.onnx was cut short: restart the service"):
        words.rows([2_999])
