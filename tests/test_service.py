"""The one door: what is counted, remembered and refused, and that an answer is of one version. Each
test name is the rule.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import (
    ANSWER,
    EXCHANGE,
    FEE,
    FakeEngine,
    fake_service,
    fake_serving,
    unanswered,
)
from support.waiting import until

from qa_service import service as service_module
from qa_service.errors import JournalError, NotFoundError
from qa_service.journal import (
    CLOSING_S,
    Asked,
    AuditLine,
    Entry,
    Exchange,
    Feedback,
    Journal,
)
from qa_service.journal import Event as JournalEvent
from qa_service.journal.memory import MemoryJournal
from qa_service.live import Live, Serving
from qa_service.service import AnswerIds, QuestionService
from qa_service.types import (
    NO_CONTEXT,
    Answer,
    Certainty,
    Channel,
    Context,
    Query,
    RankedPassage,
    Reason,
    Topic,
    Use,
)

PERSONAL = "мій код 3123456789, скільки коштує обмін прав"
MASKED = "мій код [код], скільки коштує обмін прав"


def _service(
    engine: FakeEngine | None = None, journal: Journal | None = None, secret: str = ""
) -> QuestionService:
    return QuestionService(Live(fake_serving(engine)), journal, secret=secret)


def _counted(service: QuestionService, metric: str, **labels: str) -> float:
    return service.metrics.registry.get_sample_value(metric, labels) or 0.0


def _says(answer_id: str, helpful: bool = True) -> Feedback:
    return Feedback(answer_id, helpful)


def _questions(journal: MemoryJournal) -> list[Exchange]:
    return [entry for entry in journal.kept if isinstance(entry, Exchange)]


class Counting(MemoryJournal):
    """What it was given at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[tuple[Entry, ...]] = []

    def record(self, *entries: Entry) -> None:
        self.puts.append(entries)
        super().record(*entries)


# Counting


def test_every_answer_is_counted_once_by_channel_and_outcome_given_before_or_not() -> None:
    service = _service()
    for question in ("обмін", "обмін", " ОБМІН ", "втрата"):
        service.ask(Query(question))
    service.ask(Query("обмін", channel=Channel.OPERATOR))
    answers = "qa_answers_total"
    assert _counted(service, answers, channel="site", outcome="answered") == 4
    assert _counted(service, answers, channel="operator", outcome="answered") == 1
    assert _counted(service, "qa_cached_answers_total") == 2


def test_the_outcome_is_the_reason_where_there_is_no_answer() -> None:
    service = _service(FakeEngine(unanswered(Reason.OFF_TOPIC)))
    service.ask(Query("борщ"))
    assert _counted(service, "qa_answers_total", channel="site", outcome="off_topic") == 1


def test_what_the_engine_did_is_counted_for_what_was_searched_only() -> None:
    engine = FakeEngine(replace(ANSWER, took_ms=2_000.0, empty_legs=("lexical",)))
    service = _service(engine)
    for _ in range(3):
        service.ask(Query("обмін"))
    assert _counted(service, "qa_answer_seconds_count") == 1
    assert _counted(service, "qa_answer_seconds_sum") == 2.0
    assert _counted(service, "qa_empty_legs_total", leg="lexical") == 1


def test_every_part_that_failed_is_counted_by_its_name() -> None:
    service = _service(FakeEngine(replace(ANSWER, degraded=("lexical", "questions"))))
    for _ in range(2):
        service.ask(Query("обмін"))
    assert _counted(service, "qa_failed_legs_total", leg="lexical") == 2
    assert _counted(service, "qa_failed_legs_total", leg="questions") == 2


def test_a_question_that_is_refused_is_no_answer() -> None:
    class Refusing(FakeEngine):
        def answer(self, query: Query) -> Answer:
            raise NotFoundError("there is no service 'nope'")

    service = _service(Refusing())
    with pytest.raises(NotFoundError):
        service.ask(Query("обмін"))
    families = service.metrics.answers.collect()
    assert [sample for family in families for sample in family.samples] == []


# Ids of answers


def test_each_answer_has_an_id_of_its_own_of_24_plain_characters() -> None:
    service = _service()
    ids = [service.ask(Query("обмін")).answer_id for _ in range(500)]
    assert len(set(ids)) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{24}", answer_id) for answer_id in ids)


def test_an_id_is_genuine_for_services_of_one_secret_and_for_no_other() -> None:
    given_by = _service(secret="one").ask(Query("обмін")).answer_id
    assert AnswerIds("one").is_genuine(given_by)
    assert not AnswerIds("two").is_genuine(given_by) and not AnswerIds("").is_genuine(given_by)


def test_services_without_a_secret_do_not_know_the_ids_of_each_other() -> None:
    one, two = (_service(journal=MemoryJournal()) for _ in range(2))
    answer_id = one.ask(Query("обмін")).answer_id
    one.feedback(_says(answer_id))
    with pytest.raises(NotFoundError):
        two.feedback(_says(answer_id))


