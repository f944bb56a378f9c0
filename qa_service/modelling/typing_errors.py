"""Typing errors as thumbs make them: letters left out, doubled, swapped, hit beside. Pure.

An encoder trained on questions with such errors reads them better, and well-spelt ones no worse:
Zhuang & Zuccon, "Dealing with Typos for BERT-based Passage Retrieval and Ranking", EMNLP 2021.
"""

import numpy as np

_ROWS_OF_KEYS = ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _ROWS_OF_KEYS
    for place, key in enumerate(row)
}
_SHORTEST = 4
_SHARE = 0.3
"""Of a question's words of at least four letters."""


def mistype(question: str, generator: np.random.Generator) -> str:
    """The question with an error in some of its longer words, in one at least where there is one;
    first letters stay.
    """
    words = question.split(" ")
    longer = [number for number, word in enumerate(words) if len(word) >= _SHORTEST]
    for number in generator.permutation(longer)[: max(1, round(_SHARE * len(longer)))]:
        words[number] = _with_error(words[number], generator)
    return " ".join(words)


def _with_error(word: str, generator: np.random.Generator) -> str:
    place = int(generator.integers(1, len(word)))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    beside = [before + key + after for key in _BESIDE.get(letter, "")]
    ways = [
        before + after,
        before + 2 * letter + after,
        before + after[:1] + letter + after[1:],
        *beside,
    ]
    return str(generator.choice([way for way in ways if way != word]))
