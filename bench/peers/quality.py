"""How well each system answers the judged questions, from the same replies that were timed.

Abstaining counts for nothing here: whoever returns passages is judged by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.peers.systems import Reply
from qa_service.documents.questions import JudgedQuestion

Judged = Sequence[tuple[JudgedQuestion, Reply]]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares, 0 to 1. service_at_1: the first passage is of a right service. answer_at_k: one that
    answers is among the first k.
    """

    questions: int
    service_at_1: float
    answer_at_1: float
    answer_at_3: float


@dataclass(frozen=True, slots=True)
class CompoundQuality:
    """Shares of messages with a passage for every part among the first 3 and 5, and of those whose
    first passage answers a part.
    """

    messages: int
    all_in_3: float
    all_in_5: float
    first_answers: float


@dataclass(frozen=True, slots=True)
class Qualities:
    singles: Quality
    wrapped: Quality
    compounds: CompoundQuality


def is_asked(question: JudgedQuestion) -> bool:
    """What any retriever can answer: something answers it, and no conversation went before."""
    return question.answerable and question.context is None


def qualities(judged: Judged, services: Mapping[str, str]) -> Qualities:
    """services: of each passage's id. Wrapped: with courtesy around the question."""
    singles = [one for one in judged if not one[0].parts and not one[0].bare]
    wrapped = [one for one in judged if not one[0].parts and one[0].bare]
    compounds = [one for one in judged if one[0].parts]
    return Qualities(
        _quality(singles, services), _quality(wrapped, services), _of_compounds(compounds)
    )


def _quality(judged: Judged, services: Mapping[str, str]) -> Quality:
    found = [(question, _ids(reply)) for question, reply in judged]
    return Quality(
        len(judged),
        _share([services.get("".join(ids[:1])) in asked.services for asked, ids in found]),
        _share([not asked.passages.isdisjoint(ids[:1]) for asked, ids in found]),
        _share([not asked.passages.isdisjoint(ids[:3]) for asked, ids in found]),
    )


def _of_compounds(judged: Judged) -> CompoundQuality:
    found = [(question.parts, _ids(reply)) for question, reply in judged]
    within = {
        most: [all(not part.isdisjoint(ids[:most]) for part in parts) for parts, ids in found]
        for most in (3, 5)
    }
    first = [any(not part.isdisjoint(ids[:1]) for part in parts) for parts, ids in found]
    return CompoundQuality(len(judged), _share(within[3]), _share(within[5]), _share(first))


def _ids(reply: Reply) -> tuple[str, ...]:
    return reply.found or ()


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))
