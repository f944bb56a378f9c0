"""The directory's file: what is read, and what is wrong by file and line."""

from pathlib import Path

import pytest

from qa_service.documents.centres import CENTRES_FILE, PLACES_FILE, load_centres
from qa_service.errors import CorpusProblem
from qa_service.types import NO_DIRECTORY, Place, SourceKind

FILE = """hours: {text: вт–пт 8:00–17:00, as_of: 2025-12, source: site}
sources:
- {id: site, title: Сайт, url: "https://hsc.gov.ua/"}
regions:
- {name: Львівська область, names: [Львівщина]}
centres:
- {number: '4641', region: Львівська область, city: м. Львів, place: Львів, address: 'вул. Х, 1',
   as_of: 2025-04, evidence: medium, sources: [site]}
- {number: '4642', region: Львівська область, city: м. Стрий, place: Стрий, address: 'вул. У, 2',
   as_of: 2025-04, evidence: low, doubt: Перевірте., phone: '123', sources: [site]}
"""


def _findings(folder: Path, content: str) -> list[str]:
    (folder / CENTRES_FILE).write_text(content, "utf-8")
    problems: list[CorpusProblem] = []
    assert load_centres(folder, problems) is NO_DIRECTORY
    return [f"{problem.line}: {problem.message}" for problem in problems]


def test_centres_and_places_are_read(tmp_path: Path) -> None:
    (tmp_path / CENTRES_FILE).write_text(FILE, "utf-8")
    (tmp_path / PLACES_FILE).write_text(
        "- {name: Львів, region: Львівська область, at: [49.8, 24.0], names: [Львов]}\n", "utf-8"
    )
    problems: list[CorpusProblem] = []
    centres = load_centres(tmp_path, problems)
    assert problems == []
    lviv, stryi = centres.centres
    assert (lviv.number, lviv.place, lviv.hours, lviv.phone) == ("4641", "Львів", None, None)
    assert (stryi.doubt, stryi.phone) == ("Перевірте.", "123")
    assert lviv.sources[0].kind is SourceKind.OFFICIAL
    assert centres.places == (Place("Львів", "Львівська область", (49.8, 24.0), ("Львов",)),)
    assert centres.network_hours == "вт–пт 8:00–17:00"


def test_a_corpus_without_the_file_has_no_directory(tmp_path: Path) -> None:
    problems: list[CorpusProblem] = []
    assert load_centres(tmp_path, problems) is NO_DIRECTORY and problems == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("region: Львівська область, city: м. Стрий, ", "city: м. Стрий, ", "9: centres.1.region"),
        ("'4642'", "'4641'", "9: number 4641 was used already"),
        ("'4642'", "'46'", "9: centres.1.number"),
        ("'4642', region: Львівська", "'4642', region: Львовська", "9: region 'Львовська область'"),
        ("phone: '123', sources: [site]", "sources: [other]", "9: sources ['other'] are not in"),
        ("source: site}", "source: other}", "1: 'other' is not in `sources`"),
        ("as_of: 2025-12", "as_of: торік", "1: hours.as_of"),
        (FILE, "- hours", "1: must hold `hours`, `sources`, `regions` and `centres`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, finding: str
) -> None:
    assert old in FILE
    [found] = _findings(tmp_path, FILE.replace(old, new))
    assert found.startswith(finding)


@pytest.mark.parametrize(
    ("place", "finding"),
    [
        ("{name: Львів, region: Львівська область, at: [49.8, 24], nmaes: [Львов]}", "nmaes"),
        ("{name: Львів, region: Львовська область, at: [49.8, 24]}", "region 'Львовська область'"),
        ("{name: Львів, region: Львівська область, at: [.nan, 24]}", "at.0"),
        ("{name: Львів, region: Львівська область, at: [49.8, .inf]}", "at.1"),
        ("{name: Львів, region: Львівська область, at: [149.8, 24]}", "at.0"),
    ],
)
def test_what_is_wrong_with_a_place_is_named(tmp_path: Path, place: str, finding: str) -> None:
    (tmp_path / PLACES_FILE).write_text(f"- {place}\n", "utf-8")
    [found] = _findings(tmp_path, FILE)
    assert found.startswith(f"1: {finding}")


def test_both_files_are_checked_at_once(tmp_path: Path) -> None:
    (tmp_path / PLACES_FILE).write_text("- {name: Львів}\n", "utf-8")
    found = _findings(tmp_path, FILE.replace("'4642'", "'4641'"))
    assert [one.split(": ")[1] for one in found] == ["region", "number 4641 was used already"]
