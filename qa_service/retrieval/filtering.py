"""Which passages pass a question's filters."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import numpy as np

from qa_service.retrieval import NO_HITS
from qa_service.retrieval.legs import rows_by
from qa_service.types import Filters, Passage, Rows

CACHED_FILTERS = 256
"""How many filters' rows are remembered."""


class PassageFilter:
    """The passages of one version, by filters. Thread-safe."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._by_service = rows_by([passage.service for passage in passages])
        by_topic = rows_by([passage.topic for passage in passages])
        # The cache holds a function of the rows, not of this object: a version that is replaced
        # goes at once, without waiting for the collector of cycles.
        self.all_rows = lru_cache(CACHED_FILTERS)(partial(_all_rows, self._by_service, by_topic))
        """Filters, which are not empty -> the rows of all passages that pass, ascending."""

    def rows_of(self, service: str) -> Rows:
        """Of the passages of a service."""
        return self._by_service.get(service, NO_HITS.rows)

    def rows_among(self, rows: Rows, filters: Filters) -> Rows:
        """Those of `rows` whose passages pass, in their order; all where nothing is filtered."""
        return rows[np.isin(rows, self.all_rows(filters))] if filters else rows


def _all_rows(
    by_service: Mapping[str, Rows], by_topic: Mapping[str, Rows], filters: Filters
) -> Rows:
    passing = [
        np.concatenate([rows.get(value, NO_HITS.rows) for value in sorted(wanted)])
        for wanted, rows in ((filters.services, by_service), (filters.topics, by_topic))
        if wanted
    ]
    first, *others = passing
    for rows in others:
        first = np.intersect1d(first, rows)
    return np.sort(first)
