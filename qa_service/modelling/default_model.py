"""The default model: made from the pinned weights, and adapted to a corpus. Needs the `build`
extra.

Both take minutes and a folder beside the built models, because that disk has room for one.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from qa_service.documents import Corpus
from qa_service.encoders import E5_PREFIXES
from qa_service.errors import MissingExtraError
from qa_service.modelling.adapter import write_adapter
from qa_service.modelling.pins import ADAPTER_FILE, NAME, PREFIXES, default_model_folder
from qa_service.types import Progress


def build_default_model(model_cache: Path, progress: Progress) -> Path:
    """Make the model in its folder under `model_cache`. Raises ModelError, MissingExtraError."""
    _require_extra()
    from qa_service.modelling import e5_small, export

    folder = default_model_folder(model_cache)
    with _workdir(model_cache) as workdir:
        progress("model", 0, 2)
        model = e5_small.build_sentence_transformer(workdir)
        progress("model", 1, 2)
        export.export(model, NAME, PREFIXES, folder)
        progress("model", 2, 2)
    return folder


def train_adapter(corpus: Corpus, model_cache: Path, progress: Progress) -> Path:
    """Adapt the model to a corpus; returns the adapter's path. Raises ModelError,
    MissingExtraError.
    """
    _require_extra()
    from qa_service.modelling import e5_small
    from qa_service.modelling.adapt import Recipe, adapt
    from qa_service.modelling.embedding import Embedder

    with _workdir(model_cache) as workdir:
        pruned, whole = e5_small.build_base(workdir)
    student, teacher = Embedder(pruned, PREFIXES), Embedder(whole, E5_PREFIXES)
    write_adapter(adapt(student, teacher, corpus, Recipe(), progress), ADAPTER_FILE)
    return ADAPTER_FILE


def _require_extra() -> None:
    if find_spec("sentence_transformers") is None or find_spec("onnxscript") is None:
        raise MissingExtraError("building the default model", "build")


@contextmanager
def _workdir(model_cache: Path) -> Iterator[Path]:
    model_cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model_cache, prefix=".download-") as folder:
        yield Path(folder)
