"""What is served: one version at a time with everything derived from it, and the answers that it
gave already.
"""

import gc
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import cast

import pytest
from support.app import tiny_engine
from support.corpus import FEE_QUESTION, WEIGHTS, tiny_index, tiny_settings
from support.fakes import (
    ANSWER,
    EXCHANGE,
    Broken,
    CountingEncoder,
    FailingEncoder,
    FakeEngine,
    fake_serving,
    unanswered,
)

from qa_service.bootstrap import engine_over, load_serving
from qa_service.encoders.hashing import HashingEncoder
from qa_service.engine import QAEngine
from qa_service.errors import NotFoundError, OverloadedError, QAServiceError
from qa_service.indexing.build import reweigh_index
from qa_service.live import AnswerCache, Live, Serving
from qa_service.retrieval.local import LocalStores
from qa_service.stores import TermIndex
from qa_service.stores.bm25 import Bm25Index
from qa_service.types import (
    Answer,
    Channel,
    Context,
    Correction,
    Filters,
    Query,
    Reason,
    Topic,
    Understood,
    Vectors,
)

# Giving an answer again


def _cache(engine: FakeEngine, answers: int = 10) -> AnswerCache:
    return AnswerCache(engine.answer, _as_it_is, answers, 100)


def _as_it_is(context: Context) -> Context:
    return context


@pytest.mark.parametrize(
    "again", ["Обмін прав", "обмін прав", "  ОБМІН   ПРАВ ", "об\u200bмін прав"]
)
def test_a_question_that_reads_the_same_is_answered_from_memory_as_typed(again: str) -> None:
    engine = FakeEngine()
    cache = _cache(engine)
    (first, first_cached), (second, second_cached) = map(
        cache.answer, (Query("Обмін прав"), Query(again))
    )
    assert len(engine.asked) == 1
    assert (first_cached, second_cached) == (False, True)
    assert (first.question, second.question) == ("Обмін прав", again)
    assert replace(second, question=first.question, took_ms=first.took_ms) == first


def test_the_time_of_a_repeated_answer_is_its_own() -> None:
    cache = _cache(FakeEngine(replace(ANSWER, took_ms=9_000.0)))
    assert cache.answer(Query("обмін"))[0].took_ms == 9_000.0
    assert 0 <= cache.answer(Query("обмін"))[0].took_ms < 9_000.0


@pytest.mark.parametrize(
    "other",
    [
        Query("обмін паспорта"),
        Query("обмін", top_k=4),
        Query("обмін", channel=Channel.OPERATOR),
        Query("обмін", filters=Filters(services=frozenset({"plates-lost"}))),
        Query("обмін", filters=Filters(topics=frozenset({Topic.FEE}))),
        Query("обмін", context=Context("plates-lost")),
    ],
)
def test_a_query_that_differs_in_anything_is_asked_anew(other: Query) -> None:
    engine = FakeEngine()
    cache = _cache(engine)
    cache.answer(Query("обмін"))
    assert cache.answer(other)[1] is False
    assert engine.asked == [Query("обмін"), other]


def test_contexts_share_an_answer_where_they_differ_in_what_the_version_does_not_know() -> None:
    engine = FakeEngine()
    answers = fake_serving(engine).answers
    said = "мій телефон 067 123-45-67 " * 1_000
    known = EXCHANGE.slug
    contexts = [
        Context(known, Topic.FEE, (known,)),
        Context(known, Topic.FEE, (said, known), (said,)),
        Context(said, Topic.FEE),
        Context("gone", Topic.FEE, choices=("gone", "too")),
    ]
    asked = [Query("обмін", context=context) for context in contexts]
    assert [answers.answer(query)[1] for query in asked] == [False, True, False, True]
    assert engine.asked == [asked[0], asked[2]]
    assert said not in _kept(answers) and "gone" not in _kept(answers)


def test_of_every_answer_it_is_said_whether_it_was_given_before() -> None:
    cache = _cache(FakeEngine())
    questions = ("обмін", "обмін", "втрата", "обмін")
    assert [cache.answer(Query(question))[1] for question in questions] == [
        False,
        True,
        False,
        True,
    ]


