"""Long text -> passages of about one size. Pure.

Cuts where the text itself pauses: between paragraphs, else between sentences, else between words;
never inside a word. A chunk opens with the last sentence of the one before it, so that a fact split
over two sentences is found whole. Every word of the text is in some chunk. A script that writes no
spaces has "words" of any length, and they stay whole.
"""

import re

TARGET_CHARS = 900
"""About 250 tokens of Cyrillic text for multilingual subword models, half of what most of them
read.
"""

_MAX_OVERLAP_SHARE = 3
"""A sentence longer than the target divided by this is not repeated: the next chunk would be little
else.
"""

_PARAGRAPH_END = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][»”\")])) (?![a-zа-яёіїєґ\d])")


def chunk_text(text: str, target_chars: int = TARGET_CHARS) -> list[str]:
    """Chunks of at most `target_chars` characters, white space collapsed; only a longer word makes
    a longer chunk.

    A text without words has no chunks.
    """
    chunks: list[str] = []
    current = ""
    for unit in _units(text, target_chars):
        if not current:
            current = unit
        elif len(current) + 1 + len(unit) <= target_chars:
            current = f"{current} {unit}"
        else:
            chunks.append(current)
            current = _with_overlap(current, unit, target_chars)
    return [*chunks, current] if current else chunks


def _units(text: str, target_chars: int) -> list[str]:
    """The largest parts of `text`, in order, that fit a chunk: paragraphs, else sentences, else
    runs of words.
    """
    units: list[str] = []
    for paragraph in _PARAGRAPH_END.split(text):
        collapsed = " ".join(paragraph.split())
        if len(collapsed) <= target_chars:
            units.append(collapsed)
            continue
        for sentence in _SENTENCE_END.split(collapsed):
            units += (
                [sentence]
                if len(sentence) <= target_chars
                else _runs_of_words(sentence, target_chars)
            )
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
    sentence = _SENTENCE_END.split(previous)[-1]
    fits = len(sentence) + 1 + len(unit) <= target_chars
    return (
        f"{sentence} {unit}"
        if fits and len(sentence) <= target_chars // _MAX_OVERLAP_SHARE
        else unit
    )
