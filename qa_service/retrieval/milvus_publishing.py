"""A version goes to Milvus: filled, indexed, loaded, counted, and asked for some of its own rows.
Run again, it goes on with the first collection that is not whole.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
from pymilvus import CollectionSchema, DataType, MilvusClient
from pymilvus.milvus_client import IndexParams

from qa_service.errors import EngineError
from qa_service.retrieval import LEXICAL, OFF_TOPIC
from qa_service.retrieval.legs import evenly
from qa_service.retrieval.local import LocalStores
from qa_service.retrieval.milvus_client import Milvus
from qa_service.retrieval.milvus_layout import (
    BUILD_DEPTH,
    CONSISTENCY,
    EMBEDDING,
    FACETS,
    GRAMS,
    HNSW,
    LINKS,
    METRIC,
    ROW,
    Collection,
    facets_of,
    sparse,
)
from qa_service.stores import Impacts, VectorStore
from qa_service.types import Passage, Progress, no_progress

BATCH = 5_000
ASKED = 20
"""So many rows of each collection must find themselves, but for one that a graph may miss."""

_CALL_S, _BUILD_S = 60.0, 6 * 3_600.0
_HITS, _CLOSE = 10, 1e-3
_LONGEST_FACET = 512

_Row = dict[str, Any]
_Facets = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The rows of a leg of vectors. facets: of each."""

    store: VectorStore
    facets: _Facets

    def rows(self, start: int, stop: int) -> list[_Row]:
        vectors = self.store.vectors(start, stop)
        return [
            {ROW: row, EMBEDDING: vector, FACETS: self.facets[row]}
            for row, vector in enumerate(vectors, start)
        ]

    def self_query(self, row: int) -> tuple[object, float]:
        """What finds a row, and with which score."""
        [vector] = self.store.vectors(row, row + 1)
        return vector, float(vector @ vector)


@dataclass(frozen=True, slots=True)
class _Documents:
    """The rows of the lexical leg."""

    impacts: Impacts
    facets: _Facets

    def rows(self, start: int, stop: int) -> list[_Row]:
        return [
            {ROW: row, GRAMS: self._grams(row), FACETS: self.facets[row]}
            for row in range(start, stop)
        ]

    def self_query(self, row: int) -> tuple[object, float]:
        grams = self._grams(row)
        return sparse(grams), sum(grams.values())

    def _grams(self, row: int) -> dict[int, float]:
        """Milvus takes no empty vector: a document without terms has one that nobody asks for."""
        its = slice(self.impacts.starts[row], self.impacts.starts[row + 1])
        terms, values = self.impacts.terms[its].tolist(), self.impacts.values[its].tolist()
        return dict(zip(terms, values, strict=True)) or {self.impacts.unused: 1.0}


def publish(
    milvus: Milvus,
    collections: Mapping[str, Collection],
    stores: LocalStores,
    passages: Sequence[Passage],
    progress: Progress = no_progress,
) -> None:
    """Returns once every row of `collections`, which are by leg, is found. Raises EngineError."""
    present = milvus.ask(_until(), lambda client, s: client.list_collections(timeout=s))
    for leg, collection in collections.items():
        if not collection.rows:
            continue
        content = _content(leg, stores, passages)
        if collection.name not in present or not _is_whole(milvus, collection):
            _fill(milvus, collection, content, progress)
        _verify(milvus, collection, content)


def drop(milvus: Milvus, collections: Sequence[str]) -> None:
    """Remove these, as far as there are any. Raises EngineError."""
    present = milvus.ask(_until(), lambda client, s: client.list_collections(timeout=s))
    for name in sorted({*collections} & {*present}):
        milvus.ask(_until(), lambda client, s: client.drop_collection(name, timeout=s))  # noqa: B023


def _content(leg: str, stores: LocalStores, passages: Sequence[Passage]) -> _Vectors | _Documents:
    if leg == LEXICAL:
        facets = [sorted(facets_of([passage])) for passage in passages]
        return _Documents(stores.terms.impacts(), facets)
    if leg == OFF_TOPIC:
        assert stores.off_topic is not None
        return _Vectors(stores.off_topic, [[]] * len(stores.off_topic))
    found = stores.legs[leg]
    owners = np.split(found.owners, found.starts[1:-1])
    facets = [sorted(facets_of(passages[row] for row in rows)) for rows in owners]
    return _Vectors(found.store, facets)


