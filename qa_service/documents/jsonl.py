"""One JSONL file in the BEIR shape -> Corpus: a document a line, long ones cut into chunks.

Collects bad lines with their numbers, and reads no further than `MOST_PROBLEMS` of them. Keys that
are not ours, such as BEIR's `metadata`, are left alone.
"""

import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from qa_service.documents import Corpus
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.files import checksum
from qa_service.text.sentences import chunks
from qa_service.types import Passage, Topic

MOST_PROBLEMS = 100
"""A file with more is of another kind, and may have a million lines."""

_FINGERPRINT_CHARS = 16

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
OptionalText = Annotated[str, StringConstraints(strip_whitespace=True)] | None

_HTTP_URL = re.compile(r"https?://\S+", re.IGNORECASE)

Line = TypeVar("Line", bound=BaseModel)


class DocumentLine(BaseModel):
    """A line of the corpus. A `url` that is not http(s) is dropped: it would become a link."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Text = Field(alias="_id")
    text: Text
    title: OptionalText = None
    service: OptionalText = None
    topic: Topic | None = None
    url: str | None = None

    @field_validator("url", mode="before")
    @classmethod
    def _http_or_none(cls, url: Any) -> Any:
        return url if isinstance(url, str) and _HTTP_URL.fullmatch(url) else None


def load_jsonl(path: Path) -> Corpus:
    """The corpus in `path`. Raises CorpusError for bad lines or a missing or empty file."""
    problems: list[CorpusProblem] = []
    documents: dict[str, int] = {}
    passages: dict[str, Passage] = {}
    for number, line in read_json_lines(path, DocumentLine, problems):
        first = documents.setdefault(line.id, number)
        if first != number:
            problems.append(
                CorpusProblem(path, number, f"_id {line.id!r} was used already in line {first}")
            )
            continue
        for passage in _passages(line):
            if taken := passages.get(passage.id):
                clash = (
                    f"its passage would be {passage.id!r}, as one of document {taken.document!r}: "
                    "change the _id"
                )
                problems.append(CorpusProblem(path, number, clash))
            passages[passage.id] = passage
    if problems:
        raise CorpusError(problems)
    return Corpus(tuple(passages.values()), (), checksum(path)[:_FINGERPRINT_CHARS])


def load_json_lines(path: Path, model: type[Line]) -> list[Line]:
    """Every line of a file. Raises CorpusError with all that do not fit `model`."""
    problems: list[CorpusProblem] = []
    found = [line for _, line in read_json_lines(path, model, problems)]
    if problems:
        raise CorpusError(problems)
    return found


def read_json_lines(
    path: Path, model: type[Line], problems: list[CorpusProblem]
) -> Iterator[tuple[int, Line]]:
    """Each line that fits `model`, with its number from 1; the others go to `problems`."""
    for number, text in read_lines(path, problems):
        try:
            yield number, model.model_validate_json(text)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                place = ".".join(str(part) for part in detail["loc"])
                message = (
                    detail["msg"]
                    .removeprefix("Value error, ")
                    .replace(" at line 1 column", " at column")
                )
                problems.append(
                    CorpusProblem(path, number, f"{place}: {message}" if place else message)
                )


def read_lines(path: Path, problems: list[CorpusProblem]) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number from 1; what is wrong goes to `problems`. Ends
    where the caller has put too many of its own there.

    Raises CorpusError where the file cannot be opened.
    """
    empty, most = True, len(problems) + MOST_PROBLEMS
    with _open(path) as file:
        for number, raw in enumerate(file, 1):
            if len(problems) >= most:
                return
            if not raw.strip():
                continue
            empty = False
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                problems.append(
                    CorpusProblem(
                        path, number, f"is not UTF-8 (byte {error.start}): save the file as UTF-8"
                    )
                )
            else:
                yield number, text.rstrip("\r\n")  # else a line cut off has an error in its second
    if empty:
        problems.append(
            CorpusProblem(
                path, 1, "the file is empty: write one entry a line, or give another file"
            )
        )


def _open(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise CorpusError(
            [CorpusProblem(path, 1, f"cannot be read ({error.strerror}): give the path of a file")]
        ) from error


def _passages(line: DocumentLine) -> Iterator[Passage]:
    parts = chunks(line.text)
    for number, text in enumerate(parts, 1):
        yield Passage(
            id=line.id if len(parts) == 1 else f"{line.id}#{number}",
            document=line.id,
            service=line.service or "",
            service_title=line.title or "",
            topic=line.topic or Topic.NOTE,
            title=line.title or "",
            text=text,
            url=line.url,
        )
