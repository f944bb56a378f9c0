"""What each format's reader finds in a file."""

import json

import pytest
from support.sources import docx, heading, page, paragraph, pdf, table

from qa_service.documents.importers import Extract, Format, Heading, Item, Row, Text, reader_of
from qa_service.documents.importers.jsonl import read as read_jsonl
from qa_service.errors import SourceError
from qa_service.types import Topic


def _html(body: str) -> Extract:
    return reader_of(Format.HTML)(body.encode(), None)


def _texts(extract: Extract) -> list[str]:
    return [
        " | ".join(block.cells) if isinstance(block, Row) else block.text
        for block in extract.blocks
    ]


def test_a_page_becomes_headings_paragraphs_items_and_rows() -> None:
    extract = _html(
        page(
            "<p>Вступ <b>важливий</b>.</p><h2>Ціна</h2><ul><li>перше<li>друге</ul>"
            "<table><tr><th>Послуга<th>Сума<tr><td>Обмін<td>572</table>"
        )
    )
    assert extract.title == "Обмін посвідчення водія"
    assert extract.blocks == (
        Heading("Обмін посвідчення водія", 1),
        Text("Вступ важливий."),
        Heading("Ціна", 2),
        Item("перше"),
        Item("друге"),
        Row(("Послуга", "Сума"), is_head=True),
        Row(("Обмін", "572")),
    )


def test_a_broken_page_reads_as_a_browser_shows_it() -> None:
    broken = "<h2>Ціна<p>Обмін <b>коштує 572 грн.<p>Комісія<li>окремо</b><td>й мито</table></div>"
    assert _texts(_html(broken))[-1].endswith("й мито")
    assert "Обмін коштує 572 грн." in _texts(_html(broken))


@pytest.mark.parametrize(
    "furniture",
    [
        "<nav>Меню</nav>",
        "<header>Меню</header>",
        "<footer>Меню</footer>",
        "<aside>Меню</aside>",
        "<script>Меню</script>",
        "<style>Меню</style>",
        "<noscript>Меню</noscript>",
        "<button>Меню</button>",
        "<select><option>Меню</select>",
        "<div hidden>Меню</div>",
        "<div role=navigation>Меню</div>",
        "<div class='top-menu'>Меню</div>",
        "<ul id=breadcrumbs><li>Меню</ul>",
        "<!-- Меню -->",
    ],
)
def test_what_stands_around_the_text_is_left_out(furniture: str) -> None:
    assert _texts(_html(f"<body>{furniture}<p>Текст.</p>{furniture}")) == ["Текст."]


def test_the_main_part_of_a_page_is_taken_where_it_holds_most_of_the_text() -> None:
    assert _texts(_html("<p>Поруч.</p><main><p>Головне, і його більше.</main>")) == [
        "Головне, і його більше."
    ]
    rest = "<p>Решта сторінки стоїть не тут, а її значно більше, ніж там.</p>"
    assert len(_texts(_html(f"<main>Мало.</main>{rest}"))) == 2


def test_paragraphs_that_are_bold_as_a_whole_and_terms_are_headings() -> None:
    extract = _html(
        "<p><strong>Строк</strong><p>Десять днів.<dl><dt>Ціна<dd>572 грн.</dl>"
        "<p><b>Увага!</b> Не платіть наперед.<button aria-expanded=false>Документи</button>"
    )
    kinds = [(type(block).__name__, text) for block, text in zip(
        extract.blocks, _texts(extract), strict=True)]  # fmt: skip
    assert kinds == [
        ("Heading", "Строк"),
        ("Text", "Десять днів."),
        ("Heading", "Ціна"),
        ("Text", "572 грн."),
        ("Text", "Увага! Не платіть наперед."),
        ("Heading", "Документи"),
    ]


def test_lines_of_a_paragraph_and_bullets_typed_by_hand_are_told_apart() -> None:
    extract = _html("<p>Потрібні:<br>- паспорт<br>• довідка<br>2. заява<br>- 5 градусів<br>–5</p>")
    assert extract.blocks == (
        Text("Потрібні:"),
        Item("паспорт"),
        Item("довідка"),
        Item("2) заява"),
        Item("5 градусів"),
        Text("–5"),
    )


def test_a_table_that_only_places_things_on_the_page_is_no_table() -> None:
    extract = _html(
        "<table><tr><td><h2>Ціна</h2><p>Платно.<td><table><tr><td>Обмін<td>572</table></table>"
    )
    assert extract.blocks == (Heading("Ціна", 2), Text("Платно."), Row(("Обмін", "572")))


