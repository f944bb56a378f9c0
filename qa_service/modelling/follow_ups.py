"""Follow-up questions that name no procedure, asked about each one. Pure."""

from collections.abc import Mapping, Sequence

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.types import Passage, Topic


def bare_follow_ups(
    questions: Mapping[Topic, Sequence[str]], passages: Sequence[Passage]
) -> list[JudgedQuestion]:
    """Each follow-up in a conversation about each service with passages of its topic."""
    answering: dict[tuple[str, Topic], list[str]] = {}
    for passage in passages:
        if passage.topic in questions:
            answering.setdefault((passage.service, passage.topic), []).append(passage.id)
    return [
        JudgedQuestion(
            id=f"{service}: {question}",
            question=question,
            style=Style.CONVERSATION,
            services=frozenset({service}),
            passages=frozenset(ids),
            topic=topic,
            answerable=True,
            context=service,
        )
        for (service, topic), ids in answering.items()
        for question in questions[topic]
    ]
