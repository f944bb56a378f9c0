"""The directory of service centres, and the places that it is searched by."""

import math
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from qa_service.types.corpus import Evidence, Source

_EARTH_KM = 6_371.0


@dataclass(frozen=True, slots=True)
class Centre:
    """A service centre. `hours` and `phone` are its own, where a source gives them.

    `place`: the town as people name it; `serves`: towns beside which it stands. `doubt`: what is
    not certain; `note`: what else helps to find it.
    """

    number: str
    region: str
    city: str
    address: str
    place: str
    as_of: str
    serves: tuple[str, ...] = ()
    hours: str | None = None
    phone: str | None = None
    evidence: Evidence = Evidence.MEDIUM
    doubt: str | None = None
    note: str | None = None
    sources: tuple[Source, ...] = ()

    @property
    def map_url(self) -> str:
        """A search of OpenStreetMap for the address."""
        return "https://www.openstreetmap.org/search?" + urlencode({"query": self.full_address})

    @property
    def geo_url(self) -> str:
        """The address for the map of a phone, by its `geo:` scheme."""
        return "geo:0,0?" + urlencode({"q": self.full_address}, quote_via=quote)

    @property
    def full_address(self) -> str:
        return f"{self.address}, {self.city}"


@dataclass(frozen=True, slots=True)
class Region:
    """`names`: what people call it besides: Київщина."""

    name: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A town of the gazetteer; `at`: latitude and longitude in degrees."""

    name: str
    region: str
    at: tuple[float, float]
    names: tuple[str, ...] = ()

    def distance_km(self, at: tuple[float, float]) -> float:
        """As the crow flies, by the haversine formula."""
        (lat, lon), (other_lat, other_lon) = (map(math.radians, one) for one in (self.at, at))
        a = (
            math.sin((other_lat - lat) / 2) ** 2
            + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
        )
        return 2 * _EARTH_KM * math.asin(math.sqrt(a))


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Centres:
    """Everything that a question about a centre is answered with; empty for a corpus of others.

    network_hours: the schedule that all centres keep, for those without hours of their own.
    """

    centres: tuple[Centre, ...] = ()
    regions: tuple[Region, ...] = ()
    places: tuple[Place, ...] = ()
    network_hours: str = ""
    network_hours_as_of: str = ""
    network_hours_source: Source | None = None


NO_DIRECTORY = Centres()


@dataclass(frozen=True, slots=True)
class FoundCentre:
    """A centre, and how far it is from the town that was asked about, as the crow flies."""

    centre: Centre
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class CentreAnswer:
    """What a question says of centres.

    found: of the place that it names, the nearest first. place: that place, None where it names
    none. is_there: whether the place itself has one. asks_where: whether it asks where something
    is, or when it is open. names_centre: whether it says that a service centre is meant.

    The engine decides, by all that it found: is_answer: whether the centres that were found are the
    answer. needs_place: whether none was found and a place must be asked back.
    """

    found: tuple[FoundCentre, ...] = ()
    place: str | None = None
    is_there: bool = False
    asks_where: bool = False
    names_centre: bool = False
    is_answer: bool = False
    needs_place: bool = False

    @property
    def is_asked_for(self) -> bool:
        """Whether what is said is about centres, found or not."""
        return self.is_answer or self.needs_place


NO_CENTRES = CentreAnswer()
