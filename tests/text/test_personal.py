"""Personal data, by the numbers of the rules. The data is synthetic: valid in form and check
digits, nobody's.
"""

import re
import sys
import unicodedata
from collections.abc import Callable
from itertools import product
from random import Random

import pytest
from support.corpus import our_corpus
from support.counting import calls

from qa_service.text import personal as module
from qa_service.text.births import LAST_BIRTH_YEAR
from qa_service.text.personal import (
    RULES,
    beginning,
    has_personal_data,
    is_only_personal,
    mask,
    rule_1_hidden,
)

ZERO_WIDTH, SOFT_HYPHEN, KEYCAP = "\u200b", "\u00ad", "\ufe0f\u20e3"

EXAMPLES = [
    (1, "０5０ ٣", "050 3"),
    (1, f"0{ZERO_WIDTH}6{SOFT_HYPHEN}7", "067"),
    (1, f"1{KEYCAP}2{KEYCAP}", "12"),
    (1, "і\u0308жак, и\u0306од, № 1388", "їжак, йод, № 1388"),
    (1, "О67 123 45 67, 067123О567, о 10:00", "067 123 45 67, 0671230567, о 10:00"),
    (1, "О5О-123-4567, О5О.123.45.67", "050-123-4567, 050.123.45.67"),
    (1, "О5О 12 34 567 о 10 30", "050 12 34 567 о 10 30"),
    (1, "АА 1234ОО 12 345 678, ОО686465 12 345", "АА 1234ОО 12 345 678, ОО686465 12 345"),
    (2, "пишіть на ivan.p+1@mail.ukr.net, дякую", "пишіть на [пошта], дякую"),
    (2, "іван@пошта.укр або a @ b.ua", "[пошта] або [пошта]"),
    (2, "ivan (at) ukr.net, ivan[at]ukr.net", "[пошта], [пошта]"),
    (2, "іван собака укр крапка нет і ivan собака ukr.net", "[пошта] і [пошта]"),
    (2, "у мене собака вдома. Права", "у мене собака вдома. Права"),
    (3, "UA213223130000026007233566001", "[рахунок]"),
    (3, "уа21 3223 1300 0002 6007 2335 6600 1 за 500 грн", "[рахунок] за 500 грн"),
    (5, "VIN WVWZZZ1KZ6W123456.", "VIN [VIN]."),
    (5, "кузов wvwzzz1кz6w123456", "кузов [VIN]"),
    (5, "WBA 3A5 C50 DF3 59912, номер", "[VIN], номер"),
    (5, "кузов WBA-3A5C50-DF359912 2015", "кузов [VIN] 2015"),
    (5, "ДК 021 B C D 12345 67890", "ДК 021 B C D 12345 67890"),
    (4, "запис 19900512-12345", "запис [УНЗР]"),
    (4, "19900512 – 12345", "[УНЗР]"),
    (6, "АА1234ВВ, aa-1234-bb, ка 1234 ех", "[номерний знак], [номерний знак], [номерний знак]"),
    (6, "На 5000 км, не 2025 те", "На 5000 км, не 2025 те"),
    (6, "АА 12-34 ВВ, 123-45 КА", "[номерний знак], [номерний знак]"),
    (7, "народився 12051990, але 13131990", "народився [дата], але 13131990"),
    (7, "12.05.1990, 1990-05-12, 2/3/2001, 12.05.90", "[дата], [дата], [дата], [дата]"),
    (7, "5 травня 1990 року, 5 may 1990", "[дата] року, [дата]"),
    (7, "дитина народилась 05.06.2019", "дитина народилась [дата]"),
    (7, "постанова від 07.09.1998 № 1388", "постанова від 07.09.1998 № 1388"),
    (7, "іспит 05.06.2026", "іспит 05.06.2026"),
    (8, "5375 4141 0000 0004, 12/27", "[картка], 12/27"),
    (8, "5375414100000004", "[картка]"),
    (10, "+380671234567, +38 (067) 123-45-67, 380 67 123 45 67", "[телефон], [телефон], [телефон]"),
    (10, "0671234567 або 067.123.45.67 чи (067) 12 34 567", "[телефон] або [телефон] чи [телефон]"),
    (
        10,
        "8-067-123-45-67, 8(067)1234567 і 67 123 45 67 15 років",
        "[телефон], [телефон] і [телефон] 15 років",
    ),
    (10, "+48 123 456 789", "[телефон]"),
    (10, "290-19-88, 290 19 88", "[телефон], [телефон]"),
    (10, "тел. 2901988, телефон: 26-19-88", "тел. [телефон], телефон: [телефон]"),
    (10, "телефон 102", "телефон 102"),
    (10, "09.00-18.00 13 перерва", "09.00-18.00 13 перерва"),
    (10, "05.06.2025 12 годин", "05.06.2025 12 годин"),
    (11, "іпн3123456789", "іпн[код]"),
    (11, "26001234567890", "[код]"),
    (12, "41111111 11111111", "[картка]"),
    (12, "41111111 11111112", "41111111 11111112"),
    (12, "12345678 41111111 11111111", "12345678 [картка]"),
    (12, "3782 822463 10005", "[картка]"),
    (12, "4111.1111.1111.1111, 4111/1111/1111/1111", "[картка], [картка]"),
    (12, "2019/2020/2021/2022", "2019/2020/2021/2022"),
    (12, "01.02.2025-28.02.2025", "01.02.2025-28.02.2025"),
    (12, "12345/67899, 123.456.7899", "[код], [код]"),
    (12, "12345 67899", "[код]"),
    (12, "12345 67898", "12345 67898"),
    (13, "ВХІ123456, bxi 123456, паспорт аа123456", "[документ], [документ], паспорт [документ]"),
    (13, "паспорт АВ н 123456", "паспорт [документ]"),
    (13, "серія АА номер 123456; МЕ № 12 34 56", "серія [документ]; [документ]"),
    (13, "ID 000123456 чи 000 123 456", "ID [документ] чи [документ]"),
    (13, "від 100000 грн до 150000 км", "від 100000 грн до 150000 км"),
    (13, "136 000–204 000 грн", "136 000–204 000 грн"),
    (1, "2463оо1553, ОО686465, о9-74-54", "2463001553, ОО686465, 09-74-54"),
    (2, "ivan at gmail.com, ivan90 эт пошта.ua, ivan at host dot ua", "[пошта], [пошта], [пошта]"),
    (2, "Look at hsc.gov.ua or call us", "Look at hsc.gov.ua or call us"),
    (2, "ivan@ukr,net, ivan@ukr . net, ivan90собакаukr.net", "[пошта], [пошта], [пошта]"),
    (2, "ivan крапка p90@ukr.net, ivan равлик ukr.net", "[пошта], [пошта]"),
    (3, "IBANUA213223130000026007233566001", "[рахунок]"),
    (4, "19900512/12345", "[УНЗР]"),
    (
        6,
        "номерАА1234ВВ, АА/1234/ВВ, АА № 1234 ВВ",
        "номер[номерний знак]" + ", [номерний знак]" * 2,
    ),
    (6, "12345 КА, 123 45КА, 123-45 ка", "[номерний знак], [номерний знак], [номерний знак]"),
    (
        6,
        "12345 КМ, ст. 188-28 та 166-11, на 0834 те",
        "12345 КМ, ст. 188-28 та 166-11, [номерний знак]",
    ),
    (6, "вул. Перемоги 100-15 кв 3, 123-45 кв", "вул. Перемоги 100-15 кв 3, [номерний знак]"),
    (
        7,
        "народився 12 05 90, 12,05,90 р.н., 12051990р.н.",
        "народився [дата], [дата] р.н., [дата]р.н.",
    ),
    (7, "телефон 31-05-06-90", "телефон 31-05-06-90"),
    (8, "41-11-11-11-11-11-11-11, 41.11.11.11.11.11.11.12", "[картка], 41.11.11.11.11.11.11.12"),
    (8, "411111,111111,1111", "[картка]"),
    (5, "wvw - zzz1kz - 6w123456, VINWVWZZZ1KZ6W123456", "[VIN], [VIN]"),
    (
        5,
        "BMW X5 from 2015 to 2016 the car has 2 axles",
        "BMW X5 from 2015 to 2016 the car has 2 axles",
    ),
    (
        9,
        "паспортАВ123456, ав123456, права ав 123456",
        "паспорт[документ], [документ], права [документ]",
    ),
    (9, "номер 123456 серія АВ", "номер [документ]"),
    (9, "правила на 100000 км", "правила на 100000 км"),
    (9, "ВІД 100000 ГРН, тел 261988", "ВІД 100000 ГРН, тел 261988"),
    (10, "06-71-23-45-67, 067,123,45,67, +3 80671234567", "[телефон], [телефон], [телефон]"),
    (
        11,
        "іпн 12.34.56.78.90, ідентифікаційний код: 12 345 67890",
        "іпн [код], ідентифікаційний код: [код]",
    ),
    (12, "12.34.56.78.99, 12.34.56.78.98", "[код], 12.34.56.78.98"),
    (13, "ID 000.123.456", "ID [документ]"),
]


