"""Texts that nobody would type, made up anew from a seed: random, glued together, real questions
spoilt.
"""

import random
import unicodedata
from collections.abc import Iterator, Sequence

_LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэёъ"
_LATIN = "abcdefghijklmnopqrstuvwxyzßıİſﬁéöñ"
_SIGNS = "'’ʼ`´‘′＇ʹ\"«»“”-–—−‑_.,:;!?…()[]{}@#№%&*+/\\|~^<>=₴$€§°·•¶"
_SPACES = " \t\n\r\x0b\x0c\x00\x1f\x7f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\ufeff"
_INVISIBLE = "\xad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\ufe0f"
_MARKS = "\u0300\u0301\u0306\u0308\u030a\u0323\u0335\u0345\u0483\u05b0\u064b\u093c\u20dd\u3099"
_DIGITS = "0123456789٣५６７𝟠²⅓Ⅷ㊿ОоO"
_SURROGATES = "\ud800\udbff\udc00\udfff"
_WIDE = "ﷺﷻ㍍㌀ﬃΐΰ\u1fb7ẞǄ가힣각漢字שלוםمرحباไทย"
_EMOJI = ("😀", "👨‍👩‍👧", "🇺🇦", "👍🏽", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "™", "©")
_ALPHABETS = (
    _LETTERS,
    _LETTERS.upper(),
    _LATIN,
    _SIGNS,
    _SPACES,
    _INVISIBLE,
    _MARKS,
    _DIGITS,
    _SURROGATES,
    _WIDE,
)
_PIECES = (
    "067 123-45-67",
    "+38(050)1234567",
    "4149 4999 1234 5678",
    "ivan.p@ukr.net",
    "ivan (at) ukr крапка net",
    "UA213223130000026007233566001",
    "АА 12-34 ВВ",
    "WBA 3A5 C50 DF3 59912",
    "ВХІ № 123456",
    "народився 12.05.1990",
    "добрий день",
    "будь ласка",
    "з повагою, Іван",
    "дякую!",
    "скільки коштує",
    "і де",
    "а які документи",
    "у Львові",
    "вул. Хрещатик, 1",
    "ТСЦ 8041",
    "gjvsyznb ghfdf",
    "posvidchennya vodiya",
    "How do I",
    "[код]",
    "[номерний знак]",
    "<script>",
    "%s%n{0}${x}",
    "1e309",
    "-0",
    "۱۲۳",
    "І" * 40,
)
MOST_CHARS = 1_000


def texts(count: int, questions: Sequence[str], seed: int = 1) -> Iterator[str]:
    """So many texts of at most `MOST_CHARS`, `questions` among what they are made of."""
    dice = random.Random(seed)
    ways = (_random, _words, _glued, _repeated, _spoilt, _spoilt, _spoilt, _escaped)
    for _ in range(count):
        yield dice.choice(ways)(dice, questions)[:MOST_CHARS]


def _random(dice: random.Random, questions: Sequence[str]) -> str:
    """Characters of a few alphabets, or of all of Unicode."""
    length = int(dice.paretovariate(0.7)) % MOST_CHARS
    if dice.random() < 0.2:
        return "".join(chr(dice.randrange(0x110000)) for _ in range(length))
    alphabet = "".join(dice.sample(_ALPHABETS, dice.randint(1, 4)))
    return "".join(dice.choices(alphabet, k=length))


def _words(dice: random.Random, questions: Sequence[str]) -> str:
    """Words of mixed alphabets and of any length."""
    alphabets = (_LETTERS, _LATIN, _LETTERS + _LATIN, _DIGITS, _LETTERS + _MARKS)
    return dice.choice(" -'\n").join(
        "".join(dice.choices(dice.choice(alphabets), k=int(dice.paretovariate(0.6)) % 400 + 1))
        for _ in range(dice.randint(1, 40))
    )


def _glued(dice: random.Random, questions: Sequence[str]) -> str:
    """Pieces that some rule looks for, and what stands between them."""
    pieces = (*_PIECES, *_EMOJI, *dice.sample(questions, 3))
    glue = ("", " ", ", ", ". ", "\n", "?", " - ", dice.choice(_INVISIBLE), dice.choice(_MARKS))
    return "".join(
        dice.choice(pieces) + dice.choice(glue) for _ in range(int(dice.expovariate(0.15)) + 1)
    )


def _repeated(dice: random.Random, questions: Sequence[str]) -> str:
    """One thing again and again."""
    piece = dice.choice((dice.choice(_PIECES), dice.choice("".join(_ALPHABETS)), *_EMOJI))
    return (piece + dice.choice(("", " ", "-", "."))) * dice.randint(1, MOST_CHARS)


def _spoilt(dice: random.Random, questions: Sequence[str]) -> str:
    """A real question with up to ten characters put in, taken out, doubled or changed."""
    text = list(dice.choice(questions))
    for _ in range(dice.randint(1, 10)):
        place = dice.randint(0, len(text))
        new = dice.choice((*dice.choice(_ALPHABETS), dice.choice(_EMOJI), dice.choice(_PIECES)))
        match dice.randrange(5):
            case 0:
                text.insert(place, new)
            case 1:
                text[place : place + 1] = [new]
            case 2:
                del text[place : place + dice.randint(1, 5)]
            case 3:
                text[place:place] = text[place : place + 5] * dice.randint(1, 5)
            case _:
                text = list(dice.choice((str.upper, str.title, _decomposed))("".join(text)))
    return "".join(text)


def _escaped(dice: random.Random, questions: Sequence[str]) -> str:
    """A real question as some program encodes it."""
    text = dice.choice(questions)
    ways = (
        lambda: text.encode("unicode_escape").decode(),
        lambda: text.encode("utf-8").decode("cp1251", "replace"),
        lambda: text.encode("utf-8").decode("latin-1"),
        lambda: text.encode("utf-8", "surrogatepass").decode("ascii", "surrogateescape"),
        lambda: text.encode("utf-16-le").decode("latin-1"),
        lambda: "".join(f"&#{ord(sign)};" for sign in text),
        lambda: text[::-1],
    )
    return dice.choice(ways)()


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)
