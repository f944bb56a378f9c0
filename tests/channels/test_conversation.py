"""What the bot says. Each test name is the rule."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.chat import CONTACT, HOURS, SITE, Chat, labels_of, passages_of, words_of
from support.fakes import (
    ANSWER,
    EXCHANGE,
    FEE,
    POPULAR,
    REFUSAL,
    TERM,
    FakeEngine,
    fake_service,
    fake_serving,
    unanswered,
)

from qa_service.channels import (
    Act,
    Caveat,
    Choices,
    Figure,
    HandoverReason,
    Inbound,
    Items,
    Sources,
    Text,
    Title,
    answering,
    conversation,
)
from qa_service.channels.conversation import MOST_BEYOND
from qa_service.channels.payloads import Payload, Press, of_passage, of_question, of_service
from qa_service.channels.talks import Ending, Talk
from qa_service.errors import OverloadedError
from qa_service.live import AnswerCache, Serving
from qa_service.phrases import chat as said
from qa_service.types import (
    Answer,
    Certainty,
    Choice,
    Context,
    Link,
    Part,
    Passage,
    Query,
    RankedPassage,
    Reason,
    Topic,
    Understood,
)
from qa_service.types import Figure as Amount

ABOUT = Context("licence-exchange", Topic.FEE)
SURE = replace(ANSWER, context=ABOUT)
UNSURE = replace(SURE, certainty=Certainty.UNSURE)
TIED = replace(
    unanswered(Reason.AMBIGUOUS),
    choices=(Choice("licence-exchange", EXCHANGE.title), Choice("licence-lost", "Втрата прав")),
    context=Context(None, Topic.FEE, (), ("licence-exchange", "licence-lost")),
)


class Script(FakeEngine):
    """Gives these answers in turn, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self.answers = list(answers)

    def answer(self, query: Query) -> Answer:
        self.given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return super().answer(query)


class Overloaded(FakeEngine):
    def answer(self, query: Query) -> Answer:
        raise OverloadedError("too much", 1)


def chat_over(engine: FakeEngine) -> Chat:
    return Chat(fake_service(fake_serving(engine)))


def chat_with(*answers: Answer) -> Chat:
    return chat_over(Script(*answers))


# Around questions


def test_a_greeting_says_that_it_is_a_program_and_how_to_reach_a_person_and_what_is_kept() -> None:
    reply = chat_with(SURE).does(Act.START)
    text = words_of(reply)
    assert "програма, а не людина" in text and f"{SITE}/privacy" in text
    assert labels_of(reply) == [*POPULAR, "Оператор"]


def test_a_greeting_is_english_for_an_english_program_and_so_is_all_that_follows() -> None:
    chat = chat_with(SURE)
    assert "a program, not a person" in words_of(chat.does(Act.START, language="en"))
    assert labels_of(chat.writes("обмін"))[-2:] == ["Another question", "Operator"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        *((one, said.STOPPED) for one in ("/stop", "Стоп", "STOP")),
        *((one, said.DELETED) for one in ("/delete", "/forget please")),
    ],
)
def test_stop_and_delete_forget_the_talk_at_once(written: str, expected: str) -> None:
    core = chat_with(SURE).core
    inbound = Inbound("test", "1", "person", Act.TEXT, written)
    reply, after = core.reply(inbound, Talk("test", ABOUT, asked="обмін"))
    assert after is None and words_of(reply) == expected and reply.buttons == ()


def test_a_word_that_begins_a_question_is_no_command() -> None:
    chat = chat_with(SURE)
    assert passages_of(chat.writes("стоп лист категорій прав")) == ["licence-exchange.fee"]


def test_a_language_is_asked_for_and_kept_until_another_is_chosen() -> None:
    chat = chat_with(SURE)
    assert labels_of(chat.writes("/lang")) == ["Українською", "English"]
    assert "in English" in words_of(chat.presses(chat.last.buttons[1]))
    assert chat.writes("обмін").language == "en"
    assert chat.does(Act.LANGUAGE, "uk").language == "uk" == chat.writes("обмін").language


