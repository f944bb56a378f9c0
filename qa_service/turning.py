"""TurnFinder: what is found for a message in the context of its talk. Stateless, thread-safe."""

from dataclasses import replace

from qa_service.dialogue.carrying import Finding
from qa_service.dialogue.choosing import may_describe, points_at_one, says_what
from qa_service.dialogue.turns import ASKING, Kind, Turn, bare_topic, in_words
from qa_service.placing import TurnPlacer
from qa_service.ranking.policy import Decision, tied_services
from qa_service.retrieval import Retrieved
from qa_service.retrieval.fusion import Ranking
from qa_service.text.asking import asks_something, has_subject, named_topic, words_of
from qa_service.text.normalise import normalise
from qa_service.text.parts import parts_of
from qa_service.types import (
    Context,
    Filters,
    Query,
    Reason,
    Topic,
    Understood,
)

_REACH = 5
"""The first passages among whose procedures one that was offered is taken for what is described."""
_OPEN = -2.0
"""The logarithm of the odds from which on a message is taken to leave open what it is about."""
_OPEN_IN_TALK = 0.0
"""The same in a talk, which says more of what is meant."""
_VAGUE_WORDS = 8
"""Words at most of a question that may lack a subject."""


class TurnFinder(TurnPlacer):
    """Searches for the parts of a message, each where its talk says."""

    def find(self, query: Query, understood: Understood, turn: Turn) -> list[Finding]:
        """What is found for each part of a message, in the order asked."""
        turn = self._described(query, understood, turn)
        parts = self.parts(turn)
        about = query.context.service if not any(map(has_subject, parts)) else None
        if len(parts) == 1 or self._is_vague(turn.reading, about, query):
            return [self._find_one(query, understood, turn)]
        read = [replace(understood, reading=in_words(part)) for part in parts]
        facts = [named_topic(part) if about else None for part in parts]
        retrieved = [
            self.retrieve(one, self._filters_of(query, fact))
            for one, fact in zip(read, facts, strict=True)
        ]
        whole = self.retrieve(replace(understood, reading=turn.reading), query.filters)
        about = self.place(query, turn, whole, understood.language).service
        found = []
        for n, one in enumerate(self.supported(retrieved, whole, understood.language)):
            one = self.in_context(one, about, query.filters)
            ranking = self.rank(one, understood.language)
            judged = one if has_subject(parts[n]) else _surest(retrieved)
            in_talk = _adds_to_talk(query, parts[n])
            decision = self.decide(judged, ranking, query.channel, in_talk)
            found.append(Finding(parts[n], one, ranking, decision, about, judged=judged))
        return found

    def parts(self, turn: Turn) -> list[str]:
        """What a message asks, one thing each."""
        return parts_of(turn.reading) if turn.kind is not Kind.CHOICE else [turn.reading]

    def _described(self, query: Query, understood: Understood, turn: Turn) -> Turn:
        """A turn that says which of the offers it means chooses that one, with the fact that was
        asked: «та, де номери полежать».
        """
        context, text = query.context, turn.reading
        is_one = points_at_one(text)
        if turn.kind is Kind.CHOICE or not context.choices or not (is_one or may_describe(text)):
            return turn
        among = frozenset(context.choices) if is_one else query.filters.services
        filters = replace(query.filters, services=among)
        retrieved = self.retrieve(replace(understood, reading=text), filters)
        found = self.services_of(self.rank(retrieved, understood.language))[:_REACH]
        chosen = next((service for service in found if service in context.choices), None)
        if chosen is None:
            return turn
        return Turn(Kind.CHOICE, text, chosen, context.topic, describes=True)

    def _find_one(self, query: Query, understood: Understood, turn: Turn) -> Finding:
        """What is found for a message that asks one thing."""
        read = replace(understood, reading=self._in_full(turn, query.context))
        retrieved = self.retrieve(read, self._filters(query, turn))
        held = self.hold(query, turn, read, retrieved)
        other = held.other
        in_talk = turn.kind is not Kind.CHOICE and _adds_to_talk(query, turn.reading)
        decision = self.decide(held.retrieved, held.ranking, query.channel, in_talk)
        may_go_elsewhere = turn.kind is Kind.CORRECTION and other and not turn.denied
        if may_go_elsewhere or (turn.describes and not points_at_one(turn.reading)):
            decision = decision.as_guess()
        is_vague = self._is_vague(turn.reading, held.service, query) and decision.answerable
        leaves_open = self._seems_open(turn, held.service, query, retrieved.prediction.vague)
        if is_vague or leaves_open:
            decision = self._asked_back(held.ranking, decision, _asks_of_offers(query, turn))
        second = self.in_context(retrieved, other.service, query.filters) if other else None
        return Finding(
            turn.reading,
            held.retrieved,
            held.ranking,
            decision,
            held.service,
            self.rank(second, understood.language) if second else None,
            leaves_open,
        )

    def _in_full(self, turn: Turn, context: Context) -> str:
        """The question that a turn stands for: a choice is one about the chosen service, a bare
        name of a fact asks for it, and what is said after asking back has the fact asked before.
        """
        if context.service and turn.kind is Kind.PLAIN:
            return in_words(turn.reading)
        asked = ASKING.get(turn.topic, "") if turn.topic else ""
        said = turn.reading
        if turn.kind is Kind.CHOICE and turn.service:
            says_more = says_what(turn.reading) or (not asked and asks_something(turn.reading))
            asked = f"{asked} {turn.reading}" if says_more else asked
            said = normalise(self.catalogue.title(turn.service))
        return f"{said} {asked}".strip()

    def _filters(self, query: Query, turn: Turn) -> Filters:
        """A choice is answered by its service, with the fact that was asked where it has it; the
        bare name of a fact by the talk's service, where it has that, or by what was offered.
        """
        if _asks_of_offers(query, turn):
            return replace(query.filters, services=frozenset(query.context.choices))
        if turn.kind is Kind.PLAIN:
            return self._filters_of(query, bare_topic(turn.reading))
        if turn.kind is not Kind.CHOICE or turn.service is None:
            return query.filters
        topics = query.filters.topics
        if not topics and turn.topic in self._topics_of(turn.service):
            topics = frozenset({turn.topic})
        return replace(query.filters, services=frozenset({turn.service}), topics=topics)

    def _filters_of(self, query: Query, fact: Topic | None) -> Filters:
        """Where a fact is looked for that is named without a subject: in the talk's service."""
        about = query.context.service
        if query.filters or about is None or fact not in self._topics_of(about):
            return query.filters
        return replace(query.filters, services=frozenset({about}))

    def _topics_of(self, service: str) -> set[Topic]:
        return {self.snapshot.passages[row].topic for row in self.rows_of(service)}

    def _is_vague(self, text: str, service: str | None, query: Query) -> bool:
        """Whether a question lacks a subject, and nothing around it says what it is about."""
        return (
            service is None
            and not query.filters
            and len(words_of(text)) <= _VAGUE_WORDS
            and not has_subject(text)
        )

    def _seems_open(
        self, turn: Turn, service: str | None, query: Query, odds: float | None
    ) -> bool:
        """Whether the classifier takes a message for one that leaves open what it is about."""
        is_open = service is None and not query.filters and turn.kind is Kind.PLAIN
        least = _OPEN_IN_TALK if query.context.service else _OPEN
        return is_open and odds is not None and odds > least

    def _asked_back(self, ranking: Ranking, decision: Decision, of_offers: bool) -> Decision:
        """A choice of what was found; a guess where one of the offers alone has what is asked."""
        services = self.services_of(ranking)
        scores = ranking.scores.tolist()
        if of_offers:
            tie = self.snapshot.weights.policy.thresholds.tie
            if len(tied_services(scores, services, tie)) == 1:
                return decision.as_guess()
        tied = tied_services(scores, services, scores[0] - scores[-1])
        return Decision.none(decision.confidence, Reason.AMBIGUOUS, tied)


def _asks_of_offers(query: Query, turn: Turn) -> bool:
    """Whether a turn asks on before it has chosen: «скільки днів маю» of any of the offers."""
    context = query.context
    is_open = bool(context.choices) and context.service is None and not query.filters
    return is_open and turn.kind is Kind.PLAIN and not has_subject(turn.reading)


def _adds_to_talk(query: Query, asked: str) -> bool:
    """Whether a turn says more than which fact of the talk's procedure it asks for."""
    return query.context.service is not None and not query.filters and has_subject(asked)


def _surest(retrieved: list[Retrieved]) -> Retrieved:
    """The part that is nearest to known questions: it says whether the others are in scope."""
    return max(retrieved, key=lambda one: float(one.known[0]) if len(one.known) else 0.0)
