"""The directory of service centres: a question -> the centres of the place that it names.

Found by number, by town in any form (`text.places`), by region, by street. A town without a centre
gets those of its region, the nearest first. Nothing is found for what the gazetteer does not know.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from qa_service.text.normalise import normalise
from qa_service.text.places import Mention, PlaceNames
from qa_service.text.tokens import words
from qa_service.text.whereabouts import (
    Sought,
    is_place,
    is_plain_street,
    is_street,
    order,
    what_is_sought,
)
from qa_service.types import (
    NO_CENTRES,
    Centre,
    CentreAnswer,
    Centres,
    FoundCentre,
    Passage,
    Place,
)

MOST_FOUND = 10

_NUMBER = re.compile(r"(?<!\d)\d{4}(?!\d)")
_LOWER_WORD = re.compile(r"(?<![\w'’-])[а-яєіїґ'’]{2,}(?![\w'’-])")
_STREET = re.compile(
    r"(?:вул|просп|бульв|пров|пл|наб|шосе|вулиця|проспект|площа|набережна)\.?\s+([^,\d]+?)"
    r"\s*(?:,|$)|^([^,\d]+?)\s+(?:шосе|проспект|набережна)"
)
_LEAST_STREET = 5
_OFTEN = 5
_EARTH_KM = 6_371.0


class CentreDirectory:
    """Thread-safe, immutable. `passages`: tell which names of towns are everyday words as well."""

    def __init__(
        self,
        centres: Centres,
        passages: Iterable[Passage] = (),
        known: Mapping[str, int] | None = None,
    ) -> None:
        """`known`: how often each word is known to be used; often enough, it is no mistyped name of
        a town.
        """
        self.centres = centres
        self._by_number = {centre.number: centre for centre in centres.centres}
        self._regions = [region for region in centres.regions if region.names]
        self._places = [*centres.places, *_unlisted(centres)]
        names = [(place.name, *place.names, *_adjectives(place.name)) for place in self._places]
        regions = [(region.name, *region.names) for region in self._regions]
        self._names = PlaceNames([*names, *regions])
        self._common = frozenset(
            word for passage in passages for word in _LOWER_WORD.findall(passage.text)
        )
        streets = [_streets(centre.address, self._common) for centre in centres.centres]
        self._streets = PlaceNames(streets)
        often = (word for word, count in (known or {}).items() if count >= _OFTEN)
        self._known = self._common | frozenset(often)
        self._at = {(place.name, place.region): place.at for place in centres.places}

    def asked(self, question: str, reading: str = "") -> CentreAnswer:
        """What a question says of centres; `NO_CENTRES` where it says nothing.

        `reading`: the question as it is understood, mistakes mended: it tells what is asked, the
        question itself which place is named.
        """
        if not self.centres.centres:
            return NO_CENTRES
        text = normalise(question)
        sought = what_is_sought(f"{text} {reading}", len(words(text)))
        answer = self._asked(text, sought)
        if not answer.found and reading and reading != text:
            answer = self._asked(reading, sought)
        return replace(answer, names_centre=sought.names_centre or answer.names_centre)

    def _asked(self, text: str, sought: Sought) -> CentreAnswer:
        asks_where = sought.asks_where
        numbers = [number for number in _NUMBER.findall(text) if number in self._by_number]
        if numbers and (sought.is_about or asks_where or "№" in text or text == numbers[0]):
            found = [self._by_number[number] for number in numbers]
            return CentreAnswer(_all(found), found[0].city, True, asks_where, True)
        right = self._mentions(text, sought.is_about)
        answer = self._of_mentions(right, asks_where)
        if sought.is_about or (answer.found and asks_where):
            named = {word for mention in right for word in range(mention.start, mention.end)}
            is_asked = asks_where or sought.is_about
            if street := self._of_streets(text, named, answer, is_asked):
                return street
        if answer is NO_CENTRES and asks_where and sought.is_about:
            mistyped = self._mentions(text, sought.is_about, self._known)
            answer = self._of_mentions(mistyped, asks_where)
        return answer if answer.place else CentreAnswer(asks_where=sought.is_about and asks_where)

    @property
    def everywhere(self) -> CentreAnswer:
        """All centres, in the order of the directory."""
        found = tuple(map(FoundCentre, self.centres.centres))
        return CentreAnswer(found, is_there=bool(found), asks_where=True)

    def search(self, text: str) -> CentreAnswer:
        """What is typed into a search for centres: nothing but a place, a number or a street."""
        return self.asked(f"тсц {text}")

    def _mentions(
        self, text: str, is_about: bool, known: frozenset[str] | None = None
    ) -> list[Mention]:
        """Names of places; those that are everyday words only where they are said as places.

        Where no centre is asked about, a town that somebody is from is not the one to go to.
        """
        said = words(text.replace("-", " "))
        found = self._names.find(text, known)
        places = [one for one in found if is_place(said, one, self._common, is_about)]
        return sorted(places, key=lambda mention: order(said, mention))

    def _of_mentions(self, mentions: Sequence[Mention], asks_where: bool) -> CentreAnswer:
        towns: list[list[Place]] = []
        regions: list[str] = []
        for mention in mentions:
            here = [row - len(self._places) for row in mention.places if row >= len(self._places)]
            regions += [self._regions[row].name for row in here]
            if not here:
                towns.append([self._places[row] for row in mention.places])
        for namesakes in towns:
            among = [town for town in namesakes if not regions or town.region in regions]
            if among:
                return self._of_town(among, asks_where)
        if regions:
            found = [centre for centre in self.centres.centres if centre.region == regions[0]]
            return CentreAnswer(_all(found), regions[0], bool(found), asks_where)
        return NO_CENTRES

    def _of_town(self, namesakes: Sequence[Place], asks_where: bool) -> CentreAnswer:
        """The centres of a town, of the first of its namesakes that has any; else those around."""
        town = namesakes[0]
        for place in namesakes:
            own = [centre for centre in self.centres.centres if _is_in(centre, place)]
            if own:
                return CentreAnswer(_all(own), place.name, True, asks_where)
        around = [centre for centre in self.centres.centres if centre.region == town.region]
        return CentreAnswer(self._nearest(around, town), town.name, False, asks_where)

    def _of_streets(
        self, text: str, in_towns: set[int], answer: CentreAnswer, asks_where: bool
    ) -> CentreAnswer | None:
        """The centres on a street that is named, among those of the place where one is.

        `in_towns`: words that name a town, and a street only where they are said as one.
        """
        said = words(text.replace("-", " "))
        rows: set[int] = set()
        for mention in self._streets.find(text):
            if mention.start in in_towns:
                is_named = is_street(said, mention)
            else:
                is_named = is_plain_street(said, mention, self._common)
            rows.update(mention.places if is_named else ())
        on_street = [self.centres.centres[row] for row in sorted(rows)]
        if answer.found:
            among = {found.centre.number for found in answer.found}
            on_street = [centre for centre in on_street if centre.number in among]
        if not on_street:
            return None
        return CentreAnswer(_all(on_street), answer.place or on_street[0].city, True, asks_where)

    def _nearest(self, centres: Sequence[Centre], town: Place) -> tuple[FoundCentre, ...]:
        found = [FoundCentre(centre, self._distance(centre, town)) for centre in centres]
        found.sort(key=lambda one: math.inf if one.distance_km is None else one.distance_km)
        return tuple(found[:MOST_FOUND])

    def _distance(self, centre: Centre, town: Place) -> float | None:
        """In kilometres; None where nobody knows where the centre's town is."""
        known = (self._at.get((name, centre.region)) for name in (centre.place, *centre.serves))
        at = next((place for place in known if place), None)
        return round(_great_circle(at, town.at), 0) if at else None


