"""Finder: one question searched, ranked and judged. Stateless and thread-safe.

The engine asks it once a part of a message, and decides what to say.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qa_service.catalogue import Catalogue
from qa_service.dialogue.moving import move_evidence
from qa_service.dialogue.turns import Turn
from qa_service.encoders import Encoder
from qa_service.errors import OverloadedError
from qa_service.indexing.snapshot import Snapshot
from qa_service.ranking.compounds import shortfalls, support
from qa_service.ranking.features import Features, ScopeEvidence, nearest_margin
from qa_service.ranking.moves import MoveEvidence
from qa_service.ranking.policy import Decision, Missing, Outside
from qa_service.retrieval import (
    CONTEXT,
    MESSAGE,
    NO_HITS,
    PARTS,
    QUESTIONS,
    RANKING_LEGS,
    RetrievalRequest,
    Retrieved,
    Retriever,
)
from qa_service.retrieval.filtering import PassageFilter
from qa_service.retrieval.fusion import Ranking, fuse
from qa_service.text.tokens import grams
from qa_service.types import (
    NO_FILTERS,
    Channel,
    Context,
    Filters,
    Handoff,
    Hits,
    Rows,
    Understood,
    Vectors,
)

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 5

_BESIDE = 0.8
"""What stands beside the conversation's service counts, in its weight."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine takes from the settings; `deadline_s`: for the search, in seconds."""

    max_question_chars: int
    retrieval_depth: int
    deadline_s: float
    handoff: Handoff


class Finder:
    """Searches one version of the index."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        retriever: Retriever,
        options: EngineOptions,
    ) -> None:
        self.snapshot, self.options, self.catalogue = snapshot, options, Catalogue(snapshot)
        self._encoder, self._retriever = encoder, retriever
        self._services = tuple(passage.service for passage in snapshot.passages)
        self._filter = PassageFilter(snapshot.passages)

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
            vector=self.encode(understood.reading),
            grams=grams(understood.reading),
            language=understood.language,
            filters=filters,
            depth=depth or self.options.retrieval_depth,
            deadline=time.monotonic() + self.options.deadline_s,
        )
        retrieved = self._retriever.retrieve(request)
        if retrieved.failed and not retrieved.hits:
            raise OverloadedError("nothing can be searched now; ask again", RETRY_AFTER_S)
        return self.in_context(self._classified(retrieved, request), context_service, filters)

    def _classified(self, retrieved: Retrieved, request: RetrievalRequest) -> Retrieved:
        """What was found, together with what the version's classifier says."""
        if self.snapshot.classifier is None or request.vector is None:
            return retrieved
        prediction = self.snapshot.classifier.predict(request.vector)
        among = self._filter.rows_among(np.arange(len(prediction.logs)), request.filters)
        return retrieved.with_prediction(prediction, prediction.hits(request.depth, among))

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
            retrieved.prediction.odds or 0.0,
        )

    def features(self, retrieved: Retrieved, ranking: Ranking) -> Features:
        """What the policy decides by."""
        from_context = ranking.best_contribution(CONTEXT)
        lent = sum(map(ranking.best_contribution, (PARTS, MESSAGE)))
        scores = (ranking.scores - np.float32(lent)).tolist()
        return Features.of(self.evidence(retrieved), scores, from_context)

    def decide(
        self,
        retrieved: Retrieved,
        ranking: Ranking,
        channel: Channel,
        in_talk: bool = False,
    ) -> Decision:
        """Answer or abstain; abstains more where a part of the search failed. in_talk: see
        `AnswerPolicy.decide`.
        """
        features, scores = self.features(retrieved, ranking), ranking.scores.tolist()
        judged = (features, scores, self.services_of(ranking), channel)
        outside = Outside(retrieved.prediction.reason, retrieved.prediction.odds or 0.0)
        missing = self.missing(retrieved.failed)
        return self.snapshot.weights.policy.decide(*judged, missing, outside, in_talk)

    def missing(self, failed: tuple[str, ...]) -> Missing:
        """What of the evidence is missing where these searches failed."""
        if not failed:
            return Missing.NOTHING
        only_ranks = set(failed) <= set(RANKING_LEGS) or self.snapshot.stores.off_topic is None
        return Missing.LEGS if only_ranks else Missing.SCOPE

    def in_context(
        self,
        retrieved: Retrieved,
        service: str | None,
        filters: Filters,
        beside: Sequence[str] = (),
        share: float = 1.0,
    ) -> Retrieved:
        """What was found, together with the passages of the conversation's service and, by less, of
        those that it may be about instead: vague questions are settled. share: what they all count,
        of the context's weight.
        """
        if service is None:
            return retrieved
        shares = dict.fromkeys(beside, _BESIDE) | {service: 1.0}
        rows = [self._filter.rows_among(self.rows_of(one), filters) for one in shares]
        scores = np.repeat(share * np.array([*shares.values()], np.float32), [*map(len, rows)])
        return replace(
            retrieved, hits={**retrieved.hits, CONTEXT: Hits(np.concatenate(rows), scores)}
        )

    def moves(
        self, turn: Turn, retrieved: Retrieved, context: Context, language: str
    ) -> MoveEvidence | None:
        """What tells whether a turn leaves the talk's service; None where nothing is found."""
        bare = self.rank(retrieved, language)
        held = self.rank(self.in_context(retrieved, context.service, NO_FILTERS), language)
        in_scope = self.snapshot.weights.policy.scope.probability(self.features(retrieved, bare))
        return move_evidence(
            turn, bare, held, context, self._services, self.catalogue.names, in_scope
        )

    def supported(
        self, found: Sequence[Retrieved], whole: Retrieved, language: str
    ) -> list[Retrieved]:
        """Each part's hits with the services that the other parts are about, and with what the
        whole message finds: one passage may answer several parts.
        """
        message = self.as_message(whole, language)
        best = []
        for ranking in (self.rank(one, language) for one in found):
            best.append(shortfalls(self.services_of(ranking), ranking.scores.tolist()))
        return [
            replace(one, hits={**one.hits, PARTS: self._hits(support(others)), MESSAGE: message})
            for n, one in enumerate(found)
            for others in [best[:n] + best[n + 1 :]]
        ]

    def as_message(self, whole: Retrieved, language: str, share: float = 1.0) -> Hits:
        """What a whole message finds, as hits of `MESSAGE`: by how much each passage is above the
        last of them, times a share.
        """
        ranked = self.rank(whole, language)
        return Hits(ranked.rows, share * (ranked.scores - ranked.scores[-1:]))

    def _hits(self, by_service: Mapping[str, float]) -> Hits:
        """The passages of these services with a score each."""
        if not by_service:
            return NO_HITS
        ranked = sorted(by_service, key=by_service.__getitem__, reverse=True)
        rows = [self.rows_of(service) for service in ranked]
        scores = [by_service[service] for service in ranked]
        counts = [len(found) for found in rows]
        return Hits(np.concatenate(rows), np.repeat(np.array(scores, np.float32), counts))

    def rows_of(self, service: str) -> Rows:
        """The passages of a service."""
        return self._filter.rows_of(service)

    def services_of(self, ranking: Ranking) -> list[str]:
        """Each candidate's service, best first."""
        return [self._services[row] for row in ranking.rows.tolist()]

    def encode(self, reading: str) -> Vectors | None:
        """A question's vector; None, said in the log, where the encoder fails."""
        try:
            vectors = self._encoder.encode_queries([reading])
        except Exception as error:
            # Only the kind of error: its text may quote the question.
            logger.warning("the encoder fails", extra={"cause": type(error).__name__})
            return None
        return np.asarray(vectors[0])