@pytest.mark.parametrize(("number", "text", "expected"), EXAMPLES)
def test_a_rule_does_what_its_number_says(number: int, text: str, expected: str) -> None:
    assert RULES[number - 1](text) == expected


def test_every_rule_has_an_example() -> None:
    assert {number for number, _, _ in EXAMPLES} == set(range(1, len(RULES) + 1))


def test_the_docstrings_table_lists_the_rules_and_its_examples_come_true() -> None:
    rows = re.findall(
        r"^\| (\d+) (\S+) \| .* \| `(.+?)` -> `(.+?)` \|$", module.__doc__ or "", re.MULTILINE
    )
    assert [f"rule_{number}_{name}" for number, name, _, _ in rows] == [
        rule.__name__ for rule in RULES
    ]
    assert [mask(before) for _, _, before, _ in rows] == [after for *_, after in rows]


@pytest.mark.parametrize(
    "text",
    [
        "Скільки коштує обмін: 572 грн, 1044 гривні чи 549 120 грн?",
        "Закон 3353-12, наказ № 1388 від 07.09.1998, статті 121-3 та 126 КУпАП",
        "У 2025–2026 роках, 24.11.2026 о 09:30, кабінет 12",
        "Категорії B1, C1E; ДСТУ 4278:2019, Євро-5, двигун 1998 см3",
        "індекс 04071, послуга 00892",
        "",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert mask(text) == text


OFFICIAL = re.compile(
    r"\(0\d\d\) \d{3}-\d\d-\d\d|0 800 505 240|\+38 050 352 72 77|[\w.]+@[\w.]+\.gov\.ua|КА 1234 ВХ"
)
"""Phones and addresses of offices, a sample plate. A rule cannot tell whose they are, so they are
masked, too, and rightly.
"""


def test_official_texts_lose_nothing_but_contacts_and_samples() -> None:
    passages = our_corpus().passages
    texts = [f"{passage.title}\n{passage.text}\n{passage.conflict or ''}" for passage in passages]
    in_all = sum("[" in mask(text) for text in texts) / len(texts)
    wrongly = sum("[" in mask(OFFICIAL.sub("", text)) for text in texts) / len(texts)
    sys.stdout.write(f"passages with something masked: {in_all:.2%}, wrongly: {wrongly:.2%}")
    assert wrongly <= 0.001


def _number(random: Random, length: int) -> str:
    return "".join(random.choices("0123456789", k=length))


def _email(random: Random) -> str:
    name, domain = (
        random.choice(["ivan", "o.koval", "марія_90"]),
        random.choice(["ukr.net", "mail.gov.ua", "i.ua"]),
    )
    return f"{name}{_number(random, 2)}@{domain}"


def _iban(random: Random) -> str:
    digits = _number(random, 27)
    fours = f"UA{digits[:2]} " + " ".join(
        digits[2:][start : start + 4] for start in range(0, 25, 4)
    )
    return random.choice([f"UA{digits}", fours, f"ua{digits}"])


def _vin(random: Random) -> str:
    return "".join(random.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=11)) + _number(random, 6)


def _unzr(random: Random) -> str:
    year, month, day = random.randint(1930, 2010), random.randint(1, 12), random.randint(1, 28)
    return f"{year}{month:02}{day:02}-{_number(random, 5)}"


def _card(random: Random) -> str:
    body = random.choice("45") + _number(random, 14)
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::2])
    number = body + str(-(doubled + sum(map(int, body[1::2]))) % 10)
    gap = random.choice(["", " ", "-", "  "])
    return (
        gap.join(number[start : start + 4] for start in range(0, 16, 4))
        if gap
        else f"{number[:8]} {number[8:]}"
    )


