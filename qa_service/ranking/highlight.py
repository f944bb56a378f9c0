"""Which sentence of a passage answers: the one that shares most with the question. Pure."""

import re
from collections.abc import Callable, Sequence

_ABBREVIATIONS = "".join(rf"(?<!\b{word})" for word in ("м", "с", "смт", "вул", "просп", "ім", "ст", "п", "ч"))
_SENTENCE = re.compile(rf"\S.*?(?:{_ABBREVIATIONS}[.!?…]+[»\")]*(?=\s+[«\"(]?[А-ЯІЇЄҐA-Z])|$)", re.DOTALL)


def sentences(text: str) -> list[tuple[int, int]]:
    """[start, end) offsets of the sentences, in characters. A full stop inside «грн. за» or «ст. 126» ends none."""
    return [match.span() for match in _SENTENCE.finditer(text)]


def highlight(text: str, question_terms: Sequence[str], terms_of: Callable[[str], Sequence[str]]) -> tuple[tuple[int, int], ...]:
    """The best sentence's span, or none where a passage is one sentence or no sentence shares a word with the question.

    Ties go to the earlier sentence. `terms_of` gives the terms of a text, as `question_terms` were made.
    """
    spans = sentences(text)
    if len(spans) < 2:
        return ()
    asked = set(question_terms)
    shared = [len(asked.intersection(terms_of(text[start:end]))) for start, end in spans]
    best = max(range(len(spans)), key=shared.__getitem__)
    return (spans[best],) if shared[best] else ()