IDS = AnswerIds("a secret")


def _changed_ids() -> Iterator[str]:
    genuine = IDS.new()
    for place in range(len(genuine)):
        other = "A" if genuine[place] != "A" else "B"
        yield genuine[:place] + other + genuine[place + 1 :]
        yield genuine[:place] + genuine[place + 1 :]
        yield genuine[:place] + other + genuine[place:]
    yield from (genuine + genuine, genuine[::-1], genuine + "AAAA", genuine[4:] + genuine[:4])
    yield from (genuine[:-1] + "А", genuine + "й", "\ud800" + genuine)  # not Latin, not text


def test_an_id_that_was_changed_anywhere_is_refused() -> None:
    assert [answer_id for answer_id in _changed_ids() if IDS.is_genuine(answer_id)] == []


def test_an_id_in_another_spelling_is_refused() -> None:
    """Else one answer would take several votes."""
    genuine = next(answer_id for answer_id in iter(IDS.new, "") if "-" in answer_id)
    respelt = (
        genuine + "=",
        genuine + "\n",
        f" {genuine}",
        f"{genuine[:4]}={genuine[4:]}",
        f"{genuine[:9]}!{genuine[9:]}",
        genuine.replace("-", "+"),
    )
    assert [answer_id for answer_id in respelt if IDS.is_genuine(answer_id)] == []
    assert IDS.is_genuine(genuine)


@given(st.text())
def test_whatever_else_is_sent_for_an_id_is_refused(sent: str) -> None:
    assert not IDS.is_genuine(sent)


@pytest.mark.parametrize("forged", ["", "a1", "A" * 24, "-" * 24, "A" * 1_000_000])
def test_feedback_on_an_answer_that_was_never_given_is_refused_and_not_kept(forged: str) -> None:
    journal = MemoryJournal()
    with pytest.raises(NotFoundError, match="there is no such answer"):
        _service(journal=journal).feedback(_says(forged))
    assert journal.votes(10) == []


# What feedback is about


def test_feedback_is_kept_with_what_its_answer_was_about() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    answer_id = service.ask(Query("обмін прав", channel=Channel.OPERATOR)).answer_id
    service.ask(Query("інше"))
    feedback = Feedback(answer_id, False, FEE.id, "Забракло адреси")
    before = datetime.now(UTC)
    service.feedback(feedback)
    [entry] = journal.votes(10)
    assert entry.feedback == feedback and before <= entry.at <= datetime.now(UTC)
    assert entry.about == Asked(
        question="обмін прав",
        channel=Channel.OPERATOR,
        service="licence-exchange",
        passage_id="licence-exchange.fee",
        confidence=0.93,
        reason=None,
        index_version="v1",
    )


def test_an_answer_without_passages_was_about_none() -> None:
    journal = MemoryJournal()
    service = _service(FakeEngine(replace(unanswered(Reason.EMPTY), passages=())), journal)
    service.feedback(_says(service.ask(Query("?")).answer_id))
    about = journal.votes(1)[0].about
    assert about and (about.service, about.passage_id, about.reason) == (None, None, Reason.EMPTY)


def test_an_answer_that_was_given_before_is_about_the_question_as_it_was_typed_now() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    for typed in ("обмін", " ОБМІН "):
        service.feedback(_says(service.ask(Query(typed)).answer_id))
    kept = [entry.about.question for entry in journal.votes(10) if entry.about]
    assert [question.strip() for question in kept] == ["ОБМІН", "обмін"]


def test_personal_data_of_a_question_is_masked_before_it_reaches_the_journal() -> None:
    journal = MemoryJournal()
    _service(journal=journal).ask(Query(PERSONAL))
    [kept] = _questions(journal)
    assert kept.question == MASKED and "3123456789" not in str(journal.kept)


def test_an_answer_of_another_process_is_taken_without_what_was_asked() -> None:
    journal, secret = MemoryJournal(), "of both processes"
    elsewhere = _service(secret=secret).ask(Query("обмін")).answer_id
    _service(journal=journal, secret=secret).feedback(_says(elsewhere))
    [entry] = journal.votes(10)
    assert entry.feedback.answer_id == elsewhere and entry.about is None


def test_a_passage_that_does_not_exist_is_refused_and_not_kept() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    feedback = Feedback(service.ask(Query("обмін")).answer_id, True, "nope.fee")
    with pytest.raises(NotFoundError, match=r"'nope\.fee'"):
        service.feedback(feedback)
    assert journal.votes(10) == []


def test_a_later_word_on_an_answer_replaces_the_earlier() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    answer_id = service.ask(Query("обмін")).answer_id
    for helpful in (True, False):
        service.feedback(_says(answer_id, helpful))
    [entry] = journal.votes(10)
    assert entry.feedback == _says(answer_id, helpful=False) and entry.about


