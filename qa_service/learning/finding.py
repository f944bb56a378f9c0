"""Reads the unanswered questions of a journal, finds its gaps and keeps them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np

from qa_service.encoders import Encoder
from qa_service.indexing.snapshot import Snapshot
from qa_service.journal.gaps import Gap, GapStore
from qa_service.learning.clusters import Clusters
from qa_service.learning.gaps import Meaning, Nearest, find_gaps
from qa_service.retrieval import PASSAGES
from qa_service.types import Vectors

_AT_ONCE = 64


def renew_gaps(
    store: GapStore, snapshot: Snapshot, encoder: Encoder, now: datetime, days: int
) -> tuple[int, list[Gap]]:
    """Replace the journal's gaps by those of the last `days`: (questions looked at, gaps).

    Raises JournalError.
    """
    asked = store.unanswered(now - timedelta(days=days))
    gaps = find_gaps(asked, meaning_of(snapshot, encoder), now, days) if asked else []
    store.replace(gaps, now)
    return len(asked), gaps


def meaning_of(snapshot: Snapshot, encoder: Encoder) -> Meaning:
    """Readings and vectors as the service itself has them."""

    def encode(texts: Sequence[str]) -> Vectors:
        batches = [texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE)]
        return np.concatenate([encoder.encode_queries(batch) for batch in batches])

    titles = list(dict.fromkeys(one.title for one in snapshot.passages if one.title))
    background = encode(titles) if titles else np.zeros((0, encoder.dimension), np.float32)
    return Meaning(_reading(snapshot), encode, Clusters(background), _nearest(snapshot))


def _reading(snapshot: Snapshot) -> Callable[[str], str]:
    return lambda question: snapshot.understand(question).reading


def _nearest(snapshot: Snapshot) -> Callable[[Vectors], list[Nearest]]:
    """By the passages' own vectors, however far they are: an editor judges."""

    def nearest(vectors: Vectors) -> list[Nearest]:
        leg = snapshot.stores.legs.get(PASSAGES)
        if leg is None:
            return [(None, None)] * len(vectors)
        rows, _ = leg.store.search(vectors, 1)
        found = (snapshot.passages[row] for row in rows[:, 0])
        return [(passage.service, passage.id) for passage in found]

    return nearest
