"""Which sentence of a passage answers: the one that shares most with the question. Pure."""

import re
from collections.abc import Callable, Sequence

# They end in a full stop and are followed by a name, yet end no sentence.
_ABBREVIATIONS = frozenset({"м", "с", "смт", "вул", "просп", "ім", "ст", "п", "ч"})
_END = re.compile(r"(\w*)[.!?…]+[»\")]*(?=\s+[«\"(]?[А-ЯІЇЄҐA-Z])")


def sentences(text: str) -> list[tuple[int, int]]:
    """[start, end) offsets of the sentences, in characters. A full stop inside «грн. за» or «вул.
    Хрещатик» ends none.
    """
    ends = [match.end() for match in _END.finditer(text) if match[1] not in _ABBREVIATIONS] + [
        len(text.rstrip())
    ]
    spans, start = [], 0
    for end in ends:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if start < end:
            spans.append((start, end))
        start = end
    return spans


def highlight(
    text: str, question_terms: Sequence[str], terms_of: Callable[[str], Sequence[str]]
) -> tuple[tuple[int, int], ...]:
    """The best sentence's span, or none where a passage is one sentence or no sentence shares a
    word with the question.

    Ties go to the earlier sentence. `terms_of` gives the terms of a text, as `question_terms` were
    made.
    """
    spans = sentences(text)
    if len(spans) < 2:
        return ()
    asked = set(question_terms)
    shared = [len(asked.intersection(terms_of(text[start:end]))) for start, end in spans]
    best = max(range(len(spans)), key=shared.__getitem__)
    return (spans[best],) if shared[best] else ()