def test_kept_feedback_is_the_journals_newest_first() -> None:
    service = _service(journal=MemoryJournal())
    ids = [service.ask(Query(question)).answer_id for question in "абв"]
    for answer_id in ids:
        service.feedback(_says(answer_id))
    kept = [entry.feedback.answer_id for entry in service.kept_feedback(2)]
    assert kept == [ids[2], ids[1]]


# All questions


def test_every_answer_is_one_entry_of_the_journal_given_before_or_not() -> None:
    """The request does no other work for it: one put, whatever the store does with it."""
    journal = Counting()
    service = _service(journal=journal)
    given = [service.ask(Query("обмін")).answer_id for _ in range(3)]
    given += [answer.answer_id for answer in service.ask_all([Query("втрата"), Query("обмін")])]
    assert [len(entries) for entries in journal.puts] == [1] * 5
    assert [entry.answer_id for entry in _questions(journal)] == given


def test_what_was_asked_and_answered_is_kept() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    before = datetime.now(UTC)
    answer = service.ask(Query("обмін прав", channel=Channel.OPERATOR))
    [kept] = _questions(journal)
    assert before <= kept.at <= datetime.now(UTC)
    assert kept == Exchange(
        at=kept.at,
        answer_id=answer.answer_id,
        channel=Channel.OPERATOR,
        question="обмін прав",
        language="uk",
        certainty=Certainty.SURE,
        reason=None,
        confidence=0.93,
        service="licence-exchange",
        topic=Topic.FEE,
        passage_id="licence-exchange.fee",
        shown=("licence-exchange.fee", "licence-exchange.term"),
        parts=(),
        index_version="v1",
        took_ms=answer.took_ms,
    )


@pytest.mark.parametrize("context", [Context("plates"), Context(choices=("plates", "lost"))])
def test_a_question_in_the_context_of_an_answer_goes_on(context: Context) -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    for one in (NO_CONTEXT, context):
        service.ask(Query("ціна", context=one))
    assert [kept.goes_on for kept in _questions(journal)] == [False, True]


def test_a_conversation_is_known_by_an_hmac_that_only_the_secret_makes() -> None:
    ids = []
    for secret in ("one", "one", "two", "", ""):
        journal = MemoryJournal()
        _service(journal=journal, secret=secret).ask(Query("ціна", conversation="call-17"))
        [kept] = _questions(journal)
        assert kept.conversation and re.fullmatch("[0-9a-f]{64}", kept.conversation)
        ids.append(kept.conversation)
    assert ids[0] == ids[1] and len(set(ids)) == 4


def test_a_draft_is_answered_but_neither_counted_nor_kept() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    answer = service.ask(Query("обм", draft=True))
    assert journal.kept == [] and answer.answerable
    assert _counted(service, "qa_answers_total", channel="site", outcome="answered") == 0
    service.feedback(_says(answer.answer_id))
    assert len(journal.votes(10)) == 1


def test_what_is_done_with_an_answer_is_counted_and_kept() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)
    answer_id = service.ask(Query("обмін")).answer_id
    for _ in range(2):
        service.used(answer_id, Use.COPIED)
    assert _counted(service, "qa_answer_uses_total", event="copied") == 2
    events = [entry for entry in journal.kept if isinstance(entry, JournalEvent)]
    assert [(entry.answer_id, entry.use) for entry in events] == [(answer_id, Use.COPIED)]
    with pytest.raises(NotFoundError):
        service.used("A" * 24, Use.COPIED)
    assert len(journal.kept) == 2


def test_what_the_staff_did_is_kept_with_its_moment() -> None:
    journal = MemoryJournal()
    before = datetime.now(UTC)
    _service(journal=journal).audit("k-1", "supervisor", "export", "questions")
    [line] = journal.kept
    assert line == AuditLine(line.at, "k-1", "supervisor", "export", "questions")
    assert before <= line.at <= datetime.now(UTC)


# Without a journal


def test_without_a_journal_nothing_is_kept_and_no_feedback_taken() -> None:
    service = _service()
    answer_id = service.ask(Query(PERSONAL)).answer_id
    service.used(answer_id, Use.COPIED)
    service.audit("k-1", "admin", "purge")
    assert not service.takes_feedback
    with pytest.raises(JournalError, match="this installation keeps no feedback"):
        service.feedback(_says(answer_id))
    with pytest.raises(JournalError):
        service.kept_feedback(10)
    service.close()


def test_without_a_journal_no_entry_is_even_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(service_module, "Exchange")
    assert _service().ask(Query(PERSONAL)).answerable


