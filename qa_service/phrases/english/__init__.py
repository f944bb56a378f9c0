"""The labels in English. What the widget says, too, is said in its words; a test compares them."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from qa_service import phrases
from qa_service.phrases import chat
from qa_service.phrases import demo as demo_page
from qa_service.phrases.english import demo, values
from qa_service.phrases.english.advice import OTHER_ADVICE, PRIVACY, REASONS
from qa_service.phrases.english.bot import CHAT, FACTS
from qa_service.phrases.english.bot import REASONS as CHAT_REASONS
from qa_service.phrases.english.labels import LABELS

Key = TypeVar("Key")


def _sentences() -> Iterator[tuple[str, str]]:
    yield from LABELS.items()
    yield from CHAT.items()
    yield from _paired(chat.FACTS, FACTS)
    yield from _paired(chat.REASONS, CHAT_REASONS)
    yield from demo.DEMO.items()
    yield from _paired(demo_page.WORDS, demo.WORDS)
    for example, (text, shows) in zip(demo_page.EXAMPLES, demo.EXAMPLES, strict=True):
        yield example.text, text
        yield example.shows, shows
    yield from _paired(phrases.TOPICS, values.TOPICS)
    yield from _paired(phrases.GROUPS, values.GROUPS)
    yield from _paired(phrases.GROUP_HINTS, values.GROUP_HINTS)
    yield from _paired(phrases.CHANNELS, values.CHANNELS)
    yield from _paired(phrases.EVIDENCE_NOTES, values.EVIDENCE_NOTES)
    yield from _paired(phrases.SOURCE_KINDS, values.SOURCE_KINDS)
    yield from _paired(phrases.COMPLAINTS, values.COMPLAINTS)
    yield from zip(phrases.FITS, values.FITS, strict=True)
    advice = [(phrases.REASONS[reason], english) for reason, english in REASONS.items()]
    for ukrainian, english in (*advice, *OTHER_ADVICE, *PRIVACY, demo.PRIVACY):
        yield ukrainian.title, english.title
        yield ukrainian.text, english.text


def _paired(
    ukrainian: Mapping[Key, str | None] | Mapping[Key, str], english: Mapping[Key, str]
) -> Iterator[tuple[str, str]]:
    for key, said in english.items():
        if label := ukrainian[key]:
            yield label, said


SENTENCES: Mapping[str, str] = dict(_sentences())
"""Ukrainian label -> what it is in English."""
