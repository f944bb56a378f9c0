"""What all tests share. `tests/` is on the import path because this file stands in it: `from
support.corpus import …`.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.clock import keep_limits_by
from support.corpus import ROOT

from qa_service.encoders.onnx import CARD_FILE
from qa_service.modelling.served_models import DEFAULT
from qa_service.settings import Settings, load_settings

settings.register_profile("qa_service", deadline=None, print_blob=True)
settings.load_profile("qa_service")


@pytest.fixture(autouse=True)
def _whole_minute() -> Iterator[None]:
    """Each test begins with a minute of rate limits, so that no minute ends within it."""
    early = time.time() % 60
    with pytest.MonkeyPatch.context() as patch:
        keep_limits_by(lambda: time.time() - early, patch)
        yield


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The built default model; a test that asks for it carries the marker `model`."""
    folder = DEFAULT.folder(ROOT / ".cache" / "models")
    if not (folder / CARD_FILE).is_file():
        pytest.skip(f"no model in {folder}: run `make index`")
    return folder


@pytest.fixture(scope="session")
def real_index() -> Path:
    """The folder of the index that `make index` published."""
    if not (ROOT / "index" / "CURRENT").is_file():
        pytest.skip("no index: run `make index`")
    return ROOT / "index"


@pytest.fixture(scope="session")
def real_settings(real_index: Path, model_folder: Path) -> Settings:
    """Of that index, and of answers that wait for all parts of the search on a busy machine."""
    return load_settings(
        index=real_index, model_cache=model_folder.parent, answer_deadline_ms=60_000
    )
