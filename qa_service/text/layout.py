"""Text typed with the wrong keyboard layout: the same keys on the Ukrainian or the Russian one.
Pure.
"""

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
