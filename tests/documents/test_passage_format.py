"""What a passage may hold besides its text: a list, a figure, a doubt, an age."""

from datetime import date
from pathlib import Path

import pytest
from support.corpus import EXCHANGE, make_passage, our_corpus, write_corpus

from qa_service.documents.sections import read_text
from qa_service.documents.services import inspect_services, load_services
from qa_service.types import Figure, Passage, Topic
from qa_service.web.site.blocks import blocks


def _documents(folder: Path, text: str, meta: str = "") -> tuple[Passage | None, list[str]]:
    """The documents passage of EXCHANGE with another text and more metadata."""
    service = EXCHANGE.replace(
        "Потрібні паспорт, податковий номер, старе посвідчення і медична довідка.", text
    ).replace("as_of: 2025-10-03\n", f"as_of: 2025-10-03\n{meta}")
    corpus, problems = inspect_services(write_corpus(folder, {"licence-exchange": service}))
    found = next((one for one in corpus.passages if one.id == "licence-exchange.documents"), None)
    return found, [problem.message for problem in problems]


# Lists


@pytest.mark.parametrize(
    ("body", "text", "items"),
    [
        ("Одне речення.\n\nДруге.", "Одне речення. Друге.", ()),
        (
            "Потрібні:\n\n- паспорт\n- податковий номер\n",
            "Потрібні: паспорт; податковий номер.",
            ("паспорт", "податковий номер"),
        ),
        (
            "Потрібні:\n- паспорт\n  або посвідка\n- номер\n\nОплата на місці.",
            "Потрібні: паспорт або посвідка; номер. Оплата на місці.",
            ("паспорт або посвідка", "номер"),
        ),
        ("<!-- примітка -->\nПотрібен:\n- паспорт", "Потрібен: паспорт.", ("паспорт",)),
    ],
)
def test_a_list_is_read_out_as_one_sentence(body: str, text: str, items: tuple[str, ...]) -> None:
    found = read_text(body)
    assert (found.said, found.items, found.numbered) == (text, items, False)


def test_a_list_of_a_file_becomes_text_and_items(tmp_path: Path) -> None:
    passage, problems = _documents(tmp_path, "Потрібні:\n\n- паспорт\n- старе посвідчення")
    assert problems == [] and passage
    assert passage.text == "Потрібні: паспорт; старе посвідчення."
    assert passage.items == ("паспорт", "старе посвідчення")


@pytest.mark.parametrize(
    ("topic", "body", "shown"),
    [
        ("steps", "Так:\n1. візьміть талон\n2. прийдіть", (True, False)),
        ("steps", "Одне з двох:\n- поштою\n- самі", (False, False)),
        ("documents", "Потрібні:\n- паспорт\n- код", (False, True)),
        ("documents", "По черзі:\n1. заява\n2. паспорт", (True, False)),
    ],
)
def test_steps_have_numbers_and_documents_boxes_to_tick(
    topic: str, body: str, shown: tuple[bool, bool]
) -> None:
    text = read_text(body)
    passage = make_passage(f"plates.{topic}", text.said, items=text.items, numbered=text.numbered)
    _, found = blocks(passage)
    assert (found.numbered, found.to_tick) == shown


def test_steps_are_read_out_without_their_numbers() -> None:
    text = read_text("Так:\n\n1. візьміть талон\n   в Е-записі\n2. прийдіть\n\nЦе все.")
    assert text.said == "Так: візьміть талон в Е-записі; прийдіть. Це все."
    assert text.numbered


@pytest.mark.parametrize(
    "body", ["Діє з 1 січня\n2025. Далі так.", "Так:\n2. прийдіть", "Є\n7. травня. Усе."]
)
def test_a_line_that_begins_with_a_number_is_no_step(body: str) -> None:
    text = read_text(body)
    assert text.items == () and text.said == " ".join(body.split())


