"""The default model is built where it is missing, beside what needs no model."""

import pickle
from pathlib import Path

import pytest
from support.corpus import tiny_settings

from qa_service.errors import MissingExtraError, ModelError
from qa_service.models import model_beside


def test_nothing_is_built_where_another_model_is_used(tmp_path: Path) -> None:
    told: list[str] = []
    with model_beside(tiny_settings(tmp_path), lambda name, done, of: told.append(name)):
        pass
    assert told == []


@pytest.mark.slow
def test_what_follows_runs_meanwhile_and_a_model_that_cannot_be_built_is_said_after_it(
    tmp_path: Path,
) -> None:
    taken, ran = tmp_path / "taken", []
    taken.write_text("a file where a folder should be", "utf-8")
    settings = tiny_settings(tmp_path, model="default", model_cache=taken)
    with pytest.raises(ModelError, match="taken"), model_beside(settings):
        ran.append("what follows")
    assert ran == ["what follows"]


def test_a_missing_part_is_said_alike_from_another_process() -> None:
    error = MissingExtraError("building the default model", "build")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