def _phone(random: Random) -> str:
    code, number = random.choice(["50", "67", "93", "99", "44", "32"]), _number(random, 7)
    form = random.choice(
        [
            "+380{}{}{}{}",
            "+38 (0{}) {}-{}-{}",
            "0{}{}{}{}",
            "0{} {} {} {}",
            "(0{}){}-{}-{}",
            "380{}{}{}{}",
            "0{}.{}.{}.{}",
        ]
    )
    return form.format(code, number[:3], number[3:5], number[5:])


def _code(random: Random) -> str:
    digits = random.choice("123") + _number(random, 8)
    weights = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
    return digits + str(
        sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 % 10
    )


def _document(random: Random) -> str:
    series = "".join(random.choices("АВСЕНКМТОРХІ", k=random.choice([2, 3])))
    latin = series.translate(LATIN)
    gap = random.choice(["", " ", " № ", "№", " номер "])
    return random.choice(
        [
            f"{series}{gap}{_number(random, 6)}",
            f"{latin}{gap}{_number(random, 6)}",
            f"00{_number(random, 7)}",
        ]
    )


def _plate(random: Random) -> str:
    before, after = ("".join(random.choices("АВЕІКМНОРСТХ", k=2)) for _ in "12")
    plate = random.choice(["", " ", "-"]).join((before, _number(random, 4), after))
    return random.choice([plate, plate.translate(LATIN)])


