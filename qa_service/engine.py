"""QAEngine: one message in, ranked passages and a decision out. Stateless and thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from qa_service.catalogue import CENTRES_SERVICE
from qa_service.dialogue.carrying import Finding
from qa_service.dialogue.turns import read_turn
from qa_service.encoders import Encoder
from qa_service.errors import RequestError
from qa_service.finding import EngineOptions
from qa_service.indexing.snapshot import Snapshot
from qa_service.presenting import Presenter
from qa_service.ranking.policy import Decision
from qa_service.retrieval import Retrieved, Retriever
from qa_service.retrieval.fusion import NOTHING_RANKED, Ranking
from qa_service.text.normalise import normalise
from qa_service.text.personal import is_only_personal
from qa_service.turning import TurnFinder
from qa_service.types import (
    NO_CENTRES,
    Answer,
    CentreAnswer,
    Channel,
    Context,
    Passage,
    Query,
    Reason,
    Topic,
    Understood,
)

MAX_TOP_K = 20

_LIKELY = 0.1
"""Confidence from which a question that seems off topic may still be about the way to a centre."""
_SCOPE_SHARE = 0.9
"""Share of a channel's threshold of scope that a question about the way to a centre must reach:
names of towns and little else are far from all known questions.
"""
_LEAST_ODDS = -2.0
"""Logarithm of the odds below which a question that a register answers is not about the way."""
_FAR_ODDS = -4.0
"""The same below which a number is none of a centre: «стартер на Москвич 2141»."""
_WHERE_IS_CENTRE = "де сервісний центр"
_AT_CENTRES = "service-centre"
"""Among the channels of a procedure that is done at centres."""
_NOT_READ = Understood(language="uk", reading="")


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is known of a message before anything is shown.

    found: one a part, in the order asked; empty where `refusal` says why nothing was searched.
    """

    understood: Understood
    found: Sequence[Finding] = ()
    refusal: Reason | None = None


class QAEngine(TurnFinder):
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
        looked_up = self.look_up(query)
        understood = looked_up.understood
        if reason := looked_up.refusal:
            return self._without_search(query, understood, reason, started)
        return self.present(query, understood, looked_up.found, started)

    def look_up(self, query: Query) -> LookedUp:
        """How a message is read, and what is found and decided for each of its parts: all of an
        answer but what is shown. Raises OverloadedError where no leg answers.
        """
        if reason := self.refusal(query.question):
            return LookedUp(_NOT_READ, refusal=reason)
        understood = self.read(query)
        if not understood.reading:
            return LookedUp(understood, refusal=Reason.SMALL_TALK)
        turn = read_turn(understood.reading, query.context, self.catalogue.names)
        return LookedUp(understood, self.find(query, understood, turn))

    def read(self, query: Query) -> Understood:
        """The question as it is searched for; a bare place after a question of where asks for the
        centres there.
        """
        understood = self.snapshot.understand(query.question, query.as_typed)
        context, directory = query.context, self.catalogue.directory
        asked_where = context.service == CENTRES_SERVICE or context.topic is Topic.WHERE
        if asked_where and directory.names_only_place(query.question):
            place = normalise(query.question)
            return replace(understood, reading=f"{_WHERE_IS_CENTRE} {place}")
        return understood

    def present(
        self, query: Query, understood: Understood, found: Sequence[Finding], started: float
    ) -> Answer:
        """What is shown of what was found; of centres, too."""
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
        decision, asked = Decision.none(0.0, reason), normalise(query.question)
        found = Finding(asked, Retrieved(), NOTHING_RANKED, decision, query.context.service)
        return self._presenter.present(query, understood, [found], NO_CENTRES, started)

    def _of_centres(self, centres: CentreAnswer, first: Finding, query: Query) -> CentreAnswer:
        """What to say of centres, and whether they are the answer or a place must be asked back.

        They are where the question names one and asks where it is, or where what was found says
        where to go or when as well.
        """
        decision, ranking = first.decision, first.ranking
        best = self.snapshot.passages[ranking.rows[0]] if len(ranking.rows) else None
        is_general = best is not None and best.service == CENTRES_SERVICE
        says_where = is_general or (best is not None and self._is_done_at_centres(best))
        asks_back = centres.asks_where or (decision.answerable and is_general)
        if not centres.found:
            return replace(centres, needs_place=asks_back and not query.filters)
        is_likely = is_general and decision.confidence >= _LIKELY
        is_bare = centres.names_centre and first.asked.isdecimal()
        is_meant = is_bare or (centres.asks_where and (centres.names_centre or is_likely))
        is_named = centres.asks_where or centres.names_centre
        is_meant = is_meant or (decision.answerable and says_where and is_named)
        asked = normalise(query.question)  # all that normalise alike share an answer
        is_numbered = any(found.centre.number in asked for found in centres.found)
        is_in_scope = (
            not _is_far_off(first.retrieved)
            if is_numbered
            else self._may_ask_where(first.retrieved, ranking, query.channel)
        )
        return replace(centres, is_answer=is_meant and is_in_scope and not query.filters)

    def _is_done_at_centres(self, passage: Passage) -> bool:
        """Whether a passage says where to go, and that may be a centre: no doctor is there."""
        service = self.catalogue.find(passage.service)
        channels = service.channels if service else ()
        return passage.topic is Topic.WHERE and (not channels or _AT_CENTRES in channels)

    def _may_ask_where(self, retrieved: Retrieved, ranking: Ranking, channel: Channel) -> bool:
        """Whether a question about a centre is not about something else altogether."""
        policy = self.snapshot.weights.policy
        in_scope = policy.scope.probability(self.features(retrieved, ranking))
        prediction = retrieved.prediction
        is_live = prediction.reason is Reason.LIVE_DATA and (prediction.odds or 0) < _LEAST_ODDS
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


def _is_far_off(retrieved: Retrieved) -> bool:
    """Whether a question is about something else altogether, whatever number it names; one about a
    booking may be about its centre.
    """
    prediction = retrieved.prediction
    return prediction.reason is not Reason.LIVE_DATA and (prediction.odds or 0) < _FAR_ODDS
