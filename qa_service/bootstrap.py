"""Settings -> everything concrete. Of what serves, classes are picked here and in the modules that
read settings beside it, such as `models` and `journals`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service import chats, doors, journals, retrievers
from qa_service.documents import load_corpus, shipped_files, weights_file
from qa_service.encoders import Encoder
from qa_service.encoders.remembering import RememberingEncoder
from qa_service.engine import QAEngine
from qa_service.finding import EngineOptions
from qa_service.indexing.build import (
    Judge,
    build_index,
    has_weights,
    is_current,
    reweigh_index,
)
from qa_service.indexing.manifest import Manifest, read_published, verify_encoder
from qa_service.indexing.mirror import Mirror
from qa_service.indexing.readings import read_kept
from qa_service.indexing.shared import SharedParts
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.indexing.versions import current_folder
from qa_service.live import Live, Serving
from qa_service.machine import usable_cores
from qa_service.models import load_encoder, model_beside
from qa_service.monitoring.metrics import Metrics
from qa_service.ranking.weights import load_weights
from qa_service.retrieval import Retriever
from qa_service.retrieval.guarded import Guard
from qa_service.retrievers import Retrievers
from qa_service.service import QuestionService
from qa_service.settings import OFF, Settings
from qa_service.stores import VectorStore
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.tracing import TracedEngine, TracedGuard, TracedService, open_traces
from qa_service.types import Handoff, Progress, no_progress
from qa_service.watching import EVERY_S, Watcher

if TYPE_CHECKING:  # a command line that serves nothing need not load a web framework
    from qa_service.evaluation.gate import Gate
    from qa_service.monitoring.traces import Traces
    from qa_service.web.dependencies import AppDependencies

VECTOR_STORES: dict[str, type[VectorStore]] = {
    store.name: store for store in (FaissStore, ExactStore)
}


# An index and what serves it


def build(
    settings: Settings,
    progress: Progress = no_progress,
    force: bool = False,
    judge: Judge | None = None,
    anew: bool = False,
) -> tuple[Manifest, bool]:
    """Build what is missing of model and index: (manifest, whether it is new).

    force: build even where nothing changed. judge: see `build_index`; `gate` makes one. anew: reuse
    nothing of earlier builds. Raises CorpusError, ModelError, MissingExtraError, SnapshotError,
    GateError, SettingsError, EngineError.
    """
    mirror = open_mirror(settings, progress)
    with model_beside(settings, progress):
        corpus = load_corpus(settings.corpus, partial(read_kept, settings.index, anew))
        weights = load_weights(weights_file(settings.corpus))
    encoder, store = load_encoder(settings), VECTOR_STORES[settings.store]
    if force or anew or not is_current(settings.index, corpus, encoder, store):
        made_of = (corpus, encoder, settings.index, store, Bm25Index, weights)
        shipped = shipped_files(settings.corpus)
        manifest = build_index(
            *made_of, progress=progress, judge=judge, anew=anew, mirror=mirror, shipped=shipped
        )
        return manifest, True
    manifest = read_published(current_folder(settings.index))
    if has_weights(manifest, weights):
        return manifest, False
    return reweigh_index(settings.index, encoder, weights, judge=judge, mirror=mirror), True


def open_mirror(settings: Settings, progress: Progress = no_progress) -> Mirror | None:
    """The engine that holds the versions too. Raises SettingsError, MissingExtraError."""
    load = partial(load_snapshot, vector_store=VECTOR_STORES[settings.store], term_index=Bm25Index)
    return retrievers.mirror(settings, load, progress)


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

    def __init__(
        self, settings: Settings, metrics: Metrics | None = None, traces: "Traces | None" = None
    ) -> None:
        """Raises SettingsError, MissingExtraError."""
        self._settings, self._traces = settings, traces
        self._encoder: Encoder | None = None
        guard = partial(TracedGuard, traces) if traces else Guard
        self._retrievers = Retrievers(retrievers.milvus(settings), metrics, guard)
        self._shared = SharedParts()

    def load(self) -> Serving:
        """Raises SnapshotError, ModelError."""
        folder = current_folder(self._settings.index)  # before the model, which takes a second
        made_with = read_published(folder).encoder_fingerprint
        if self._encoder is None or self._encoder.fingerprint != made_with:
            encoder = load_encoder(self._settings)
            self._encoder = RememberingEncoder(encoder, self._settings.cached_answers)
        shared, elsewhere = self._shared, self._retrievers.elsewhere
        snapshot = open_version(folder, self._settings, self._encoder, shared, elsewhere)
        retriever = self._retrievers.of(snapshot)
        engine = engine_over(snapshot, self._encoder, self._settings, retriever, self._traces)
        return Serving.of(engine, self._settings.cached_answers)


def open_snapshot(settings: Settings, encoder: Encoder) -> Snapshot:
    """The published version, which `encoder` made. Raises SnapshotError."""
    return open_version(current_folder(settings.index), settings, encoder)


def open_version(
    folder: Path,
    settings: Settings,
    encoder: Encoder,
    shared: SharedParts | None = None,
    elsewhere: Sequence[str] = (),
) -> Snapshot:
    """A version, which `encoder` made. elsewhere: see `load_snapshot`. Raises SnapshotError."""
    snapshot = load_snapshot(folder, VECTOR_STORES[settings.store], Bm25Index, shared, elsewhere)
    verify_encoder(snapshot.manifest, encoder.name, encoder.fingerprint, encoder.dimension)
    return snapshot


def engine_over(
    snapshot: Snapshot,
    encoder: Encoder,
    settings: Settings,
    retriever: Retriever | None = None,
    traces: "Traces | None" = None,
) -> QAEngine:
    """An engine on this machine's stores, or another `retriever` of the version."""
    deadline_s = settings.answer_deadline_ms / 1000
    limits = (settings.max_question_chars, settings.retrieval_depth, deadline_s)
    options = EngineOptions(*limits, handoff=handoff(settings))
    engine = partial(TracedEngine, traces) if traces else QAEngine
    return engine(snapshot, encoder, retriever or Retrievers(None).of(snapshot), options)


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
    rate, limit_store = doors.rate(settings), doors.limit_store(settings)
    origins = doors.origins(settings)
    secret = settings.session_secret.get_secret_value()
    journals.check_journal(settings)
    talks, traces = chats.chats(settings, metrics), open_traces(settings)
    loader = ServingLoader(settings, metrics, traces)
    live, journal = Live(loader.load()), journals.open_journal(settings, metrics)
    door = partial(TracedService, traces) if traces else QuestionService
    service = door(live, journal, metrics, secret)
    load = traces.span("load version")(loader.load) if traces else loader.load
    tables = journals.tables(settings)
    return AppDependencies(
        service=service,
        keys=keys,
        sessions=sessions,
        rate=rate,
        limit_store=limit_store,
        origins=origins,
        max_body_bytes=settings.max_body_bytes,
        contact=handoff(settings),
        site=SiteOptions(settings.events, settings.recent_questions, settings.journal_days),
        at_once=max(1, usable_cores() // settings.workers),
        waiting=settings.max_waiting,
        watcher=watcher(settings, live, load, metrics),
        hosts=doors.allowed_hosts(settings),
        public_url=doors.public_url(settings),
        exposes_metrics=not settings.metrics_port,
        drain_s=settings.drain_s,
        provider=provider,
        tables=tables,
        gaps=journals.gap_runs(settings, tables),
        reports=journals.reports(settings),
        console=ConsoleOptions(*doors.telephony(settings)),
        chats=talks,
        traces=traces,
        workers=settings.workers,
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
