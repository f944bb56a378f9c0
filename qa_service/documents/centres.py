"""The directory of service centres and the gazetteer that it is searched with.

`centres.yaml`: sources, the schedule of the network, names of regions, a centre an entry.
`places.yaml`: towns with region and coordinates, made by `scripts/make-places`. A corpus may have
neither. Every finding names its line.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, StringConstraints, ValidationError

from qa_service.documents.schema import AS_OF, HttpUrl, Slug, Strict, Text
from qa_service.documents.sources import source_kind
from qa_service.documents.yaml_files import Parsed, line_of, read_entries, read_yaml
from qa_service.errors import CorpusProblem
from qa_service.types import NO_DIRECTORY, Centre, Centres, Evidence, Place, Region, Source

CENTRES_FILE, PLACES_FILE = "centres.yaml", "places.yaml"
_SHAPE = "must hold `hours`, `sources`, `regions` and `centres`"

Number = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]
Month = Annotated[str, StringConstraints(pattern=AS_OF)]


class _Source(Strict):
    id: Slug
    title: Text
    url: HttpUrl


class _Hours(Strict):
    text: Text
    as_of: Month
    source: Slug


class _Region(Strict):
    name: Text
    names: list[Text] = Field(default_factory=list, description="As people say: Київщина")


class _Centre(Strict):
    number: Number
    region: Text
    city: Text
    place: Text
    serves: list[Text] = Field(default_factory=list)
    address: Text
    hours: Text | None = None
    phone: Text | None = None
    as_of: Month
    evidence: Evidence
    doubt: Text | None = None
    note: Text | None = None
    sources: list[Slug] = Field(min_length=1)


class _CentresFile(Strict):
    hours: _Hours
    sources: list[_Source]
    regions: list[_Region]
    centres: list[_Centre]


Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class _PlaceEntry(Strict):
    name: Text
    region: Text
    at: tuple[Latitude, Longitude]
    names: list[Text] = Field(default_factory=list)


def load_centres(folder: Path, problems: list[CorpusProblem]) -> Centres:
    """The directory of the corpus in `folder`; empty without a file. Mistakes in either of the two
    files go to `problems`.
    """
    path = folder / CENTRES_FILE
    found: list[CorpusProblem] = []
    parsed = read_yaml(path, found) if path.is_file() else None
    file = _validated(path, parsed, found) if parsed else None
    places = read_entries(folder / PLACES_FILE, _PlaceEntry, found)
    if parsed and file:
        _check(path, parsed[0], file, found)
        regions = {entry.name for entry in file.regions}
        found += [
            CorpusProblem(folder / PLACES_FILE, line, _no_region(place.region))
            for line, place in places
            if place.region not in regions
        ]
    problems += found
    if found or not file:
        return NO_DIRECTORY
    return _directory(file, [place for _, place in places])


def _validated(path: Path, parsed: Parsed, problems: list[CorpusProblem]) -> _CentresFile | None:
    root, values = parsed
    try:
        return _CentresFile.model_validate(values)
    except ValidationError as error:
        for wrong in error.errors():
            place = ".".join(map(str, wrong["loc"]))
            message = f"{place}: {wrong['msg']}" if place else _SHAPE
            problems.append(CorpusProblem(path, line_of(root, wrong["loc"]), message))
    return None


def _check(path: Path, root: yaml.Node, file: _CentresFile, problems: list[CorpusProblem]) -> None:
    """What the shape cannot say."""
    sources = {entry.id for entry in file.sources}
    regions = {entry.name for entry in file.regions}
    seen: set[str] = set()
    for row, centre in enumerate(file.centres):
        line = line_of(root, ("centres", row))
        wrong_sources = [name for name in centre.sources if name not in sources]
        for message in (
            f"number {centre.number} was used already" if centre.number in seen else "",
            _no_region(centre.region) if centre.region not in regions else "",
            f"sources {wrong_sources} are not in `sources`" if wrong_sources else "",
        ):
            if message:
                problems.append(CorpusProblem(path, line, message))
        seen.add(centre.number)
    if file.hours.source not in sources:
        line = line_of(root, ("hours", "source"))
        problems.append(CorpusProblem(path, line, f"{file.hours.source!r} is not in `sources`"))


def _no_region(name: str) -> str:
    return f"region {name!r} is not in `regions` of {CENTRES_FILE}"


def _directory(file: _CentresFile, places: Sequence[_PlaceEntry]) -> Centres:
    sources = {
        entry.id: Source(entry.title, entry.url, source_kind(entry.url)) for entry in file.sources
    }
    return Centres(
        centres=tuple(_centre(centre, sources) for centre in file.centres),
        regions=tuple(Region(entry.name, tuple(entry.names)) for entry in file.regions),
        places=tuple(
            Place(entry.name, entry.region, entry.at, tuple(entry.names)) for entry in places
        ),
        network_hours=file.hours.text,
        network_hours_as_of=file.hours.as_of,
        network_hours_source=sources[file.hours.source],
    )


def _centre(entry: _Centre, sources: dict[str, Source]) -> Centre:
    return Centre(
        number=entry.number,
        region=entry.region,
        city=entry.city,
        address=entry.address,
        place=entry.place,
        as_of=entry.as_of,
        serves=tuple(entry.serves),
        hours=entry.hours,
        phone=entry.phone,
        evidence=entry.evidence,
        doubt=entry.doubt,
        note=entry.note,
        sources=tuple(sources[name] for name in entry.sources),
    )
