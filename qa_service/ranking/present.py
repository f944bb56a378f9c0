"""What goes with an answer: its best sentence, the procedure's other facts, related questions."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from qa_service.text.sentences import sentences
from qa_service.types import Passage, Service

SIBLINGS, RELATED = 6, 4


def highlight(
    text: str, question_terms: Sequence[str], terms_of: Callable[[str], Sequence[str]]
) -> tuple[tuple[int, int], ...]:
    """[start, end) of the sentence that shares most terms with the question, in characters; none
    where a passage is one sentence or no sentence shares a term.

    Ties go to the earlier sentence. `terms_of` gives the terms of a text, as `question_terms` were
    made.
    """
    spans = sentences(text)
    if len(spans) < 2:
        return ()
    asked = set(question_terms)
    shared = [len(asked.intersection(terms_of(text[start:end]))) for start, end in spans]
    best = max(range(len(spans)), key=shared.__getitem__)
    return (spans[best],) if shared[best] else ()


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
