"""What is taken off a question before it is judged, and what must stay."""

import pytest
from support.counting import calls

from qa_service.text.courtesy import without_courtesy
from qa_service.text.normalise import normalise

QUESTION = "скільки коштує обмін прав"


@pytest.mark.parametrize(
    "wrapped",
    [
        "Доброго дня! {}",
        "добрий вечір шановні працівники {}",
        "Слава Україні! {}. Героям слава!",
        "Здравствуйте, подскажите пожалуйста, {}",
        "{} підкажіть будь ласка",
        "Мене звати Оксана Петрівна, хотіла б дізнатися {}. Наперед вдячна!",
        "ну значить так от {}",
        "{}, заздалегідь дякую за відповідь 🙏",
        "{}? З повагою, Андрій Мельничук",
        "{}. Ірина, Львів",
        "Hello! Could you please tell me {}? Thanks in advance",
        "доьрий день! {}",
        "{} пліз",
        "вибачте за дурне питання, {}",
        "а можна запитати, {} будь ласка",
    ],
)
def test_takes_courtesy_off(wrapped: str) -> None:
    assert without_courtesy(normalise(wrapped.format(QUESTION))).rstrip("?") == QUESTION


@pytest.mark.parametrize(
    "text",
    ["Добрий день", "привіт!", "Дякую, до побачення", "👍", "Thanks!", "алло", "Слава Україні"],
)
def test_leaves_nothing_of_courtesy_alone(text: str) -> None:
    assert without_courtesy(normalise(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "де подати скаргу на сервісний центр",
        "если не через дію, кто платит",
        "якщо не можна онлайн, куди звертатися",
        "як подякувати працівнику центру",
        "що означає категорія c і е",
        "чи можна здати іспит без запису",
        "міжнародне посвідчення водія для польщі",
        "where do i renew my licence",
        "з якого віку можна їздити на скутері",
        "авто на мамі. марія померла, що робити?",
        "купую авто. віктор може приїхати без техпаспорта?",
        "з повагою до вас, скільки коштує обмін прав?",
    ],
)
def test_leaves_questions_as_they_are(text: str) -> None:
    assert without_courtesy(normalise(text)) == normalise(text)


def test_takes_a_known_word_for_no_misspelt_greeting() -> None:
    assert without_courtesy("привіз авто", {"привіз"}.__contains__) == "привіз авто"


def test_leaves_a_word_of_the_question_between_pleas() -> None:
    assert without_courtesy("прошу, скажіть, яка довідка, будь ласка") == "яка довідка"


def test_a_greeting_of_900_letters_is_courtesy() -> None:
    assert without_courtesy("добрий день " * 75) == ""


def test_a_word_that_no_greeting_can_be_is_compared_with_none_however_long() -> None:
    assert calls(lambda: without_courtesy("а" * 20_000)) == calls(
        lambda: without_courtesy("а" * 2_000)
    )
