"""Names of towns are found in any case, language and alphabet, and mistyped."""

import pytest

from qa_service.text.places import Mention, PlaceNames

TOWNS = (
    ("Львів", "Львов"),
    ("Харків", "Харьков"),
    ("Київ", "Киев"),
    ("Полтава",),
    ("Черкаси", "Черкассы"),
    ("Тернопіль", "Тернополь"),
    ("Кривий Ріг", "Кривой Рог"),
    ("Біла Церква", "Белая Церковь"),
    ("Івано-Франківськ", "Ивано-Франковск"),
    ("Хмельницький", "Хмельницкий"),
    ("Чернівці", "Черновцы"),
    ("Рівне", "Ровно"),
    ("Дніпро", "Днепр", "Дніпропетровськ"),
    ("Кам'янець-Подільський",),
    ("Суми", "Сумы"),
    ("Вараш",),
    ("Кременчук",),
)
NAMES = PlaceNames(TOWNS)
KNOWN = frozenset({"адреса", "сервісний", "центр", "сума", "штрафу", "області"})


def found(text: str) -> list[str]:
    """The own names of what a text names."""
    return [TOWNS[mention.places[0]][0] for mention in NAMES.find(text, KNOWN)]


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("де у Львові сервісний центр", "Львів"),
        ("зі Львова", "Львів"),
        ("під Києвом", "Київ"),
        ("у Харкові", "Харків"),
        ("в Харькове", "Харків"),
        ("до Полтави", "Полтава"),
        ("у Черкасах", "Черкаси"),
        ("из Черкасс", "Черкаси"),
        ("Тернополя", "Тернопіль"),
        ("у Кривому Розі", "Кривий Ріг"),
        ("в Кривом Роге", "Кривий Ріг"),
        ("у Білій Церкві", "Біла Церква"),
        ("в Івано-Франківську", "Івано-Франківськ"),
        ("у Хмельницькому", "Хмельницький"),
        ("у Чернівцях", "Чернівці"),
        ("в Черновцах", "Чернівці"),
        ("у Рівному", "Рівне"),
        ("у Дніпрі", "Дніпро"),
        ("Дніпропетровськ", "Дніпро"),
        ("в Кам’янці-Подільському", "Кам'янець-Подільський"),
        ("у Кременчуці", "Кременчук"),
        ("lviv", "Львів"),
        ("v Poltavi", "Полтава"),
        ("Bila Tserkva", "Біла Церква"),
        ("Ivano-Frankivsk", "Івано-Франківськ"),
        ("kmdsd", "Львів"),
    ],
)
def test_a_town_is_found_in_every_form(text: str, town: str) -> None:
    assert found(text) == [town]


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("полтвае", "Полтава"),
        ("Тернопль", "Тернопіль"),
        ("у хмельницькмоу", "Хмельницький"),
        ("франкіську івано", None),
    ],
)
def test_a_mistyped_town_is_found_and_said_to_be_mistyped(text: str, town: str | None) -> None:
    mentions = NAMES.find(text, KNOWN)
    assert [TOWNS[mention.places[0]][0] for mention in mentions] == ([town] if town else [])
    assert all(not mention.is_typed_right for mention in mentions)


@pytest.mark.parametrize(
    "text",
    [
        "сума штрафу",
        "адреса",
        "у Варшаві",
        "посвідчення водія",
        "",
        "де",
        "12345",
        "кривий",
    ],
)
def test_no_town_is_found_where_none_is_named(text: str) -> None:
    assert found(text) == []


def test_several_towns_come_in_order_with_their_words() -> None:
    assert NAMES.find("зі Львова до Кривого Рогу", KNOWN) == [
        Mention((0,), 1, 2),
        Mention((6,), 3, 5),
    ]


def test_the_own_name_of_a_town_wins_over_the_former_name_of_another() -> None:
    names = PlaceNames([("Сокологірськ", "Первомайськ"), ("Первомайськ",)])
    assert names.find("у Первомайську", KNOWN) == [Mention((1,), 1, 2)]


def test_namesakes_are_all_given() -> None:
    names = PlaceNames([("Рівне",), ("Рівне",)])
    assert names.find("рівне", frozenset()) == [Mention((0, 1), 0, 1)]