def _birth(random: Random) -> str:
    day, month, year = (
        random.randint(1, 28),
        random.randint(1, 12),
        random.randint(1930, LAST_BIRTH_YEAR),
    )
    form = random.choice(
        [
            "{0:02}.{1:02}.{2}",
            "{0}/{1}/{2}",
            "{2}-{1:02}-{0:02}",
            "{0} березня {2}",
            "{0:02}-{1:02}-{2}",
        ]
    )
    return form.format(day, month, year)


LATIN = str.maketrans("АВСЕНКМТОРХІ", "ABCEHKMTOPXI")
KINDS: dict[str, Callable[[Random], str]] = {
    "[пошта]": _email,
    "[рахунок]": _iban,
    "[VIN]": _vin,
    "[УНЗР]": _unzr,
    "[картка]": _card,
    "[телефон]": _phone,
    "[код]": _code,
    "[документ]": _document,
    "[номерний знак]": _plate,
    "[дата]": _birth,
}
FRAMES = (
    "{}",
    "Доброго дня, мої дані: {}. Скільки коштує обмін?",
    "заплатив 572 грн ({}), чому не видають права",
    "{}, це я; чекаю вже 30 днів",
    "Їй потрібна довідка\n{}\nпідкажіть, будь ласка",
)
DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: ZERO_WIDTH.join(text),
    lambda text: SOFT_HYPHEN.join(text),
    lambda text: text.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    lambda text: text.translate(str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace("-", "–") if "@" not in text else text,
)


