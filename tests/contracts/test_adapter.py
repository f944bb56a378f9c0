"""The adapter: a low-rank update that is added to the weights it was made for, and to no others."""

from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import ModelError
from qa_service.modelling.adapter import Factors, blend, merge, read_adapter, write_adapter
from qa_service.modelling.e5_file import Weights

NAME = "encoder.layer.0.output.dense.weight"


def _weights() -> Weights:
    tensors = {NAME: np.arange(6, dtype=np.float32), "other": np.ones(3, np.float32)}
    return Weights(3, 1, 1, 2, 0, 8, 2, [], 3, tensors)


def test_an_update_is_added_to_the_matrix_that_it_names_and_to_nothing_else() -> None:
    down, up = np.array([[1.0, 0.0, 2.0]], np.float32), np.array([[10.0], [0.0]], np.float32)
    merged = merge(_weights(), {NAME: (down, up)})
    assert merged.tensors[NAME].tolist() == [10, 1, 22, 3, 4, 5]
    assert merged.tensors["other"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "inputs"), [(NAME, 4), ("encoder.layer.9.output.dense.weight", 3)]
)
def test_an_update_of_another_model_is_refused_with_both_sizes(name: str, inputs: int) -> None:
    update = (np.ones((1, inputs), np.float32), np.ones((2, 1), np.float32))
    with pytest.raises(ModelError, match=f"{2 * inputs} numbers, the model has (6|no such matrix)"):
        merge(_weights(), {name: update})


def _update(rank: int, seed: int) -> dict[str, Factors]:
    random = np.random.default_rng(seed)
    return {
        NAME: (
            random.standard_normal((rank, 3), np.float32),
            random.standard_normal((2, rank), np.float32),
        )
    }


def test_a_blend_of_two_updates_lies_between_them_whatever_their_ranks() -> None:
    first, second = _update(1, seed=1), _update(2, seed=2)
    between, one, other = (
        merge(_weights(), update).tensors[NAME]
        for update in (blend(first, second, 0.25), first, second)
    )
    np.testing.assert_allclose(between, 0.25 * one + 0.75 * other, rtol=1e-6)


def test_updates_of_different_matrices_do_not_blend() -> None:
    with pytest.raises(ModelError, match="different matrices"):
        blend(_update(1, seed=1), {"other": _update(1, seed=2)[NAME]}, 0.5)


def test_what_is_written_is_read_in_half_precision(tmp_path: Path) -> None:
    down, up = np.full((2, 3), 0.1, np.float32), np.full((4, 2), -3.0, np.float32)
    write_adapter({NAME: (down, up)}, tmp_path / "adapter.npz")
    ((name, (read_down, read_up)),) = read_adapter(tmp_path / "adapter.npz").items()
    assert name == NAME
    np.testing.assert_allclose(read_down, down, rtol=1e-3)
    np.testing.assert_array_equal(read_up, up)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.npz"]


def test_no_file_is_no_update(tmp_path: Path) -> None:
    assert read_adapter(tmp_path / "adapter.npz") == {}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "adapter.npz").write_bytes(content)
    with pytest.raises(ModelError, match="restore it, or remove it"):
        read_adapter(tmp_path / "adapter.npz")