def test_what_is_no_text_is_asked_for_as_text() -> None:
    engine = FakeEngine(SURE)
    assert words_of(chat_over(engine).does(Act.OTHER)) == said.TEXT_ONLY and engine.asked == []


def test_whoever_left_is_told_nothing_and_forgotten() -> None:
    core = chat_with(SURE).core
    left = Inbound("test", "1", "person", Act.LEFT)
    assert core.reply(left, Talk("test", ABOUT))[1] is None


# Answers


def test_a_sure_answer_comes_with_its_figure_first_then_caveat_source_and_date() -> None:
    passage = replace(
        FEE,
        figure=Amount("грн", 572.0),
        text="Подають: паспорт; фото. Усе в оригіналі.",
        items=("паспорт", "фото"),
    )
    answer = replace(SURE, passages=(RankedPassage(passage, 0.9, 0.93),))
    reply = chat_with(answer).writes("скільки коштує обмін")
    page = f"{SITE}/services/licence-exchange#fee"
    assert reply.blocks == (
        Title("Скільки коштує обмін"),
        Figure("572 грн"),
        Text("Подають:"),
        Items(("паспорт", "фото")),
        Text("Усе в оригіналі."),
        Caveat(
            "Ціна могла змінитися: тут найновіша, яку знаємо (листопад 2025). "
            "Раніше називали 515 грн."
        ),
        Sources("Прейскурант", "https://hsc.gov.ua/price", "листопад 2025", page),
    )


def test_below_an_answer_stand_the_other_facts_then_another_question_and_a_person() -> None:
    reply = chat_with(SURE).writes("скільки коштує обмін")
    assert labels_of(reply) == ["Строк", "Коли відмовляють", "Інше запитання", "Оператор"]


def test_what_can_be_done_next_is_a_link() -> None:
    action = Link("Записатися", "https://eqn.hsc.gov.ua")
    harmful = Link("Тут", "javascript:alert(1)")
    reply = chat_with(replace(SURE, actions=(action, harmful))).writes("обмін")
    assert [one.url for one in reply.buttons if one.url] == ["https://eqn.hsc.gov.ua"]


def test_a_pressed_fact_asks_for_that_fact_of_that_procedure_only() -> None:
    engine = Script(SURE, replace(SURE, passages=(RankedPassage(TERM, 0.9, 0.9),)))
    chat = chat_over(engine)
    chat.writes("скільки коштує обмін")
    assert passages_of(chat.presses_named("term")) == ["licence-exchange.term"]
    filters = engine.asked[-1].filters
    assert filters.services == {"licence-exchange"} and filters.topics == {Topic.TERM}


def test_parts_are_answered_one_after_the_other_and_say_what_has_no_answer() -> None:
    parts = (
        Part("ціна", Topic.FEE, "licence-exchange", FEE.id, 0.9, Certainty.SURE, None),
        Part("погода", None, None, None, 0.1, Certainty.NONE, Reason.OFF_TOPIC),
        Part("строк", Topic.TERM, "licence-exchange", TERM.id, 0.9, Certainty.SURE, None),
    )
    reply = chat_with(replace(SURE, parts=parts)).writes("ціна, погода і строк")
    assert passages_of(reply) == [FEE.id, TERM.id]
    assert "«погода» – на це відповіді тут немає." in words_of(reply)


def test_a_weak_answer_is_a_question_back_and_a_press_gives_that_very_passage() -> None:
    engine = Script(UNSURE, replace(SURE, passages=ANSWER.passages))
    chat = chat_over(engine)
    reply = chat.writes("якось обмін")
    assert passages_of(reply) == [] and reply.blocks[0] == Text("Ви про це?")
    assert reply.blocks[1] == Choices((FEE.title, TERM.title))
    assert labels_of(reply)[:2] == [FEE.title, TERM.title]
    assert passages_of(chat.presses(reply.buttons[1])) == [TERM.id]
    assert chat.talk.misses == 0


@pytest.mark.parametrize(("written", "chosen"), [("друге", TERM), ("1", FEE), ("останнє", TERM)])
def test_what_was_offered_is_picked_by_its_place(written: str, chosen: Passage) -> None:
    chat = chat_with(UNSURE, SURE)
    chat.writes("якось обмін")
    assert passages_of(chat.writes(written)) == [chosen.id] and chat.talk.asked == "якось обмін"


