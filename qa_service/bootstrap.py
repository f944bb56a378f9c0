"""Settings -> everything concrete. The only module that picks classes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service import chats, doors, journals
from qa_service.documents import load_corpus, vectors_file, weights_file
from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import CARD_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.engine import QAEngine
from qa_service.files import usable_cores
from qa_service.finding import EngineOptions
from qa_service.indexing.build import (
    Judge,
    build_index,
    has_weights,
    is_current,
    reweigh_index,
    unjudged,
)
from qa_service.indexing.manifest import Manifest, read_published, verify_encoder
from qa_service.indexing.readings import read_kept
from qa_service.indexing.shared import SharedParts
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.indexing.versions import current_folder
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
from qa_service.watching import EVERY_S, Watcher

if TYPE_CHECKING:  # a command line that serves nothing need not load a web framework
    from qa_service.evaluation.gate import Gate
    from qa_service.web.dependencies import AppDependencies

VECTOR_STORES: dict[str, type[VectorStore]] = {
    store.name: store for store in (FaissStore, ExactStore)
}


# An index and what serves it


def build(
    settings: Settings,
    progress: Progress = no_progress,
    force: bool = False,
    judge: Judge = unjudged,
    anew: bool = False,
) -> tuple[Manifest, bool]:
    """Build what is missing of model and index: (manifest, whether it is new).

    force: build even where nothing changed. judge: see `build_index`; `gate` makes one. anew: reuse
    nothing of earlier builds. Raises CorpusError, ModelError, MissingExtraError, SnapshotError,
    GateError.
    """
    corpus = load_corpus(settings.corpus, partial(read_kept, settings.index, anew))
    weights = load_weights(weights_file(settings.corpus))
    ensure_model(settings, progress)
    encoder, store = load_encoder(settings), VECTOR_STORES[settings.store]
    if force or anew or not is_current(settings.index, corpus, encoder, store):
        kinds, shipped = (store, Bm25Index), vectors_file(settings.corpus)
        manifest = build_index(
            corpus, encoder, settings.index, *kinds, weights, progress, judge, anew, shipped
        )
        return manifest, True
    manifest = read_published(current_folder(settings.index))
    if has_weights(manifest, weights):
        return manifest, False
    return reweigh_index(settings.index, encoder, weights, judge), True


def gate(settings: Settings, force: bool, progress: Progress = no_progress) -> "Gate | None":
    """What a version must pass before it is published; None for a corpus without judged questions.
    force: publish it whatever was found. Raises CorpusError.
    """
    from qa_service.documents.questions import DEV_FILE, load_questions
    from qa_service.evaluation.gate import Gate

    questions = settings.corpus / DEV_FILE
    if not questions.is_file():
        return None

    def open_engine(folder: Path, encoder: Encoder) -> QAEngine:
        return engine_over(open_version(folder, settings, encoder), encoder, settings)

    judged = load_questions(questions)
    return Gate(settings.index, open_engine, judged, force=force, progress=progress)


def load_serving(settings: Settings) -> Serving:
    """The published version with its encoder. Raises SnapshotError, ModelError."""
    return ServingLoader(settings).load()


class ServingLoader:
    """Loads the published version again and again: the encoder stays while versions were made with
    it, so do parts whose files did not change and the process' threads that search.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._encoder: Encoder | None = None
        self._guard, self._shared = Guard(), SharedParts()

    def load(self) -> Serving:
        """Raises SnapshotError, ModelError."""
        folder = current_folder(self._settings.index)  # before the model, which takes a second
        made_with = read_published(folder).encoder_fingerprint
        if self._encoder is None or self._encoder.fingerprint != made_with:
            self._encoder = load_encoder(self._settings)
        snapshot = open_version(folder, self._settings, self._encoder, self._shared)
        engine = engine_over(snapshot, self._encoder, self._settings, self._guard)
        return Serving.of(engine, self._settings.cached_answers)


def open_snapshot(settings: Settings, encoder: Encoder) -> Snapshot:
    """The published version, which `encoder` made. Raises SnapshotError."""
    return open_version(current_folder(settings.index), settings, encoder)


def open_version(
    folder: Path, settings: Settings, encoder: Encoder, shared: SharedParts | None = None
) -> Snapshot:
    """A version, which `encoder` made. Raises SnapshotError."""
    snapshot = load_snapshot(folder, VECTOR_STORES[settings.store], Bm25Index, shared)
    verify_encoder(snapshot.manifest, encoder.name, encoder.fingerprint, encoder.dimension)
    return snapshot


def engine_over(
    snapshot: Snapshot, encoder: Encoder, settings: Settings, guard: Guard | None = None
) -> QAEngine:
    """An engine on this machine's stores."""
    retriever = LocalRetriever(snapshot.stores, snapshot.passages, guard or Guard())
    deadline_s = settings.answer_deadline_ms / 1000
    limits = (settings.max_question_chars, settings.retrieval_depth, deadline_s)
    options = EngineOptions(*limits, handoff=handoff(settings))
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
    from qa_service.web.dependencies import AppDependencies, ConsoleOptions, SiteOptions

    (keys, sessions, provider), metrics = doors.callers(settings), Metrics()
    limits = (doors.rate(settings), doors.limit_store(settings), doors.origins(settings))
    names = (doors.allowed_hosts(settings), doors.public_url(settings))
    secret = settings.session_secret.get_secret_value()
    console = ConsoleOptions(*doors.telephony(settings))
    journals.check_journal(settings)
    talks = chats.chats(settings, metrics)
    loader = ServingLoader(settings)
    live, journal = Live(loader.load()), journals.open_journal(settings, metrics)
    service = QuestionService(live, journal, metrics, secret)
    site = SiteOptions(settings.events, settings.recent_questions, settings.journal_days)
    tables = journals.tables(settings)
    return AppDependencies(
        service,
        keys,
        sessions,
        *limits,
        settings.max_body_bytes,
        handoff(settings),
        site,
        max(1, usable_cores() // settings.workers),
        settings.max_waiting,
        watcher(settings, live, loader.load, metrics),
        *names,
        exposes_metrics=not settings.metrics_port,
        drain_s=settings.drain_s,
        provider=provider,
        tables=tables,
        gaps=journals.gap_runs(settings, tables),
        reports=journals.reports(settings),
        console=console,
        chats=talks,
    )


def watcher(
    settings: Settings, live: Live, load: Callable[[], Serving], metrics: Metrics
) -> Watcher | None:
    """What takes new versions while serving; None where QA_RELOAD is off."""
    if settings.reload == OFF:
        return None
    every_s = EVERY_S if settings.reload == "watch" else None
    return Watcher(live, settings.index, load, metrics, every_s)


def handoff(settings: Settings) -> Handoff:
    """Whom to name where there is no answer."""
    return Handoff(settings.contact_phone, settings.contact_site)
