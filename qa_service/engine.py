"""QAEngine: one question in, ranked passages and a decision out. Stateless and thread-safe."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from qa_service.catalogue import CENTRES_SERVICE, Catalogue
from qa_service.encoders import Encoder
from qa_service.errors import OverloadedError, RequestError
from qa_service.indexing.snapshot import Snapshot
from qa_service.presenting import Presenter
from qa_service.ranking.features import Features, ScopeEvidence, nearest_margin
from qa_service.ranking.policy import Decision, Missing
from qa_service.retrieval import (
    CONTEXT,
    NO_HITS,
    QUESTIONS,
    RANKING_LEGS,
    RetrievalRequest,
    Retrieved,
    Retriever,
)
from qa_service.retrieval.fusion import NOTHING_RANKED, Ranking, fuse
from qa_service.retrieval.legs import rows_by
from qa_service.text.normalise import normalise
from qa_service.text.personal import is_only_personal
from qa_service.text.tokens import grams
from qa_service.types import (
    NO_CENTRES,
    NO_FILTERS,
    Answer,
    CentreAnswer,
    Channel,
    Filters,
    Handoff,
    Hits,
    Passage,
    Query,
    Reason,
    Topic,
    Understood,
    Vectors,
)

logger = logging.getLogger(__name__)

MAX_TOP_K = 20
RETRY_AFTER_S = 5

_LIKELY = 0.1
"""Confidence from which a question that seems off topic may still be about the way to a centre."""

_SCOPE_SHARE = 0.3
"""Share of a channel's threshold of scope that a question about the way to a centre must reach:
names of towns and little else are far from all known questions.
"""

_NOT_READ = Understood(language="uk", reading="")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine takes from the settings; `deadline_s`: for the search, in seconds."""

    max_question_chars: int
    retrieval_depth: int
    deadline_s: float
    handoff: Handoff


