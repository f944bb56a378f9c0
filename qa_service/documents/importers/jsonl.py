"""JSON lines as of a corpus that is not ours -> Extract, a heading and its text a document."""

from pydantic import ValidationError

from qa_service.documents.importers import Block, Extract, Heading
from qa_service.documents.importers.lines import clean, listed
from qa_service.documents.jsonl import DocumentLine
from qa_service.errors import SourceError


def read(content: bytes, charset: str | None) -> Extract:
    """Every document, with the topic and the address that its line gives. Always UTF-8.

    Raises SourceError for a line that is no document.
    """
    blocks: list[Block] = []
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if not raw.strip():
            continue
        try:
            line = DocumentLine.model_validate_json(raw)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            place = ".".join(map(str, detail["loc"])) or "the line"
            raise SourceError(f"line {number}: {place}: {detail['msg']}: mend it") from error
        title = clean(line.title or line.id)
        blocks.append(Heading(title, level=2, topic=line.topic, url=line.url))
        blocks += listed(line.text.splitlines())
    return Extract("", tuple(blocks))