def test_the_answer_that_was_not_asked_for_longest_is_forgotten_first() -> None:
    engine = FakeEngine()
    cache = _cache(engine, answers=2)
    for question in ("а", "б", "а", "в", "а", "б"):
        cache.answer(Query(question))
    assert [query.question for query in engine.asked] == ["а", "б", "в", "б"]


def test_an_overlong_question_takes_no_place_in_memory() -> None:
    engine = FakeEngine(unanswered(Reason.TOO_LONG))
    cache = _cache(engine)
    lengths = (101, 101, 100, 100)
    assert [cache.answer(Query("щ" * length))[1] for length in lengths] == [False] * 3 + [True]
    assert [len(query.question) for query in engine.asked] == [101, 101, 100]


@pytest.mark.parametrize(
    "error", [NotFoundError("there is no service 'nope'"), OverloadedError("ask again", 5)]
)
def test_an_error_is_not_remembered(error: QAServiceError) -> None:
    asked: list[Query] = []

    def fail_once(query: Query) -> Answer:
        asked.append(query)
        if len(asked) == 1:
            raise error
        return ANSWER

    cache = AnswerCache(fail_once, _as_it_is, 10, 100)
    with pytest.raises(type(error)):
        cache.answer(Query("обмін"))
    assert cache.answer(Query("обмін")) == (ANSWER, False)


@pytest.mark.parametrize(
    "question",
    [
        "067 123-45-67",
        "мій телефон ０６７ 123-45-67, скільки коштує обмін?",
        "іван＠пошта.укр",
        "авто АА 1234 ВВ",
        "авто КМ 1234 НЕ",
        "паспорт АВ 12 34 56 загубив",
        "народився 12.05.1990",
    ],
)
def test_a_question_with_personal_data_is_asked_anew_and_nothing_of_it_is_kept(
    question: str,
) -> None:
    engine = FakeEngine()
    cache = _cache(engine)
    assert [cache.answer(Query(question))[1] for _ in range(2)] == [False, False]
    assert [query.question for query in engine.asked] == [question, question]
    assert "Query(" not in _kept(cache) and "Answer(" not in _kept(cache)


def _kept(cache: AnswerCache) -> str:
    return repr(vars(cache))


def test_an_answer_from_a_search_of_which_a_part_failed_is_not_kept() -> None:
    engine = FakeEngine(replace(ANSWER, degraded=("passages",)))
    cache = _cache(engine)
    assert [cache.answer(Query("обмін"))[1] for _ in range(2)] == [False, False]
    engine.given = ANSWER
    assert [cache.answer(Query("обмін"))[1] for _ in range(2)] == [False, True]
    assert len(engine.asked) == 3


def test_an_answer_kept_before_a_part_failed_is_given_on() -> None:
    engine = FakeEngine()
    cache = _cache(engine)
    cache.answer(Query("обмін"))
    engine.given = replace(ANSWER, degraded=("passages",))
    assert cache.answer(Query("обмін"))[0].degraded == ()


def test_what_is_kept_holds_no_question_as_it_was_typed() -> None:
    understood = Understood("uk", "обмін прав", (Correction("typo", "обимн прав", "обмін прав"),))
    cache = _cache(FakeEngine(replace(ANSWER, understood=understood)))
    cache.answer(Query("  Обимн ПРАВ, будь ЛАСКА??? "))
    assert "обимн прав, будь ласка?" in _kept(cache)
    for typed in ("Обимн", "ПРАВ", "ЛАСКА", "???"):
        assert typed not in _kept(cache)


def test_many_threads_may_ask_at_once() -> None:
    cache = _cache(FakeEngine(), answers=3)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda number: cache.answer(Query(f"питання {number % 7}")), range(700))
        )
    assert [answer.question for answer, _ in answers] == [
        f"питання {number % 7}" for number in range(700)
    ]


# A version with all that is derived from it


def test_all_of_a_serving_is_of_one_version(tmp_path: Path) -> None:
    serving = load_serving(tiny_index(tmp_path))
    snapshot = serving.engine.snapshot
    assert serving.version == snapshot.manifest.version and serving.probe.passed
    assert serving.catalogue is serving.engine.catalogue
    answer, was_cached = serving.answers.answer(Query(FEE_QUESTION))
    assert answer.index_version == serving.version and not was_cached
    assert serving.answers.answer(Query(FEE_QUESTION))[1]
    assert serving.suggester.suggest("обмін", 1)[0].service == "licence-exchange"
    with pytest.raises(FrozenInstanceError):
        serving.version = "v2"  # type: ignore[misc]