class QAEngine:
    """Answers questions from one version of the index."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        retriever: Retriever,
        options: EngineOptions,
    ) -> None:
        self.snapshot, self.options, self.catalogue = snapshot, options, Catalogue(snapshot)
        self._encoder, self._retriever = encoder, retriever
        self._rows_of_service = rows_by(passage.service for passage in snapshot.passages)
        self._presenter = Presenter(snapshot, self.catalogue, options.handoff)

    def answer(self, query: Query) -> Answer:
        """The best passages for a question and whether they answer it. Its `answer_id` is empty.

        Raises RequestError for an unknown filter or top_k, OverloadedError where no leg answers.
        """
        started, present = perf_counter(), self._presenter.present
        self._check(query)
        if reason := self.refusal(query.question):
            decision = Decision(False, 0.0, reason)
            return present(
                query, _NOT_READ, Retrieved(), NOTHING_RANKED, decision, NO_CENTRES, started
            )
        understood = self.snapshot.understand(query.question)
        centres = self.catalogue.directory.asked(query.question, understood.reading)
        retrieved = self.retrieve(understood, query.filters, query.context_service)
        ranking = self.rank(retrieved, understood.language)
        decision = self.decide(retrieved, ranking, query.channel)
        centres = self._of_centres(centres, decision, retrieved, ranking, query)
        return present(query, understood, retrieved, ranking, decision, centres, started)

    def _of_centres(
        self,
        centres: CentreAnswer,
        decision: Decision,
        retrieved: Retrieved,
        ranking: Ranking,
        query: Query,
    ) -> CentreAnswer:
        """What to say of centres; it `asks_where` exactly where they themselves are the answer, or
        where a place must be asked back.

        They are where the question names one and asks where it is, or where what was found says
        where to go or when as well.
        """
        best = self.snapshot.passages[ranking.rows[0]] if len(ranking.rows) else None
        is_general = best is not None and best.service == CENTRES_SERVICE
        says_where = is_general or (best is not None and best.topic is Topic.WHERE)
        asks_back = centres.asks_where or (decision.answerable and is_general)
        if not centres.found:
            return replace(centres, asks_where=asks_back and not query.filters)
        is_likely = is_general and decision.confidence >= _LIKELY
        is_meant = (centres.asks_where and (centres.names_centre or is_likely)) or (
            decision.answerable and says_where and (centres.asks_where or centres.names_centre)
        )
        is_in_scope = any(
            found.centre.number in query.question for found in centres.found
        ) or self._may_ask_where(retrieved, ranking, query.channel)
        return replace(centres, asks_where=is_meant and is_in_scope and not query.filters)

    def _may_ask_where(self, retrieved: Retrieved, ranking: Ranking, channel: Channel) -> bool:
        """Whether a question about a centre is not about something else altogether."""
        policy = self.snapshot.weights.policy
        in_scope = policy.scope.probability(self.features(retrieved, ranking))
        return in_scope >= _SCOPE_SHARE * policy.thresholds.scope[channel]

    def refusal(self, question: str) -> Reason | None:
        """Why a question is not even searched for: the same for all that normalise alike."""
        if len(question) > self.options.max_question_chars:
            return Reason.TOO_LONG
        text = normalise(question)
        if not any(map(str.isalnum, text)):
            return Reason.EMPTY
        return Reason.PERSONAL_DATA_ONLY if is_only_personal(text) else None

    def retrieve(
        self,
        understood: Understood,
        filters: Filters = NO_FILTERS,
        context_service: str | None = None,
        depth: int | None = None,
    ) -> Retrieved:
        """Each leg's candidates, `depth` each, and the passages of the conversation's service.

        Raises OverloadedError where every leg failed.
        """
        request = RetrievalRequest(
            vector=self._encode(understood.reading),
            grams=grams(understood.reading),
            language=understood.language,
            filters=filters,
            depth=depth or self.options.retrieval_depth,
            deadline=time.monotonic() + self.options.deadline_s,
        )
        retrieved = self._retriever.retrieve(request)
        if retrieved.failed and not retrieved.hits:
            raise OverloadedError("nothing can be searched now; ask again", RETRY_AFTER_S)
        return replace(
            retrieved, hits={**retrieved.hits, **self._context(context_service, filters)}
        )

    def rank(self, retrieved: Retrieved, language: str, depth: int | None = None) -> Ranking:
        """The best `depth` of the legs' candidates, as many as are taken from a leg by default."""
        weights, background = self.snapshot.weights, self.snapshot.manifest.background
        most = depth or self.options.retrieval_depth
        return fuse(retrieved.hits, background, weights.of_legs(language), most)

    def evidence(self, retrieved: Retrieved) -> ScopeEvidence:
        """What the nearest questions and the words say about whether a question is in scope."""
        margin = nearest_margin(retrieved.known.tolist(), retrieved.off_topic.tolist())
        return ScopeEvidence(
            None
            if margin is None
            else margin / self.snapshot.manifest.background[QUESTIONS].deviation,
            retrieved.lexical_margin or 0.0,
        )

    def features(self, retrieved: Retrieved, ranking: Ranking) -> Features:
        """What the policy decides by."""
        from_context = ranking.best_contribution(CONTEXT)
        return Features.of(self.evidence(retrieved), ranking.scores.tolist(), from_context)

    def decide(self, retrieved: Retrieved, ranking: Ranking, channel: Channel) -> Decision:
        """Answer or abstain; abstains more where a part of the search failed."""
        services = [self.snapshot.passages[row].service for row in ranking.rows]
        features, scores = self.features(retrieved, ranking), ranking.scores.tolist()
        missing = self._missing(retrieved.failed)
        return self.snapshot.weights.policy.decide(features, scores, services, channel, missing)

    def _missing(self, failed: tuple[str, ...]) -> Missing:
        if not failed:
            return Missing.NOTHING
        judges_scope = self.snapshot.stores.off_topic is not None
        only_ranks = set(failed) <= set(RANKING_LEGS)
        return Missing.SCOPE if judges_scope and not only_ranks else Missing.LEGS

    def _check(self, query: Query) -> None:
        if not 1 <= query.top_k <= MAX_TOP_K:
            raise RequestError(f"top_k must be 1 to {MAX_TOP_K}, not {query.top_k}")
        for slug in sorted(query.filters.services):
            self.catalogue.check_service(slug)
        if query.context_service is not None:
            self.catalogue.check_service(query.context_service)

    def _encode(self, reading: str) -> Vectors | None:
        """A question's vector; None, said in the log, where the encoder fails."""
        try:
            vectors = self._encoder.encode_queries([reading])
        except Exception as error:
            # Only the kind of error: its text may quote the question.
            logger.warning("the encoder fails", extra={"cause": type(error).__name__})
            return None
        return np.asarray(vectors[0])

    def _context(self, service: str | None, filters: Filters) -> Mapping[str, Hits]:
        """A constant score for the passages of the conversation's service; settles vague
        questions.
        """
        if service is None:
            return {}
        rows = self._rows_of_service.get(service, NO_HITS.rows)
        if filters:
            kept = [row for row in rows if _passes(self.snapshot.passages[row], filters)]
            rows = np.array(kept, np.int64)
        return {CONTEXT: Hits(rows, np.ones(len(rows), np.float32))}


def _passes(passage: Passage, filters: Filters) -> bool:
    return (not filters.services or passage.service in filters.services) and (
        not filters.topics or passage.topic in filters.topics
    )
