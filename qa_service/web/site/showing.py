"""What of an answer a page shows: what was corrected, what is said instead, the other passages; the
services of a catalogue. Pure.
"""

from collections.abc import Sequence
from dataclasses import replace

from qa_service import phrases
from qa_service.catalogue import is_centre
from qa_service.phrases.languages import alphabetical
from qa_service.ranking.present import PartShown
from qa_service.text.understand import SYNONYM
from qa_service.types import (
    Answer,
    Certainty,
    Correction,
    Group,
    RankedPassage,
    Reason,
    Service,
    Understood,
)

MOST_GUESSES = 3
_WITHOUT_GUESSES = (Reason.OFF_TOPIC, Reason.SMALL_TALK, Reason.LIVE_DATA)
"""Whatever is nearest has nothing to do with the question."""


def others_shown(answer: Answer, parts: Sequence[PartShown]) -> list[RankedPassage]:
    """The passages beside a sure answer; for none, what comes near it, where that may help."""
    if answer.reason in _WITHOUT_GUESSES or answer.certainty is Certainty.UNSURE:
        return []
    told = {part.ranked.passage.id for part in parts if part.ranked}
    if answer.answerable and not told:
        told = {ranked.passage.id for ranked in answer.passages[:1]}
    return [
        ranked
        for ranked in answer.passages
        if ranked.passage.id not in told and not is_centre(ranked.passage)
    ]


def said_of(answer: Answer) -> phrases.Advice | None:
    """What is said instead of an answer, or above what may be one; None above a sure one."""
    if answer.certainty is Certainty.SURE:
        return None
    if answer.answerable:
        return phrases.PERHAPS
    advice = phrases.REASONS[answer.reason or Reason.LOW_CONFIDENCE]
    is_said_instead = answer.reason in (Reason.SMALL_TALK, Reason.LIVE_DATA)
    if answer.reply and is_said_instead and not answer.centres.is_asked_for:
        return replace(advice, text=answer.reply)
    return advice


def corrections_shown(understood: Understood) -> list[Correction]:
    """The last reading of the question, as far as it was corrected, then the terms added to it."""
    read = [change for change in understood.corrections if change.kind != SYNONYM]
    added = [change for change in understood.corrections if change.kind == SYNONYM]
    return [*read[-1:], *added]


def by_group(services: Sequence[Service]) -> dict[Group, list[Service]]:
    """Services by group, each in alphabetical order; empty groups are left out."""
    by_name = sorted(services, key=lambda service: alphabetical(service.title))
    groups = {group: [service for service in by_name if service.group is group] for group in Group}
    return {group: found for group, found in groups.items() if found}
