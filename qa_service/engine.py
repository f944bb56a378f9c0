"""QAEngine: one message in, ranked passages and a decision out. Stateless and thread-safe."""

from dataclasses import replace
from time import perf_counter

from qa_service.catalogue import CENTRES_SERVICE
from qa_service.dialogue.turns import ASKING, Kind, Turn, read_turn
from qa_service.encoders import Encoder
from qa_service.errors import RequestError
from qa_service.finding import EngineOptions, Finder
from qa_service.indexing.snapshot import Snapshot
from qa_service.presenting import Finding, Presenter
from qa_service.ranking.policy import Decision, tied_services
from qa_service.retrieval import Retrieved, Retriever
from qa_service.retrieval.fusion import NOTHING_RANKED, Ranking
from qa_service.text.asking import has_subject, words_of
from qa_service.text.normalise import normalise
from qa_service.text.parts import parts_of
from qa_service.text.personal import is_only_personal
from qa_service.types import (
    MOST_IN_CONTEXT,
    NO_CENTRES,
    NO_CONTEXT,
    Answer,
    CentreAnswer,
    Channel,
    Context,
    Filters,
    Query,
    Reason,
    Topic,
    Understood,
)

MAX_TOP_K = 20

_LIKELY = 0.1
"""Confidence from which a question that seems off topic may still be about the way to a centre."""
_SCOPE_SHARE = 0.3
"""Share of a channel's threshold of scope that a question about the way to a centre must reach:
names of towns and little else are far from all known questions.
"""
_LEAST_ODDS = -2.0
"""Logarithm of the odds below which a question that a register answers is not about the way."""
_EVEN, _SURE_STAY, _SURE_MOVE = 0.5, 0.05, 0.95
"""Probabilities of leaving the talk's procedure: beyond the last two the other way to understand a
turn is not shown.
"""
_VAGUE_WORDS = 8
"""Words at most of a question that may lack a subject."""

_NOT_READ = Understood(language="uk", reading="")


