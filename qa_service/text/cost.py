"""What a question costs to answer, in the units that limits count. Pure.

The encoder works for a question's length, and each thing that a message asks is searched apart: one
unit for each started 60 letters, one for each further thing. Letters are counted once normalised,
since one sign may stand for a phrase, and up to the longest question that is answered.
"""

from math import ceil

from qa_service.text.layout import to_ukrainian
from qa_service.text.normalise import normalise
from qa_service.text.parts import parts_of
from qa_service.text.understand import is_latin

UNIT_LETTERS = 60


def cost(question: str, max_chars: int) -> int:
    """In units, 1 or more. `max_chars`: longer questions are refused, as typed without a look."""
    if len(question) > max_chars:
        return 1
    text = normalise(question)[:max_chars]
    readings = (text, to_ukrainian(text)) if is_latin(text) else (text,)
    asked = max(len(parts_of(reading)) for reading in readings)
    return max(1, ceil(len(text) / UNIT_LETTERS)) + asked - 1
