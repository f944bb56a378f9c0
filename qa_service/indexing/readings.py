"""Misspelt questions as they are read, kept from build to build.

A reading depends on the words of the whole corpus, but only on those that were looked up for it:
what was kept of each is kept with it, and it holds as long as the vocabulary says the same of them.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from qa_service.documents.questions import as_read
from qa_service.indexing.kept import Kept, key_of
from qa_service.indexing.texts import text_rules
from qa_service.text.spelling import NotingVocabulary, Vocabulary


def read_kept(
    index: Path, anew: bool, questions: Sequence[str], vocabulary: Vocabulary
) -> list[str]:
    """What `as_read` does; what was read is kept in the folder `index`. anew: look at nothing that
    was kept.
    """
    with suppress(OSError):  # then nothing is kept, and the build will say why
        index.mkdir(parents=True, exist_ok=True)
    with Kept.of_readings(index) as kept:
        if anew:
            kept.forget_all()
        readings = KeptReadings(kept, vocabulary).of(questions)
        kept.forget_unused()
    return readings


class KeptReadings:
    """Reads by one vocabulary. Of one thread."""

    def __init__(self, kept: Kept, vocabulary: Vocabulary) -> None:
        self._kept, self._vocabulary = kept, vocabulary
        self._respelt, self._meant = cache(vocabulary.respelt), cache(vocabulary.meant)

    def of(self, questions: Sequence[str]) -> list[str]:
        """What `as_read` does."""
        kind = f"reading {text_rules()}"
        keys = [key_of(kind, question) for question in questions]
        known = self._kept.find(keys)
        readings = []
        for key, question in zip(keys, questions, strict=True):
            reading = self._that_holds(known[key]) if key in known else None
            if reading is None:
                noting = NotingVocabulary(self._vocabulary)
                [reading] = as_read([question], noting)
                self._kept.add(key, _written(reading, noting))
            readings.append(reading)
        return readings

    def _that_holds(self, written: bytes) -> str | None:
        """The reading that was kept; None where the vocabulary says something else by now."""
        reading, known, unknown, respelt, meant = json.loads(written)
        knows = self._vocabulary.knows
        holds = (
            all(map(knows, known.split()))
            and not any(map(knows, unknown.split()))
            and all(self._respelt(word) == other for word, other in respelt.items())
            and all(self._meant(word) == other for word, other in meant.items())
        )
        return str(reading) if holds else None


def _written(reading: str, noting: NotingVocabulary) -> bytes:
    known, unknown = (
        " ".join(word for word, is_known in noting.known.items() if is_known is wanted)
        for wanted in (True, False)
    )
    parts = (reading, known, unknown, noting.respelt_as, noting.meant_as)
    return json.dumps(parts, ensure_ascii=False).encode()
