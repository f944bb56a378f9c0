"""What was found and decided -> the Answer that is shown. Thread-safe."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from time import perf_counter

from qa_service.catalogue import Catalogue
from qa_service.indexing.snapshot import Snapshot
from qa_service.phrases import forms
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

MOST_CENTRES = 10
"""How many centres an answer has."""

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
        centres = replace(centres, found=centres.found[:MOST_CENTRES])
        ranked = self._shown(ranking, query.top_k, decision.confidence, stems(understood.reading))
        if centres.asks_where and centres.found:
            decision = Decision(True, self._snapshot.weights.centres, None)
            ranked = self._with_centres(ranked, centres, decision.confidence)[: query.top_k]
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
            reply=forms.asked_back(centres),
        )

    def _shown(
        self, ranking: Ranking, top_k: int, confidence: float, asked: Sequence[str]
    ) -> tuple[RankedPassage, ...]:
        passages = [self._snapshot.passages[row] for row in ranking.rows[:top_k]]
        scores = ranking.scores[:top_k].tolist()
        confidences = decayed_confidences(confidence, scores)
        marked = [highlight(passage.text, asked, self._sentence_terms) for passage in passages]
        return tuple(map(RankedPassage, passages, scores, confidences, marked))

    def _with_centres(
        self, ranked: Sequence[RankedPassage], centres: CentreAnswer, confidence: float
    ) -> tuple[RankedPassage, ...]:
        """The centres first, after the best passage where it tells of one of these very centres;
        they rank as high as it does. The other passages keep what is known of them.
        """
        numbers = [found.centre.number for found in centres.found]
        best = ranked[0] if ranked else None
        tells = best is not None and any(number in best.passage.text for number in numbers)
        told = [replace(best, confidence=confidence)] if best and tells else []
        score = best.score if best else 0.0
        passages = [self._catalogue.passage_of(found.centre) for found in centres.found]
        shown = [RankedPassage(passage, score, confidence) for passage in passages]
        return (*told, *shown, *ranked[len(told) :])


def _empty(retrieved: Retrieved) -> tuple[str, ...]:
    return tuple(leg for leg, hits in retrieved.hits.items() if not len(hits.rows))
