"""What a turn is in its talk, by its words."""

import pytest

from qa_service.dialogue.turns import Kind, read_turn
from qa_service.types import NO_CONTEXT, Context, Topic

NAMES = {
    "licence-exchange": ("обмін посвідчення водія", "поміняти права"),
    "licence-lost": ("відновлення втраченого посвідчення", "загубив права"),
    "certificate-lost": ("відновлення свідоцтва про реєстрацію", "загубив техпаспорт"),
}
OFFERED = Context(topic=Topic.FEE, choices=tuple(NAMES))
TALK = Context("licence-exchange", Topic.FEE, ("certificate-lost",))


def _names(slug: str) -> tuple[str, ...]:
    return NAMES.get(slug, ())


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("перше", "licence-exchange"),
        ("другий варіант", "licence-lost"),
        ("the third", "certificate-lost"),
        ("останнє", "certificate-lost"),
        ("2", "licence-lost"),
        ("останній варіант", "certificate-lost"),
        ("друге, на авто батька", "licence-lost"),
        ("обмін", "licence-exchange"),
        ("про техпаспорт", "certificate-lost"),
    ],
)
def test_a_choice_is_one_of_what_was_offered_and_keeps_the_fact_asked(
    text: str, service: str
) -> None:
    turn = read_turn(text, OFFERED, _names)
    assert (turn.kind, turn.service, turn.topic) == (Kind.CHOICE, service, Topic.FEE)


@pytest.mark.parametrize(
    ("text", "service", "topic"),
    [
        ("друге, скільки чекати?", "licence-lost", Topic.TERM),
        ("друге, чи можна без черги?", "licence-lost", None),
        ("друге, де загублено", "licence-lost", Topic.FEE),
        ("друге, де це?", "licence-lost", Topic.WHERE),
        ("ні, не перше, а третє", "certificate-lost", Topic.FEE),
        ("обмін, документи", "licence-exchange", Topic.DOCUMENTS),
        ("техпаспорт скільки чекати", "certificate-lost", Topic.TERM),
        ("не обмін, а техпаспорт", "certificate-lost", Topic.FEE),
    ],
)
def test_a_choice_asks_what_it_says_and_not_what_it_denies(
    text: str, service: str, topic: Topic | None
) -> None:
    turn = read_turn(text, OFFERED, _names)
    assert (turn.kind, turn.service, turn.topic) == (Kind.CHOICE, service, topic)


@pytest.mark.parametrize(
    "text",
    [
        *("скільки чекати довідку про несудимість", "загубив", "перша категорія"),
        *("чи можна зробити це за 1 день", "а можна за 2 дні", "коли останній день подачі"),
    ],
)
def test_what_fits_no_offer_or_two_is_a_question(text: str) -> None:
    assert read_turn(text, OFFERED, _names).kind is Kind.PLAIN


@pytest.mark.parametrize(
    ("text", "meant", "topic"),
    [
        ("ні, я про техпаспорт", "техпаспорт", Topic.FEE),
        ("нет, не права, а техпаспорт", "техпаспорт", Topic.FEE),
        ("не те, скільки чекати техпаспорт", "скільки чекати техпаспорт", None),
        ("я мав на увазі мотоцикл", "мотоцикл", Topic.FEE),
        ("я не про реєстрацію, а про права", "права", Topic.FEE),
        ("та не права техпаспорт переплутала", "техпаспорт переплутала", Topic.FEE),
        ("стоп, не іменний, а звичайний", "звичайний", Topic.FEE),
        ("ні, не за гроші, а за час", "за час", Topic.FEE),
        ("ціну мені за техпаспорт, не за права", "ціну мені за техпаспорт", None),
        ("це зрозуміло, але я про мотоцикл", "мотоцикл", Topic.FEE),
        ("лише права, не техпаспорт", "лише права", Topic.FEE),
        ("ні-ні, все-таки мотоцикл", "все-таки мотоцикл", Topic.FEE),
        ("да не я, брат на мотоцикл", "брат на мотоцикл", Topic.FEE),
        ("я имею в виду вождение", "вождение", Topic.FEE),
        ("мова взагалі-то про мотоцикл", "мотоцикл", Topic.FEE),
        ("речь о мотоцикле", "мотоцикле", Topic.FEE),
        ("йшлося не про машину, а про мотоцикл", "мотоцикл", Topic.FEE),
        ("уточню: не запит, а скарга", "скарга", Topic.FEE),
        ("не на мотоцикл на причіп я питаю", "на причіп", Topic.FEE),
        ("не про обмін а втрату", "втрату", Topic.FEE),
        ("ні не через дію а центр", "центр", Topic.FEE),
        ("номери а не права", "номери", Topic.FEE),
        ("та я ж про мотоцикл питав", "мотоцикл", Topic.FEE),
        ("я питала за причіп", "причіп", Topic.FEE),
        ("не продати а просто їздити", "просто їздити", Topic.FEE),
    ],
)
def test_a_correction_is_what_was_meant_with_the_fact_asked_before(
    text: str, meant: str, topic: Topic | None
) -> None:
    turn = read_turn(text, TALK, _names)
    assert (turn.kind, turn.reading, turn.topic) == (Kind.CORRECTION, meant, topic)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("ні, не права, а техпаспорт", "не права, а"),
        ("лише права, не техпаспорт", "техпаспорт"),
        ("ні, я про техпаспорт", ""),
    ],
)
def test_a_correction_keeps_what_it_denies(text: str, denied: str) -> None:
    assert read_turn(text, TALK, _names).denied.strip() == denied


