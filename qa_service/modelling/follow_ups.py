"""Follow-ups that name a fact and no procedure, asked about every procedure that states it. Pure.

The weight of the conversation's service is fitted on them, too. Dev's turns say more than people on
the telephone do, and a weight that fits dev alone let every third «скільки коштує» go to the
procedure that prices are most often asked about.
"""

from collections.abc import Sequence

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.types import Passage, Topic

BARE = {
    Topic.FEE: (
        "скільки коштує",
        "і почім це",
        "а по грошах це як",
        "сколько это будет",
        "how much would that be",
    ),
    Topic.DOCUMENTS: (
        "а що з паперів брати",
        "які папери треба",
        "что нужно принести",
        "what papers do I bring",
    ),
    Topic.TERM: (
        "а довго це робиться",
        "і коли буде готово",
        "сколько это занимает",
        "how long would it take",
    ),
    Topic.WHERE: (
        "а куди з цим іти",
        "в якому це центрі",
        "а где это делают",
        "where do I go for that",
    ),
    Topic.ONLINE: ("а через інтернет можна", "это можно онлайн", "can it be done online"),
}


def bare_follow_ups(passages: Sequence[Passage]) -> list[JudgedQuestion]:
    """Each of `BARE` in a conversation about each service that has such passages: any of them
    answers.
    """
    answering: dict[tuple[str, Topic], list[str]] = {}
    for passage in passages:
        if passage.topic in BARE:
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
        for question in BARE[topic]
    ]