class QAEngine(Finder):
    """Answers questions from one version of the index."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        retriever: Retriever,
        options: EngineOptions,
    ) -> None:
        super().__init__(snapshot, encoder, retriever, options)
        self._presenter = Presenter(snapshot, self.catalogue, options.handoff)

    def answer(self, query: Query) -> Answer:
        """The best passages for a message and whether they answer it. Its `answer_id` is empty.

        Raises RequestError for an unknown filter or top_k, OverloadedError where no leg answers.
        """
        started = perf_counter()
        self._check(query)
        query = replace(query, context=self._known_context(query))
        if reason := self.refusal(query.question):
            return self._without_search(query, _NOT_READ, reason, started)
        understood = self.snapshot.understand(query.question, query.as_typed)
        if not understood.reading:
            return self._without_search(query, understood, Reason.SMALL_TALK, started)
        turn = read_turn(understood.reading, query.context, self.catalogue.names)
        found = self._find(query, understood, turn)
        centres = self.catalogue.directory.asked(query.question, understood.reading)
        centres = self._of_centres(centres, found[0], query)
        return self._presenter.present(query, understood, found, centres, started)

    def _known_context(self, query: Query) -> Context:
        """The context without what is gone; without choices where a filter has chosen."""
        context = self.catalogue.known_context(query.context)
        return replace(context, choices=()) if query.filters.services else context

    def _without_search(
        self, query: Query, understood: Understood, reason: Reason, started: float
    ) -> Answer:
        decision = Decision.none(0.0, reason)
        found = Finding(
            query.question, Retrieved(), NOTHING_RANKED, decision, query.context.service
        )
        return self._presenter.present(query, understood, [found], NO_CENTRES, started)

    def _find(self, query: Query, understood: Understood, turn: Turn) -> list[Finding]:
        """What is found for each part of a message, in the order asked."""
        parts = parts_of(turn.reading) if turn.kind is not Kind.CHOICE else [turn.reading]
        about = query.context.service if not any(map(has_subject, parts)) else None
        if len(parts) == 1 or self._is_vague(turn.reading, about, query):
            return [self._find_one(query, understood, turn)]
        read = [replace(understood, reading=part) for part in parts]
        retrieved = [self.retrieve(one, query.filters) for one in read]
        whole = self.retrieve(replace(understood, reading=turn.reading), query.filters)
        found = []
        for n, one in enumerate(self.supported(retrieved, whole, understood.language)):
            one = self.in_context(one, about, query.filters)
            ranking = self.rank(one, understood.language)
            judged = one if has_subject(parts[n]) else _surest(retrieved)
            decision = self.decide(judged, ranking, query.channel)
            found.append(Finding(parts[n], one, ranking, decision, about))
        return found

    def _find_one(self, query: Query, understood: Understood, turn: Turn) -> Finding:
        """What is found for a message that asks one thing."""
        read = replace(understood, reading=self._in_full(turn))
        retrieved = self.retrieve(read, self._filters(query, turn))
        service, other = self._about(query, turn, retrieved, understood.language)
        held = self.in_context(retrieved, service, query.filters)
        ranking = self.rank(held, understood.language)
        decision = self.decide(held, ranking, query.channel)
        if self._is_vague(turn.reading, service, query) and decision.answerable:
            decision = self._asked_back(ranking, decision)
        second = self.in_context(retrieved, other.service, query.filters) if other else None
        return Finding(
            turn.reading,
            held,
            ranking,
            decision,
            service,
            self.rank(second, understood.language) if second else None,
        )

    def _in_full(self, turn: Turn) -> str:
        """The question that a turn stands for: a choice is one about the chosen service."""
        asked = ASKING.get(turn.topic, "") if turn.topic else ""
        said = turn.reading
        if turn.kind is Kind.CHOICE and turn.service:
            said = normalise(self.catalogue.title(turn.service))
        return f"{said} {asked}".strip()

    def _filters(self, query: Query, turn: Turn) -> Filters:
        """A choice is answered by its service, with the fact that was asked where it has it."""
        if turn.kind is not Kind.CHOICE or turn.service is None:
            return query.filters
        topics = {self.snapshot.passages[row].topic for row in self.rows_of(turn.service)}
        kept = (
            frozenset({turn.topic}) if turn.topic and turn.topic in topics else frozenset[Topic]()
        )
        return replace(query.filters, services=frozenset({turn.service}), topics=kept)

    def _about(
        self, query: Query, turn: Turn, retrieved: Retrieved, language: str
    ) -> tuple[str | None, Context | None]:
        """The service whose passages a turn prefers: the chosen one, the talk's, one before it; and
        the context in which it may have been meant as well, where that is not certain.
        """
        context, filters = query.context, query.filters
        if len(filters.services) == 1:
            return next(iter(filters.services)), None
        if turn.service or not (context.service or context.recent):
            return turn.service, None
        if turn.kind is Kind.BACK and context.recent:
            return self._nearest_recent(context, self.rank(retrieved, language)), NO_CONTEXT
        if context.service is None:
            return None, None
        evidence = self.moves(turn, retrieved, context, language)
        if evidence is None:
            return context.service, None
        moves = self.snapshot.weights.move.probability(evidence)
        stay, move = Context(context.service), NO_CONTEXT
        likely, other = (move, stay) if moves > _EVEN else (stay, move)
        return likely.service, other if _SURE_STAY < moves < _SURE_MOVE else None

    def _nearest_recent(self, context: Context, bare: Ranking) -> str | None:
        """The service before this one that a question finds first; none where it finds another."""
        services = (self.snapshot.passages[row].service for row in bare.rows)
        return next((service for service in services if service in context.recent), None)

    def _is_vague(self, text: str, service: str | None, query: Query) -> bool:
        """Whether a question lacks a subject, and nothing around it says what it is about."""
        return (
            service is None
            and not query.filters
            and len(words_of(text)) <= _VAGUE_WORDS
            and not has_subject(text)
        )

    def _asked_back(self, ranking: Ranking, decision: Decision) -> Decision:
        services = [self.snapshot.passages[row].service for row in ranking.rows]
        scores = ranking.scores.tolist()
        tied = tied_services(scores, services, scores[0] - scores[-1])[:MOST_IN_CONTEXT]
        return Decision.none(decision.confidence, Reason.AMBIGUOUS, tied)

    def _of_centres(self, centres: CentreAnswer, first: Finding, query: Query) -> CentreAnswer:
        """What to say of centres; it `asks_where` exactly where they themselves are the answer, or
        where a place must be asked back.

        They are where the question names one and asks where it is, or where what was found says
        where to go or when as well.
        """
        decision, ranking = first.decision, first.ranking
        best = self.snapshot.passages[ranking.rows[0]] if len(ranking.rows) else None
        is_general = best is not None and best.service == CENTRES_SERVICE
        says_where = is_general or (best is not None and best.topic is Topic.WHERE)
        asks_back = centres.asks_where or (decision.answerable and is_general)
        if not centres.found:
            return replace(centres, asks_where=asks_back and not query.filters)
        is_likely = is_general and decision.confidence >= _LIKELY
        is_bare = centres.names_centre and first.asked.isdecimal()
        is_meant = is_bare or (centres.asks_where and (centres.names_centre or is_likely))
        is_named = centres.asks_where or centres.names_centre
        is_meant = is_meant or (decision.answerable and says_where and is_named)
        is_in_scope = any(
            found.centre.number in query.question for found in centres.found
        ) or self._may_ask_where(first.retrieved, ranking, query.channel)
        return replace(centres, asks_where=is_meant and is_in_scope and not query.filters)

    def _may_ask_where(self, retrieved: Retrieved, ranking: Ranking, channel: Channel) -> bool:
        """Whether a question about a centre is not about something else altogether."""
        policy = self.snapshot.weights.policy
        in_scope = policy.scope.probability(self.features(retrieved, ranking))
        is_live = retrieved.outside is Reason.LIVE_DATA and (retrieved.odds or 0) < _LEAST_ODDS
        return not is_live and in_scope >= _SCOPE_SHARE * policy.thresholds.scope[channel]

    def refusal(self, question: str) -> Reason | None:
        """Why a question is not even searched for: the same for all that normalise alike."""
        most = self.options.max_question_chars
        if len(question) > most or len(text := normalise(question)) > most:
            return Reason.TOO_LONG  # in the end, too: one sign may stand for a whole phrase
        if not any(map(str.isalnum, text)):
            return Reason.EMPTY
        return Reason.PERSONAL_DATA_ONLY if is_only_personal(text) else None

    def _check(self, query: Query) -> None:
        if not 1 <= query.top_k <= MAX_TOP_K:
            raise RequestError(f"top_k must be 1 to {MAX_TOP_K}, not {query.top_k}")
        for slug in sorted(query.filters.services):
            self.catalogue.check_service(slug)


def _surest(retrieved: list[Retrieved]) -> Retrieved:
    """The part that is nearest to known questions: it says whether the others are in scope."""
    return max(retrieved, key=lambda one: float(one.known[0]) if len(one.known) else 0.0)