def test_what_was_offered_may_be_described() -> None:
    engine = Script(UNSURE, replace(SURE, passages=SURE.passages[1:]), SURE)
    chat = chat_over(engine)
    chat.writes("якось обмін")
    assert passages_of(chat.writes("те, де про строк")) == [TERM.id]
    assert engine.asked[1].filters.services == {"licence-exchange"}


@pytest.mark.parametrize("reason", [Reason.SMALL_TALK, Reason.EMPTY, Reason.PERSONAL_DATA_ONLY])
def test_what_was_offered_outlasts_what_asks_nothing(reason: Reason) -> None:
    chat = chat_with(UNSURE, unanswered(reason), SURE)
    chat.writes("якось обмін")
    chat.writes("?!")
    assert passages_of(chat.writes("друге")) == [TERM.id]


def test_a_place_means_nothing_where_nothing_is_offered() -> None:
    engine = FakeEngine(SURE)
    chat_over(engine).writes("друге")
    assert engine.asked[0].question == "друге"


@pytest.mark.parametrize("written", ["ні", "не те", "дякую, але це не те", "Ні, я про інше!"])
def test_whoever_refuses_is_asked_what_they_mean(written: str) -> None:
    engine = Script(UNSURE)
    chat = chat_over(engine)
    chat.writes("якось обмін")
    assert words_of(chat.writes(written)) == said.NOT_MEANT
    assert len(engine.asked) == 1 and chat.talk.context == Context()


def test_what_is_said_instead_is_asked_without_what_was_refused() -> None:
    engine = Script(UNSURE, SURE)
    chat = chat_over(engine)
    chat.writes("якось обмін")
    chat.writes("ні, не те. я про номерні знаки")
    assert (engine.asked[1].question, engine.asked[1].context) == (
        "я про номерні знаки",
        Context(),
    )


@pytest.mark.parametrize("written", ["operator", "/operator", "Оператор!"])
def test_a_person_is_called_by_the_word_of_the_button(written: str) -> None:
    reply = chat_with(SURE).writes(written)
    assert reply.handover and reply.handover.reason is HandoverReason.WISH


def test_an_unknown_command_shows_what_there_is_and_a_language_may_follow_its_own() -> None:
    chat = chat_with(SURE)
    assert "програма, а не людина" in words_of(chat.writes("/foo"))
    assert chat.writes("/lang en").language == "en"


def test_danger_is_heard_where_nothing_was_asked_and_a_person_is_named_in_it() -> None:
    answer = replace(unanswered(Reason.SMALL_TALK), reply="112")
    reply = chat_with(answer).writes("збили людину")
    assert reply.handover and reply.handover.reason is HandoverReason.EMERGENCY
    assert words_of(reply).startswith("112")


def test_danger_comes_first_whatever_else_is_answered() -> None:
    reply = chat_with(SURE).writes("збили людину, що з правами")
    assert "112" in words_of(reply).split("\n")[0] and passages_of(reply) == [FEE.id]


def test_a_theft_is_for_the_police_first_and_the_phone_is_said_once() -> None:
    reply = chat_with(unanswered(Reason.LIVE_DATA)).writes("у мене вкрали авто")
    text = words_of(reply)
    assert text.startswith("Про крадіжку спершу") and text.count(CONTACT.phone) == 1


@pytest.mark.parametrize("written", ["ок", "👍", "зрозуміло, добре"])
def test_whoever_says_that_it_was_understood_is_not_lectured(written: str) -> None:
    reason = Reason.EMPTY if written == "👍" else Reason.SMALL_TALK
    answer = replace(unanswered(reason), reply="Я шукаю відповіді")
    assert words_of(chat_with(answer).writes(written)) == said.ALL_RIGHT


