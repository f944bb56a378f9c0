"""Which offer a turn picks, rule by rule of `dialogue/choosing.py`."""

import pytest

from qa_service.dialogue.choosing import (
    chosen_by_name,
    chosen_by_place,
    may_describe,
    place_of,
    points_at_one,
    says_what,
)

NAMES = {
    "licence-exchange": ("обмін посвідчення водія", "поміняти права"),
    "licence-lost": ("відновлення втраченого посвідчення", "загубив права"),
    "certificate-lost": ("відновлення свідоцтва про реєстрацію", "загубив техпаспорт"),
}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        *(("перше", 0), ("2", 1), ("no2", 1), ("the third one", 2), ("останнє", 2)),
        *(("другий варіант", 1), ("друге, на авто батька", 1), ("перше поживше", 0)),
        *(("ну третє зміна адреси", 2), ("ні, перше", 0), ("перше не треба, а друге", 1)),
        *(("1 давайте", 0), ("2 мабуть", 1), ("the 2nd", 1), ("ні, не перше, а третє", 2)),
        ("другий варіант, у мене паперові права ще дев'яносто дев'ятого року", 1),
    ],
)
def test_1_a_place_picks_an_offer(text: str, place: int) -> None:
    assert chosen_by_place(text, 3) == place


@pytest.mark.parametrize(
    "text",
    [
        *("три штрафи", "двадцять друге", "друге авто", "друге посвідчення водія"),
        *("чи можна зробити це за 1 день", "перша категорія", "4"),
        *("ні перше ні друге", "перше не підходить", "не друге"),
        "мені двадцять п'ять років і це мій другий варіант номера",
    ],
)
def test_2_what_counts_or_tells_something_else_picks_nothing(text: str) -> None:
    assert chosen_by_place(text, 3) is None


@pytest.mark.parametrize(
    ("text", "offered", "place"),
    [("друге", 3, 1), ("другий варіант", 3, 1), ("друге авто", 3, None), ("друге", 0, None)],
)
def test_a_place_alone_may_press_a_button(text: str, offered: int, place: int | None) -> None:
    assert place_of(text, offered) == place


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("обмін", "licence-exchange"),
        ("про техпаспорт", "certificate-lost"),
        *(("загубив", None), ("перше ні друге", None), ("а без прав можна сісти", None)),
        ("техпаспорт на причіп коли готовий?", None),
        ("скільки чекати довідку про несудимість", None),
    ],
)
def test_3_a_word_of_one_name_alone_picks_it(text: str, service: str | None) -> None:
    assert chosen_by_name(text, tuple(NAMES), NAMES.__getitem__) == service


@pytest.mark.parametrize(
    "text",
    [
        "та, де номери полежать",
        "те, що про машину",
        *("мені ті, що в телефоні", "оте що для виїзду", "которые на два года"),
        *("the one that expired", "мається на увазі варіант, коли знаки в центрі"),
    ],
)
def test_4_a_turn_may_point_at_one_of_the_offers(text: str) -> None:
    assert points_at_one(text)


@pytest.mark.parametrize(
    ("text", "describes"),
    [
        ("бензинову, з салону", True),
        ("я в Чехії зараз", True),
        ("а мопед теж?", False),
        *(("скільки за мопед", False), ("медкомісію треба проходити", False)),
        ("так", False),
    ],
)
def test_4_a_description_asks_nothing(text: str, describes: bool) -> None:
    assert may_describe(text) == describes


@pytest.mark.parametrize(
    ("text", "says_more"),
    [("друге, гарні цифри на мото", True), ("друге", False), ("перший варіант", False)],
)
def test_a_choice_may_say_more_than_its_place(text: str, says_more: bool) -> None:
    assert says_what(text) is says_more
