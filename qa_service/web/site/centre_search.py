"""What the page of the service centres shows: those of a place, or all by region. Pure."""

from dataclasses import dataclass
from typing import Self

from qa_service import phrases
from qa_service.centres import CentreDirectory
from qa_service.phrases import forms
from qa_service.phrases.languages import UKRAINIAN, Language
from qa_service.types import CentreAnswer, FoundCentre

MOST_CHARS = 200
"""Of a search, as in the API."""


@dataclass(frozen=True, slots=True)
class CentreSearch:
    """`asked`: what was searched for. `advice`: why nothing is found, None where something is or
    nothing was searched for. `lacks_details`: whether any centre has no hours or phone of its own.
    """

    asked: str
    found: tuple[FoundCentre, ...]
    title: str
    advice: str | None
    by_region: dict[str, list[FoundCentre]]
    lacks_details: bool
    is_too_long: bool

    @classmethod
    def of(cls, directory: CentreDirectory, typed: str, language: Language = UKRAINIAN) -> Self:
        asked = typed.strip()
        every = directory.everywhere.found
        too_long = len(asked) > MOST_CHARS
        answer = directory.search(asked) if asked and not too_long else CentreAnswer()
        advice = forms.nothing_found(answer, language)
        if too_long:
            advice = language.say(phrases.SEARCH_TOO_LONG)
        by_region: dict[str, list[FoundCentre]] = {}
        for found in every:
            by_region.setdefault(found.centre.region, []).append(found)
        return cls(
            asked=asked[:MOST_CHARS],
            found=answer.found,
            title=forms.centres_title(answer, language),
            advice=advice if asked and not answer.found else None,
            by_region=by_region,
            lacks_details=not all(one.centre.hours and one.centre.phone for one in every),
            is_too_long=too_long,
        )
