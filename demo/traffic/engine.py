"""Answers of the engine, each distinct question asked once."""

from collections.abc import Callable

from demo.traffic.talks import Answering, Given
from qa_service.types import Answer, Context, Query


def remembered(ask: Callable[[Query], Answer]) -> Answering:
    """`ask`, which is asked once for the same question in the same channel and context."""
    known: dict[tuple[str, str, Context], Given] = {}

    def answering(query: Query) -> Given:
        key = (query.question, query.channel, query.context)
        if key not in known:
            known[key] = _given(ask(query))
        return known[key]

    return answering


def _given(answer: Answer) -> Given:
    best = answer.passages[0].passage if answer.passages else None
    return Given(
        answer.understood.language,
        answer.certainty,
        answer.reason,
        answer.confidence,
        best.service if best else None,
        str(best.topic) if best else None,
        best.id if best else None,
        tuple(ranked.passage.id for ranked in answer.passages),
        answer.parts,
        answer.index_version,
        answer.context,
    )
