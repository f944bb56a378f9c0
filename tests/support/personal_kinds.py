"""Synthetic, formally valid personal data of Ukraine. Every value is drawn at random, none is taken
from a person; personal_spellings.txt holds how people write them.

- phone: +380 and nine digits, at home 0 and nine. ITU-T E.164,
  <https://nkrzi.gov.ua/index.php?r=site/index&pg=99&id=1730>; the codes of operators and regions
  <https://ru.wikipedia.org/wiki/Телефонный_план_нумерации_Украины>.
- tax (РНОКПП): days since 31.12.1899, four digits, a check digit with weights -1 5 7 9 4 6 10 5 7,
  modulo 11, modulo 10. Structure <https://zakon.rada.gov.ua/laws/show/z1306-17#n230>; the weights
  with the worked example 1759013776 <https://uk.wikipedia.org/wiki/РНОКПП>.
- passport: two letters and six digits; id_card: nine digits; unzr: YYYYMMDD-NNNNN. Resolution 302,
  <https://docs.dtkt.ua/doc/1215.337.0>. No primary source was found for the rule of the last digit
  of УНЗР, so that it is any digit here.
- licence, registration: three letters and six digits. Resolution 1615 of 2004,
  <https://www.kmu.gov.ua/npas/10297039>. military: two letters and six digits.
- vin: 17 letters and digits without I, O, Q, check digit in place 9. 49 CFR 565.15,
  <https://law.lawstack.com/cfr/49/565.15/>. European makers put any sign there: a quarter is so.
- plate: АА1234ВВ; of 1995-2004 123-45 КА; twelve letters that both alphabets have.
  <https://en.wikipedia.org/wiki/Vehicle_registration_plates_of_Ukraine>
- card: 16 digits, the last by Luhn's rule. ISO/IEC 7812, <https://planetcalc.com/2461/>.
- iban: UA, two check digits (ISO 7064 mod 97), six of the bank, nineteen of the account. ISO 13616,
  <https://ecofin.in.ua/dictionary/iban>.
- email: RFC 5321. birth: a day of 1940-2007; words beside it say what it is.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

Fields = dict[str, str]
Drawn = tuple[Fields, str]
"""What the spellings of a kind are made of, and the letters and digits that must not survive."""

SHARED = "АВЕІКМНОРСТХ"
LATIN = str.maketrans(SHARED + SHARED.lower(), "ABEIKMHOPCTXabeikmhopctx")
CYRILLIC = str.maketrans("ABEKMHPCTXY", "АВЕКМНРСТХУ")
MOBILE = "039 050 063 066 067 068 073 077 091 092 093 094 095 096 097 098 099"
LANDLINE = "044 032 048 057 061 056 041 043 045 046 047 051 052 053 054 055 062 064"
MONTHS = {
    "року": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада "
    "грудня",
    "года": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
TAX_WEIGHTS = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
VIN_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES = dict(zip(VIN_SIGNS, "012345678912345678123457923456789", strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
EUROPEAN = "WVWZZZ1KZ WAUZZZ8K9 VF1LZB30X WDB211006 WBAFG8100 TMBZZZ1Z5"
OLD_PLACES = "КА КВ ВІ АА ОА НО ХА ЕА СК ТЕ КІ"
CARD_ISSUERS = "444111 516874 537541 414949 545708 473121"
BANKS = "322313 305299 300528 380805 351005"
NAMES = "oksana petrenko shevchuk ivanenko bondar tkachuk mykola kravets marchenko"
HOSTS = "gmail.com ukr.net i.ua meta.ua icloud.com outlook.com bigmir.net kyivstar.ua"
WORDS = {
    "tax": "іпн/ІПН/рнокпп/РНОКПП/код/мій код/ИНН/инн/ідентифікаційний код/податковий номер/"
    "ідентифікаційний/индификационный код/tax id",
    "passport": "паспорт/паспорт/паспорт серії/Паспорт серія/пасп./паспорт громадянина/passport",
    "id_card": "документ/ID-картка/ID картка/айді картка/айді/паспорт/номер паспорта/id-карта/"
    "ідкартка/ID card/номер документа/нового паспорта/id паспорт",
    "unzr": "УНЗР/унзр/запис/номер запису/unzr/номер в реєстрі",
}


def phone(random: Random) -> Drawn:
    number = random.choice(
        [one_of(MOBILE, random) + digits(random, 1), one_of(LANDLINE, random) + "2"]
    )
    number += digits(random, 6)
    between = random.choice([" ", "-", ".", " - ", "/", "–", ","])
    sizes = random.choice([(3, 3, 2, 2), (3, 2, 2, 3), (3, 3, 4), (3, 7), (2,) * 5, (3, 4, 3)])
    groups = grouped(number, sizes, between)
    seven = grouped(number[3:], random.choice([(3, 2, 2), (2, 2, 3), (3, 4)]), random.choice(" -."))
    zero = random.choice("ОоOo")
    fields = {
        "n": number, "n9": number[1:], "g": groups, "g9": groups[1:], "code": number[:3],
        "short": number[1:3], "rest": seven, "seven": number[3:], "o": zero,
        "all_o": number.replace("0", zero),
    }  # fmt: skip
    return fields, number[1:]


def email(random: Random) -> Drawn:
    mark = random.choice(["", ".", "_", "-"])
    end = random.choice(["", digits(random, 2), f"+{digits(random, 3)}", "1985"])
    local = f"{one_of(NAMES, random)}{mark}{one_of(NAMES, random)}{end}"
    host = one_of(HOSTS, random)
    name, _, top = host.partition(".")
    fields = {
        "local": local, "host": host, "name": name, "end": top, "title": local.title(),
        "upper": f"{local}@{host}".upper(), "spoken": local.replace(".", " крапка "),
    }  # fmt: skip
    return fields, local


def tax(random: Random) -> Drawn:
    day = (random_date(random) - date(1899, 12, 31)).days
    front = f"{day:05d}{digits(random, 4)}"
    weighed = sum(w * int(digit) for w, digit in zip(TAX_WEIGHTS, front, strict=True))
    number = f"{front}{weighed % 11 % 10}"
    sizes = random.choice([(5, 5), (3, 3, 4), (4, 3, 3), (4, 4, 2), (2,) * 5])
    fields = {
        "n": number, "g": grouped(number, sizes, random.choice(" -./")), "five": number[:5],
        "last": number[5:], "o_tax": number.replace("0", random.choice("ОоOo")),
    }  # fmt: skip
    return fields, number


def with_series(letters: int) -> Callable[[Random], Drawn]:
    def document(random: Random) -> Drawn:
        series, number = "".join(random.choices(SHARED, k=letters)), digits(random, 6)
        fields = {
            "s": series, "low": series.lower(), "lat": series.translate(LATIN), "n": number,
            "latlow": series.translate(LATIN).lower(),
            "g": grouped(number, random.choice([(3, 3), (2, 2, 2)]), random.choice(" -")),
        }  # fmt: skip
        return fields, series + number

    return document


def id_card(random: Random) -> Drawn:
    number = "00" + digits(random, 7)
    return {"n": number, "g": grouped(number, (3, 3, 3), random.choice(" -."))}, number


def unzr(random: Random) -> Drawn:
    born, last = f"{random_date(random):%Y%m%d}", digits(random, 5)
    return {"born": born, "last": last}, born + last


def vin(random: Random) -> Drawn:
    signs = [*random.choices(VIN_SIGNS, k=12), *digits(random, 5)]
    values = (int(VIN_VALUES[sign]) for sign in signs)
    rest = sum(w * value for w, value in zip(VIN_WEIGHTS, values, strict=True)) % 11
    signs[8] = "X" if rest == 10 else str(rest)
    if random.random() < 0.25:
        signs[:9] = one_of(EUROPEAN, random)
    number = "".join(signs)
    sizes = random.choice([(3, 6, 8), (4, 4, 4, 5), (3, 5, 1, 8), (3, 3, 3, 8), (6, 5, 6)])
    groups = grouped(number, sizes, random.choice([" ", "-", " - "]))
    alike = number.translate(CYRILLIC)
    fields = {
        "n": number, "low": number.lower(), "g": groups, "glow": groups.lower(), "cyr": alike,
        "cyrlow": alike.lower(),
    }  # fmt: skip
    return fields, number


def plate(random: Random) -> Drawn:
    region, end = ("".join(random.choices(SHARED, k=2)) for _ in range(2))
    number = digits(random, 4)
    whole, spaced = f"{region}{number}{end}", f"{region} {number} {end}"
    fields = {
        "a": region, "n": number, "z": end, "two": number[:2], "twu": number[2:],
        "low": whole.lower(), "lowspaced": spaced.lower(),
        "lowdashed": spaced.lower().replace(" ", "-"), "lat": whole.translate(LATIN),
        "latspaced": spaced.translate(LATIN), "latlow": whole.translate(LATIN).lower(),
    }  # fmt: skip
    return fields, whole


def old_plate(random: Random) -> Drawn:
    number, place = digits(random, 5), one_of(OLD_PLACES, random)
    fields = {
        "three": number[:3], "pair": number[3:], "place": place, "lowplace": place.lower(),
        "latplace": place.translate(LATIN),
    }  # fmt: skip
    return fields, number + place


def card(random: Random) -> Drawn:
    front = one_of(CARD_ISSUERS, random) + digits(random, 9)
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(front))
    number = f"{front}{-sum(value // 10 + value % 10 for value in doubled) % 10}"
    sizes = random.choice([(4,) * 4, (4,) * 4, (4,) * 4, (8, 8), (6, 6, 4), (2,) * 8])
    between = random.choice([" ", " ", "-", ".", "/", "  ", " - ", "_", ","])
    return {"n": number, "g": grouped(number, sizes, between)}, number


def iban(random: Random) -> Drawn:
    account = one_of(BANKS, random) + "00000"
    account += digits(random, 14)
    number = f"{98 - int(account + '301000') % 97:02d}{account}"
    sizes = random.choice([(4,) * 7 + (1,), (4, 6, 19), (2, 2, 6, 19), (2, 2, 6, 5, 14)])
    groups = grouped(f"UA{number}", sizes, random.choice([" ", " ", "-", "."]))
    fields = {
        "n": number, "g": groups, "glow": groups.lower(), "first": number[:2], "rest": number[2:],
    }  # fmt: skip
    return fields, number


def birth(random: Random) -> Drawn:
    born = random_date(random)
    mark = random.choice([".", ".", ".", "/", "-", " ", ","])
    year, names = random.choice(list(MONTHS.items()))
    month = names.split()[born.month - 1]
    written = random.choice(
        [
            f"{born:%d{mark}%m{mark}%Y}", f"{born:%d{mark}%m{mark}%Y}",
            f"{born:%d{mark}%m{mark}%y}", f"{born.day}.{born.month}.{born.year}",
            f"{born:%Y-%m-%d}", f"{born:%d%m%Y}", f"{born.day} {month} {born.year} {year}",
            f"{born.day} {month} {born.year}",
        ]
    )  # fmt: skip
    return {"d": written}, "".join(sign for sign in written if sign.isdigit())


def one_of(words: str, random: Random) -> str:
    return random.choice(words.split())


def digits(random: Random, count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


def random_date(random: Random) -> date:
    return date(1940, 1, 1) + timedelta(days=random.randrange(68 * 365))


def grouped(number: str, sizes: tuple[int, ...], between: str) -> str:
    """`number` in groups of these sizes, which add up to its length."""
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return between.join(number[end - size : end] for size, end in zip(sizes, ends, strict=True))


KINDS: Mapping[str, Callable[[Random], Drawn]] = {
    "phone": phone, "email": email, "tax": tax, "passport": with_series(2), "id_card": id_card,
    "unzr": unzr, "licence": with_series(3), "registration": with_series(3),
    "military": with_series(2), "vin": vin, "plate": plate, "old_plate": old_plate, "card": card,
    "iban": iban, "birth": birth,
}  # fmt: skip
