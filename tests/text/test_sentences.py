"""Where a text is cut: sentences as offsets into it, and chunks of about one size with nothing
lost.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.text.sentences import TARGET_CHARS, chunks, sentences

TEXTS = st.text(alphabet=st.sampled_from("абвГД1-'.!?»,  \n\n\t"), max_size=600)


def _parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def _is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(word in rest for word in part)


# Sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n\t", []),
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


@pytest.mark.parametrize(
    "text", ["Форма № 5. 10 днів чекають", "Ціна 5. — це все", "Так. і ще", "Кінець. (5 грн)"]
)
def test_an_end_mark_before_a_figure_a_dash_or_a_small_letter_ends_no_sentence(text: str) -> None:
    assert _parts(text) == [text]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Кажуть: “Досить!”", "Потім ідуть."),
        ("Перше.", "“Друге” речення."),
        ("Перше.", "(Друге.)"),
        ("Wcześniej.", "Łódź jest daleko."),
        ("ראשון.", "שני."),
    ],
)
def test_a_sentence_may_open_with_a_quote_or_a_letter_of_any_alphabet(
    first: str, second: str
) -> None:
    assert _parts(f"{first} {second}") == [first, second]


@given(st.text('аБв .!?…»"()\n1', max_size=60) | st.text(max_size=60))
def test_sentences_hold_every_character_but_the_space_between_them(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert "".join("".join(part.split()) for part in _parts(text)) == "".join(text.split())


# Chunks


@given(text=TEXTS | st.text(max_size=300), target=st.integers(5, 120))
@example(text="а. Б. " * 60, target=11)
def test_every_word_is_in_some_chunk_and_none_is_cut(text: str, target: int) -> None:
    words = [word for chunk in chunks(text, target) for word in chunk.split()]
    assert set(words) == set(text.split())
    assert _is_subsequence(text.split(), words)


@given(text=TEXTS, target=st.integers(5, 120))
def test_only_a_longer_word_makes_a_longer_chunk(text: str, target: int) -> None:
    assert all(len(chunk) <= target or " " not in chunk for chunk in chunks(text, target))


@given(text=TEXTS, target=st.integers(5, 120))
def test_no_chunk_only_repeats_the_one_before(text: str, target: int) -> None:
    total = len(text.split())
    assert len(chunks(text, target)) <= total


def test_a_text_that_fits_is_one_chunk_with_white_space_collapsed() -> None:
    assert chunks("  Перший\nрядок.\n\nДругий\tабзац. ") == ["Перший рядок. Другий абзац."]
    assert chunks("слово " * 150) == [" ".join(["слово"] * 150)]
    assert TARGET_CHARS == 900


@pytest.mark.parametrize("text", ["", " \n\n\t"])
def test_a_text_without_words_has_no_chunks(text: str) -> None:
    assert chunks(text) == []


def test_paragraphs_are_kept_whole_where_they_fit() -> None:
    text = "Один два. Три чотири.\n\nП'ять шість. Сім вісім."
    assert chunks(text, 24) == ["Один два. Три чотири.", "П'ять шість. Сім вісім."]


def test_a_chunk_opens_with_the_last_sentence_of_the_one_before() -> None:
    text = "Перше речення довге. Так. Друге речення довге. Ні. Третє речення."
    assert chunks(text, 30) == [
        "Перше речення довге. Так.",
        "Так. Друге речення довге. Ні.",
        "Ні. Третє речення.",
    ]


def test_a_long_sentence_is_not_repeated() -> None:
    text = "Перше речення. Друге речення. Третє."
    assert chunks(text, 30) == ["Перше речення. Друге речення.", "Третє."]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    assert chunks("один два три чотири п'ять", 12) == ["один два три", "чотири п'ять"]


def test_a_word_that_is_too_long_stays_whole() -> None:
    assert chunks("а https://hsc.gov.ua/dovidka б", 10) == [
        "а",
        "https://hsc.gov.ua/dovidka",
        "б",
    ]


def test_an_abbreviation_before_a_figure_or_small_letter_ends_no_sentence() -> None:
    assert chunks("Див. ст. 15 грн. на місяць. Далі все.", 28) == [
        "Див. ст. 15 грн. на місяць.",
        "Далі все.",
    ]


@pytest.mark.parametrize("target", [25, 30])
def test_a_chunk_ends_where_a_highlight_would(target: int) -> None:
    text = "Центр у м. Києві працює. Він на вул. Хрещатик. «Дія» працює теж."
    whole = set(_parts(text))
    assert {part for chunk in chunks(text, target) for part in _parts(chunk)} <= whole
