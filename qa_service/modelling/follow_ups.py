"""Follow-ups that name a fact and no procedure, asked about every procedure that states it. Pure.

The weight of the conversation's service is fitted on them, too. Dev's turns say more than people on
the telephone do, and a weight fitted on dev alone let every third «скільки коштує» go to the
procedure that prices are most often asked about.
"""

from collections.abc import Mapping, Sequence

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.types import Passage, Topic


def bare_follow_ups(
    questions: Mapping[Topic, Sequence[str]], passages: Sequence[Passage]
) -> list[JudgedQuestion]:
    """Each question in a conversation about each service that has passages of its topic: any of
    them answers.
    """
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
