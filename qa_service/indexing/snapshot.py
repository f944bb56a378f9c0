"""A version of the index in memory: what is searched, what is shown, how it is ranked. Immutable.

Passages and services are JSON lines in it, so that serving needs no corpus folder.
"""

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from qa_service.documents import Corpus
from qa_service.errors import SnapshotError
from qa_service.indexing.changes import ChangeLog
from qa_service.indexing.manifest import REBUILD, Manifest, read_manifest, verify_files
from qa_service.indexing.shared import SharedParts
from qa_service.ranking.classifier import Classifier
from qa_service.ranking.weights import WEIGHTS_FILE, RankingWeights, parse_weights
from qa_service.retrieval.local import LocalStores
from qa_service.stores import TermIndex, VectorStore, unshared
from qa_service.text.spelling import Vocabulary
from qa_service.text.understand import Synonyms, understand
from qa_service.types import (
    NO_DIRECTORY,
    Centres,
    Evidence,
    Figure,
    Group,
    Link,
    Passage,
    Service,
    Source,
    SourceKind,
    Status,
    Topic,
    Understood,
)

_CENTRES = TypeAdapter(Centres)

_VOCABULARY_FILE, _SYNONYMS_FILE = "vocabulary.json", "synonyms.json"
_SUGGESTIONS_FILE, _CENTRES_FILE = "suggestions.json", "centres.json"
CLASSIFIER_FILE = "classifier.npz"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Row `i` of every leg is `passages[i]`."""

    manifest: Manifest
    passages: tuple[Passage, ...]
    services: tuple[Service, ...]
    stores: LocalStores
    weights: RankingWeights
    vocabulary: Vocabulary
    synonyms: Synonyms
    popular: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    centres: Centres = NO_DIRECTORY
    classifier: Classifier | None = None
    changes: ChangeLog = field(default_factory=ChangeLog)

    def understand(self, question: str, as_typed: bool = False) -> Understood:
        """A question as it is read with the words of this corpus."""
        return understand(question, self.vocabulary, self.synonyms, as_typed)


def write_snapshot(
    folder: Path, corpus: Corpus, words: Mapping[str, int], weights: Mapping[str, Any]
) -> None:
    """What is shown and read with. `words`: those that are known, and how often. Raises OSError."""
    write_records(folder, corpus.passages, corpus.services)
    _write_json(folder / _VOCABULARY_FILE, words)
    _write_json(folder / _SYNONYMS_FILE, corpus.synonyms)
    _write_json(folder / _SUGGESTIONS_FILE, {"popular": corpus.popular, "denied": corpus.denied})
    _write_json(folder / _CENTRES_FILE, asdict(corpus.centres))
    write_weights(folder, weights)


def write_weights(folder: Path, weights: Mapping[str, Any]) -> None:
    _write_json(folder / WEIGHTS_FILE, weights)


def weights_checksum(weights: Mapping[str, Any]) -> str:
    """The SHA-256 of the file that `write_weights` writes."""
    return hashlib.sha256(_as_json(weights).encode()).hexdigest()


def load_snapshot(
    folder: Path,
    vector_store: type[VectorStore],
    term_index: type[TermIndex],
    shared: SharedParts | None = None,
    elsewhere: Container[str] = (),
) -> Snapshot:
    """Verify a version's checksums, then load it, but for what is `shared` with another. elsewhere:
    legs that an engine holds, which may lack their files here. Raises SnapshotError for a damaged
    one.
    """
    manifest = read_manifest(folder)
    share = shared.of(manifest) if shared else unshared
    if manifest.store != vector_store.name:
        raise SnapshotError(
            f"the index was built for the store {manifest.store!r}, QA_STORE asks for "
            f"{vector_store.name!r}: {REBUILD}"
        )
    classifier_file = folder / CLASSIFIER_FILE
    incomplete = verify_files(folder, manifest, elsewhere=elsewhere)
    try:
        passages, services = read_records(folder)
        suggestions = _read_json(folder / _SUGGESTIONS_FILE)
        snapshot = Snapshot(
            manifest=manifest,
            passages=passages,
            services=services,
            stores=LocalStores.load(folder, vector_store, term_index, share, incomplete),
            weights=parse_weights(_read_json(folder / WEIGHTS_FILE)),
            vocabulary=share(
                _VOCABULARY_FILE, lambda: Vocabulary(_read_json(folder / _VOCABULARY_FILE))
            ),
            synonyms=share(_SYNONYMS_FILE, lambda: Synonyms(_read_json(folder / _SYNONYMS_FILE))),
            popular=tuple(suggestions["popular"]),
            denied=tuple(suggestions["denied"]),
            centres=share(_CENTRES_FILE, lambda: _read_centres(folder)),
            classifier=share(CLASSIFIER_FILE, lambda: Classifier.load(classifier_file))
            if classifier_file.is_file()
            else None,
            changes=ChangeLog.load(folder),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotError(f"cannot read the index in {folder}: {REBUILD}") from error
    if not len(passages) == manifest.passages == len(snapshot.stores.terms):
        raise SnapshotError(
            f"the parts of the index in {folder} hold different numbers of passages: {REBUILD}"
        )
    return snapshot


def _read_centres(folder: Path) -> Centres:
    return _CENTRES.validate_json((folder / _CENTRES_FILE).read_bytes())


def _write_json(path: Path, value: object) -> None:
    path.write_text(_as_json(value), "utf-8")


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


PASSAGES_FILE, SERVICES_FILE = "passages.jsonl", "services.jsonl"


def write_records(folder: Path, passages: Iterable[Passage], services: Iterable[Service]) -> None:
    _write_lines(folder / PASSAGES_FILE, (asdict(passage) for passage in passages))
    _write_lines(
        folder / SERVICES_FILE, (asdict(service) | {"passages": []} for service in services)
    )


def read_records(folder: Path) -> tuple[tuple[Passage, ...], tuple[Service, ...]]:
    """Passages in row order, and services with their passages."""
    passages = tuple(_passage(values) for values in _read_lines(folder / PASSAGES_FILE))
    by_service = {
        slug: tuple(group) for slug, group in groupby(passages, key=lambda passage: passage.service)
    }
    services = tuple(
        _service(values, by_service.get(values["slug"], ()))
        for values in _read_lines(folder / SERVICES_FILE)
    )
    return passages, services


def _passage(values: dict[str, Any]) -> Passage:
    typed = {
        "topic": Topic(values["topic"]),
        "status": Status(values["status"]),
        "evidence": Evidence(values["evidence"]),
        "items": tuple(values["items"]),
        "figure": Figure(**values["figure"]) if values["figure"] else None,
        "sources": _sources(values["sources"]),
        "acts": tuple(Link(**act) for act in values["acts"]),
        "questions": tuple(values["questions"]),
    }
    return Passage(**(values | typed))


def _service(values: dict[str, Any], passages: tuple[Passage, ...]) -> Service:
    typed = {
        "group": Group(values["group"]),
        "passages": passages,
        "aliases": tuple(values["aliases"]),
        "channels": tuple(values["channels"]),
        "sources": _sources(values["sources"]),
        "page": Link(**values["page"]) if values["page"] else None,
        "actions": tuple(Link(**action) for action in values["actions"]),
    }
    return Service(**(values | typed))


def _sources(values: list[dict[str, Any]]) -> tuple[Source, ...]:
    return tuple(Source(**(value | {"kind": SourceKind(value["kind"])})) for value in values)


def _write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _read_lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
