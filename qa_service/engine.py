"""QAEngine: one question's way through the house. Holds no state between questions; safe to call
from many threads.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from time import perf_counter

import numpy as np

from qa_service.arrays import Hits
from qa_service.encoders import Encoder
from qa_service.errors import NotFoundError, RequestError
from qa_service.indexing.search_index import SearchIndex
from qa_service.ranking.confidence import Judgement, Signs, along_ranks, nearer
from qa_service.ranking.highlight import highlight
from qa_service.ranking.present import related, siblings
from qa_service.ranking.weights import RankingWeights
from qa_service.retrieval.fusion import Fused, fuse
from qa_service.retrieval.legs import CONTEXT, KNOWN, NO_HITS, OFF_TOPIC, QUESTIONS
from qa_service.text.normalise import normalise
from qa_service.text.personal import is_only_personal
from qa_service.text.tokens import stems, words
from qa_service.types import (
    NO_FILTERS,
    Answer,
    Channel,
    Choice,
    Filters,
    Handoff,
    Passage,
    Query,
    RankedPassage,
    Reason,
    Service,
    Understood,
)

MAX_TOP_K = 20

_CACHED_SENTENCES = 8_192  # of passages: a small corpus fits
_ANSWER_ID_BYTES = 9
_QUOTED_CHARS = 80


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine takes from the settings."""

    max_question_chars: int
    retrieval_depth: int
    handoff: Handoff


