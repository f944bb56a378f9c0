"""Reads a source in a process of its own, which is ended when its time is over.

Parsers of hostile files loop, take all memory or crash; here that costs one source, not the import.
"""

import logging
import resource
import signal
import warnings
from collections.abc import Callable
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from zipfile import BadZipFile, ZipFile

from qa_service.documents.importers import Format, reader_of
from qa_service.documents.importers.fetched import Fetched
from qa_service.documents.importers.packed import check_zip
from qa_service.documents.importers.passages import Reading, cut
from qa_service.errors import SourceError

MEMORY_BYTES = 4 << 30
"""Address space of the process: libraries alone take one or two GiB of it on a large machine."""

_HEAD_BYTES = 1_024
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DOCX_TEXT = "word/document.xml"
_JSON_TYPES = {"application/jsonl", "application/x-ndjson", "application/jsonlines"}
_HTML_TYPES = {"text/html", "application/xhtml+xml"}

Work = Callable[[Format, bytes, str | None], Reading]
Outcome = Reading | str
"""What was read, or why nothing was."""


def read_apart(fetched: Fetched, max_bytes: int) -> Reading:
    """Read a source within what is left of its time. Raises SourceError."""
    format_ = format_of(fetched)
    if format_ is Format.DOCX:
        check_zip(fetched.content, max_bytes)
    return run_apart(_read, format_, fetched)


def run_apart(work: Work, format_: Format, fetched: Fetched) -> Reading:
    """`work` in another process. Raises SourceError where it fails, crashes or takes too long."""
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    arguments = (work, format_, fetched.content, fetched.charset, sending)
    child = context.Process(target=_answer, args=arguments, daemon=True)
    child.start()
    sending.close()
    try:
        if not receiving.poll(fetched.deadline.left()):
            raise fetched.deadline.passed()
        outcome: Outcome = receiving.recv()
    except EOFError as error:
        raise SourceError("cannot be read: it is too complex or damaged; save it anew") from error
    finally:
        child.kill()
        child.join()
        receiving.close()
    if isinstance(outcome, str):
        raise SourceError(outcome)
    return outcome


def format_of(fetched: Fetched) -> Format:
    """By the first bytes, then by what the server says, then by the name. Raises SourceError."""
    content, head = fetched.content, fetched.content[:_HEAD_BYTES]
    name = fetched.url.partition("?")[0].lower()
    if b"%PDF-" in head:
        return Format.PDF
    if content.startswith(_ZIP):
        return _docx(content)
    if content.startswith(_OLD_OFFICE):
        raise SourceError("is in the format of Word before 2007: save it as .docx")
    if fetched.media_type in _JSON_TYPES or name.endswith(".jsonl"):
        return Format.JSONL
    is_page = fetched.media_type in _HTML_TYPES or name.endswith((".html", ".htm", ".xhtml"))
    if is_page or b"<html" in head.lower() or b"<!doctype html" in head.lower():
        return Format.HTML
    raise SourceError("is neither HTML, PDF, DOCX nor JSONL: save it as one of them")


def _docx(content: bytes) -> Format:
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise SourceError(f"is a damaged office file ({error}): save it again as .docx") from error
    if _DOCX_TEXT in names:
        return Format.DOCX
    raise SourceError("is an archive or office file, but no text of Word: save it as .docx")


def _answer(
    work: Work,
    format_: Format,
    content: bytes,
    charset: str | None,
    sending: Connection,
) -> None:
    """What the other process does. Ctrl-C is the parent's to handle: it ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    logging.disable()
    warnings.simplefilter("ignore")
    try:
        outcome: Outcome = work(format_, content, charset)
    except SourceError as error:
        outcome = str(error)
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(":")
        outcome = f"cannot be read as {format_} ({reason}): save it anew"
    sending.send(outcome)


def _read(format_: Format, content: bytes, charset: str | None) -> Reading:
    return cut(reader_of(format_)(content, charset))
