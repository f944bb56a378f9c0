"""Labels and headings give topics; lines of a card become its fields."""

import pytest

from qa_service.documents.importers.labels import (
    card_fields,
    group_of,
    is_label,
    is_number,
    split_label,
    topic_of,
)
from qa_service.types import Group, Topic


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Вичерпний перелік документів, необхідних для отримання адміністративної послуги, "
         "а також вимоги до них", Topic.DOCUMENTS),
        ("9. Перелік документів", Topic.DOCUMENTS),
        ("Платність (безоплатність) надання адміністративної послуги", Topic.FEE),
        ("11.2. Розмір та порядок внесення плати (адміністративного збору) за платну "
         "адміністративну послугу", Topic.FEE),
        ("Розрахунковий рахунок для внесення плати", Topic.FEE),
        ("Строк надання адміністративної послуги", Topic.TERM),
        ("Перелік підстав для відмови у наданні адміністративної послуги", Topic.REFUSAL),
        ("Результат надання адміністративної послуги", Topic.RESULT),
        ("Способи отримання відповіді (результату)", Topic.RESULT),
        ("Порядок та спосіб подання документів, необхідних для отримання адміністративної "
         "послуги", Topic.STEPS),
        ("Підстава для одержання адміністративної послуги", Topic.STEPS),
        ("Місцезнаходження центру надання адміністративної послуги", Topic.WHERE),
        ("Інформація щодо режиму роботи центру надання адміністративної послуги", Topic.CONTACT),
        ("Телефон/факс (довідки), адреса електронної пошти та веб-сайт центру надання "
         "адміністративної послуги", Topic.CONTACT),
        ("Закони України", Topic.LEGAL),
        ("Акти Кабінету Міністрів України", Topic.LEGAL),
        ("Нормативно-правові акти, на підставі яких стягується плата", Topic.LEGAL),
    ],
)  # fmt: skip
def test_every_label_of_a_card_has_its_topic(label: str, topic: Topic) -> None:
    assert is_label(label) and topic_of(label) is topic
    assert topic_of(label.upper()) is topic


@pytest.mark.parametrize(
    ("heading", "topic"),
    [
        ("Скільки коштує обмін прав?", Topic.FEE),
        ("Вартість послуги", Topic.FEE),
        ("Які документи потрібні", Topic.DOCUMENTS),
        ("Скільки чекати", Topic.TERM),
        ("Термін дії посвідчення", Topic.VALIDITY),
        ("Чому можуть відмовити", Topic.REFUSAL),
        ("Як отримати посвідчення", Topic.STEPS),
        ("Куди звернутися", Topic.WHERE),
        ("Хто може отримати", Topic.WHO),
        ("Замовити онлайн", Topic.ONLINE),
        ("Практичний іспит", Topic.EXAM),
        ("Штрафи", Topic.PENALTY),
        ("Особливості під час воєнного стану", Topic.MARTIAL_LAW),
        ("Контакти", Topic.CONTACT),
        ("Нормативна база", Topic.LEGAL),
        ("Корисне", Topic.NOTE),
        ("", Topic.NOTE),
    ],
)
def test_a_heading_of_a_page_gives_a_topic_or_note(heading: str, topic: Topic) -> None:
    assert topic_of(heading) is topic


@pytest.mark.parametrize(
    ("title", "group"),
    [
        ("Обмін посвідчення водія", Group.DRIVING_LICENCE),
        ("Теоретичний іспит на права", Group.EXAMS_AND_TRAINING),
        ("Перереєстрація транспортного засобу", Group.VEHICLE_REGISTRATION),
        ("Видача номерних знаків", Group.PLATES),
        ("Довідка про несудимість", Group.CERTIFICATES_AND_CONTROL),
        ("Графік роботи", Group.SERVICE_CENTRES),
    ],
)
def test_a_title_gives_a_group(title: str, group: Group) -> None:
    assert group_of(title) is group


@pytest.mark.parametrize(
    ("line", "split"),
    [
        ("Платність: безоплатно", ("Платність", "безоплатно")),
        ("5. Строк надання послуги — 10 днів.", ("Строк надання послуги", "10 днів.")),
        ("Результат надання послуги:", ("Результат надання послуги", "")),
        ("Строк надання послуги становить 10 днів.", None),
        ("Результати будуть завтра: чекайте", None),
        ("Звичайне речення: воно про інше", None),
    ],
)
def test_a_line_is_split_after_a_label_only(line: str, split: tuple[str, str] | None) -> None:
    assert split_label(line) == split


CARD = """\
Картка
1. Перелік документів, необхідних для
отримання адміністративної послуги
Заява.
Паспорт.
2 Платність Безоплатно
3. Строк надання адміністративної послуги: 10 днів
Строк надання становить найбільше місяць.
"""


def test_lines_of_a_card_are_cut_at_its_labels() -> None:
    before, fields = card_fields(CARD)
    assert before == "Картка\n"
    assert list(fields) == [
        (
            "Перелік документів, необхідних для\nотримання адміністративної послуги",
            "Заява.\nПаспорт.",
        ),
        ("Платність", "Безоплатно"),
        (
            "Строк надання адміністративної послуги",
            "10 днів\nСтрок надання становить найбільше місяць.",
        ),
    ]


def test_a_text_with_two_labels_is_no_card() -> None:
    text = "Платність\nБезоплатно\nСтрок надання\n10 днів"
    assert card_fields(text) == (text, ())


@pytest.mark.parametrize(("cell", "numbers"), [("9", True), ("11.2.", True), ("2025", False)])
def test_a_cell_that_only_numbers_its_row_is_known(cell: str, numbers: bool) -> None:
    assert is_number(cell) is numbers
