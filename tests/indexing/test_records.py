"""Passages and services inside a snapshot come back as they were."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.corpus import make_passage, make_service

from qa_service.indexing.snapshot import read_records, write_records
from qa_service.types import Evidence, Group, Passage, Service, Source, Status, Topic

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
SOURCES = st.lists(st.builds(Source, TEXT, st.none() | TEXT), max_size=2).map(tuple)
PASSAGES = st.builds(
    Passage,
    id=TEXT,
    document=TEXT,
    service=TEXT,
    service_title=TEXT,
    topic=st.sampled_from(Topic),
    title=TEXT,
    text=TEXT,
    as_of=st.none() | TEXT,
    status=st.sampled_from(Status),
    evidence=st.sampled_from(Evidence),
    conflict=st.none() | TEXT,
    sources=SOURCES,
    questions=TEXTS,
    url=st.none() | TEXT,
)
SERVICES = st.builds(
    Service,
    slug=TEXT,
    title=TEXT,
    group=st.sampled_from(Group),
    audience=TEXT,
    reviewed=TEXT,
    passages=st.lists(PASSAGES, max_size=3).map(tuple),
    official_name=st.none() | TEXT,
    registry_id=st.none() | TEXT,
    aliases=TEXTS,
    channels=TEXTS,
    sources=SOURCES,
)


def _roundtrip(
    passages: tuple[Passage, ...], services: tuple[Service, ...]
) -> tuple[tuple[Passage, ...], tuple[Service, ...]]:
    with TemporaryDirectory() as folder:
        write_records(Path(folder), passages, services)
        return read_records(Path(folder))


@settings(max_examples=30)
@given(st.lists(SERVICES, max_size=3, unique_by=lambda service: service.slug))
def test_services_and_passages_come_back_as_they_were(services: list[Service]) -> None:
    owned = tuple(
        replace(
            service,
            passages=tuple(replace(passage, service=service.slug) for passage in service.passages),
        )
        for service in services
    )
    passages = tuple(passage for service in owned for passage in service.passages)
    assert _roundtrip(passages, owned) == (passages, owned)


@settings(max_examples=30)
@given(st.lists(PASSAGES, max_size=4).map(tuple))
def test_passages_without_services_come_back_in_their_order(passages: tuple[Passage, ...]) -> None:
    assert _roundtrip(passages, ()) == (passages, ())


def test_a_record_is_one_line_that_a_person_can_read(tmp_path: Path) -> None:
    write_records(tmp_path, [make_passage("a.fee", "Ціна\nв два рядки.")], [make_service("a")])
    (line,) = (tmp_path / "passages.jsonl").read_text("utf-8").splitlines()
    assert "Ціна\\nв два рядки." in line


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("passages", '"fee"', '"price"'),
        ("passages", '"text"', '"body"'),
        ("services", '"title"', '"name"'),
    ],
)
def test_a_record_of_another_shape_is_not_read(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    write_records(tmp_path, [make_passage("a.fee", "Ціна.")], [make_service("a")])
    path = tmp_path / f"{name}.jsonl"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises((ValueError, TypeError, KeyError)):
        read_records(tmp_path)
