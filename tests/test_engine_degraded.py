"""The engine where a part of the search fails or stalls: the others answer, it is named, and more
is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from support.app import engine_that_knows_off_topic, tiny_engine
from support.corpus import FEE_QUESTION, WEIGHTS, tiny_settings
from support.fakes import Broken, FailingEncoder
from support.waiting import MOST_S

from qa_service.bootstrap import engine_over
from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.engine import QAEngine
from qa_service.errors import OverloadedError
from qa_service.ranking.weights import parse_weights
from qa_service.retrieval import (
    LEXICAL,
    LEXICAL_SCOPE,
    OFF_TOPIC,
    PASSAGES,
    QUESTIONS,
    SERVICES,
    VECTOR_LEGS,
    VECTORS,
)
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.types import Answer, Channel, Context, Query, Reason, Rows, Scores, Vectors

LEGS = (*VECTOR_LEGS, LEXICAL)
WEATHER = "яка погода на завтра"


def _ids(answer: Answer) -> list[str]:
    return [ranked.passage.id for ranked in answer.passages]


class BrokenStore(ExactStore):
    """Does something at each search, then breaks."""

    def __init__(self, first: Callable[[], object]) -> None:
        super().__init__(np.zeros((1, 1), np.float32))
        self._first = first

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        self._first()
        raise Broken(FEE_QUESTION)


class BrokenTerms(Bm25Index):
    """The same for words."""

    def __init__(self, first: Callable[[], object]) -> None:
        self._first = first

    def __len__(self) -> int:
        return 2

    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        self._first()
        raise Broken(FEE_QUESTION)

    def best_scores(self, terms: Sequence[str], parts: Sequence[range]) -> list[float]:
        self._first()
        raise Broken(FEE_QUESTION)


def _nothing() -> None:
    """Breaks at once."""


def _without(
    engine: QAEngine,
    folder: Path,
    *broken: str,
    first: Callable[[], object] = _nothing,
    encoder: Encoder | None = None,
    weights: Mapping[str, Any] = WEIGHTS,
    **changes: object,
) -> QAEngine:
    """This engine where the searches named `broken` do `first`, then break; `changes` are
    settings.
    """
    stores, store, terms = engine.snapshot.stores, BrokenStore(first), BrokenTerms(first)
    legs = {
        name: replace(leg, store=store) if name in broken else leg
        for name, leg in stores.legs.items()
    }
    scope = stores.lexical_scope
    disturbed = replace(
        stores,
        legs=legs,
        terms=terms if LEXICAL in broken else stores.terms,
        off_topic=store if OFF_TOPIC in broken else stores.off_topic,
        lexical_scope=replace(scope, index=terms) if scope and LEXICAL_SCOPE in broken else scope,
    )
    snapshot = replace(engine.snapshot, stores=disturbed, weights=parse_weights(weights))
    settings = tiny_settings(folder, **changes)
    return engine_over(snapshot, encoder or HashingEncoder(), settings)


@pytest.mark.parametrize("leg", LEGS)
def test_where_a_leg_breaks_the_others_answer_and_it_is_named(tmp_path: Path, leg: str) -> None:
    engine = tiny_engine(tmp_path)
    answer = _without(engine, tmp_path, leg).answer(Query(FEE_QUESTION, channel=Channel.OPERATOR))
    assert answer.answerable and _ids(answer)[0] == "licence-exchange.fee"
    assert answer.degraded == (leg,) and leg not in answer.empty_legs
    assert engine.answer(Query(FEE_QUESTION)).degraded == ()


def test_a_leg_that_breaks_counts_nothing(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    broken = _without(engine, tmp_path, LEXICAL).answer(Query(FEE_QUESTION, top_k=20))
    legs = {leg: weight for leg, weight in WEIGHTS["legs"].items() if leg != LEXICAL}
    ignoring = _without(engine, tmp_path, weights={**WEIGHTS, "legs": legs})
    assert broken.passages == ignoring.answer(Query(FEE_QUESTION, top_k=20)).passages


def test_several_legs_may_break(tmp_path: Path) -> None:
    engine = _without(tiny_engine(tmp_path), tmp_path, PASSAGES, SERVICES, LEXICAL)
    answer = engine.answer(Query(FEE_QUESTION))
    assert set(answer.degraded) == {PASSAGES, SERVICES, LEXICAL}
    assert _ids(answer)[0] == "licence-exchange.fee"


def _asking_for(confidence: float) -> Mapping[str, Any]:
    """Weights with which every channel answers but, where a leg is missing, from this confidence
    on.
    """
    thresholds = WEIGHTS["thresholds"] | {
        "confidence": dict.fromkeys(Channel, 0.0),
        "degraded": dict.fromkeys(Channel, confidence),
        "tie": 0.0,
    }
    return {**WEIGHTS, "thresholds": thresholds}


@pytest.mark.parametrize("leg", [PASSAGES, SERVICES, LEXICAL])
@pytest.mark.parametrize("channel", Channel)
def test_where_a_leg_that_ranks_is_missing_more_is_asked_for(
    tmp_path: Path, leg: str, channel: Channel
) -> None:
    engine, query = tiny_engine(tmp_path), Query(FEE_QUESTION, channel=channel)
    confidence = _without(engine, tmp_path, leg).answer(query).confidence
    assert 0 < confidence < 1
    for least, is_answered in ((confidence, True), (confidence + 1e-6, False)):
        weights = _asking_for(least)
        answer = _without(engine, tmp_path, leg, weights=weights).answer(query)
        assert answer.answerable == is_answered and answer.confidence == confidence
        assert answer.reason is (None if is_answered else Reason.LOW_CONFIDENCE)
        assert _without(engine, tmp_path, weights=weights).answer(query).answerable


@pytest.mark.parametrize("missing", [QUESTIONS, OFF_TOPIC, LEXICAL_SCOPE])
def test_where_what_tells_the_scope_is_missing_only_a_person_may_judge(
    tmp_path: Path, missing: str
) -> None:
    whole = engine_that_knows_off_topic(tmp_path, WEATHER)
    engine = _without(whole, tmp_path, missing)
    for channel in Channel:
        query = Query(FEE_QUESTION, channel=channel)
        answer = engine.answer(query)
        assert answer.degraded == (missing,) and _ids(answer)[0] == "licence-exchange.fee"
        assert whole.answer(query).answerable
        if channel is Channel.OPERATOR:
            assert answer.answerable and answer.handoff is None
        else:
            assert answer.reason is Reason.LOW_CONFIDENCE and answer.handoff


@pytest.mark.parametrize("leg", [PASSAGES, LEXICAL])
def test_a_leg_that_stalls_is_left_out_when_the_time_is_up(tmp_path: Path, leg: str) -> None:
    released, ended = Event(), list[bool]()
    engine = _without(
        tiny_engine(tmp_path),
        tmp_path,
        leg,
        first=lambda: ended.append(released.wait(MOST_S)),
        answer_deadline_ms=1_000,
    )
    try:
        answer = engine.answer(Query(FEE_QUESTION, channel=Channel.OPERATOR))
        assert ended == []
    finally:
        released.set()
    assert answer.degraded == (leg,)
    assert answer.answerable and _ids(answer)[0] == "licence-exchange.fee"


def test_where_the_encoder_breaks_words_alone_find_passages(tmp_path: Path) -> None:
    whole = tiny_engine(tmp_path)
    engine = _without(whole, tmp_path, encoder=FailingEncoder(0))
    for channel in Channel:
        answer = engine.answer(Query(FEE_QUESTION, channel=channel))
        assert answer.degraded == (VECTORS,) == ("vectors",)
        assert _ids(answer)[0] == "licence-exchange.fee"
        assert answer.answerable == (channel is Channel.OPERATOR)
        assert answer.reason is (None if answer.answerable else Reason.LOW_CONFIDENCE)
    hits = engine.retrieve(engine.snapshot.understand(FEE_QUESTION)).hits
    words = whole.retrieve(whole.snapshot.understand(FEE_QUESTION)).hits[LEXICAL]
    assert hits.keys() == {LEXICAL} and hits[LEXICAL].rows.tolist() == words.rows.tolist()


def test_where_a_part_failed_and_the_rest_finds_nothing_it_is_not_said_that_nothing_fits(
    tmp_path: Path,
) -> None:
    whole = tiny_engine(tmp_path)
    engine = _without(whole, tmp_path, encoder=FailingEncoder(0))
    answer = engine.answer(Query("zzz qqq", channel=Channel.OPERATOR))
    assert (answer.passages, answer.confidence) == ((), 0)
    assert answer.reason is Reason.LOW_CONFIDENCE and answer.degraded == (VECTORS,)


def test_an_encoder_that_works_again_is_used_again(tmp_path: Path) -> None:
    class Recovering(HashingEncoder):
        is_down = True

        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            if self.is_down:
                raise Broken
            return super().encode_queries(texts)

    encoder = Recovering()
    engine = _without(tiny_engine(tmp_path), tmp_path, encoder=encoder)
    assert engine.answer(Query(FEE_QUESTION)).degraded == (VECTORS,)
    encoder.is_down = False
    answer = engine.answer(Query(FEE_QUESTION))
    assert answer.degraded == () and answer.answerable


@pytest.mark.parametrize("context", [None, "licence-exchange"])
def test_where_no_leg_answers_the_caller_may_ask_again(tmp_path: Path, context: str | None) -> None:
    everything = (*LEGS, OFF_TOPIC, LEXICAL_SCOPE)
    whole = engine_that_knows_off_topic(tmp_path, WEATHER)
    without_words = _without(whole, tmp_path, LEXICAL, encoder=FailingEncoder(0))
    for engine in (_without(whole, tmp_path, *everything), without_words):
        with pytest.raises(
            OverloadedError, match=r"nothing can be searched now; ask again"
        ) as told:
            engine.answer(Query(FEE_QUESTION, context=Context(context)))
        assert told.value.retry_after_s == 5


@pytest.mark.parametrize("question", ["", "я" * 2_000, "067 123-45-67"])
def test_a_question_that_is_not_searched_for_needs_no_search(tmp_path: Path, question: str) -> None:
    engine = _without(tiny_engine(tmp_path), tmp_path, *LEGS, encoder=FailingEncoder(0))
    answer = engine.answer(Query(question))
    assert answer.reason and answer.degraded == ()


def test_what_breaks_is_logged_without_the_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Quoting(HashingEncoder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            raise Broken(*texts)

    engine = tiny_engine(tmp_path)
    _without(engine, tmp_path, encoder=Quoting()).answer(Query(FEE_QUESTION))
    _without(engine, tmp_path, PASSAGES).answer(Query(FEE_QUESTION))
    assert [record.getMessage() for record in caplog.records] == [
        "the encoder fails",
        "a search fails",
    ]
    for record in caplog.records:
        assert record.__dict__["cause"] == "Broken" and record.exc_info is None
        assert "обмін" not in str(record.__dict__).casefold()
