"""The directory of service centres: a question -> the centres of the place that it names.

Found by number, by town in any form (`text.places`), by region, by street of a place that has any.
A town without a centre gets those of its region, the nearest first. Nothing is found for what the
gazetteer does not know.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from qa_service.text.asking import has_subject
from qa_service.text.gazetteer import centres_of, gazetteer, spelled_words
from qa_service.text.normalise import normalise
from qa_service.text.places import Mention, PlaceNames
from qa_service.text.plates import replace_plates
from qa_service.text.streets import streets
from qa_service.text.tokens import split, words
from qa_service.text.whereabouts import (
    TOWN_WORDS,
    Sought,
    is_place,
    is_plain_street,
    is_street,
    order,
    what_is_sought,
)
from qa_service.types import NO_CENTRES, Centre, CentreAnswer, Centres, FoundCentre, Passage, Place

_NUMBER = re.compile(r"(?<!\d)\d{4}(?!\d)(?!\s*(?:грн|грив|рок|рік|км|кг|куб))")
_SIGNED_NUMBER = re.compile(r"\bno\W?\d{4}(?!\d)")  # as № is normalised
_ONLY_NUMBER = re.compile(r"(?:no)?\W*\d{4}\W*")
_CITY = "м. "
"""What the name of a region that is a city begins with."""

_LOWER_WORD = re.compile(r"(?<![\w'’-])[а-яєіїґ'’]{2,}(?![\w'’-])")
_CENTRE = "тсц"
_OFTEN = 5
"""How often a word is used that is no mistyped name of a town."""


class CentreDirectory:
    """Thread-safe, immutable. `passages`: tell which names of towns are everyday words as well."""

    def __init__(
        self,
        centres: Centres,
        passages: Iterable[Passage] = (),
        known: Mapping[str, int] | None = None,
    ) -> None:
        """`known`: how often each word is known to be used."""
        self.centres = centres
        self._by_number = {centre.number: centre for centre in centres.centres}
        self._gazetteer = found = gazetteer(centres)
        self._regions, self._places, self._names = found.regions, found.places, found.names
        common = frozenset(
            word for passage in passages for word in _LOWER_WORD.findall(passage.text)
        )
        self._streets = PlaceNames([streets(one.address, common) for one in centres.centres])
        often = frozenset(word for word, count in (known or {}).items() if count >= _OFTEN)
        self._common, self._known = common, common | often
        self._unlike = often - found.spelled
        self._at = {(place.name, place.region): place.at for place in centres.places}

    def asked(self, question: str, reading: str = "") -> CentreAnswer:
        """What a question says of centres; `NO_CENTRES` where it says nothing.

        `reading`: the question as it is understood, mistakes mended: it tells what is asked, the
        question itself which place is named.
        """
        if not self.centres.centres:
            return NO_CENTRES
        text = normalise(question)
        said = split(text)
        sought = what_is_sought(f"{text} {reading}", len(said))
        answer = self._asked(text, sought)
        if not answer.found and reading and words(reading) != said:
            again = self._asked(reading, sought)
            answer = again if again.found else answer
        return replace(answer, names_centre=sought.names_centre or answer.names_centre)

    def _asked(self, text: str, sought: Sought) -> CentreAnswer:
        asks_where = sought.asks_where
        if numbered := self._numbered(text, sought):
            return numbered
        right = self._mentions(text, sought.is_about)
        answer = self._of_mentions(text, right, asks_where)
        if sought.is_about or (answer.found and asks_where):
            named = {word for mention in right for word in range(mention.start, mention.end)}
            if street := self._of_streets(text, named, answer, asks_where or sought.is_about):
                return street
        if answer is NO_CENTRES and asks_where and sought.is_about:
            mistyped = self._mentions(text, sought.is_about, self._known)
            answer = self._of_mentions(text, mistyped, asks_where)
        return answer if answer.place else CentreAnswer(asks_where=sought.is_about and asks_where)

    def _numbered(self, text: str, sought: Sought) -> CentreAnswer | None:
        """The centres whose numbers are given: alone, after «№», or where a centre is asked for; a
        plate's digits are none.
        """
        given = _NUMBER.findall(replace_plates(" ", text))
        known = [number for number in given if number in self._by_number]
        found = [self._by_number[number] for number in dict.fromkeys(known)]
        is_alone = bool(_ONLY_NUMBER.fullmatch(text))
        is_meant = sought.is_about or sought.asks_where or _SIGNED_NUMBER.search(text)
        if not found or not (is_alone or is_meant):
            return None
        return CentreAnswer(_all(found), found[0].city, True, sought.asks_where or is_alone, True)

    @property
    def everywhere(self) -> CentreAnswer:
        """All centres, in the order of the directory."""
        found = _all(self.centres.centres)
        return CentreAnswer(found, is_there=bool(found), asks_where=True)

    def search(self, text: str) -> CentreAnswer:
        """What is typed into a search for centres: nothing but a place, a number or a street."""
        return self.asked(f"{_CENTRE} {text}")

    def names_only_place(self, text: str) -> bool:
        """Whether a text, as an answer to «де?», says nothing but a place: «Суми», «м. Одеса»."""
        text = f"{_CENTRE} {normalise(text)}"
        mentions = self._mentions(text, is_about=True)
        named = {word for mention in mentions for word in range(mention.start, mention.end)}
        said = spelled_words(text) if named else []
        beside = {word for number, word in enumerate(said) if number not in named}
        return bool(named) and not any(map(has_subject, beside - TOWN_WORDS - {_CENTRE}))

    def _is_everyday(self, word: str) -> bool:
        """Whether a word is so common that it is no town unless it is said as one."""
        return word in self._common or (word in self._unlike and not self._names_centre(word))

    def _names_centre(self, word: str) -> bool:
        """Whether a word is the name of a town that has a centre."""
        return any(self._gazetteer.having & {*mention.places} for mention in self._names.find(word))

    def _mentions(
        self, text: str, is_about: bool, known: frozenset[str] | None = None
    ) -> list[Mention]:
        """Names of places; those that are everyday words only where they are said as places.

        Where no centre is asked about, a town that somebody is from is not the one to go to.
        """
        named = self._names.find(text, known)
        said = spelled_words(text) if named else []
        is_everyday, plain = self._is_everyday, self._gazetteer.plain
        return [one for one in named if is_place(said, one, is_everyday, plain, is_about)]

    def _of_mentions(
        self, text: str, mentions: Sequence[Mention], asks_where: bool
    ) -> CentreAnswer:
        """The centres of the likeliest place that has any, else those around the likeliest."""
        if not mentions:
            return NO_CENTRES
        said = spelled_words(text)
        ranked = sorted(mentions, key=lambda mention: order(said, mention))
        regions = [name for mention in ranked for name in self._regions_of(mention)]
        answers: list[CentreAnswer] = []
        for _, alike in groupby(ranked, key=lambda mention: order(said, mention)):
            towns = [self._towns_of(mention, regions) for mention in alike]
            here = [self._of_town(namesakes, asks_where) for namesakes in towns if namesakes]
            answers += sorted(here, key=lambda answer: not answer.is_there)
        for name in regions:
            found = [centre for centre in self.centres.centres if centre.region == name]
            answers.append(CentreAnswer(_all(found), name, bool(found), asks_where))
        return next((one for one in answers if one.found), answers[0] if answers else NO_CENTRES)

    def _regions_of(self, mention: Mention) -> list[str]:
        first = len(self._places)
        return [self._regions[row - first].name for row in mention.places if row >= first]

    def _towns_of(self, mention: Mention, regions: Sequence[str]) -> list[Place]:
        """The towns of a name, of the regions that are named where any is."""
        if self._regions_of(mention):
            return []
        towns = [self._places[row] for row in mention.places]
        return [town for town in towns if not regions or town.region in regions]

    def _of_town(self, namesakes: Sequence[Place], asks_where: bool) -> CentreAnswer:
        """The centres of a town, of the first of its namesakes that has any; else those around,
        which for a part of a city are the city's own.
        """
        town = namesakes[0]
        for place in namesakes:
            if own := centres_of(place, self.centres):
                return CentreAnswer(_all(own), place.name, True, asks_where)
        around = self._nearest(town)
        if town.region.startswith(_CITY):
            return CentreAnswer(around, town.region, bool(around), asks_where)
        return CentreAnswer(around, town.name, False, asks_where)

    def _of_streets(
        self, text: str, in_towns: set[int], answer: CentreAnswer, asks_where: bool
    ) -> CentreAnswer | None:
        """The centres on a street that is named, among those of the place where one is; none where
        that place has no centre, whatever streets of its name others stand on.

        `in_towns`: words that name a town, and a street only where they are said as one.
        """
        if answer.place and not answer.is_there:
            return None
        said = spelled_words(text)
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
        cities = {centre.city for centre in on_street}
        place = answer.place or (cities.pop() if len(cities) == 1 else None)
        return CentreAnswer(_all(on_street), place, True, asks_where)

    def _nearest(self, town: Place) -> tuple[FoundCentre, ...]:
        """The centres of a town's region."""
        around = [centre for centre in self.centres.centres if centre.region == town.region]
        found = [FoundCentre(centre, self._distance(centre, town)) for centre in around]
        found.sort(key=lambda one: math.inf if one.distance_km is None else one.distance_km)
        return tuple(found)

    def _distance(self, centre: Centre, town: Place) -> float | None:
        """In kilometres; None where nobody knows where the centre's town is."""
        known = (self._at.get((name, centre.region)) for name in (centre.place, *centre.serves))
        at = next((place for place in known if place), None)
        return round(town.distance_km(at), 0) if at else None


def _all(centres: Sequence[Centre]) -> tuple[FoundCentre, ...]:
    return tuple(map(FoundCentre, centres))