@pytest.mark.parametrize(
    "text",
    [
        *(
            "я за кордоном, де міняти?",
            "а чи не треба довідка?",
            "я за кермом двадцять років",
            "ні",
        ),
        *(
            "не маю медичної довідки, приймуть?",
            "не здав теорію, що далі?",
            "не отримала, де вона?",
            "не переоформив машину, що буде?",
            "не працює сайт, що робити",
            "не видають права, чому?",
            "інспектор казав здавати теорію, це правда?",
        ),
    ],
)
def test_a_word_of_denial_alone_corrects_nothing(text: str) -> None:
    assert read_turn(text, TALK, _names).kind is Kind.PLAIN


@pytest.mark.parametrize(
    "text", ["вернемось до техпаспорта, скільки чекати", "а щодо техпаспорта: де його отримати"]
)
def test_a_return_is_told_by_its_words(text: str) -> None:
    assert read_turn(text, TALK, _names).kind is Kind.BACK


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("а щодо ціни?", "ціни?"),
        ("знову платити?", "платити?"),
        ("про документи: які?", "документи: які?"),
    ],
)
def test_a_fact_without_a_subject_is_asked_of_the_talks_procedure(text: str, asked: str) -> None:
    turn = read_turn(text, TALK, _names)
    assert (turn.kind, turn.reading, turn.service) == (Kind.PLAIN, asked, None)


def test_a_word_without_end_costs_no_more_than_its_length() -> None:
    assert read_turn(f"{'ж' * 5_000} а", TALK, _names).kind is Kind.PLAIN


def test_who_is_abroad_returns_to_nothing() -> None:
    text = "а за кордоном, в консульстві, можна?"
    assert read_turn(text, TALK, _names).kind is Kind.PLAIN


def test_the_first_question_is_the_oldest_service() -> None:
    turn = read_turn("щодо першого питання, скільки коштує", TALK, _names)
    assert (turn.kind, turn.service) == (Kind.BACK, "certificate-lost")


@pytest.mark.parametrize("text", ["ні, я про техпаспорт", "а скільки чекати?", "перше"])
def test_without_a_talk_every_turn_is_a_question(text: str) -> None:
    assert read_turn(text, NO_CONTEXT, _names).kind is Kind.PLAIN


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("та мотоцикл же", "та мотоцикл же"),
        ("ні, я про медичну", "медичну"),
        ("у мене вкрали номери", "у мене вкрали номери"),
    ],
)
def test_what_is_said_after_being_asked_back_keeps_the_fact_that_was_asked(
    text: str, read: str
) -> None:
    turn = read_turn(text, OFFERED, _names)
    assert (turn.kind, turn.topic, turn.reading) == (Kind.PLAIN, Topic.FEE, read)


@pytest.mark.parametrize("text", ["де складають іспит", "а скільки", "строк"])
def test_a_new_question_after_being_asked_back_asks_for_itself(text: str) -> None:
    turn = read_turn(text, OFFERED, _names)
    assert (turn.kind, turn.topic, turn.reading) == (Kind.PLAIN, None, text)