def test_a_choice_answers_what_was_asked_of_the_chosen_procedure() -> None:
    engine = Script(TIED, SURE)
    chat = chat_over(engine)
    reply = chat.writes("а за кордоном права міняють?")
    assert Choices((EXCHANGE.title, "Втрата прав")) in reply.blocks
    assert passages_of(chat.presses_named("choice-1")) == ["licence-exchange.fee"]
    asked = engine.asked[-1]
    assert asked.question == "а за кордоном права міняють?"
    assert asked.filters.services == {"licence-exchange"} and asked.filters.topics == frozenset()


def test_a_choice_after_a_bare_question_is_about_that_fact() -> None:
    engine = Script(TIED, SURE)
    chat = chat_over(engine)
    chat.writes("скільки коштує?")
    chat.presses_named("choice-1")
    assert engine.asked[-1].filters.topics == {Topic.FEE}


@pytest.mark.parametrize(
    "payload",
    ["", "f", "zzz", "f.aaaaaaaaaa.fee", "s.aaaaaaaaaa", "t.aaaaaaaaaa", "q.aaaaaaaaaa", "x.y"],
)
def test_a_button_of_what_is_gone_is_said_to_be_out_of_date(payload: str) -> None:
    assert said.OLD_BUTTON in words_of(chat_with(SURE).does(Act.BUTTON, payload))


def test_a_popular_question_is_asked_without_the_talk_before_it() -> None:
    engine = Script(SURE)
    chat = chat_over(engine)
    chat.talk = Talk("test", ABOUT)
    chat.does(Act.BUTTON, of_question(POPULAR[1]))
    assert (engine.asked[-1].question, engine.asked[-1].context) == (POPULAR[1], Context())


def test_another_question_forgets_what_the_talk_was_about() -> None:
    chat = chat_with(SURE)
    chat.writes("обмін")
    chat.presses_named("other")
    assert chat.talk.context == Context() and chat.talk.asked == ""


# No answer, and people


def test_the_first_question_without_an_answer_is_not_yet_a_reason_to_send_people_away() -> None:
    chat = chat_with(unanswered(Reason.NOT_COVERED))
    first = chat.writes("скільки років міністру")
    assert HOURS not in words_of(first) and first.handover is None
    second = chat.writes("а яка в нього машина")
    assert HOURS in words_of(second) and CONTACT.phone in words_of(second)
    assert second.handover and second.handover.reason is HandoverReason.NO_ANSWER


def test_what_is_not_our_business_gives_no_thread_to_a_person() -> None:
    chat = chat_with(unanswered(Reason.OFF_TOPIC))
    replies = [chat.writes("як зварити борщ"), chat.writes("а вареники")]
    assert [one.handover for one in replies] == [None, None] and HOURS in words_of(replies[1])


def test_a_second_weak_answer_leads_to_a_person_and_still_offers_what_may_be_meant() -> None:
    chat = chat_with(unanswered(Reason.LOW_CONFIDENCE))
    chat.writes("щось таке")
    reply = chat.writes("ну оте")
    assert HOURS in words_of(reply) and labels_of(reply)[:2] == [FEE.title, TERM.title]


def test_an_answer_between_two_misses_starts_the_count_anew() -> None:
    off = unanswered(Reason.OFF_TOPIC)
    chat = chat_with(off, SURE, off)
    replies = [chat.writes("погода"), chat.writes("обмін"), chat.writes("сніг")]
    assert [one.handover for one in replies] == [None, None, None]


def test_what_only_a_register_knows_is_said_to_stand_elsewhere() -> None:
    chat = chat_with(unanswered(Reason.LIVE_DATA), TIED)
    assert "Кабінет водія" in words_of(chat.writes("чи готові мої права"))
    assert "Кабінет водія" in words_of(chat.writes("а де це"))


@pytest.mark.parametrize(
    ("written", "is_elsewhere"),
    [("а де саме це видно", True), ("а де замінити права", False), ("а що це таке", False)],
)
def test_after_it_a_guess_is_made_unless_one_asks_where_that_is(
    written: str, is_elsewhere: bool
) -> None:
    chat = chat_with(unanswered(Reason.LIVE_DATA), UNSURE)
    chat.writes("чи готові мої права")
    assert ("Кабінет водія" in words_of(chat.writes(written))) is is_elsewhere


