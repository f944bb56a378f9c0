"""QA_MODEL -> the encoder."""

from pathlib import Path

from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import CARD_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.modelling.default_model import default_model_folder
from qa_service.settings import Settings
from qa_service.types import Progress, no_progress


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that `QA_MODEL` names. Raises ModelError, MissingExtraError."""
    if settings.model == "hashing":
        return HashingEncoder()
    if settings.model == "default":
        return OnnxEncoder.load(default_model_folder(settings.model_cache))
    if (Path(settings.model) / CARD_FILE).is_file():
        return OnnxEncoder.load(Path(settings.model))
    return SentenceTransformerEncoder.load(settings.model)


def ensure_model(settings: Settings, progress: Progress = no_progress) -> None:
    """Build the default model if used and missing. Raises ModelError, MissingExtraError."""
    is_built = (default_model_folder(settings.model_cache) / CARD_FILE).is_file()
    if settings.model == "default" and not is_built:
        from qa_service.modelling.default_model import build_default_model

        build_default_model(settings.model_cache, progress)
