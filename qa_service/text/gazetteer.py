"""The names of places with a service centre or around one, as they are found in texts. Pure.

They take a tenth of a second to prepare, so they stay known while versions have the same centres.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_service.text.places import PlaceNames
from qa_service.text.streets import adjectives
from qa_service.text.tokens import words
from qa_service.types import Centre, Centres, Place, Region

_VERSIONS = 2
"""The one that is served, and the one that is loaded beside it."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """`names`: of `places`, then of `regions`, by row. spelled: the names of places as they are
    spelled, in lower case. having: the rows of places that have a centre; plain: their names.
    """

    places: Sequence[Place]
    regions: Sequence[Region]
    names: PlaceNames
    spelled: frozenset[str]
    having: frozenset[int]
    plain: frozenset[str]


@lru_cache(_VERSIONS)
def gazetteer(centres: Centres) -> Gazetteer:
    """The places of a directory of centres."""
    places = (*centres.places, *_unlisted(centres))
    regions = tuple(region for region in centres.regions if region.names)
    names = [(place.name, *place.names, *adjectives(place.name)) for place in places]
    of_regions = [(region.name, *region.names) for region in regions]
    having = frozenset(row for row, place in enumerate(places) if centres_of(place, centres))
    return Gazetteer(
        places,
        regions,
        PlaceNames([*names, *of_regions]),
        _spelled(places),
        having,
        _spelled(places[row] for row in having),
    )


def centres_of(town: Place, centres: Centres) -> list[Centre]:
    """The centres in a town and beside it."""
    return [
        centre
        for centre in centres.centres
        if centre.region == town.region and town.name in (centre.place, *centre.serves)
    ]


def spelled_words(text: str) -> list[str]:
    """The words of a text as mentions count them."""
    return words(text.replace("-", " "))


def _unlisted(centres: Centres) -> list[Place]:
    """Places of centres that the gazetteer lacks: villages."""
    listed = {(place.name, place.region) for place in centres.places}
    lacking = {(one.place, one.region) for one in centres.centres} - listed
    return [Place(name, region, (math.nan, math.nan)) for name, region in sorted(lacking)]


def _spelled(places: Iterable[Place]) -> frozenset[str]:
    names = (name for place in places for name in (place.name, *place.names))
    return frozenset(" ".join(spelled_words(name)) for name in names)