def test_lines_of_a_cell_stay_apart() -> None:
    extract = _html("<table><tr><td>Документи<td><p>Заява.<ul><li>паспорт<li>код</ul></table>")
    assert extract.blocks == (Row(("Документи", "Заява.\n• паспорт\n• код")),)


def test_what_nobody_sees_is_dropped() -> None:
    assert _texts(_html("<p>посвід&shy;чення\u200b\x07 водія\u00a0тут")) == [
        "посвідчення водія тут"
    ]


def test_a_page_without_text_is_empty() -> None:
    assert _html("").blocks == () and _html("<script>x()</script>").blocks == ()


def test_ten_thousand_elements_inside_each_other_are_no_crash() -> None:
    assert _texts(_html("<div>" * 10_000 + "Текст.")) == ["Текст."]


def test_a_word_file_becomes_headings_paragraphs_and_rows() -> None:
    content = docx(
        heading("Обмін посвідчення"),
        paragraph("Текст."),
        table([["Документи", "Заява\n- паспорт"], ["Строк", "10 днів"]]),
    )
    assert reader_of(Format.DOCX)(content, None).blocks == (
        Heading("Обмін посвідчення", 1),
        Text("Текст."),
        Row(("Документи", "Заява\n- паспорт")),
        Row(("Строк", "10 днів")),
    )


def test_a_pdf_becomes_paragraphs_of_joined_lines() -> None:
    content = pdf(
        [
            "Обмін посвідчення водія",
            "Послугу надають усі сервісні центри МВС по всій",
            "Україні та її представництва за будь-",
            "якої погоди.",
            "Скільки коштує обмін",
            "572 грн за бланк.",
            "1",
        ],
        ["2", "1. Паспорт;", "2. Довідка."],
    )
    assert reader_of(Format.PDF)(content, None) == Extract(
        "Обмін посвідчення водія",
        (
            Text("Обмін посвідчення водія"),
            Text(
                "Послугу надають усі сервісні центри МВС по всій Україні та її представництва "
                "за будь-якої погоди."
            ),
            Heading("Скільки коштує обмін", 2),
            Text("572 грн за бланк."),
            Item("1) Паспорт;"),
            Item("2) Довідка."),
        ),
    )


def test_a_card_in_pdf_becomes_rows() -> None:
    lines = ["Картка", "1. Платність", "Платно.", "2. Строк надання", "10 днів.", "3. Результат",
             "Посвідчення."]  # fmt: skip
    assert reader_of(Format.PDF)(pdf(lines, title="Картка послуги"), None) == Extract(
        "Картка послуги",
        (
            Text("Картка"),
            Row(("Платність", "Платно.")),
            Row(("Строк надання", "10 днів.")),
            Row(("Результат", "Посвідчення.")),
        ),
    )


def test_a_title_that_a_program_gave_is_none() -> None:
    content = pdf(["Обмін прав", "Текст."], title="Microsoft Word - копія.doc")
    assert reader_of(Format.PDF)(content, None).title == "Обмін прав"


def test_a_scanned_pdf_says_that_it_is_one() -> None:
    with pytest.raises(SourceError, match="scanned: recognise its text"):
        reader_of(Format.PDF)(pdf([], [], picture=True), None)


def test_documents_of_json_lines_keep_their_topic_and_address() -> None:
    lines = [
        {"_id": "1", "title": "Ціна", "text": "572 грн.\n- готівкою", "topic": "fee",
         "url": "https://hsc.gov.ua/1"},
        {"_id": "2", "text": "Інше."},
    ]  # fmt: skip
    content = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    assert read_jsonl(b"\xef\xbb\xbf" + content, None).blocks == (
        Heading("Ціна", 2, Topic.FEE, "https://hsc.gov.ua/1"),
        Text("572 грн."),
        Item("готівкою"),
        Heading("2", 2),
        Text("Інше."),
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"[", "line 2: the line: Invalid JSON"),
        (b'{"_id": "1"}', "line 2: text: Field required"),
        (b'{"_id": "1", "text": "x", "topic": "price"}', "line 2: topic: "),
        (b"\xff", "line 2: "),
    ],
)
def test_a_line_that_is_no_document_is_named(line: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read_jsonl(b'{"_id": "1", "text": "x"}\n' + line, None)
