"""How the work of each rule about texts, and of the engine, grows with the text: not faster."""

import time
from collections.abc import Callable, Iterator

from bench.soak.findings import Finding
from bench.soak.made_up import MOST_CHARS
from qa_service.engine import QAEngine
from qa_service.text.courtesy import without_courtesy
from qa_service.text.normalise import normalise
from qa_service.text.parts import parts_of
from qa_service.text.personal import mask
from qa_service.text.places import PlaceNames
from qa_service.text.sentences import sentences
from qa_service.text.understand import understand
from qa_service.types import Query

_TIMES, _MOST_TIMES = 10, 20
"""A text so many times as long may take so many times as long: linear, with room for noise."""

_LONGEST = 20_000  # characters of a question, as far as settings allow
_NEVER_LESS_S = 1e-4

_PATTERNS = (
    "а", "a", "0", " ", "\u0301", "ﷺ", "а ", "a@", "1 ", "0-", "(", "а. ", "?", "'", "а'", "№1",
    "067 ", "[код] ", "а\n", "-", "@", "1.", "AB 12 ", "dot ", "собака ", "д.н. ", "добрий ", "Ї",
    "у львові ", "скільки ", "посвідченя ", "ghfdf ", "prava ", "UA", "😀", "м. ", "\ud800", "19",
    "і де ",
)  # fmt: skip

Work = Callable[[str], object]


def growth(engine: QAEngine) -> Iterator[Finding]:
    """The worst of texts that are one pattern again and again, for each rule."""
    vocabulary = engine.snapshot.vocabulary
    towns = PlaceNames([[place.name] for place in engine.snapshot.centres.places])
    work: dict[str, tuple[Work, int]] = {
        "normalising": (normalise, _LONGEST),
        "courtesy": (without_courtesy, _LONGEST),
        "parts": (parts_of, _LONGEST),
        "masking": (mask, _LONGEST),
        "spelling": (vocabulary.corrected, _LONGEST),
        "places": (towns.find, _LONGEST),
        "sentences": (sentences, _LONGEST),
        "understanding": (lambda text: understand(text, vocabulary), _LONGEST),
        "the engine": (lambda text: engine.answer(Query(text)), MOST_CHARS),
    }
    for name, (does, chars) in work.items():
        grown = {pattern: _times(does, pattern, chars) for pattern in _PATTERNS}
        worst = max(grown, key=lambda pattern: grown[pattern])
        yield Finding(
            f"{name}: time of {chars} characters by that of {chars // _TIMES}, worst of "
            f"{len(_PATTERNS)} patterns",
            f"at most {_MOST_TIMES}",
            f"{grown[worst]:.1f} ({worst!a})",
            grown[worst] <= _MOST_TIMES,
        )


def _times(does: Work, pattern: str, chars: int) -> float:
    """Of normalised text, which most rules expect."""
    long = normalise(pattern * chars)[:chars] or (pattern * chars)[:chars]
    short_s, long_s = _seconds(does, long[: chars // _TIMES], 9), _seconds(does, long, 3)
    return long_s / max(short_s, _NEVER_LESS_S)


def _seconds(does: Work, text: str, rounds: int) -> float:
    """Of the processor, the least of some rounds."""
    seconds: list[float] = []
    for _ in range(rounds):
        started = time.process_time()
        does(text)
        seconds.append(time.process_time() - started)
    return min(seconds)