def _unlisted(centres: Centres) -> list[Place]:
    """Places of centres that the gazetteer lacks: villages."""
    listed = {(place.name, place.region) for place in centres.places}
    lacking = {
        (name, centre.region)
        for centre in centres.centres
        for name in (centre.place,)
        if (name, centre.region) not in listed
    }
    return [Place(name, region, (math.nan, math.nan)) for name, region in sorted(lacking)]


def _is_in(centre: Centre, town: Place) -> bool:
    """Kyiv is a region of its own, and its centres may stand in the villages around it."""
    same_region = centre.region == town.region
    return same_region and town.name in (centre.place, *centre.serves)


def _all(centres: Sequence[Centre]) -> tuple[FoundCentre, ...]:
    return tuple(FoundCentre(centre) for centre in centres[:MOST_FOUND])


def _adjectives(name: str) -> tuple[str, ...]:
    """`Харків` -> `харківський`, as in «харківське МРЕО»."""
    if " " in name or "-" in name:
        return ()
    if name.endswith("ий") and not name.endswith("кий"):
        return (f"{name.lower()[:-1]}йський",)
    stem = name.lower().rstrip("аеєиіїоуюяьй")
    if stem.endswith(("ськ", "цьк", "зьк")):
        return (f"{stem}ий",)
    for ends, new in (("с", "с"), ("кцч", "ц"), ("гжз", "з")):
        if stem[-1] in ends:
            return (f"{stem[:-1]}{new}ький",)
    return (f"{stem}ський",)


def _streets(address: str, common: frozenset[str]) -> tuple[str, ...]:
    """Names of streets in an address, whole and by the last word: Миколи Грінченка, Грінченка."""
    found = [name for match in _STREET.findall(address) for name in match if name]
    last = [name.split()[-1] for name in found]
    known = [name for name in last if len(name) >= _LEAST_STREET and name.lower() not in common]
    return tuple(dict.fromkeys([*found, *known]))


def _great_circle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two places, by the haversine formula."""
    (lat, lon), (other_lat, other_lon) = (map(math.radians, at) for at in (one, other))
    a = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(a))
