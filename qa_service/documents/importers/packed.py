"""Packed bytes, unpacked within a limit, so that no small file becomes a huge one. Pure."""

import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from qa_service.errors import SourceError

GZIP = b"\x1f\x8b"
_AUTOMATIC = zlib.MAX_WBITS | 32  # gzip or zlib, as the head says
STEP_BYTES = 65_536
_ENCODINGS = {"gzip", "x-gzip", "deflate"}
_MAX_ZIP_SHARE = 5
"""An office file may unpack to so many times the limit of a source: text packs well."""


def limited(chunks: Iterable[bytes], max_bytes: int, encoding: str = "") -> bytes:
    """All of `chunks`, unpacked from an HTTP content encoding. Reads no further than the limit.

    Raises SourceError for more than `max_bytes` and for bytes that are not what they are called.
    """
    if encoding in _ENCODINGS:
        chunks = unpacked(chunks)
    elif encoding not in ("", "identity"):
        raise SourceError(f"is packed as {encoding}, which was not asked for: save it as a file")
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(content)


def check_zip(content: bytes, max_bytes: int) -> None:
    """Look whether the sizes of an office file are sensible, before anything reads it whole.

    Raises SourceError for more than five times `max_bytes`, by what it declares or by what it
    holds, and for a damaged or encrypted file.
    """
    limit = max_bytes * _MAX_ZIP_SHARE
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > limit:
                raise _too_large(limit)
            real = 0
            for member in members:
                with archive.open(member) as file:
                    while chunk := file.read(STEP_BYTES):
                        real += len(chunk)
                        if real > limit:
                            raise _too_large(limit)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"is a damaged office file ({error}): save it again as .docx") from error


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """gzip or zlib in small steps, however much a chunk unpacks to. Raises SourceError."""
    decoder = zlib.decompressobj(_AUTOMATIC)
    try:
        for chunk in chunks:
            while chunk:
                yield decoder.decompress(chunk, STEP_BYTES)
                chunk = decoder.unconsumed_tail
    except zlib.error as error:
        raise SourceError(
            f"is packed wrongly ({error}): try later, or save it as a file"
        ) from error
    if not decoder.eof:
        raise SourceError("ends too early: try later, or save it as a file")


def _too_large(max_bytes: int) -> SourceError:
    return SourceError(
        f"is larger than {max_bytes / 1e6:g} MB: give a smaller file, or raise --max-mb"
    )
