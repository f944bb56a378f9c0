"""What a button carries: which fact of which procedure, never a word of a question. Pure.

A payload is a kind, the digest of a name, and a topic: `f.3k9d0q2a.fee`. Digests stay the same in
every version of the index; one of a procedure that is gone means nothing any more.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self

from qa_service.types import Topic

_DIGEST_CHARS = 10
_FORM = re.compile(
    r"(?P<press>[a-z])(?:\.(?P<digest>[a-z2-7]{10}))?(?:\.(?P<detail>[a-z-]{1,20}))?"
)


class Press(StrEnum):
    """What a button asks for."""

    FACT = "f"
    SERVICE = "s"
    PASSAGE = "t"
    POPULAR = "q"
    OTHER_QUESTION = "o"
    OPERATOR = "p"
    LANGUAGE = "l"


@dataclass(frozen=True, slots=True)
class Payload:
    """digest: of a procedure's slug, a passage's id or a popular question. detail: a topic or a
    language.
    """

    press: Press
    digest: str = ""
    detail: str = ""

    @classmethod
    def read(cls, written: str) -> Self | None:
        """None for what no button of ours carries."""
        found = _FORM.fullmatch(written)
        if not found or found["press"] not in set(Press):
            return None
        return cls(Press(found["press"]), found["digest"] or "", found["detail"] or "")

    def __str__(self) -> str:
        return ".".join(filter(None, (self.press, self.digest, self.detail)))

    @property
    def topic(self) -> Topic | None:
        return Topic(self.detail) if self.detail in set(Topic) else None

    def named(self, names: Iterable[str]) -> str | None:
        """The name of this digest."""
        return next((name for name in names if digest(name) == self.digest), None)


def of_service(slug: str, topic: Topic | None = None) -> str:
    """A button that asks for a fact of a procedure, or says that the procedure was meant."""
    press = Press.FACT if topic else Press.SERVICE
    return str(Payload(press, digest(slug), topic or ""))


def of_passage(passage_id: str) -> str:
    """A button that asks for this very passage."""
    return str(Payload(Press.PASSAGE, digest(passage_id)))


def of_question(question: str) -> str:
    """A button that asks a popular question."""
    return str(Payload(Press.POPULAR, digest(question)))


@lru_cache(4_096)
def digest(name: str) -> str:
    """Ten letters and digits: 50 bits, enough for every name of a corpus."""
    hashed = hashlib.sha256(name.encode()).digest()
    return base64.b32encode(hashed).decode().lower()[:_DIGEST_CHARS]