def test_whoever_asks_where_something_is_without_such_a_refusal_gets_a_guess() -> None:
    assert "Кабінет водія" not in words_of(chat_with(UNSURE).writes("а де саме це видно"))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("дайте живу людину", HandoverReason.WISH),
        ("аварія, людина без свідомості", HandoverReason.EMERGENCY),
        ("та ви знущаєтесь!!!", HandoverReason.COMPLAINT),
    ],
)
def test_a_wish_an_emergency_and_anger_lead_to_a_person(
    written: str, reason: HandoverReason
) -> None:
    talk = replace(unanswered(Reason.SMALL_TALK), reply="112")
    reply = chat_with(talk).writes(written)
    assert reply.handover and reply.handover.reason is reason
    assert CONTACT.phone in words_of(reply) and CONTACT.site in words_of(reply)


def test_a_complaint_gets_its_answer_and_a_person() -> None:
    chat = chat_with(SURE)
    reply = chat.writes("хочу поскаржитися на хамство")
    assert passages_of(reply) == [FEE.id] and HOURS in words_of(reply)
    assert reply.handover and reply.handover.reason is HandoverReason.COMPLAINT
    assert chat.talk.ending is Ending.HANDED_OVER


def test_whoever_was_robbed_gets_the_phone_beside_the_answer() -> None:
    reply = chat_with(SURE).writes("вкрали номери, що робити")
    assert passages_of(reply) == [FEE.id] and HOURS in words_of(reply) and not reply.handover


def test_a_person_is_told_what_was_asked_with_personal_data_masked() -> None:
    chat = chat_with(SURE)
    chat.writes("мій телефон 0501234567, чи готові права")
    reply = chat.presses_named("operator")
    assert reply.handover and "0501234567" not in reply.handover.asked
    assert "чи готові права" in reply.handover.asked and "0501234567" not in chat.talk.written()
    assert "чи готові права" in words_of(reply)


def test_an_insult_is_not_told_to_whoever_takes_over() -> None:
    chat = chat_with(unanswered(Reason.OFF_TOPIC), unanswered(Reason.OFF_TOPIC))
    chat.writes("скільки коштує борщ")
    chat.writes("Пішли Ви всі")
    assert chat.talk.asked == "скільки коштує борщ"


def test_a_pressed_fact_offers_its_other_passages_by_their_place() -> None:
    two = (RankedPassage(FEE, 0.9, 0.9), RankedPassage(replace(FEE, id="x.fee"), 0.8, 0.8))
    chat = chat_with(SURE, replace(SURE, passages=two))
    chat.writes("обмін")
    chat.does(Act.BUTTON, of_service("licence-exchange", Topic.FEE))
    assert chat.talk.offered == (of_passage("x.fee"),)


def test_courtesy_is_answered_without_a_search_result_and_kept_out_of_what_was_asked() -> None:
    chat = chat_with(SURE, replace(unanswered(Reason.SMALL_TALK), reply="Будь ласка!"))
    chat.writes("обмін")
    assert words_of(chat.writes("дякую")) == "Будь ласка!" and chat.talk.asked == "обмін"


@pytest.mark.parametrize(
    "reason", [Reason.EMPTY, Reason.PERSONAL_DATA_ONLY, Reason.NOT_COVERED, Reason.NO_MATCH]
)
def test_every_reason_has_words(reason: Reason) -> None:
    assert len(words_of(chat_with(unanswered(reason)).writes("щось"))) > 20


def serving_up_to(chars: int, engine: FakeEngine) -> Serving:
    """A version that reads so many characters of a question."""
    serving = fake_serving(engine)
    known = serving.catalogue.known_context
    return replace(serving, answers=AnswerCache(engine.answer, known, 10, chars))


def test_a_long_message_is_cut_with_a_notice() -> None:
    engine = FakeEngine(SURE)
    serving = serving_up_to(50, engine)
    chat = Chat(fake_service(serving))
    reply = chat.writes("обмін прав " * 30)
    assert reply.blocks[0] == Text("Повідомлення довге, прочитали лише перші 50 знаків.")
    assert len(engine.asked[0].question) == 50 and passages_of(reply) == [FEE.id]


