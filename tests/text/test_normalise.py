"""The normaliser's rules, by number. Invisible characters are written as escapes, so that a reader
sees them.
"""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.text import normalise as module
from qa_service.text.normalise import RULES, normalise

ACUTE, BREVE, DIAERESIS, SOFT_HYPHEN, ZERO_WIDTH = "\u0301", "\u0306", "\u0308", "\u00ad", "\u200b"

EXAMPLES = [
    (1, f"и{BREVE}", "й"),
    (1, f"і{DIAERESIS}", "ї"),
    (1, "ﬁле №５", "fiле No5"),
    (1, "а\x00б\ud800в\x7fг\ufffdґ", "а б в г ґ"),
    (2, f"посвід{SOFT_HYPHEN}чення", "посвідчення"),
    (2, f"{ZERO_WIDTH}пра\u200dва\u202e \ufeffводія\u2066", "права водія"),
    (3, f"догові{ACUTE}р", "договір"),
    (3, f"за{ACUTE}йві й її", "зайві й її"),
    (3, f"украї{ACUTE}нська", "українська"),
    (3, f"café cafe{ACUTE}", "café café"),
    (4, "об’єкт обʼєкт", "об'єкт об'єкт"),
    (4, "’права’ 5’ ’", "’права’ 5’ ’"),
    (5, "пoсвiдчення", "посвідчення"),
    (5, "категорія B, BMW, VIN", "категорія B, BMW, VIN"),
    (6, "5–7 «днів»", '5-7 "днів"'),
    (6, "2025—2026 “так” „ні‟", '2025-2026 "так" "ні"'),
    (7, "МРЕО", "мрео"),
    (7, "ЇЖАК Ґ Є І", "їжак ґ є і"),
    (8, "що  робити???", "що робити?"),
    (8, " \t права\n\nводія...  ", "права водія."),
]


@pytest.mark.parametrize(("number", "text", "expected"), EXAMPLES)
def test_a_rule_does_what_its_number_says(number: int, text: str, expected: str) -> None:
    assert RULES[number - 1](text) == expected


def test_every_rule_has_an_example() -> None:
    assert {number for number, _, _ in EXAMPLES} == set(range(1, len(RULES) + 1))


def test_the_docstrings_table_lists_the_rules_in_their_order() -> None:
    rows = re.findall(r"^\| (\d+) (\S+) \|", module.__doc__ or "", re.MULTILINE)
    assert [f"rule_{number}_{name.replace('-', '_')}" for number, name in rows] == [
        rule.__name__ for rule in RULES
    ]


def test_the_docstrings_examples_come_true() -> None:
    table = (module.__doc__ or "").replace("<shy>", SOFT_HYPHEN)
    rows = re.findall(r"^\| (\d+) .* \| (.+?) -> `(.+?)` \|$", table, re.MULTILINE)
    assert len(rows) == len(RULES)
    for number, befores, after in rows:
        for before in re.findall(r"`(.+?)`", befores):
            assert (
                RULES[int(number) - 1](
                    unicodedata.normalize("NFD", before) if number == "1" else before
                )
                == after
            )


TRICKY = st.sampled_from(
    [
        *"аийіїґєнрсАИІЇaicoxpABHI'’ʼ‘`´′＇-—–«»\".?!, \n09_",
        *(
            ACUTE,
            "\u0300",
            BREVE,
            DIAERESIS,
            SOFT_HYPHEN,
            ZERO_WIDTH,
            "\u200d",
            "\u202e",
            "\u2066",
            "\ufe0f",
            "\ufeff",
            "\u034f",
        ),
        *(
            "\x00",
            "\x85",
            "\u2028",
            "\ud800",
            "\udfff",
            "\ufffd",
            "İ",
            "ß",
            "ﬁ",
            "Å",
            "K",
            "…",
            "½",
            "🚗",
            "Σ",
            "ǅ",
        ),
    ]
)


@given(st.text(TRICKY, max_size=12) | st.text(st.characters(exclude_categories=()), max_size=40))
@example(f"и{ZERO_WIDTH}{BREVE}")
@example(f"о{SOFT_HYPHEN}{ACUTE}")
@example("дİ")
@example(f"і{DIAERESIS}{ACUTE}")
@example("Іc\u0300")
@example("ІB\u0300A")
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(TRICKY, max_size=40) | st.text(st.characters(exclude_categories=()), max_size=40))
def test_the_result_is_text_on_one_line(text: str) -> None:
    result = normalise(text)
    result.encode()
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in result
    )
    assert result == result.strip()
    assert "  " not in result


@given(st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя' -?0123456789", max_size=60))
def test_composed_and_decomposed_text_is_one_text(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(text)


@pytest.mark.parametrize("sign", ["'", "’", "ʼ", "‘", "`", "´", "′", "＇"])
def test_an_apostrophe_inside_a_word_is_one_sign_however_it_is_typed(sign: str) -> None:
    assert normalise(f"зобов{sign}язання") == "зобов'язання"


@pytest.mark.parametrize("vowel", "аеєиіїоуюя")
def test_a_stress_mark_is_dropped_from_every_vowel(vowel: str) -> None:
    assert normalise(f"к{vowel}{ACUTE}н") == f"к{vowel}н"


@pytest.mark.parametrize("letter", ["й", "ї", "ў", "ё"])
def test_a_letter_with_a_mark_of_its_own_survives_decomposition(letter: str) -> None:
    assert normalise(unicodedata.normalize("NFD", f"кра{letter}")) == f"кра{letter}"


@given(st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяАБВГҐДЕЄЖЗИІЇЙ", min_size=1, max_size=20))
def test_a_cyrillic_word_is_never_folded_to_another(word: str) -> None:
    assert normalise(word) == word.lower()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("BMW", "bmw"),
        ("Tesla", "tesla"),
        ("i", "i"),
        ("VIN-код", "vin-код"),
        ("IBAN", "iban"),
        ("driver's", "driver's"),
    ],
)
def test_a_latin_word_stays_latin(word: str, expected: str) -> None:
    assert normalise(word) == expected


def test_a_look_alike_at_either_side_of_an_apostrophe_is_cyrillic() -> None:
    assert normalise("oб'єкт п'ять об'єкmi") == normalise("об'єкт п'ять об'єкmі")
