"""TurnPlacer: whose passages a turn of a talk prefers. Stateless, thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_service.dialogue.turns import Kind, Turn
from qa_service.finding import Finder
from qa_service.retrieval import LEXICAL, MESSAGE, SERVICES, Retrieved
from qa_service.retrieval.fusion import Ranking
from qa_service.text.asking import has_subject
from qa_service.text.normalise import normalise
from qa_service.text.talks import after_name
from qa_service.types import NO_CONTEXT, Context, Query, Understood

_EVEN, _EVEN_CORRECTED = 0.5, 0.4
"""Probabilities from which on a turn leaves the talk's procedure: a correction has seen an answer
about it.
"""
_SURE_STAY, _SURE_MOVE = 0.05, 0.95
"""The same beyond which the other way to understand a turn is not shown."""
_LIKELY_STAY, _LIKELY_MOVE = 0.3, 0.7
"""The same between which passages of the talk's procedure and others are weighed."""
_WEIGHED = 0.6
"""What the talk's procedure counts there, of its weight."""
_NAME_SHARE = 1.2
"""What is found after the procedure's name counts, in that of a whole message."""
_FAR = 6.0
"""How far a passage of what came before may be below the best for a turn to return to it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a turn belongs.

    service: whose passages it prefers, if any. other: the context in which it may have been meant
    as well, where that is not certain. is_open: whether it may as well leave that service.
    """

    service: str | None
    other: Context | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What was found for a turn in its talk. service, other: as in `Placed`, once it is ranked."""

    retrieved: Retrieved
    ranking: Ranking
    service: str | None
    other: Context | None


class TurnPlacer(Finder):
    """Tells turns that stay with the talk's procedure from those that leave it."""

    def place(self, query: Query, turn: Turn, retrieved: Retrieved, language: str) -> Placed:
        """By what was found for the turn alone: the talk's service, one before it, or none."""
        context, filters = query.context, query.filters
        if len(filters.services) == 1:
            return Placed(next(iter(filters.services)))
        if turn.service or not (context.service or context.recent):
            return Placed(turn.service)
        if turn.kind is Kind.BACK and context.before:
            return Placed(self._nearest_recent(context, self.rank(retrieved, language)), NO_CONTEXT)
        if context.service is None:
            return Placed(None)
        evidence = (
            self.moves(turn, retrieved, context, language) if has_subject(turn.reading) else None
        )
        if evidence is None:
            return Placed(context.service)
        moves = self.snapshot.weights.move.probability(evidence)
        even = _EVEN_CORRECTED if turn.kind is Kind.CORRECTION else _EVEN
        stay, move = Context(context.service), NO_CONTEXT
        likely, other = (move, stay) if moves > even else (stay, move)
        return Placed(
            likely.service,
            other if _SURE_STAY < moves < _SURE_MOVE else None,
            turn.kind is not Kind.CORRECTION and _LIKELY_STAY < moves < _LIKELY_MOVE,
        )

    def hold(self, query: Query, turn: Turn, read: Understood, retrieved: Retrieved) -> Held:
        """What was found for a turn, ranked in its talk. `read`: the question it stands for."""
        context = query.context
        placed = self.place(query, turn, retrieved, read.language)
        beside = context.beside if has_subject(turn.reading) else ()
        if placed.is_open:
            return self._weighed(query, read, retrieved, beside)
        if turn.kind is Kind.CORRECTION and placed.service is None:
            retrieved = self._with_name(query, read, retrieved)
        beside = beside if placed.service == context.service else ()
        found = self.in_context(retrieved, placed.service, query.filters, beside)
        return Held(found, self.rank(found, read.language), placed.service, placed.other)

    def _weighed(
        self, query: Query, read: Understood, retrieved: Retrieved, beside: Sequence[str]
    ) -> Held:
        """A turn that may stay or leave is about what is found first for both together."""
        service = query.context.service
        found = self.in_context(retrieved, service, query.filters, beside, _WEIGHED)
        found = self._with_name(query, read, found)
        ranking = self.rank(found, read.language)
        if self.services_of(ranking)[0] in (service, *beside):
            return Held(found, ranking, service, NO_CONTEXT)
        return Held(found, ranking, None, Context(service))

    def _with_name(self, query: Query, read: Understood, retrieved: Retrieved) -> Retrieved:
        """What was found, together with what lies near the turn after the name of the procedure of
        its talk: «а якщо він у Польщі» means nothing alone, «не права, а техпаспорт» is still about
        a loss.

        The name's own words find nothing new.
        """
        if query.context.service is None:
            return retrieved
        name = normalise(self.catalogue.title(query.context.service))
        in_full = replace(read, reading=after_name(name, read.reading))
        found = self.retrieve(in_full, query.filters)
        near = {leg: hits for leg, hits in found.hits.items() if leg not in (LEXICAL, SERVICES)}
        message = self.as_message(replace(found, hits=near), read.language, _NAME_SHARE)
        return replace(retrieved, hits={**retrieved.hits, MESSAGE: message})

    def _nearest_recent(self, context: Context, bare: Ranking) -> str | None:
        """The service before this one that a question finds first; none where it finds another far
        better.
        """
        near = bare.scores >= bare.scores[:1] - _FAR
        found = [self._services[row] for row in bare.rows[near].tolist()]
        return next((service for service in found if service in context.before), None)