def test_a_long_message_is_cut_before_a_number_that_would_be_halved() -> None:
    engine = FakeEngine(SURE)
    serving = serving_up_to(50, engine)
    reply = Chat(fake_service(serving)).writes("обмін прав " * 3 + "картка 4149 4999 1234 5673")
    assert engine.asked[0].question == "обмін прав " * 3 + "картка"
    assert reply.blocks[0] == Text("Повідомлення довге, прочитали лише перші 50 знаків.")


@pytest.mark.parametrize("most", [50, 6_000])
def test_of_a_message_of_any_length_only_its_beginning_is_read(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    read = list[str]()

    def noted(text: str) -> str:
        read.append(text)
        return text

    for module in (conversation, answering):
        monkeypatch.setattr(module, "normalise", noted)
    monkeypatch.setattr(answering, "mask", noted)
    serving = serving_up_to(most, FakeEngine(SURE))
    reply = Chat(fake_service(serving)).writes("обмін прав " * 10_000)
    assert len(read) == 3 and max(map(len, read)) <= most + MOST_BEYOND
    assert reply.blocks[0] == Text(f"Повідомлення довге, прочитали лише перші {most} знаків.")


# Doors of the core


def test_what_cannot_be_answered_now_is_left_to_whoever_called() -> None:
    with pytest.raises(OverloadedError):
        chat_over(Overloaded()).writes("обмін")


def test_a_failure_and_a_closed_channel_name_the_phone() -> None:
    core = chat_with(SURE).core
    for reply in (core.failed(Talk("test")), core.closed(Talk("test"))):
        assert CONTACT.phone in words_of(reply) and HOURS in words_of(reply)


def test_a_look_up_from_another_chat_is_not_kept_or_counted() -> None:
    engine = FakeEngine(SURE)
    chat = chat_over(engine)
    assert passages_of(chat.does(Act.INLINE, "обмін")) == [FEE.id, TERM.id]
    assert engine.asked[0].draft and chat.talk == Talk("test")


def test_the_journal_knows_a_chat_by_the_id_that_the_inbox_made() -> None:
    engine = FakeEngine(SURE)
    chat = chat_over(engine)
    chat.talk = Talk("test", chat="chat")
    chat.writes("обмін")
    assert engine.asked[0].conversation == "chat" and engine.asked[0].channel == "chatbot"


def test_an_english_question_gets_english_labels_in_a_chat_that_chose_none() -> None:
    answer = replace(SURE, understood=Understood("en", ""))
    assert labels_of(chat_with(answer).writes("how much"))[-1] == "Operator"


# Payloads and talks


def test_a_payload_reads_back_as_it_was_written() -> None:
    for written in (
        of_service("licence-exchange"),
        of_service("licence-exchange", Topic.MARTIAL_LAW),
        of_passage(REFUSAL.id),
        of_question(POPULAR[0]),
        str(Payload(Press.LANGUAGE, detail="en")),
    ):
        read = Payload.read(written)
        assert read and str(read) == written and len(written) <= 64
        assert "licence" not in written and written.isascii()


TALKS: Sequence[Talk] = (
    Talk("telegram"),
    Talk("viber", ABOUT, "en", "обмін «прав»", 1, Reason.LIVE_DATA, True, ("t.a", "s.b")),
)


@pytest.mark.parametrize("talk", TALKS)
def test_a_talk_reads_back_as_it_was_written(talk: Talk) -> None:
    assert Talk.read(talk.written()) == talk


@pytest.mark.parametrize(
    "written", ["", "{}", "[]", "null", '["a", [], null]', TALKS[1].written().replace("live", "x")]
)
def test_a_talk_of_another_version_is_none(written: str) -> None:
    with pytest.raises(ValueError):
        Talk.read(written)


def test_a_chat_that_ends_after_a_question_without_an_answer_was_abandoned() -> None:
    assert Talk("test").ending is Ending.CONTAINED
    assert Talk("test", misses=1).ending is Ending.ABANDONED
    assert Talk("test", misses=1).with_person().ending is Ending.HANDED_OVER