class QAEngine:
    """Answers questions from one loaded index."""

    def __init__(
        self, index: SearchIndex, encoder: Encoder, weights: RankingWeights, options: EngineOptions
    ) -> None:
        self._index, self._encoder, self._weights, self._options = index, encoder, weights, options
        self._sentence_terms = lru_cache(_CACHED_SENTENCES)(stems)
        self._services = {service.slug: service for service in index.services}
        self._passages = {passage.id: passage for passage in index.passages}

    def answer(self, query: Query) -> Answer:
        """The best passages for a question and whether they answer it. Raises RequestError for an
        unknown filter or top_k.
        """
        started = perf_counter()
        self._check(query)
        if reason := self._unanswerable(query.question):
            return self._present(
                query, NOT_READ, {}, NOTHING_FOUND, Judgement(False, 0.0, reason), started
            )
        understood = self._index.understand(query.question)
        hits = self.retrieve(understood.reading, query.filters, query.context_service)
        ranking = self.rank(hits)
        judgement = self._judge(understood.reading, hits, ranking, query.channel)
        return self._present(query, understood, hits, ranking, judgement, started)

    def search(self, question: str, depth: int) -> list[tuple[str, float]]:
        """(document id, score) best first, a document by its best passage: what retrieval measures
        need.
        """
        understood = self._index.understand(question)
        ranking = self.rank(self.retrieve(understood.reading), len(self._index.passages))
        best: dict[str, float] = {}
        for row, score in zip(ranking.rows, ranking.scores, strict=True):
            best.setdefault(self._index.passages[row].document, float(score))
        return list(best.items())[:depth]

    def retrieve(
        self, reading: str, filters: Filters = NO_FILTERS, context_service: str | None = None
    ) -> dict[str, Hits]:
        """What each leg finds for a question as read, and the passages of the conversation's
        service.
        """
        depth = len(self._index.passages) if filters else self._options.retrieval_depth
        [vector] = self._encoder.encode_queries([reading])
        hits = self._index.search(vector, reading, depth) | self._context(context_service)
        if filters:
            hits = {
                name: hit if name in (KNOWN, OFF_TOPIC) else self._keep(hit, filters)
                for name, hit in hits.items()
            }
        return hits

    def rank(self, hits: Mapping[str, Hits], depth: int | None = None) -> Fused:
        """The best `depth` of the legs' hits, as many as are taken from a leg by default."""
        depth = depth or self._options.retrieval_depth
        return fuse(hits, self._index.manifest.background, self._weights.legs, depth)

    def signs(self, reading: str, hits: Mapping[str, Hits], ranking: Fused) -> Signs:
        """What the hits for a question as read, and their ranking, say about it."""
        known, off_topic = (hits.get(leg, NO_HITS).scores.tolist() for leg in (KNOWN, OFF_TOPIC))
        aside = nearer(known, off_topic)
        found = Signs(
            aside=None
            if aside is None
            else aside / self._index.manifest.background[QUESTIONS].deviation,
            wording=self._index.wording.leaning(reading) if self._index.wording else 0.0,
        )
        return found.ranked(ranking.scores.tolist(), ranking.best_owes(CONTEXT))

    def with_legs(self, legs: Mapping[str, float]) -> "QAEngine":
        """This engine with other weights; a leg that `legs` lacks counts nothing. For ablations."""
        return QAEngine(
            self._index, self._encoder, replace(self._weights, legs=dict(legs)), self._options
        )

    def over(self, index: SearchIndex) -> "QAEngine":
        """This engine over another index, which the same encoder made. For ablations."""
        return QAEngine(index, self._encoder, self._weights, self._options)

    @property
    def legs(self) -> Mapping[str, float]:
        return self._weights.legs

    @property
    def handoff(self) -> Handoff:
        return self._options.handoff

    @property
    def index(self) -> SearchIndex:
        return self._index

    @property
    def services(self) -> tuple[Service, ...]:
        return self._index.services

    @property
    def popular(self) -> tuple[str, ...]:
        return self._index.popular

    @property
    def index_version(self) -> str:
        return self._index.manifest.version

    def service(self, slug: str) -> Service:
        """Raises NotFoundError."""
        try:
            return self._services[slug]
        except KeyError:
            raise NotFoundError(
                f"there is no service {slug[:_QUOTED_CHARS]!r}; GET /v1/services lists them"
            ) from None

    def passage(self, passage_id: str) -> Passage:
        """Raises NotFoundError."""
        try:
            return self._passages[passage_id]
        except KeyError:
            raise NotFoundError(
                f"there is no passage {passage_id[:_QUOTED_CHARS]!r}; GET /v1/services/{{slug}} "
                "lists a service's"
            ) from None

    def _check(self, query: Query) -> None:
        if not 1 <= query.top_k <= MAX_TOP_K:
            raise RequestError(f"top_k must be 1 to {MAX_TOP_K}, not {query.top_k}")
        for slug in sorted(query.filters.services):
            self.service(slug)
        if query.context_service is not None:
            self.service(query.context_service)

    def _unanswerable(self, question: str) -> Reason | None:
        """Why a question is not even searched for: the same for all questions that normalise alike,
        as caches take them.
        """
        if len(question) > self._options.max_question_chars:
            return Reason.TOO_LONG
        if not words(question):
            return Reason.EMPTY
        return Reason.PERSONAL_DATA_ONLY if is_only_personal(normalise(question)) else None

    def _context(self, service: str | None) -> dict[str, Hits]:
        """A constant in favour of the conversation's service: it decides a vague question, a new
        subject outweighs it.
        """
        if service is None:
            return {}
        rows = [
            row for row, passage in enumerate(self._index.passages) if passage.service == service
        ]
        return {CONTEXT: Hits(np.array(rows, np.int64), np.ones(len(rows), np.float32))}

    def _keep(self, hits: Hits, filters: Filters) -> Hits:
        kept = [
            number
            for number, row in enumerate(hits.rows)
            if _passes(self._index.passages[row], filters)
        ]
        return Hits(hits.rows[kept], hits.scores[kept])

    def _judge(
        self, reading: str, hits: Mapping[str, Hits], ranking: Fused, channel: Channel
    ) -> Judgement:
        scores = ranking.scores.tolist()
        services = [self._index.passages[row].service for row in ranking.rows]
        return self._weights.judge(self.signs(reading, hits, ranking), scores, services, channel)

    def _present(
        self,
        query: Query,
        understood: Understood,
        hits: Mapping[str, Hits],
        ranking: Fused,
        judgement: Judgement,
        started: float,
    ) -> Answer:
        ranked = self._shown(ranking, query.top_k, judgement.confidence, stems(understood.reading))
        shown = [found.passage for found in ranked]
        following = (self._index.passages[row] for row in ranking.rows[len(ranked) :])
        return Answer(
            answer_id=new_answer_id(),
            question=query.question,
            understood=understood,
            answerable=judgement.answerable,
            confidence=judgement.confidence,
            reason=judgement.reason,
            passages=ranked,
            siblings=siblings(self._services.get(shown[0].service) if shown else None, shown),
            choices=tuple(
                Choice(slug, self._services[slug].title)
                for slug in judgement.tied_services
                if slug in self._services
            ),
            related=related(following) if judgement.answerable else (),
            handoff=None if judgement.answerable else self._options.handoff,
            index_version=self.index_version,
            degraded=(),
            took_ms=round((perf_counter() - started) * 1000, 3),
            empty_legs=()
            if query.filters
            else tuple(leg for leg in self.legs if leg in hits and not len(hits[leg].rows)),
        )

    def _shown(
        self, ranking: Fused, top_k: int, confidence: float, asked: list[str]
    ) -> tuple[RankedPassage, ...]:
        passages = [self._index.passages[row] for row in ranking.rows[:top_k]]
        scores = ranking.scores[:top_k].tolist()
        return tuple(
            RankedPassage(
                passage, score, probability, highlight(passage.text, asked, self._sentence_terms)
            )
            for passage, score, probability in zip(
                passages, scores, along_ranks(confidence, scores), strict=True
            )
        )


def new_answer_id() -> str:
    """What feedback names an answer by: unguessable, plain in addresses."""
    return secrets.token_urlsafe(_ANSWER_ID_BYTES)


def _passes(passage: Passage, filters: Filters) -> bool:
    return (not filters.services or passage.service in filters.services) and (
        not filters.topics or passage.topic in filters.topics
    )


NOT_READ = Understood(language="uk", reading="")
NOTHING_FOUND = fuse({}, {}, {}, 0)