def _is_whole(milvus: Milvus, collection: Collection) -> bool:
    """Whether an earlier run finished it: what was only begun has no index. Raises EngineError
    where Milvus does not say, so that nothing is dropped because it is busy.
    """
    until, name = _until(_BUILD_S), collection.name
    if not milvus.ask(until, lambda client, s: client.list_indexes(name, collection.field)):
        return False
    return milvus.count(collection, until, "Strong") == collection.rows


def _fill(
    milvus: Milvus, collection: Collection, content: _Vectors | _Documents, progress: Progress
) -> None:
    name, count = collection.name, collection.rows
    drop(milvus, [name])
    schema = _schema(collection, content)
    milvus.ask(
        _until(),
        lambda client, s: client.create_collection(
            name, schema=schema, consistency_level=CONSISTENCY, timeout=s
        ),
    )
    for start in range(0, count, BATCH):
        rows = content.rows(start, min(start + BATCH, count))
        milvus.ask(_until(), lambda client, s: client.insert(name, rows, timeout=s))  # noqa: B023
        progress(name, start + len(rows), count)
    index = _index(collection)
    until = _until(_BUILD_S)
    milvus.ask(until, lambda client, s: client.flush(name, timeout=s))
    milvus.ask(until, lambda client, s: client.create_index(name, index, timeout=s))
    with suppress(EngineError):  # filters are as exact without, and Milvus Lite has none
        milvus.ask(until, lambda client, s: client.create_index(name, _facet_index(), timeout=s))
    milvus.check(collection, until, "Strong")


def _schema(collection: Collection, content: _Vectors | _Documents) -> CollectionSchema:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(ROW, DataType.INT64, is_primary=True)
    if isinstance(content, _Documents):
        schema.add_field(collection.field, DataType.SPARSE_FLOAT_VECTOR)
    else:
        dimension = content.store.vectors(0, 1).shape[1]
        schema.add_field(collection.field, DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field(
        FACETS,
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=max(1, *map(len, content.facets)),
        max_length=_LONGEST_FACET,
    )
    return schema


def _index(collection: Collection) -> IndexParams:
    index = MilvusClient.prepare_index_params()
    graph = {"M": LINKS, "efConstruction": BUILD_DEPTH} if collection.index == HNSW else {}
    index.add_index(collection.field, index_type=collection.index, metric_type=METRIC, params=graph)
    return index


def _facet_index() -> IndexParams:
    index = MilvusClient.prepare_index_params()
    index.add_index(FACETS, index_type="INVERTED")
    return index


def _verify(milvus: Milvus, collection: Collection, content: _Vectors | _Documents) -> None:
    """Rows from all over it must find themselves with their scores. Raises EngineError."""
    rows = evenly(collection.rows, ASKED).tolist()
    lost = [row for row in rows if not _finds_itself(milvus, collection, content, row)]
    if len(lost) > len(rows) // ASKED:
        raise EngineError(
            f"Milvus at {milvus.address} does not find {len(lost)} of {len(rows)} rows of "
            f"{collection.name} by themselves, e.g. {lost[0]}: it is of another kind or version; "
            "see docs/milvus.md"
        )


def _finds_itself(
    milvus: Milvus, collection: Collection, content: _Vectors | _Documents, row: int
) -> bool:
    query, score = content.self_query(row)
    hits = milvus.search(collection, query, _HITS, "", _until())
    its = hits.scores[hits.rows == row]
    if not len(its):  # as good, or better, are as many as were asked for
        return len(hits.scores) == min(_HITS, collection.rows) and hits.scores[-1] > score - _CLOSE
    return bool(abs(its[0] - score) < _CLOSE * max(1.0, score))


def _until(seconds: float = _CALL_S) -> float:
    return monotonic() + seconds
