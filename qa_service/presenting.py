"""What was found and decided -> the Answer that is shown. Thread-safe."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, zip_longest
from time import perf_counter

from qa_service.catalogue import CENTRES_SERVICE, Catalogue
from qa_service.dialogue.carrying import Finding, next_context
from qa_service.indexing.snapshot import Snapshot
from qa_service.phrases import forms, talk
from qa_service.phrases.languages import language_for
from qa_service.ranking.policy import Decision, decayed_confidences
from qa_service.ranking.present import highlight, related, sentence_terms, siblings
from qa_service.retrieval import Retrieved
from qa_service.text.normalise import normalise
from qa_service.text.small_talk import small_talk
from qa_service.text.tokens import stems
from qa_service.types import (
    Answer,
    CentreAnswer,
    Certainty,
    Choice,
    Handoff,
    Part,
    Query,
    RankedPassage,
    Reason,
    Understood,
)

MOST_CENTRES = 10
"""How many centres an answer has."""

_CACHED_TEXTS = 1_024  # of passages: a small corpus fits


class Presenter:
    """Presents answers of one version."""

    def __init__(self, snapshot: Snapshot, catalogue: Catalogue, handoff: Handoff) -> None:
        self._snapshot, self._catalogue, self._handoff = snapshot, catalogue, handoff
        self._sentence_terms = lru_cache(_CACHED_TEXTS)(sentence_terms)

    def present(
        self,
        query: Query,
        understood: Understood,
        found: Sequence[Finding],
        centres: CentreAnswer,
        started: float,
    ) -> Answer:
        """`found`: one a part, one at least. `started`: by `time.perf_counter`, in seconds."""
        centres = replace(centres, found=centres.found[:MOST_CENTRES])
        answered = [one for one in found if one.decision.answerable]
        main = answered[0] if answered else found[0]
        decision, most = main.decision, max(query.top_k, len(answered))
        others = [one for one in found if not one.decision.answerable]
        ranked = self._shown([*answered, *others], most, stems(understood.reading))
        if centres.is_answer and len(found) == 1:
            decision = Decision(Certainty.SURE, self._snapshot.weights.centres, None)
            ranked = self._with_centres(main.asked, ranked, centres, decision.confidence)[:most]
        if decision.reason is Reason.SMALL_TALK:
            ranked = ()
        shown = [one.passage for one in ranked]
        following = (self._snapshot.passages[row] for row in main.ranking.rows[most:])
        procedure = self._catalogue.find(shown[0].service) if shown else None
        choices = (Choice(slug, self._catalogue.title(slug)) for slug in decision.tied_services)
        acts = decision.answerable or decision.reason is Reason.LIVE_DATA
        retrieved = [one.retrieved for one in found]
        return Answer(
            answer_id="",
            question=query.question,
            understood=understood,
            certainty=decision.certainty,
            confidence=decision.confidence,
            reason=decision.reason,
            passages=ranked,
            siblings=siblings(procedure, shown),
            choices=tuple(choices),
            related=related(following) if decision.answerable else (),
            handoff=None if decision.answerable else self._handoff,
            index_version=self._snapshot.manifest.version,
            degraded=tuple(dict.fromkeys(name for one in retrieved for name in one.failed)),
            took_ms=round((perf_counter() - started) * 1000, 3),
            empty_legs=() if query.filters else _empty(retrieved[0]),
            actions=procedure.actions if procedure and acts else (),
            centres=centres,
            reply=self._reply(query, understood, centres, decision),
            parts=tuple(map(self._part, found)),
            context=next_context(
                query.context, found, decision, self._snapshot.passages, CENTRES_SERVICE
            ),
        )

    def _reply(
        self, query: Query, understood: Understood, centres: CentreAnswer, decision: Decision
    ) -> str | None:
        """In the language that was asked for, else in the question's."""
        language = language_for(query.lang or understood.language)
        if asked_back := forms.asked_back(centres, language):
            return asked_back
        if decision.reason is Reason.LIVE_DATA:
            return language.say(talk.LIVE_DATA)
        if decision.reason is Reason.SMALL_TALK:
            said = talk.SMALL_TALK[small_talk(normalise(query.question))]
            return language.say(said).format(phone=self._handoff.phone)
        return None

    def _part(self, found: Finding) -> Part:
        decision = found.decision
        best = (
            self._snapshot.passages[found.ranking.rows[0]]
            if decision.answerable and len(found.ranking.rows)
            else None
        )
        return Part(
            asked=found.asked,
            topic=best.topic if best else None,
            service=best.service if best else None,
            passage_id=best.id if best else None,
            confidence=decision.confidence,
            certainty=decision.certainty,
            reason=decision.reason,
        )

    def _shown(
        self, found: Sequence[Finding], most: int, asked: Sequence[str]
    ) -> tuple[RankedPassage, ...]:
        """The best passage of each finding, then their others in turn, each passage once."""
        columns = [self._candidates(one, most) for one in found]
        shown: dict[int, tuple[float, float]] = {}
        for column in columns:
            first = next((row for row in column if row not in shown), None)
            if first is not None:
                shown[first] = column[first]
        for candidates in zip_longest(*(column.items() for column in columns)):
            for row, value in filter(None, candidates):
                shown.setdefault(row, value)
        return tuple(
            RankedPassage(
                passage := self._snapshot.passages[row],
                score,
                confidence,
                highlight(passage, asked, self._sentence_terms),
            )
            for row, (score, confidence) in islice(shown.items(), most)
        )

    def _candidates(self, found: Finding, most: int) -> dict[int, tuple[float, float]]:
        """Row -> score and confidence of a finding's best candidates, best first."""
        scores = found.ranking.scores[: most + 1].tolist()
        confidences = decayed_confidences(found.decision.confidence, scores)
        rows = found.ranking.rows[: most + 1].tolist()
        found_rows = dict(zip(rows, zip(scores, confidences, strict=True), strict=True))
        if found.other is None or not len(found.other.rows) or not rows:
            return found_rows
        second = int(found.other.rows[0])
        value = found_rows.get(second, (scores[-1], confidences[-1]))
        return {rows[0]: found_rows[rows[0]], second: value} | found_rows

    def _with_centres(
        self,
        asked: str,
        ranked: Sequence[RankedPassage],
        centres: CentreAnswer,
        confidence: float,
    ) -> tuple[RankedPassage, ...]:
        """The centres first, after the best passage where it tells of one of these very centres;
        they rank as high as it does. The other passages keep what is known of them.
        """
        numbers = [found.centre.number for found in centres.found]
        best = ranked[0] if ranked else None
        is_told = any(best and number in best.passage.text for number in numbers)
        tells = is_told and not asked.isdecimal()  # the number alone asks for the centre itself
        told = [replace(best, confidence=confidence)] if best and tells else []
        score = best.score if best else 0.0
        passages = [self._catalogue.passage_of(found.centre) for found in centres.found]
        shown = [RankedPassage(passage, score, confidence) for passage in passages]
        return (*told, *shown, *ranked[len(told) :])


def _empty(retrieved: Retrieved) -> tuple[str, ...]:
    return tuple(leg for leg, hits in retrieved.hits.items() if not len(hits.rows))