def test_an_item_without_text_is_a_finding(tmp_path: Path) -> None:
    _, findings = _documents(tmp_path, "Потрібні:\n\n- паспорт\n- \n")
    assert "an item of a list has no text" in findings


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Одне. Друге.", ["Одне. Друге."]),
        ("Потрібні:\n- паспорт\n- код\n\nОплата.", ["Потрібні:", ["паспорт", "код"], "Оплата."]),
        (
            "Беріть:\n- паспорт\n\nДля авто ще:\n- номер\n- код\n",
            ["Беріть:", ["паспорт"], "Для авто ще:", ["номер", "код"]],
        ),
        (
            "Потрібні паспорт і код:\n- паспорт\n- код\n",
            ["Потрібні паспорт і код:", ["паспорт", "код"]],
        ),
        ("Є паспорт. Ще:\n- паспорт\n- ні\n", ["Є паспорт. Ще:", ["паспорт", "ні"]]),
    ],
)
def test_a_page_shows_all_of_a_text_around_its_lists(body: str, shown: list[object]) -> None:
    text = read_text(body)
    passage = make_passage("plates.documents", text.said, items=text.items)
    said = [
        ["".join(piece for piece, _ in item) for item in block.items]
        or "".join(piece for piece, _ in block.text).strip()
        for block in blocks(passage)
    ]
    assert said == shown


def test_an_item_with_an_end_mark_is_a_finding(tmp_path: Path) -> None:
    _, problems = _documents(tmp_path, "Потрібні:\n\n- паспорт;\n- номер")
    assert problems == ["the items of a list have no end marks"]


# Figures


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure("грн", 572), "572 грн"),
        (Figure("грн", 340.02), "340,02 грн"),
        (Figure("грн", 1.5), "1,50 грн"),
        (Figure("%", 1.5), "1,5 %"),
        (Figure("грн", 17_000), "17\N{NO-BREAK SPACE}000 грн"),
        (Figure("днів", min=10, max=15), "10–15 днів"),
        (Figure("грн", min=300), "від 300 грн"),
        (Figure("робочих днів", max=5), "до 5 робочих днів"),
        (Figure("грн", 572, about=True), "≈ 572 грн"),
    ],
)
def test_a_figure_in_words(figure: Figure, text: str) -> None:
    assert figure.text == text


@pytest.mark.parametrize(
    ("meta", "finding"),
    [
        ("figure: {unit: грн}\n", "give `value`, or `min`, `max` or both"),
        ("figure: {unit: грн, value: 1, min: 2}\n", "give `value`, or `min`, `max` or both"),
        ("figure: {unit: днів, min: 9, max: 3}\n", "`min` must be less than `max`"),
        ("figure: {value: 5}\n", "Field required"),
        ("figure: {unit: грн, value: п'ять}\n", "valid number"),
    ],
)
def test_a_wrong_figure_is_a_finding(tmp_path: Path, meta: str, finding: str) -> None:
    _, [problem] = _documents(tmp_path, "Потрібен паспорт.", meta)
    assert finding in problem


def test_a_figure_has_the_date_of_its_passage(tmp_path: Path) -> None:
    passage, problems = _documents(
        tmp_path, "Строк 10 днів.", "figure: {value: 10, unit: днів}\ndoubt: Може змінитися.\n"
    )
    assert problems == [] and passage
    assert passage.figure == Figure("днів", 10, as_of="2025-10-03")
    assert passage.doubt == "Може змінитися."


def test_every_figure_of_our_corpus_stands_in_its_text() -> None:
    words = {10: "десяти", 3: "трьох", 2: "двох", 15: "п’ятнадцяти", 1: "одн"}
    wrong = []
    for passage in our_corpus().passages:
        if passage.figure:
            figure = passage.figure
            plain = passage.text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
            for number in (figure.value, figure.min, figure.max):
                shown = f"{number:g}".replace(".", ",") if number is not None else ""
                if shown not in plain and words.get(int(number or 0), "?")[:4] not in plain:
                    wrong.append((passage.id, shown))
    assert wrong == []


# Age


@pytest.mark.parametrize(
    ("topic", "as_of", "is_stale"),
    [
        (Topic.FEE, "2025-11", False),
        (Topic.FEE, "2025-10", True),
        (Topic.TERM, "2025-11-30", False),
        (Topic.DOCUMENTS, "2024-11", True),
        (Topic.WHO, "2024-11", False),
        (Topic.WHO, "2024-10", True),
        (Topic.FEE, "2025", False),
        (Topic.FEE, "2024", True),
        (Topic.FEE, None, False),
    ],
)
def test_prices_terms_and_documents_age_within_a_year_and_the_rest_within_two(
    topic: Topic, as_of: str | None, is_stale: bool
) -> None:
    passage = make_passage(f"plates.{topic}", "Текст.", as_of=as_of)
    assert passage.is_stale(date(2026, 11, 26)) is is_stale


def test_a_folder_without_acts_actions_and_centres_is_read_as_before(tmp_path: Path) -> None:
    corpus = load_services(write_corpus(tmp_path))
    assert corpus.centres.centres == () and all(not one.acts for one in corpus.passages)
