"""A passage's text as a page shows it: paragraphs and lists, with what answers marked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from qa_service.text.lists import laid_out
from qa_service.types import Passage, Topic

Marked = list[tuple[str, bool]]
"""A text as (piece, is marked) pairs that join to it."""


def highlighted(text: str, spans: Sequence[tuple[int, int]]) -> Marked:
    """`text` with its spans marked; spans may overlap or reach past it."""
    pieces: Marked = []
    done = 0
    for start, end in sorted(spans):
        start, end = max(start, done), min(end, len(text))
        if start >= end:
            continue
        if start > done:
            pieces.append((text[done:start], False))
        pieces.append((text[start:end], True))
        done = end
    return [*pieces, (text[done:], False)] if done < len(text) else pieces


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a list where it has `items`: numbered steps, or things to tick off."""

    text: Marked
    items: tuple[Marked, ...] = ()
    numbered: bool = False
    to_tick: bool = False


def blocks(passage: Passage, spans: Sequence[tuple[int, int]] = ()) -> list[Block]:
    """A passage's text as a page shows it: the sentences around its lists, and the lists."""

    def marked(start: int, end: int) -> Marked:
        shifted = [(first - start, last - start) for first, last in spans]
        return highlighted(passage.text[start:end], shifted)

    found: list[Block] = []
    for is_list, parts in laid_out(passage.text, passage.items):
        texts = tuple(marked(*part) for part in parts)
        if is_list:
            to_tick = passage.topic is Topic.DOCUMENTS and not passage.numbered
            found.append(Block([], texts, passage.numbered, to_tick))
        else:
            found.append(Block(texts[0]))
    return found or [Block(marked(0, len(passage.text)))]
