"""Settings -> everything concrete. The only module that picks classes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from qa_service.documents import load_corpus
from qa_service.encoders import E5_PREFIXES, Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import CARD_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.engine import EngineOptions, QAEngine
from qa_service.errors import MissingExtraError
from qa_service.indexing.build import Progress, build_index, is_current
from qa_service.indexing.manifest import Manifest, read_manifest, verify_encoder
from qa_service.indexing.search_index import load_index
from qa_service.indexing.versions import current_folder
from qa_service.modelling.adapter import ADAPTER_FILE, write_adapter
from qa_service.modelling.pins import PREFIXES, model_key
from qa_service.ranking.weights import fitted_weights
from qa_service.settings import Settings
from qa_service.stores import VectorStore
from qa_service.stores.bm25 import LexicalIndex
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.types import Handoff

DEFAULT_MODEL = "multilingual-e5-small"
VECTOR_STORES: dict[str, type[VectorStore]] = {"faiss": FaissStore, "exact": ExactStore}


def no_progress(stage: str, done: int, total: int) -> None:
    """For callers that show none."""


def load_engine(settings: Settings) -> QAEngine:
    """Load the published index and its encoder. Raises SnapshotError, ModelError."""
    current_folder(settings.index)  # before the model, which takes a second to load
    return engine_over(settings.index, load_encoder(settings), settings)


def engine_over(index: Path, encoder: Encoder, settings: Settings) -> QAEngine:
    """The published version under `index`, which `encoder` made. Raises SnapshotError."""
    folder = current_folder(index)
    verify_encoder(read_manifest(folder), encoder.name, encoder.fingerprint, encoder.dimension)
    loaded = load_index(folder, VECTOR_STORES[settings.store], LexicalIndex)
    handoff = Handoff(settings.contact_phone, settings.contact_site)
    options = EngineOptions(settings.max_question_chars, settings.retrieval_depth, handoff)
    return QAEngine(loaded, encoder, fitted_weights(), options)


def build(
    settings: Settings, progress: Progress = no_progress, force: bool = False
) -> tuple[Manifest, bool]:
    """Build the model where it is missing, then the index where it is not current. The manifest,
    and whether it is new.
    """
    corpus = load_corpus(settings.corpus)
    ensure_model(settings, progress)
    encoder = load_encoder(settings)
    store = VECTOR_STORES[settings.store]
    if not force and is_current(settings.index, corpus, encoder, store):
        return read_manifest(current_folder(settings.index)), False
    return build_index(corpus, encoder, settings.index, store, LexicalIndex, progress), True


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that `QA_MODEL` names. Raises ModelError, MissingExtraError."""
    if settings.model == "hashing":
        return HashingEncoder()
    if settings.model == "default":
        return OnnxEncoder.load(default_model_folder(settings))
    if (Path(settings.model) / CARD_FILE).is_file():
        return OnnxEncoder.load(Path(settings.model))
    return SentenceTransformerEncoder.load(settings.model)


def default_model_folder(settings: Settings) -> Path:
    """Where the default model is kept: the name changes with the weights, the adapter and the
    recipe that exports them.
    """
    return settings.model_cache / f"{DEFAULT_MODEL}-{model_key(ADAPTER_FILE)}"


def ensure_model(settings: Settings, progress: Progress = no_progress) -> None:
    """Build the default model if it is the one to use and is not there yet. Raises ModelError,
    MissingExtraError.
    """
    folder = default_model_folder(settings)
    if settings.model != "default" or (folder / CARD_FILE).is_file():
        return
    _require_build_extra()
    from qa_service.modelling import e5_small, export

    with _workdir(settings) as workdir:
        progress("model", 0, 2)
        model = e5_small.build_sentence_transformer(workdir)
        progress("model", 1, 2)
        export.export(model, DEFAULT_MODEL, PREFIXES, folder)
        progress("model", 2, 2)


def train_adapter(settings: Settings, progress: Progress = no_progress) -> Path:
    """Adapt the default model to the corpus and return the adapter's path. Raises ModelError,
    MissingExtraError.
    """
    _require_build_extra()
    from qa_service.modelling import e5_small
    from qa_service.modelling.adapt import Recipe, adapt
    from qa_service.modelling.embedding import Embedder

    corpus = load_corpus(settings.corpus)
    with _workdir(settings) as workdir:
        pruned, whole = e5_small.build_base(workdir)
    write_adapter(
        adapt(Embedder(pruned, PREFIXES), Embedder(whole, E5_PREFIXES), corpus, Recipe(), progress)
    )
    return ADAPTER_FILE


def _require_build_extra() -> None:
    if find_spec("sentence_transformers") is None or find_spec("onnxscript") is None:
        raise MissingExtraError("building the default model", "build")


@contextmanager
def _workdir(settings: Settings) -> Iterator[Path]:
    """Beside the models, because that disk has room for one."""
    settings.model_cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.model_cache, prefix=".download-") as folder:
        yield Path(folder)
