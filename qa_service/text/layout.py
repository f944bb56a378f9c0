"""Ukrainian typed in Latin letters: on the wrong keyboard layout, or transliterated. Pure.

Layout: the same keys on the Ukrainian or the Russian keyboard. Transliteration: people mix systems,
the official one (Cabinet resolution 55 of 2010: `h` is г, `kh` is х, `y` is и), passports of older
years, Russian habits (`g` is г, `h` is х). So every system is folded into one skeleton:
`posvidchennya`, `posvidchennia` and `posvidchennja` have the same, and so has the known word
`посвідчення` once it is written in Latin letters.
"""

import re

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./"
_UKRAINIAN = "'йцукенгшщзхїфівапролджєячсмитьбю."
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю."

# Shifted keys, which lower case does not undo.
_SHIFTED_LATIN = '~{}:"<>&'
_SHIFTED_UKRAINIAN = "'хїжєбю?"
_SHIFTED_RUSSIAN = "ёхъжэбю?"

_TO_UKRAINIAN = str.maketrans(_LATIN + _SHIFTED_LATIN, _UKRAINIAN + _SHIFTED_UKRAINIAN)
_TO_RUSSIAN = str.maketrans(_LATIN + _SHIFTED_LATIN, _RUSSIAN + _SHIFTED_RUSSIAN)


def to_ukrainian(text: str) -> str:
    """`gjvsyznb ghfdf` -> `поміняти права`. Expects lower case."""
    return text.translate(_TO_UKRAINIAN)


def to_russian(text: str) -> str:
    """`gjvtyznm ghfdf` -> `поменять права`. Expects lower case."""
    return text.translate(_TO_RUSSIAN)


# Resolution 55, without its word-initial forms: the skeleton folds them anyway.
_OFFICIAL = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh",
        "з": "z", "и": "y", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n",
        "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts",
        "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ю": "iu", "я": "ia",
        "ы": "y", "э": "e", "ё": "io", "ъ": "", "'": "",
    }
)  # fmt: skip

_FOLDS = (
    *(("'", ""), ("shch", "ŝ"), ("sch", "ŝ"), ("sh", "š"), ("zh", "ž"), ("ch", "č")),
    *(("kh", "ĥ"), ("gh", "ĥ"), ("g", "ĥ"), ("x", "ĥ"), ("ĥ", "h"), ("ts", "c"), ("tz", "c")),
    *(("ck", "k"), ("q", "k"), ("w", "v"), ("y", "i"), ("j", "i")),
)
"""One after another, longer ones first: `str.replace` takes a tenth of a pattern's time."""

_BACK = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "gh": "г",
    "ya": "я", "ia": "я", "ja": "я", "yu": "ю", "iu": "ю", "ju": "ю", "ye": "є", "ie": "є",
    "je": "є", "yi": "ї", "ji": "ї",
    "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г",
    "h": "г", "i": "і", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п",
    "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "х", "y": "и",
    "z": "з", "'": "ь",
}  # fmt: skip
_UNIT = re.compile("|".join(sorted(map(re.escape, _BACK), key=len, reverse=True)))


def skeleton(latin: str) -> str:
    """What all systems of transliteration make of one word. Expects lower case."""
    for written, folded in _FOLDS:
        latin = latin.replace(written, folded)
    while "ii" in latin:
        latin = latin.replace("ii", "i")
    return latin


def skeleton_of_cyrillic(word: str) -> str:
    """The skeleton of a Cyrillic word, lower case."""
    return skeleton(word.translate(_OFFICIAL))


def letter_by_letter(latin: str) -> str:
    """The likeliest Cyrillic spelling of a word that nobody knows."""
    return _UNIT.sub(lambda match: _BACK[match.group()], latin)
