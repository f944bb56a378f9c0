"""Where a text may be cut: between sentences, and into chunks of about one size. Pure.

`sentences` is for texts that we show or index; what people ask is taken apart in `parts.py`.
`chunks` cuts between paragraphs, else between sentences, else between words; never inside a word. A
chunk opens with the last sentence of the one before it, where that is short and both fit, so that a
fact split over two sentences is found whole.
"""

import re

TARGET_CHARS = 900
"""About 250 tokens of Cyrillic text for multilingual subword models, half of what most read."""

_MAX_OVERLAP_SHARE = 3
"""A sentence longer than the target divided by this is not repeated in the next chunk."""

# They end in a full stop and are followed by a name, yet end no sentence.
_ABBREVIATIONS = frozenset({"м", "с", "смт", "вул", "просп", "ім", "ст", "п", "ч"})
_END = re.compile(
    r"(?<!\w)(?P<word>\w*)(?<![.!?…])[.!?…]+[»”\")]*(?=\s+[«“\"(]?(?P<next>[^\W\d_]))"
)
_PARAGRAPH_END = re.compile(r"\n\s*\n")


def sentences(text: str) -> list[tuple[int, int]]:
    """[start, end) offsets of the sentences, in characters.

    A sentence ends where an end mark is followed by a letter that is not lower case: a full stop
    inside «грн. за», «№ 5. 10 днів» or «вул. Хрещатик» ends none.
    """
    ends = [match.end() for match in _END.finditer(text) if _is_end(match)] + [len(text.rstrip())]
    spans, start = [], 0
    for end in ends:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if start < end:
            spans.append((start, end))
        start = end
    return spans


def chunks(text: str, target_chars: int = TARGET_CHARS) -> list[str]:
    """Parts of at most `target_chars` characters, white space collapsed; longer only for a longer
    word.
    """
    cut: list[str] = []
    current = ""
    for unit in _units(text, target_chars):
        if not current:
            current = unit
        elif len(current) + 1 + len(unit) <= target_chars:
            current = f"{current} {unit}"
        else:
            cut.append(current)
            current = _with_overlap(current, unit, target_chars)
    return [*cut, current] if current else cut


def _is_end(match: re.Match[str]) -> bool:
    return match["word"] not in _ABBREVIATIONS and not match["next"].islower()


def _split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def _units(text: str, target_chars: int) -> list[str]:
    """The largest parts of `text`, in order, that fit: paragraphs, else sentences, else words."""
    units: list[str] = []
    for paragraph in _PARAGRAPH_END.split(text):
        collapsed = " ".join(paragraph.split())
        if len(collapsed) <= target_chars:
            units.append(collapsed)
            continue
        for sentence in _split(collapsed):
            fits = len(sentence) <= target_chars
            units += [sentence] if fits else _runs_of_words(sentence, target_chars)
    return [unit for unit in units if unit]


def _runs_of_words(sentence: str, target_chars: int) -> list[str]:
    runs: list[list[str]] = []
    length = 0
    for word in sentence.split():
        length += 1 + len(word)
        if not runs or length > target_chars:
            runs.append([])
            length = len(word)
        runs[-1].append(word)
    return [" ".join(run) for run in runs]


def _with_overlap(previous: str, unit: str, target_chars: int) -> str:
    """`unit` behind the last sentence of `previous`, where that is short and both fit."""
    sentence = _split(previous)[-1]
    fits = len(sentence) + 1 + len(unit) <= target_chars
    is_short = len(sentence) <= target_chars // _MAX_OVERLAP_SHARE
    return f"{sentence} {unit}" if fits and is_short else unit
