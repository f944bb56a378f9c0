"""What a process remembers of its answers. Each test name is the rule."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pages_world import ANSWER, FakeEngine, unanswered
from prometheus_client import CollectorRegistry, Counter

from qa_service.errors import NotFoundError
from qa_service.journal import Asked
from qa_service.types import Answer, Channel, Filters, Query, Reason, Topic
from qa_service.web.memory import AnswerCache, RecentAnswers


def _hits() -> Counter:
    return Counter("hits_total", "Answers from memory", registry=CollectorRegistry())


def _cache(engine: FakeEngine, answers: int = 10) -> AnswerCache:
    return AnswerCache(engine.answer, answers, 100, _hits())


def _numbered() -> Callable[[Query], Answer]:
    """Answers with the ids a1, a2, …"""
    engine = FakeEngine()

    def ask(query: Query) -> Answer:
        answer = engine.answer(query)
        return replace(answer, answer_id=f"a{len(engine.asked)}")

    return ask


# Giving an answer again


@pytest.mark.parametrize(
    "again", ["Обмін прав", "обмін прав", "  ОБМІН   ПРАВ ", "об\u200bмін прав"]
)
def test_a_question_that_reads_the_same_is_answered_from_memory_as_typed_and_under_an_id_of_its_own(
    again: str,
) -> None:
    engine = FakeEngine()
    ask = _cache(engine)
    first, second = ask(Query("Обмін прав")), ask(Query(again))
    assert len(engine.asked) == 1
    assert (
        second.question == again
        and second.answer_id != first.answer_id
        and len(second.answer_id) == 12
    )
    assert (
        replace(second, answer_id=first.answer_id, question=first.question, took_ms=first.took_ms)
        == first
    )


def test_the_time_of_a_repeated_answer_is_its_own() -> None:
    engine = FakeEngine(replace(ANSWER, took_ms=9_000.0))
    ask = _cache(engine)
    assert ask(Query("обмін")).took_ms == 9_000.0
    assert 0 <= ask(Query("обмін")).took_ms < 1_000


@pytest.mark.parametrize(
    "other",
    [
        Query("обмін паспорта"),
        Query("обмін", top_k=4),
        Query("обмін", channel=Channel.OPERATOR),
        Query("обмін", filters=Filters(services=frozenset({"plates-lost"}))),
        Query("обмін", filters=Filters(topics=frozenset({Topic.FEE}))),
        Query("обмін", context_service="plates-lost"),
    ],
)
def test_a_query_that_differs_in_anything_is_asked_anew(other: Query) -> None:
    engine = FakeEngine()
    ask = _cache(engine)
    ask(Query("обмін"))
    ask(other)
    assert engine.asked == [Query("обмін"), other]


def test_every_repeated_answer_is_counted_and_no_other() -> None:
    hits = _hits()
    ask = AnswerCache(FakeEngine().answer, 10, 100, hits)
    for question in ("обмін", "обмін", "втрата", "обмін"):
        ask(Query(question))
    assert [
        sample.value
        for metric in hits.collect()
        for sample in metric.samples
        if sample.name == "hits_total"
    ] == [2]


def test_the_answer_that_was_not_asked_for_longest_is_forgotten_first() -> None:
    engine = FakeEngine()
    ask = _cache(engine, answers=2)
    for question in ("а", "б", "а", "в", "а", "б"):
        ask(Query(question))
    assert [query.question for query in engine.asked] == ["а", "б", "в", "б"]


def test_an_overlong_question_takes_no_place_in_memory() -> None:
    engine = FakeEngine(unanswered(Reason.TOO_LONG))
    ask = _cache(engine)
    for _ in range(2):
        ask(Query("щ" * 101))
    ask(Query("щ" * 100))
    ask(Query("щ" * 100))
    assert [len(query.question) for query in engine.asked] == [101, 101, 100]


def test_an_error_is_not_remembered() -> None:
    asked: list[Query] = []

    def fail_once(query: Query) -> Answer:
        asked.append(query)
        if len(asked) == 1:
            raise NotFoundError("there is no service 'nope'")
        return ANSWER

    ask = AnswerCache(fail_once, 10, 100, _hits())
    with pytest.raises(NotFoundError):
        ask(Query("обмін"))
    assert ask(Query("обмін")) == ANSWER


def test_many_threads_may_ask_at_once() -> None:
    ask = RecentAnswers(_cache(FakeEngine(), answers=3), answers=3)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: ask(Query(f"питання {number % 7}")), range(700)))
    assert [answer.question for answer in answers] == [
        f"питання {number % 7}" for number in range(700)
    ]


# What an answer was about


def test_what_an_answer_was_about_is_known_by_its_id() -> None:
    ask = RecentAnswers(_numbered(), answers=10)
    ask(Query("обмін прав", channel=Channel.OPERATOR))
    ask(Query("інше"))
    assert ask.about("a1") == Asked(
        question="обмін прав",
        channel=Channel.OPERATOR,
        service="licence-exchange",
        passage_id="licence-exchange.fee",
        confidence=0.93,
        reason=None,
        index_version="v1",
    )


def test_an_answer_without_passages_was_about_none() -> None:
    ask = RecentAnswers(
        FakeEngine(replace(unanswered(Reason.EMPTY), passages=())).answer, answers=10
    )
    asked = ask.about(ask(Query("?")).answer_id)
    assert asked and (asked.service, asked.passage_id, asked.reason) == (None, None, Reason.EMPTY)


def test_an_answer_of_another_process_is_unknown_and_so_is_one_long_ago() -> None:
    ask = RecentAnswers(_numbered(), answers=2)
    for question in ("а", "б", "в"):
        ask(Query(question))
    assert (
        ask.about("a1") is None and ask.about("a3") is not None and ask.about("elsewhere") is None
    )
