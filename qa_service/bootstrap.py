"""Settings -> everything concrete. The only module that picks classes."""

import re
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.access.keys import KeyRing
from qa_service.documents import load_corpus, weights_file
from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import CARD_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.engine import QAEngine
from qa_service.errors import MissingExtraError, SettingsError
from qa_service.finding import EngineOptions
from qa_service.indexing.build import build_index, has_weights, is_current, reweigh_index
from qa_service.indexing.manifest import Manifest, read_manifest, verify_encoder
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.indexing.versions import current_folder
from qa_service.journal import Journal, NullJournal
from qa_service.journal.writer import JournalWriter
from qa_service.live import Live, Serving
from qa_service.modelling.default_model import default_model_folder
from qa_service.monitoring.metrics import Metrics
from qa_service.ranking.weights import load_weights
from qa_service.retrieval.guarded import Guard
from qa_service.retrieval.local import LocalRetriever
from qa_service.service import QuestionService
from qa_service.settings import OFF, Settings
from qa_service.stores import VectorStore
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.types import Handoff, Progress, no_progress

if TYPE_CHECKING:  # a command line that serves nothing need not load a web framework
    from limits import RateLimitItem
    from limits.aio.storage import Storage

    from qa_service.web.dependencies import AppDependencies

VECTOR_STORES: dict[str, type[VectorStore]] = {
    store.name: store for store in (FaissStore, ExactStore)
}

_ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+")
"""As browsers write it: in lower case, other alphabets in Punycode."""

_LIMIT_STORE_LIBRARIES = dict.fromkeys(("redis", "rediss"), "redis") | dict.fromkeys(
    ("valkey", "valkeys"), "valkey"
)
"""The library that speaks to a store of rate limits, by the scheme of its URL."""

_LIMIT_STORE_SECONDS = 0.2
"""How long a store of rate limits may keep a request waiting."""

_LIMIT_STORE_FORM = (
    "QA_RATE_LIMIT_STORE must be `memory` or a URL like redis://host:6379 or valkey://host:6379"
)


# An index and what serves it


def build(
    settings: Settings, progress: Progress = no_progress, force: bool = False
) -> tuple[Manifest, bool]:
    """Build what is missing of model and index: (manifest, whether it is new).

    Raises CorpusError, ModelError, MissingExtraError, SnapshotError.
    """
    corpus, weights = load_corpus(settings.corpus), load_weights(weights_file(settings.corpus))
    ensure_model(settings, progress)
    encoder, store = load_encoder(settings), VECTOR_STORES[settings.store]
    if force or not is_current(settings.index, corpus, encoder, store):
        manifest = build_index(corpus, encoder, settings.index, store, Bm25Index, weights, progress)
        return manifest, True
    manifest = read_manifest(current_folder(settings.index))
    if has_weights(manifest, weights):
        return manifest, False
    return reweigh_index(settings.index, weights), True


def load_serving(settings: Settings) -> Serving:
    """The published version with its encoder. Raises SnapshotError, ModelError."""
    current_folder(settings.index)  # before the model, which takes a second to load
    encoder = load_encoder(settings)
    engine = engine_over(open_snapshot(settings, encoder), encoder, settings)
    return Serving.of(engine, settings.cached_answers)


def open_snapshot(settings: Settings, encoder: Encoder) -> Snapshot:
    """The published version, which `encoder` made. Raises SnapshotError."""
    folder = current_folder(settings.index)
    snapshot = load_snapshot(folder, VECTOR_STORES[settings.store], Bm25Index)
    verify_encoder(snapshot.manifest, encoder.name, encoder.fingerprint, encoder.dimension)
    return snapshot


def engine_over(snapshot: Snapshot, encoder: Encoder, settings: Settings) -> QAEngine:
    """An engine on this machine's stores."""
    retriever = LocalRetriever(snapshot.stores, snapshot.passages, Guard())
    options = EngineOptions(
        max_question_chars=settings.max_question_chars,
        retrieval_depth=settings.retrieval_depth,
        deadline_s=settings.answer_deadline_ms / 1000,
        handoff=handoff(settings),
    )
    return QAEngine(snapshot, encoder, retriever, options)


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