def test_with_a_journal_feedback_is_taken_and_closing_the_service_closes_it() -> None:
    class Closing(MemoryJournal):
        def __init__(self) -> None:
            super().__init__()
            self.closed: list[float] = []

        def close(self, within_s: float = CLOSING_S) -> None:
            self.closed.append(within_s)

    journal = Closing()
    service = _service(journal=journal)
    assert service.takes_feedback and journal.closed == []
    service.close(1.5)
    assert journal.closed == [1.5]


def test_a_journal_that_fails_is_the_error_of_feedback_and_of_no_question_or_event() -> None:
    class Failing(MemoryJournal):
        def record(self, *entries: Entry) -> None:
            raise JournalError("the journal's disk is full")

    service = _service(journal=Failing())
    answer = service.ask(Query("обмін"))
    service.used(answer.answer_id, Use.COPIED)
    with pytest.raises(JournalError, match="disk is full"):
        service.feedback(_says(answer.answer_id))
    assert service.ask(Query("обмін")).answerable


# Versions


def _of_version(number: int) -> Serving:
    """A version whose every answer names it, in its passage too."""
    version = f"v{number}"
    passage = replace(FEE, id=f"licence-exchange.{version}", text=f"Обмін за версією {version}.")
    answer = replace(ANSWER, passages=(RankedPassage(passage, 0.9, 0.93),), index_version=version)
    service = replace(EXCHANGE, passages=(passage,))
    return fake_serving(FakeEngine(answer), (service,), version=version)


def test_after_a_swap_questions_suggestions_and_feedback_are_of_the_new_version() -> None:
    service = fake_service(_of_version(1), MemoryJournal())
    answer_id = service.ask(Query("обмін")).answer_id
    service.live.swap(_of_version(2))
    assert service.ask(Query("обмін")).index_version == "v2"
    assert service.suggest("обмін", 2) == service.live.current.suggester.suggest("обмін", 2)
    with pytest.raises(NotFoundError):
        service.feedback(Feedback(answer_id, True, "licence-exchange.v1"))
    service.feedback(Feedback(answer_id, True, "licence-exchange.v2"))


def test_several_questions_are_answered_from_one_version_though_it_is_swapped_in_between() -> None:
    class SwappingEngine(FakeEngine):
        def answer(self, query: Query) -> Answer:
            service.live.swap(_of_version(2))
            return super().answer(query)

    service = _service(SwappingEngine())
    answers = service.ask_all([Query(question) for question in "абв"])
    assert [answer.question for answer in answers] == ["а", "б", "в"]
    assert [answer.index_version for answer in answers] == ["v1"] * 3
    assert service.ask(Query("а")).index_version == "v2"


def test_a_question_may_be_asked_of_the_version_that_a_request_took() -> None:
    service = fake_service(_of_version(1))
    taken = service.live.current
    service.live.swap(_of_version(2))
    assert service.ask(Query("обмін"), taken).index_version == "v1"


def test_swaps_under_load_cost_no_answer_and_mix_no_versions() -> None:
    """Four threads ask on while twenty versions follow the first. At most four answers are under
    way at a swap, so that one of five more is of the new version.
    """
    service = fake_service(_of_version(1), MemoryJournal())
    answers, errors, is_over = list[Answer](), list[Exception](), Event()

    def ask() -> None:
        for number in count():
            if is_over.is_set():
                return
            try:
                answers.append(service.ask(Query(f"питання {number % 3}")))
            except Exception as error:
                errors.append(error)
                return

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2, 22):
            _wait_for_more(answers, errors)
            service.live.swap(_of_version(number))
        _wait_for_more(answers, errors)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert errors == [] and len(answers) >= 100
    assert {answer.index_version for answer in answers} == {f"v{n}" for n in range(1, 22)}
    mixed = [
        answer
        for answer in answers
        if {ranked.passage.id for ranked in answer.passages}
        != {f"licence-exchange.{answer.index_version}"}
    ]
    assert mixed == [] and len({answer.answer_id for answer in answers}) == len(answers)
    outcome = {"channel": "site", "outcome": "answered"}
    assert _counted(service, "qa_answers_total", **outcome) == len(answers)


def _wait_for_more(answers: list[Answer], errors: list[Exception]) -> None:
    wanted = len(answers) + 5
    until(lambda: len(answers) >= wanted or errors)


def test_feedback_of_many_threads_is_kept_each_with_its_own_question() -> None:
    journal = MemoryJournal()
    service = _service(journal=journal)

    def ask_and_say(number: int) -> str:
        answer_id = service.ask(Query(f"питання {number}")).answer_id
        service.feedback(_says(answer_id))
        return answer_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(ask_and_say, range(200)))
    asked = {
        entry.feedback.answer_id: entry.about.question
        for entry in journal.votes(1_000)
        if entry.about
    }
    assert asked == {answer_id: f"питання {number}" for number, answer_id in enumerate(ids)}
