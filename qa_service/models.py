"""QA_MODEL -> the encoder."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import CARD_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.modelling.served_models import SERVED_MODELS, build_model
from qa_service.settings import Settings
from qa_service.types import Progress, no_progress


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that `QA_MODEL` names. Raises ModelError, MissingExtraError."""
    if settings.model == "hashing":
        return HashingEncoder()
    if served := SERVED_MODELS.get(settings.model):
        return OnnxEncoder.load(served.folder(settings.model_cache))
    if (Path(settings.model) / CARD_FILE).is_file():
        return OnnxEncoder.load(Path(settings.model))
    return SentenceTransformerEncoder.load(settings.model)


@contextmanager
def model_beside(settings: Settings, progress: Progress = no_progress) -> Iterator[None]:
    """Has what follows run while a model that is served and missing is built, in a process of its
    own. Raises ModelError, MissingExtraError at the end.
    """
    if not _is_missing(settings):
        yield
        return
    progress("model", 0, 1)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        building = pool.submit(ensure_model, settings)
        yield
        building.result()
    progress("model", 1, 1)


def ensure_model(settings: Settings, progress: Progress = no_progress) -> None:
    """Build the default or the general model if used and missing. Raises ModelError,
    MissingExtraError.
    """
    if _is_missing(settings):
        build_model(SERVED_MODELS[settings.model], settings.model_cache, progress)


def _is_missing(settings: Settings) -> bool:
    served = SERVED_MODELS.get(settings.model)
    return served is not None and not (served.folder(settings.model_cache) / CARD_FILE).is_file()
