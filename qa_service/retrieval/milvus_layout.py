"""What a version is in Milvus: a collection a leg, named after the version, never changed. Pure.

| leg | vector | index, by inner product |
|---|---|---|
| passages, questions, services, off_topic | `embedding`, dense | FLAT, from 10,000 rows on HNSW |
| lexical | `grams`, sparse: what each term adds to the passage's BM25 | SPARSE_INVERTED_INDEX |

`row` is the key: the vector's position in the leg, the passage's in `lexical`. `facets` is what
filters ask for: the service, the topic and both together of each passage that a row stands for.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from qa_service.retrieval import LEXICAL, OFF_TOPIC
from qa_service.retrieval.local import LocalStores
from qa_service.types import Filters, Passage

ROW, EMBEDDING, GRAMS, FACETS = "row", "embedding", "grams", "facets"
METRIC = "IP"
CONSISTENCY = "Eventually"
"""A published collection does not change: no search need wait for what was written last."""

FLAT, HNSW, SPARSE = "FLAT", "HNSW", "SPARSE_INVERTED_INDEX"
HNSW_FROM = 10_000
LINKS, BUILD_DEPTH = 32, 200
_SEARCH_DEPTH = 128
"""The graph as `stores.faiss` makes it below 200,000 vectors, searched at least twice as deep as
there are hits.
"""


@dataclass(frozen=True, slots=True)
class Collection:
    """One leg of one version. `field`: its vector."""

    name: str
    rows: int
    field: str
    index: str

    def depth(self, limit: int) -> dict[str, int]:
        """The parameters of a search for so many hits."""
        return {"ef": max(2 * limit, _SEARCH_DEPTH)} if self.index == HNSW else {}


def collections_of(
    version: str, stores: LocalStores, hnsw_from: int = HNSW_FROM
) -> dict[str, Collection]:
    """Those of a version, by leg."""
    vectors = {name: leg.store for name, leg in stores.legs.items()}
    if stores.off_topic is not None:
        vectors[OFF_TOPIC] = stores.off_topic
    found = {}
    for leg, store in vectors.items():
        index = HNSW if len(store) >= hnsw_from else FLAT
        found[leg] = Collection(name_of(version, leg), len(store), EMBEDDING, index)
    found[LEXICAL] = Collection(name_of(version, LEXICAL), len(stores.terms), GRAMS, SPARSE)
    return found


def name_of(version: str, leg: str) -> str:
    """Milvus takes letters, digits and underscores."""
    return f"qa_{re.sub(r'[^0-9A-Za-z]', '_', version)}_{leg}"


def facets_of(passages: Iterable[Passage]) -> set[str]:
    """Of what stands for these passages: `licence`, `#fee`, `licence#fee`."""
    return {
        facet
        for one in passages
        for facet in (one.service, f"#{one.topic}", f"{one.service}#{one.topic}")
    }


def wanted_facets(filters: Filters) -> set[str]:
    """One of these has whatever passes; none: everything does."""
    topics = [f"#{topic}" for topic in filters.topics]
    if not filters.services:
        return set(topics)
    return {service + topic for service, topic in product(filters.services, topics or [""])}


def any_of(facets: Iterable[str]) -> str:
    """The expression for rows with one of these facets."""
    listed = json.dumps(sorted(facets), ensure_ascii=False)
    return f"array_contains_any({FACETS}, {listed})"


def sparse(numbers: Iterable[int]) -> dict[int, float]:
    """A question's terms as a sparse vector: how often each is asked for."""
    weights: dict[int, float] = {}
    for number in numbers:
        weights[number] = weights.get(number, 0.0) + 1.0
    return weights
