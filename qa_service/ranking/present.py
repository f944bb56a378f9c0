"""What is shown beside the best passages: the procedure's other facts, and questions that lead on.
Pure.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from qa_service.types import Passage, Service

SIBLINGS, RELATED = 6, 4


def siblings(service: Service | None, shown: Sequence[Passage]) -> tuple[Passage, ...]:
    """Other facts of the best passage's procedure, a topic each, in the order of its file."""
    if service is None or not shown:
        return ()
    ids = {passage.id for passage in shown}
    by_topic: dict[str, Passage] = {}
    for passage in service.passages:
        if passage.id not in ids and passage.topic != shown[0].topic:
            by_topic.setdefault(passage.topic, passage)
    return tuple(by_topic.values())[:SIBLINGS]


def related(following: Iterable[Passage]) -> tuple[str, ...]:
    """Sample questions of the passages that come after those shown."""
    return tuple(
        islice((passage.questions[0] for passage in following if passage.questions), RELATED)
    )
