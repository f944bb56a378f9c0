"""A source is read in a process of its own: whatever it does there costs that source only."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from support.sources import docx, page, paragraph, pdf

from qa_service.documents.importers import Format
from qa_service.documents.importers.apart import (
    MEMORY_BYTES,
    Work,
    format_of,
    read_apart,
    run_apart,
)
from qa_service.documents.importers.fetched import Deadline, Fetched
from qa_service.documents.importers.passages import Reading
from qa_service.errors import SourceError


def _loops(format_: Format, content: bytes, charset: str | None) -> Reading:
    Event().wait()
    raise AssertionError


def _crashes(format_: Format, content: bytes, charset: str | None) -> Reading:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def _takes_all_memory(format_: Format, content: bytes, charset: str | None) -> Reading:
    raise AssertionError(len(bytearray(2 * MEMORY_BYTES)))


def _breaks(format_: Format, content: bytes, charset: str | None) -> Reading:
    raise RecursionError("too\ndeep")


def _says_where(format_: Format, content: bytes, charset: str | None) -> Reading:
    return Reading(f"{format_} {content.decode()} {charset} {os.getpid()}", ())


@pytest.mark.parametrize(
    ("work", "seconds", "says"),
    [
        (_loops, 0.2, "^took longer than 0.2 s"),
        (_crashes, 60, "^cannot be read: it is too complex or damaged"),
        (_takes_all_memory, 60, r"^cannot be read as html \(MemoryError\): save it anew$"),
        (_breaks, 60, r"^cannot be read as html \(RecursionError: too deep\): save it anew$"),
    ],
)
def test_a_reader_that_fails_is_ended_and_says_so(work: Work, seconds: float, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        run_apart(work, Format.HTML, Fetched("a.html", b"", deadline=Deadline(seconds)))


def test_what_is_read_comes_back_from_another_process() -> None:
    reading = run_apart(_says_where, Format.PDF, Fetched("a", b"content", charset="koi8-u"))
    *said, process = reading.title.split()
    assert said == ["pdf", "content", "koi8-u"] and int(process) != os.getpid()


def test_a_source_becomes_passages() -> None:
    reading = read_apart(Fetched("a", page("<p>Текст.").encode("koi8-u"), "text/html"), 10_000)
    assert reading.title == "Обмін посвідчення водія"
    assert [cut.text for cut in reading.cuts] == ["Текст."]


def test_an_office_file_is_weighed_before_anything_reads_it() -> None:
    bomb = docx(paragraph("Текст"), **{"word/media/a.png": b"\0" * 1_000_000})
    with pytest.raises(SourceError, match="larger than"):
        read_apart(Fetched("a.docx", bomb), 10_000)


@pytest.mark.parametrize(
    ("content", "media_type", "name", "format_"),
    [
        (lambda: pdf(["Текст"]), "text/html", "a.html", Format.PDF),
        (lambda: docx(paragraph("x")), "application/octet-stream", "a", Format.DOCX),
        (lambda: b"{}", "application/x-ndjson", "a", Format.JSONL),
        (lambda: b"{}", "", "A.JSONL", Format.JSONL),
        (lambda: b"text", "text/html", "a", Format.HTML),
        (lambda: b"text", "", "a.htm", Format.HTML),
        (lambda: b"  <!DOCTYPE html>", "text/plain", "a", Format.HTML),
        (lambda: b"text", "text/html", "https://hsc.gov.ua/a?b=c.jsonl", Format.HTML),
    ],
)
def test_the_format_is_told_by_the_bytes_then_the_type_then_the_name(
    content: Callable[[], bytes], media_type: str, name: str, format_: Format
) -> None:
    assert format_of(Fetched(name, content(), media_type)) is format_


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0", "before 2007: save it as .docx"),
        (b"PK\x03\x04", "damaged office file"),
        (docx(paragraph("x")).replace(b"word/document.xml", b"xlsx/document.xml"), "no text of"),
        (b"\x89PNG", "neither HTML, PDF, DOCX nor JSONL"),
        (b"", "neither"),
    ],
    ids=["old Word", "broken", "workbook", "picture", "empty"],
)
def test_what_cannot_be_imported_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        format_of(Fetched("a", content))


def test_a_pdf_whose_pages_go_round_in_a_circle_is_a_failure_of_its_own(tmp_path: Path) -> None:
    circle = pdf(["Текст"]).replace(b"/Kids[6 0 R]", b"/Kids[2 0 R]")
    with pytest.raises(SourceError):
        read_apart(Fetched("a.pdf", circle), 100_000)