@pytest.mark.parametrize("token", KINDS)
def test_nothing_is_left_of_a_thousand_people_however_it_is_written(token: str) -> None:
    random = Random(token)
    for _ in range(1_000):
        data, frame, disguise = (
            KINDS[token](random),
            random.choice(FRAMES),
            random.choice(DISGUISES),
        )
        expected = rule_1_hidden(frame.format(token))
        assert mask(disguise(frame.format(data))) == expected, data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.5.1990АА1234ВВ", "[дата][номерний знак]"),
        ("ВХІ № 123456ВХІ № 654321", "[документ][документ]"),
        ("123 456 789 000 111 222 333", "123 [документ] [документ]"),
        ("123 456 789 000 000 100 грн", "123 456 789 000 000 100 грн"),
    ],
)
def test_what_is_glued_to_what_is_masked_is_masked_too(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_of_what_is_glued_together_beyond_all_measure_no_digit_is_left() -> None:
    masked = mask("чому " + "ВХІ № 123456" * 60 + " чекає")
    assert masked.startswith("чому [документ]") and masked.endswith(" чекає")
    assert not re.search(r"\d", masked) and not has_personal_data(masked)


@pytest.mark.parametrize("sign", [" ", ", ", "\n", "; "])
def test_neighbours_hide_nothing_of_each_other(sign: str) -> None:
    random = Random(sign)
    for _ in range(1_000):
        text = sign.join(make(random) for make in random.choices(list(KINDS.values()), k=3))
        assert not re.search(r"\d|@", mask(text)), text


@pytest.mark.parametrize("sign", [".", "/", "-", "–"])
@pytest.mark.parametrize("between", ["-", "–", " - ", " ", ", ", " 100 000 "])
def test_a_month_and_year_after_a_day_begin_no_phone(sign: str, between: str) -> None:
    for month in range(1, 13):
        day = f"12{sign}{month:02}{sign}2024"
        text = f"страховка {day}{between}{day}"
        assert RULES[9](text) == text


def test_a_phone_after_its_place_in_a_list_is_a_phone() -> None:
    assert mask("1.067-123-45-67 2/067/2012345") == "1.[телефон] 2/[телефон]"


@pytest.mark.parametrize("day", ["12.05.2024", "05/12/24", "2024/05/12"])
@pytest.mark.parametrize(
    ("groups", "token"),
    [
        ("31847 10691", "[код]"),
        ("3184 710 691", "[код]"),
        ("31.84.71.06.91", "[код]"),
        ("3782 822463 10005", "[картка]"),
        ("4149 499912 345673", "[картка]"),
    ],
)
def test_a_date_beside_a_number_in_groups_hides_nothing_of_it(
    groups: str, token: str, day: str
) -> None:
    for frame in ("{0} {1}", "{1} {0}", "{0}. {1}", "{1} {0} {1}-{1}", "{0} {1} {0}"):
        assert mask(frame.format(groups, day)) == frame.format(token, day)


@pytest.mark.parametrize(
    "text",
    [
        "067 123-45-67",
        "мій тел",
        "+38 (067) 123 45 67, ivan.p@ukr.net",
        "АА 1234 ВВ?",
        "3123456789",
    ],
)
def test_a_text_of_nothing_but_personal_data_is_told_from_one_that_says_more(text: str) -> None:
    assert is_only_personal(text) == (text != "мій тел")
    assert not is_only_personal(f"{text} чиї це дані")


@pytest.mark.parametrize("text", ["", "?!", "572", "яка ціна", "№ 1388", "B1", "[категорія B1]"])
def test_a_text_without_personal_data_is_not_only_personal(text: str) -> None:
    assert not is_only_personal(text)


@pytest.mark.parametrize("token", KINDS)
def test_no_digit_of_what_is_cut_in_two_is_left_in_the_beginning(token: str) -> None:
    random = Random(token)
    for before, _ in product(("слово " * 80, ""), range(5)):
        text = f"{before}мої дані {KINDS[token](random)} чекають"
        for most in range(len(before), len(text)):
            assert not re.search(r"\d", mask(beginning(text, most))), (text, most)


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("обмін прав", 10, "обмін прав"),
        ("обмін прав", 9, "обмін пра"),
        ("ціна 572 грн у 2026 році", 18, "ціна 572 грн у 202"),
        ("картка 4149 4999 1234 5673", 16, "картка"),
        ("картка 4149 4999 1234 5673", 26, "картка 4149 4999 1234 5673"),
        ("067 123-45-67", 6, ""),
        ("пишіть на ivan собака ukr.net", 18, "пишіть на"),
    ],
)
def test_the_beginning_of_a_text_ends_before_personal_data_that_it_would_cut(
    text: str, most: int, expected: str
) -> None:
    assert beginning(text, most) == expected


@pytest.mark.parametrize("token", KINDS)
def test_a_text_with_personal_data_is_told_from_one_without_however_it_is_written(
    token: str,
) -> None:
    random = Random(token)
    for frame, disguise in product(FRAMES, DISGUISES):
        assert has_personal_data(disguise(frame.format(KINDS[token](random))))
        assert not has_personal_data(disguise(frame.format("мій номер")))


@pytest.mark.parametrize(
    "text", ["", "?!", "скільки коштує", "ціна 572 грн", "№ 1388", "B1", "1\ufe0f\u20e3 і й"]
)
def test_a_text_that_masking_only_writes_otherwise_has_no_personal_data(text: str) -> None:
    assert not has_personal_data(text)


@pytest.mark.parametrize(
    "text",
    ["1 ", "12 ", "123 ", "1234-", "0 38 ", "a1 ", "a at ", "a крапка ", "41-11-", "дн 1 "],
)
def test_masking_takes_a_few_steps_a_letter_however_long_the_text(text: str) -> None:
    short, long = text * (1_000 // len(text)), text * (20_000 // len(text))
    assert calls(lambda: mask(short)) < 40 * len(short)
    assert calls(lambda: mask(long)) < 40 * len(long)


def test_a_text_is_composed_once_to_see_whether_it_holds_personal_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    composed: list[str] = []

    def noting(text: str) -> str:
        composed.append(text)
        return rule_1_hidden(text)

    monkeypatch.setattr(module, "rule_1_hidden", noting)
    assert has_personal_data("мій номер 067 123-45-67") and len(composed) == 1
