"""QA_RETRIEVER -> what searches a version: this machine, or a search engine beside it."""

import logging
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.errors import EngineError, MissingExtraError, SettingsError
from qa_service.indexing.mirror import Mirror
from qa_service.indexing.snapshot import Snapshot
from qa_service.monitoring.metrics import Metrics
from qa_service.retrieval import LEXICAL, OFF_TOPIC, VECTOR_LEGS, Retriever
from qa_service.retrieval.guarded import EngineBreaker, Guard
from qa_service.retrieval.local import LocalRetriever
from qa_service.settings import LOCAL, Settings
from qa_service.types import Progress, no_progress

if TYPE_CHECKING:  # pymilvus takes a second and a half
    from qa_service.retrieval.milvus_client import Milvus

logger = logging.getLogger(__name__)

HELD_LEGS = (*VECTOR_LEGS, OFF_TOPIC, LEXICAL)
"""What an engine holds."""


class Retrievers:
    """Makes the retriever of each version that a process serves. The guards stay for all of them.

    milvus: None where this machine searches alone. guard: makes what runs the searches.
    """

    def __init__(
        self,
        milvus: "Milvus | None",
        metrics: Metrics | None = None,
        guard: Callable[..., Guard] = Guard,
    ) -> None:
        self._milvus, self._metrics = milvus, metrics
        self._guard, self._engine_guard = guard(), guard(breaker=EngineBreaker)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The parts of a version that may lack their files on this machine."""
        return HELD_LEGS if self._milvus else ()

    def of(self, snapshot: Snapshot) -> Retriever:
        """An engine that does not have the version is said in the log, and asked again later."""
        local = LocalRetriever(snapshot.stores, snapshot.passages, self._guard)
        if self._milvus is None:
            return local
        from qa_service.retrieval.milvus import MilvusRetriever
        from qa_service.retrieval.milvus_layout import collections_of, facets_of

        retriever = MilvusRetriever(
            self._milvus,
            collections_of(snapshot.manifest.version, snapshot.stores),
            snapshot.stores,
            facets_of(snapshot.passages),
            local=local,
            guard=self._engine_guard,
            count_failure=self._count_failure,
        )
        try:
            retriever.check()
        except EngineError as error:
            logger.warning(
                "the engine cannot be used, this machine searches meanwhile",
                extra={"index_version": snapshot.manifest.version, "cause": str(error)},
            )
        return retriever

    def _count_failure(self, leg: str) -> None:
        if self._metrics:
            self._metrics.engine_failures.labels(leg).inc()


class MilvusMirror:
    """Keeps in Milvus what is in the folder of the index. load: reads a version."""

    def __init__(
        self, milvus: "Milvus", load: Callable[[Path], Snapshot], progress: Progress = no_progress
    ) -> None:
        self._milvus, self._load, self._progress = milvus, load, progress

    def publish(self, folder: Path) -> None:
        """Raises EngineError, SnapshotError."""
        from qa_service.retrieval.milvus_layout import collections_of
        from qa_service.retrieval.milvus_publishing import publish

        snapshot = self._load(folder)
        collections = collections_of(folder.name, snapshot.stores)
        publish(self._milvus, collections, snapshot.stores, snapshot.passages, self._progress)

    def drop(self, version: str) -> None:
        """Raises EngineError."""
        from qa_service.retrieval.milvus_layout import name_of
        from qa_service.retrieval.milvus_publishing import drop

        drop(self._milvus, [name_of(version, leg) for leg in HELD_LEGS])


def milvus(settings: Settings) -> "Milvus | None":
    """The engine that QA_RETRIEVER names; it is not asked yet. Raises SettingsError,
    MissingExtraError.
    """
    url = settings.retriever.get_secret_value()
    if url == LOCAL:
        return None
    if find_spec("pymilvus") is None:
        raise MissingExtraError("QA_RETRIEVER", "milvus")
    from qa_service.retrieval.milvus_client import Address, Milvus

    return Milvus(Address.parse(url))


def needed_milvus(settings: Settings) -> "Milvus":
    """The same for a command. Raises SettingsError where this machine searches alone."""
    found = milvus(settings)
    if found is None:
        raise SettingsError(
            "there is no engine: set QA_RETRIEVER to its address, e.g. milvus://127.0.0.1:19530"
        )
    return found


def mirror(
    settings: Settings, load: Callable[[Path], Snapshot], progress: Progress = no_progress
) -> Mirror | None:
    """Where versions are published beside this machine. Raises as `milvus` does."""
    found = milvus(settings)
    return MilvusMirror(found, load, progress) if found else None
