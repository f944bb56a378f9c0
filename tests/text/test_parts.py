"""A message that asks several things is cut where another is asked; one that asks one is not."""

import pytest

from qa_service.text.parts import MAX_PARTS, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "скільки коштує обмін прав і які документи потрібні?",
            ["скільки коштує обмін прав", "і які документи потрібні?"],
        ),
        (
            "купив машину в польщі. як її зареєструвати і скільки це коштує?",
            ["купив машину в польщі. як її зареєструвати", "і скільки це коштує?"],
        ),
        (
            "де відновити загублені права? а номери теж треба міняти?",
            ["де відновити загублені права?", "а номери теж треба міняти?"],
        ),
        (
            "сколько стоит переоформить машину и какие документы нужны",
            ["сколько стоит переоформить машину", "и какие документы нужны"],
        ),
        (
            "how much is a new licence and where do i get it?",
            ["how much is a new licence", "and where do i get it?"],
        ),
        (
            "права згоріли скільки чекати нові скільки платити за бланк",
            ["права згоріли скільки чекати нові", "скільки платити за бланк"],
        ),
        ("обмін прав ціна і документи", ["обмін прав ціна", "і документи"]),
        ("ціна та док обмін прав", ["ціна", "та док обмін прав"]),
        ("скільки коштує і за скільки часу", ["скільки коштує", "і за скільки часу"]),
    ],
)
def test_a_message_is_cut_where_another_thing_is_asked(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "скільки коштує обмін прав",
        "де і як оформити довідку про несудимість",
        "ціна і вартість обміну прав",
        "купив машину а в бардачку чужі документи і гроші шо з ними робити",
        "загубив права, що робити",
        "вийшла заміж, прізвище інше. чи треба міняти права?",
        "прийшов лист, що машину зняла камера, куди скаржитись?",
        "документи",
        "",
    ],
)
def test_a_message_that_asks_one_thing_passes_untouched(text: str) -> None:
    assert parts_of(text) == [text]


def test_of_ten_questions_the_first_parts_are_answered() -> None:
    text = " ".join(f"скільки коштує номер {number}?" for number in range(10))
    assert len(parts_of(text)) == MAX_PARTS
    assert parts_of(text)[0] == "скільки коштує номер 0?"
