"""Packed bytes never become more than the limit."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

import pytest
from support.sources import docx, paragraph

from qa_service.documents.importers import packed
from qa_service.documents.importers.packed import check_zip, limited
from qa_service.errors import SourceError

LIMIT = 100_000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_both_encodings_of_http_are_unpacked(pack: "type[bytes]") -> None:
    assert limited([pack(b"text")], LIMIT, "deflate") == b"text"


def test_a_bomb_is_read_no_further_than_the_limit() -> None:
    taken: list[int] = []

    def chunks() -> Iterator[bytes]:
        bomb = gzip.compress(b"\0" * 5_000_000)
        for start in range(0, len(bomb), 100):
            taken.append(start)
            yield bomb[start : start + 100]

    with pytest.raises(SourceError, match="larger than"):
        limited(chunks(), LIMIT, "gzip")
    assert len(taken) < 5


def test_a_bomb_in_one_chunk_is_unpacked_in_small_steps() -> None:
    steps = [len(step) for step in packed.unpacked([gzip.compress(b"\0" * 1_000_000)])]
    assert sum(steps) == 1_000_000 and max(steps) <= packed.STEP_BYTES


def test_the_limit_itself_is_allowed() -> None:
    assert len(limited([b"x" * LIMIT], LIMIT)) == LIMIT
    with pytest.raises(SourceError):
        limited([b"x" * LIMIT, b"x"], LIMIT)


def test_an_office_file_of_a_sensible_size_passes() -> None:
    check_zip(docx(paragraph("Текст")), LIMIT)


def test_a_bomb_is_seen_by_the_size_that_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = docx(paragraph("Текст"), **{"word/media/a.png": b"\0" * (LIMIT * 6)})
    assert len(bomb) < LIMIT
    monkeypatch.setattr(zipfile.ZipFile, "open", None)  # nothing is unpacked
    with pytest.raises(SourceError, match=r"larger than 0\.5 MB"):
        check_zip(bomb, LIMIT)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_either() -> None:
    real = LIMIT * 6
    bomb = docx(paragraph("Текст"), **{"word/media/a.png": b"\0" * real})
    lies = bomb.replace(real.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lies != bomb
    with pytest.raises(SourceError):
        check_zip(lies, LIMIT)


def test_what_is_unpacked_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a ZIP library believes every declared size."""
    bomb = docx(paragraph("Текст"), **{"word/media/a.png": b"\0" * (LIMIT * 6)})
    real_list = zipfile.ZipFile.infolist

    def declared_small(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        small = [zipfile.ZipInfo(member.filename) for member in real_list(archive)]
        for member in small:
            member.file_size = 1
        return small

    opened: list[str] = []
    real_open = zipfile.ZipFile.open

    def by_name(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> object:
        opened.append(member.filename)
        return real_open(archive, member.filename)

    monkeypatch.setattr(zipfile.ZipFile, "infolist", declared_small)
    monkeypatch.setattr(zipfile.ZipFile, "open", by_name)
    with pytest.raises(SourceError, match="larger than"):
        packed.check_zip(bomb, LIMIT)
    assert "word/media/a.png" in opened


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"", BytesIO(b"PK").getvalue() * 40])
def test_a_damaged_office_file_says_what_to_do(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"save it again as \.docx"):
        check_zip(content, LIMIT)
