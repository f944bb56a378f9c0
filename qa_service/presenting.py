"""What was found and decided -> the Answer that is shown. Thread-safe."""

from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter

from qa_service import phrases
from qa_service.catalogue import Catalogue
from qa_service.indexing.snapshot import Snapshot
from qa_service.ranking.policy import Decision, decayed_confidences
from qa_service.ranking.present import highlight, related, siblings
from qa_service.retrieval import Retrieved
from qa_service.retrieval.fusion import Ranking
from qa_service.text.tokens import stems
from qa_service.types import (
    Answer,
    CentreAnswer,
    Choice,
    Handoff,
    Query,
    RankedPassage,
    Understood,
)

_CACHED_SENTENCES = 8_192  # of passages: a small corpus fits


class Presenter:
    """Presents answers of one version."""

    def __init__(self, snapshot: Snapshot, catalogue: Catalogue, handoff: Handoff) -> None:
        self._snapshot, self._catalogue, self._handoff = snapshot, catalogue, handoff
        self._sentence_terms = lru_cache(_CACHED_SENTENCES)(stems)

    def present(
        self,
        query: Query,
        understood: Understood,
        retrieved: Retrieved,
        ranking: Ranking,
        decision: Decision,
        centres: CentreAnswer,
        started: float,
    ) -> Answer:
        """`started`: by `time.perf_counter`, in seconds."""
        ranked = self._shown(ranking, query.top_k, decision.confidence, stems(understood.reading))
        if decision.answerable and centres.asks_where and centres.found:
            told, others = _told_apart(ranked, centres)
            ranked = (*told, *self._of_centres(centres, decision), *others)[: query.top_k]
        shown = [found.passage for found in ranked]
        following = (self._snapshot.passages[row] for row in ranking.rows[query.top_k :])
        procedure = self._catalogue.find(shown[0].service) if shown else None
        choices = (Choice(slug, self._catalogue.title(slug)) for slug in decision.tied_services)
        return Answer(
            answer_id="",
            question=query.question,
            understood=understood,
            answerable=decision.answerable,
            confidence=decision.confidence,
            reason=decision.reason,
            passages=ranked,
            siblings=siblings(procedure, shown),
            choices=tuple(choices),
            related=related(following) if decision.answerable else (),
            handoff=None if decision.answerable else self._handoff,
            index_version=self._snapshot.manifest.version,
            degraded=retrieved.failed,
            took_ms=round((perf_counter() - started) * 1000, 3),
            empty_legs=() if query.filters else _empty(retrieved),
            actions=procedure.actions if procedure and decision.answerable else (),
            centres=centres,
            reply=phrases.ASK_TOWN if centres.asks_where and not centres.found else None,
        )

    def _shown(
        self, ranking: Ranking, top_k: int, confidence: float, asked: Sequence[str]
    ) -> tuple[RankedPassage, ...]:
        passages = [self._snapshot.passages[row] for row in ranking.rows[:top_k]]
        scores = ranking.scores[:top_k].tolist()
        confidences = decayed_confidences(confidence, scores)
        marked = [highlight(passage.text, asked, self._sentence_terms) for passage in passages]
        return tuple(map(RankedPassage, passages, scores, confidences, marked))

    def _of_centres(self, centres: CentreAnswer, decision: Decision) -> list[RankedPassage]:
        passages = [self._catalogue.passage_of(found.centre) for found in centres.found]
        return [
            RankedPassage(passage, decision.confidence, decision.confidence) for passage in passages
        ]


def _told_apart(
    ranked: Sequence[RankedPassage], centres: CentreAnswer
) -> tuple[Sequence[RankedPassage], Sequence[RankedPassage]]:
    """The best passage, where it tells of one of these very centres, and the others."""
    if not ranked or not any(
        found.centre.number in ranked[0].passage.text for found in centres.found
    ):
        return (), ranked
    return ranked[:1], ranked[1:]


def _empty(retrieved: Retrieved) -> tuple[str, ...]:
    return tuple(leg for leg, hits in retrieved.hits.items() if not len(hits.rows))
