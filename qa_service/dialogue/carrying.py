"""What was found for a message -> the context that goes back with its answer. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_service.ranking.policy import Decision
from qa_service.retrieval import CLASSIFIER, Retrieved
from qa_service.retrieval.fusion import Ranking
from qa_service.text.asking import asks_something, has_subject, named_topic
from qa_service.types import MOST_IN_CONTEXT, Context, Hits, Passage, Reason, Topic

_ASKS_NOTHING = frozenset({Reason.SMALL_TALK, Reason.PERSONAL_DATA_ONLY, Reason.EMPTY})
_CLOSE, _MOST_BESIDE = 6.0, 3
"""How far below the best another procedure's passage may be for it to be kept beside, and how many
are.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one part of a message. service: whose passages were preferred. other: the
    ranking of another way to understand it; its best passage is shown second. leaves_open: whether
    it is asked back because it may be about anything, so that the talk moves nowhere. judged: the
    part that told whether it is in scope, where that was another.
    """

    asked: str
    retrieved: Retrieved
    ranking: Ranking
    decision: Decision
    service: str | None = None
    other: Ranking | None = None
    leaves_open: bool = False
    judged: Retrieved | None = None


def next_context(
    before: Context,
    found: Sequence[Finding],
    decision: Decision,
    passages: Sequence[Passage],
    centres: str,
) -> Context:
    """What the talk is about after this answer: the last part that was answered, or what it was
    about before. `centres`: the service of the centres, where any procedure is done.
    """
    if decision.reason in _ASKS_NOTHING:
        return before  # what was offered is still to choose from
    topic = before.topic
    if len(found[-1].ranking.rows):
        topic = _asked_for(found[-1], passages)
    choices = decision.tied_services
    context = replace(before, topic=topic, choices=choices)
    for one in found:
        if _tells(one):
            context = _moved(context, one, passages, centres)
    return context


def _moved(before: Context, found: Finding, passages: Sequence[Passage], centres: str) -> Context:
    """The context with the service of a finding, and with what stands beside it.

    Who asks for the way to a centre asks on about the procedure.
    """
    best = passages[found.ranking.rows[0]].service
    stays = found.service is not None and found.service == before.service
    is_beside = stays and best in before.beside
    service = best if is_beside else found.service or best
    beside: Sequence[str] = before.beside
    if service == centres and before.service not in (None, centres):
        service, beside = before.service, (centres,)
    elif is_beside and found.service:
        beside = (found.service, *(one for one in before.beside if one != service))[:_MOST_BESIDE]
    elif not stays:
        beside = tuple(dict.fromkeys(_close(found, service, passages)))[:_MOST_BESIDE]
    known = (service, before.service, *before.before)
    earlier = tuple(dict.fromkeys(one for one in known if one and one != service))
    own = (*beside, service) if beside else ()
    return replace(before, service=service, recent=(*own, *earlier)[:MOST_IN_CONTEXT])


def _close(found: Finding, service: str, passages: Sequence[Passage]) -> Iterator[str]:
    """What a turn may have been about as well: its other reading, or what is nearly as good."""
    least = found.ranking.scores[0] - _CLOSE
    close = found.ranking.rows[found.ranking.scores >= least].tolist()
    for row in (*(found.other.rows[:1].tolist() if found.other else ()), *close):
        if passages[row].service != service:
            yield passages[row].service


def _tells(found: Finding) -> bool:
    """Whether a talk is about what was found: an answer, or a guess where a subject was named."""
    guessed = found.decision.reason in (Reason.LOW_CONFIDENCE, Reason.AMBIGUOUS)
    is_guess = guessed and has_subject(found.asked) and not found.leaves_open
    return bool(len(found.ranking.rows)) and (found.decision.answerable or is_guess)


def _asked_for(found: Finding, passages: Sequence[Passage]) -> Topic:
    """The fact that is named, else the likeliest topic of all passages together: what is asked
    for, if not of what. A bare subject that is asked back opens with the steps.
    """
    if named := named_topic(found.asked):
        return named
    if found.decision.reason is Reason.AMBIGUOUS and not asks_something(found.asked):
        return Topic.STEPS
    hits = found.retrieved.hits.get(CLASSIFIER) or _likely(found.ranking)
    shares: dict[Topic, float] = {}
    for row, log in zip(hits.rows.tolist(), hits.scores.tolist(), strict=True):
        topic = passages[row].topic
        shares[topic] = shares.get(topic, 0.0) + math.exp(log)
    return max(shares, key=shares.__getitem__)


def _likely(ranking: Ranking) -> Hits:
    return Hits(ranking.rows, ranking.scores - ranking.scores[0])
