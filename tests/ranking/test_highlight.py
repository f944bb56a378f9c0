"""The sentence that answers, as offsets into the passage's own text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import make_passage, our_corpus

from qa_service.ranking.present import best_sentence, figure_in, highlight
from qa_service.text.sentences import sentences
from qa_service.text.tokens import stems
from qa_service.types import Figure

TEXT = "Обмін коштує 1044 грн. Комісію банку платять окремо. Строк — один день."


def _parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def _highlighted(text: str, question: str) -> list[str]:
    return [text[start:end] for start, end in best_sentence(text, stems(question))]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("скільки коштує обмін", "Обмін коштує 1044 грн."),
        ("яка комісія банку?", "Комісію банку платять окремо."),
        ("строки", "Строк — один день."),
    ],
)
def test_the_sentence_that_shares_most_with_the_question_is_highlighted(
    question: str, sentence: str
) -> None:
    assert _highlighted(TEXT, question) == [sentence]


def test_ties_go_to_the_earlier_sentence() -> None:
    assert _highlighted("Ціна 5 грн. Ціна 6 грн. Далі.", "ціна") == ["Ціна 5 грн."]


@pytest.mark.parametrize("question", ["", "погода завтра"])
def test_a_question_that_shares_no_word_highlights_nothing(question: str) -> None:
    assert _highlighted(TEXT, question) == []


def test_a_passage_of_one_sentence_needs_no_highlight() -> None:
    assert _highlighted("Обмін коштує 1044 грн.", "обмін") == []


def test_a_sentence_that_is_most_of_the_passage_is_not_highlighted() -> None:
    assert _highlighted("Обмін посвідчення коштує 1044 грн. Комісії немає.", "обмін") == []


@pytest.mark.parametrize(
    ("figure", "text", "shown"),
    [
        (Figure("грн", 572), "Обмін коштує 572 грн, бланк 5 грн.", ["572 грн"]),
        (Figure("грн", 572), "Коштує 1572 грн, а було 572 грн.", ["572 грн"]),
        (Figure("грн", 17_000), "Штраф: 17 000 грн.", ["17 000 грн"]),
        (
            Figure("грн", 17_000),
            "Штраф: 17\N{NO-BREAK SPACE}000 грн.",
            ["17\N{NO-BREAK SPACE}000 грн"],
        ),
        (Figure("днів", min=10, max=15), "Триває 10-15 днів.", ["10-15 днів"]),
        (Figure("%", 1.5), "Збір 1,5 % ціни.", ["1,5 %"]),
        (Figure("днів", 10), "Триває десять днів.", []),
        (Figure("днів", 10), "Триває 10 днівок.", []),
        (None, "Коштує 572 грн.", []),
    ],
)
def test_the_figure_of_a_passage_is_found_where_digits_say_it(
    figure: Figure | None, text: str, shown: list[str]
) -> None:
    passage = make_passage("plates.fee", text, figure=figure)
    assert [text[start:end] for start, end in figure_in(passage)] == shown


def test_the_figure_is_highlighted_rather_than_its_sentence() -> None:
    passage = make_passage("plates.fee", TEXT, figure=Figure("грн", 1044))
    [(start, end)] = highlight(passage, stems("комісія банку"))
    assert TEXT[start:end] == "1044 грн"


def test_a_list_is_not_highlighted() -> None:
    text = "Для обміну потрібні: паспорт; код. Платить той, хто міняє. Далі нічого не треба робити."
    passage = make_passage("plates.documents", text, items=("паспорт", "код"))
    assert highlight(passage, stems("паспорт для обміну")) == ()
    [(start, end)] = highlight(passage, stems("хто платить"))
    assert text[start:end] == "Платить той, хто міняє."


def test_most_figures_of_our_corpus_can_be_highlighted() -> None:
    found = [bool(figure_in(one)) for one in our_corpus().passages if one.figure]
    assert found.count(True) > 0.8 * len(found)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("Одне речення", ["Одне речення"]),
        ("Перше. Друге! Третє? Четверте…", ["Перше.", "Друге!", "Третє?", "Четверте…"]),
        ("Платять 5 грн. за бланк.", ["Платять 5 грн. за бланк."]),
        ("Див. ст. 126 КУпАП. Штраф 3400 грн.", ["Див. ст. 126 КУпАП.", "Штраф 3400 грн."]),
        ("Строк 01.12.2025 р. не змінено. Далі.", ["Строк 01.12.2025 р. не змінено.", "Далі."]),
        ("Є «Дія». Її ставлять з App Store.", ["Є «Дія».", "Її ставлять з App Store."]),
        ("Кажуть: «Досить!» Потім ідуть.", ["Кажуть: «Досить!»", "Потім ідуть."]),
        ("Перше (так.) Друге.", ["Перше (так.)", "Друге."]),
        ("Сайт hsc.gov.ua працює. Є чат.", ["Сайт hsc.gov.ua працює.", "Є чат."]),
        ("Перше.\nДруге.", ["Перше.", "Друге."]),
        ("Центр у м. Києві. Він працює.", ["Центр у м. Києві.", "Він працює."]),
        ("Адреса: вул. Хрещатик, 1. Вхід вільний.", ["Адреса: вул. Хрещатик, 1.", "Вхід вільний."]),
    ],
)
def test_a_full_stop_of_an_abbreviation_ends_no_sentence(text: str, parts: list[str]) -> None:
    assert _parts(text) == parts


@given(st.text('аБв .!?…»"()\n1', max_size=60) | st.text(max_size=60))
def test_sentences_hold_every_character_but_the_space_between_them(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert "".join("".join(part.split()) for part in _parts(text)) == "".join(text.split())


@given(st.text("аБв .!?\n1", max_size=60), st.text("аБв1 ", max_size=10))
def test_a_highlight_is_one_of_the_sentences(text: str, question: str) -> None:
    assert set(best_sentence(text, stems(question))) <= set(sentences(text))