# The service and what stands around it


def load_service(settings: Settings) -> QuestionService:
    """The service for a program that asks and exits, without a journal. Raises QAServiceError."""
    return QuestionService(Live(load_serving(settings)))


def web_dependencies(settings: Settings) -> "AppDependencies":
    """What the application needs. Settings are checked before anything is loaded.

    Raises SettingsError, AccessError, MissingExtraError, SnapshotError, ModelError. A journal that
    cannot be used now is no reason not to start.
    """
    from qa_service.web.dependencies import AppDependencies, SiteOptions

    keys, metrics = KeyRing.open(settings.keys), Metrics()
    limits = (rate(settings), limit_store(settings), origins(settings))
    check_journal(settings)
    live, journal = Live(load_serving(settings)), open_journal(settings, metrics)
    secret = settings.session_secret.get_secret_value()
    service = QuestionService(live, journal, metrics, secret)
    site = SiteOptions(settings.events, settings.recent_questions)
    return AppDependencies(service, keys, *limits, settings.max_body_bytes, handoff(settings), site)


def handoff(settings: Settings) -> Handoff:
    """Whom to name where there is no answer."""
    return Handoff(settings.contact_phone, settings.contact_site)


def check_journal(settings: Settings) -> None:
    """Raises SettingsError for a URL that names no database, MissingExtraError without driver."""
    url = settings.journal.get_secret_value()
    if url != OFF:
        from qa_service.journal.database import check_url  # SQLAlchemy takes a fifth of a second

        check_url(url)


def open_journal(settings: Settings, metrics: Metrics) -> Journal:
    """A journal that is written in the background, or none where QA_JOURNAL is off."""
    url = settings.journal.get_secret_value()
    if url == OFF:
        return NullJournal()
    from qa_service.journal.sql import SqlJournal

    return JournalWriter(partial(SqlJournal.open, url), metrics.journal_failures.inc)


def rate(settings: Settings) -> "RateLimitItem | None":
    """What one anonymous client may ask; None limits nobody. Raises SettingsError."""
    if settings.rate_limit == OFF:
        return None
    from limits import parse_many

    try:
        [found] = parse_many(settings.rate_limit)
    except ValueError:
        found = None
    if found is None or found.amount == 0:
        raise SettingsError(
            f"QA_RATE_LIMIT={settings.rate_limit}: write it like 600/minute, or off"
        )
    return found


def limit_store(settings: Settings) -> "Storage":
    """Where requests are counted. Raises SettingsError, MissingExtraError."""
    from limits.aio.storage import MemoryStorage, Storage
    from limits.errors import ConfigurationError
    from limits.storage import storage_from_string

    url = settings.rate_limit_store.get_secret_value()
    if url == "memory":
        return MemoryStorage()
    library = _LIMIT_STORE_LIBRARIES.get(url.partition("://")[0])
    if library is None:
        raise SettingsError(_LIMIT_STORE_FORM)
    if find_spec(library) is None:
        raise MissingExtraError("counting requests in Redis or Valkey", "redis")
    timeouts = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), _LIMIT_STORE_SECONDS)
    try:
        store = storage_from_string(
            f"async+{url}", wrap_exceptions=True, implementation="redispy", **timeouts
        )
    except (ConfigurationError, ValueError):
        raise SettingsError(_LIMIT_STORE_FORM) from None  # the cause may quote a password
    assert isinstance(store, Storage)
    return store


def origins(settings: Settings) -> tuple[str, ...]:
    """Sites that may call from a browser. Raises SettingsError."""
    named = (origin.strip().rstrip("/") for origin in settings.cors_origins.split(","))
    found = tuple(origin for origin in named if origin)
    for origin in found:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"QA_CORS_ORIGINS: {origin} is no origin; write them like https://hsc.gov.ua, with "
                "commas between"
            )
    return found