def test_a_serving_keeps_as_many_answers_as_the_settings_say(tmp_path: Path) -> None:
    answers = load_serving(tiny_index(tmp_path, cached_answers=1)).answers
    asked = [answers.answer(Query(question))[1] for question in ("обмін", "іспит", "обмін")]
    assert asked == [False, False, False] and answers.answer(Query("обмін"))[1]


def test_the_encoder_has_seen_a_question_before_the_first_person_asks(tmp_path: Path) -> None:
    engine, encoder = tiny_engine(tmp_path), CountingEncoder(256)
    warm = Serving.of(engine_over(engine.snapshot, encoder, tiny_settings(tmp_path)), 10)
    assert warm.probe.passed and encoder.encoded


class SlowToStart(HashingEncoder):
    """Breaks at its first questions."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self._failures = failures

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self._failures -= 1
        if self._failures >= 0:
            raise Broken
        return super().encode_queries(texts)


def test_a_version_that_did_not_work_at_first_is_asked_again(tmp_path: Path) -> None:
    engine, encoder = tiny_engine(tmp_path), SlowToStart(2)
    serving = Serving.of(engine_over(engine.snapshot, encoder, tiny_settings(tmp_path)), 10)
    assert not serving.probe.passed and serving.probe.ask() and serving.probe.passed


@pytest.mark.parametrize(("failures", "is_ready"), [(0, True), (1, True), (1_000, False)])
def test_a_version_is_ready_if_its_whole_search_works_once_it_is_warm(
    tmp_path: Path, failures: int, is_ready: bool
) -> None:
    engine, encoder = tiny_engine(tmp_path), SlowToStart(failures)
    serving = Serving.of(engine_over(engine.snapshot, encoder, tiny_settings(tmp_path)), 10)
    assert serving.probe.passed == is_ready


def test_a_version_that_cannot_be_searched_at_all_is_loaded_and_not_ready(tmp_path: Path) -> None:
    snapshot = tiny_engine(tmp_path).snapshot
    stores = replace(snapshot.stores, terms=cast("TermIndex", object()))
    engine = engine_over(
        replace(snapshot, stores=stores), FailingEncoder(0), tiny_settings(tmp_path)
    )
    assert not Serving.of(engine, 10).probe.passed


def test_an_index_without_passages_is_not_ready(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    empty = replace(
        engine.snapshot, passages=(), services=(), stores=LocalStores({}, Bm25Index.build([[]]))
    )
    serving = Serving.of(engine_over(empty, HashingEncoder(), tiny_settings(tmp_path)), 10)
    assert not serving.probe.passed and serving.catalogue.services == ()


@pytest.mark.parametrize("title", ["", "x" * 2_000, "***"])
def test_an_index_with_passages_is_ready_whatever_its_first_title_is(
    tmp_path: Path, title: str
) -> None:
    snapshot = tiny_engine(tmp_path).snapshot
    first, *others = snapshot.passages
    titled = replace(snapshot, passages=(replace(first, title=title), *others))
    engine = engine_over(titled, HashingEncoder(), tiny_settings(tmp_path))
    assert Serving.of(engine, 10).probe.passed


def test_an_index_is_ready_however_short_questions_must_be(tmp_path: Path) -> None:
    assert load_serving(tiny_index(tmp_path, max_question_chars=10)).probe.passed


# State


def _state(engine: QAEngine, folder: Path, **changes: object) -> str:
    settings = tiny_settings(folder, **changes)
    return Serving.of(engine_over(engine.snapshot, HashingEncoder(), settings), 10).state


def test_the_state_is_the_same_wherever_the_same_version_is_served_alike(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    one, other = load_serving(settings), load_serving(settings)
    assert one.state == other.state == _state(one.engine, tmp_path)
    assert one.state == _state(one.engine, tmp_path, log_level="error", cached_answers=7)


def test_the_state_differs_with_every_option_of_the_engine(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    changes: list[dict[str, object]] = [
        {},
        {"max_question_chars": 40},
        {"retrieval_depth": 50},
        {"answer_deadline_ms": 900},
        {"contact_phone": "101"},
        {"contact_site": "https://a.test"},
    ]
    states = {_state(engine, tmp_path, **change) for change in changes}
    assert len(states) == len(changes)


def test_the_state_differs_with_the_version_and_so_with_the_weights(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    states = [load_serving(settings).state]
    for factor in (0.75, 0.25):
        reweigh_index(settings.index, HashingEncoder(), {**WEIGHTS, "english_lexical": factor})
        states.append(load_serving(settings).state)
    assert len(set(states)) == 3


# Replacing a version


def test_what_was_asked_last_is_known_the_latest_first_and_stays_known() -> None:
    serving = fake_serving(FakeEngine(ANSWER))
    for question in ("перше", "друге", "третє", "перше"):
        serving.answers.answer(Query(question))
    asked = [query.question for query in serving.answers.latest(2)]
    assert asked == ["перше", "третє"]
    assert serving.answers.answer(Query("друге"))[1]
    assert [one.question for one in serving.answers.latest(9)] == ["друге", "перше", "третє"]


def test_a_version_can_answer_beforehand_what_was_asked_of_another() -> None:
    old, new = fake_serving(FakeEngine(ANSWER)), fake_serving(FakeEngine(ANSWER))
    queries = [Query("Перше?", top_k=3), Query("друге")]
    for query in queries:
        old.answers.answer(query)
    new.answers.warm(old.answers.latest(9), seconds=60)
    assert [new.answers.answer(query)[1] for query in queries] == [True, True]


@pytest.mark.parametrize(
    "error", [OverloadedError("later", 1), NotFoundError("there is no such service any more")]
)
def test_a_search_that_fails_beforehand_is_no_failure_and_time_ends_it(
    error: QAServiceError,
) -> None:
    def fail(query: Query) -> Answer:
        raise error

    AnswerCache(fail, _as_it_is, 9, 99).warm([Query("перше")], seconds=60)
    serving = fake_serving(FakeEngine(ANSWER))
    serving.answers.warm([Query("перше")], seconds=-1)
    assert serving.answers.latest(9) == []


def test_a_version_that_nobody_holds_goes_without_the_collector_of_cycles(tmp_path: Path) -> None:
    serving = load_serving(tiny_index(tmp_path))
    filters = Filters(services=frozenset({"licence-exchange"}))
    serving.answers.answer(Query(FEE_QUESTION, filters=filters))
    held = weakref.ref(serving.engine), weakref.ref(serving.suggester)
    gc.disable()
    try:
        del serving
        assert [one() for one in held] == [None, None]
    finally:
        gc.enable()


def test_a_swap_replaces_everything_at_once(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    old = load_serving(settings)
    live = Live(old)
    assert live.current is old
    old.answers.answer(Query(FEE_QUESTION))
    reweigh_index(settings.index, HashingEncoder(), {**WEIGHTS, "english_lexical": 0.75})
    new = load_serving(settings)
    live.swap(new)
    current = live.current
    assert current is new and current.version != old.version
    answer, was_cached = current.answers.answer(Query(FEE_QUESTION))
    assert answer.index_version == current.version and not was_cached


def test_a_request_under_way_ends_with_the_version_that_it_took() -> None:
    old, new = (
        fake_serving(FakeEngine(replace(ANSWER, index_version=version)), version=version)
        for version in ("v1", "v2")
    )
    live = Live(old)
    taken = live.current
    live.swap(new)
    assert taken.answers.answer(Query("обмін"))[0].index_version == taken.version == "v1"
    assert live.current.answers.answer(Query("обмін"))[0].index_version == "v2"


def test_no_reader_sees_parts_of_two_versions() -> None:
    servings = [
        fake_serving(FakeEngine(replace(ANSWER, index_version=version)), version=version)
        for version in ("v1", "v2")
    ]
    live = Live(servings[0])

    def swap(number: int) -> None:
        live.swap(servings[number % 2])

    def read(number: int) -> tuple[str, str]:
        serving = live.current
        answer, _ = serving.answers.answer(Query(f"питання {number}"))
        return serving.version, answer.index_version

    with ThreadPoolExecutor(8) as pool:
        swaps, reads = pool.map(swap, range(500)), pool.map(read, range(500))
        assert len(list(swaps)) == 500
        assert {one == other for one, other in reads} == {True}
