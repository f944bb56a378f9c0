"""The folder of drafts: their files, the text that each was made from, and `imports.jsonl`.

The ledger has a line a source, the newest import of it. Every file is replaced as a whole, so that
a kill at any moment leaves the old one or the new one; the ledger comes last.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from qa_service.documents.importers.addresses import is_web, page_key
from qa_service.documents.importers.draft import (
    Origin,
    draft_text,
    extracted_text,
    passages_of,
    slug_of,
)
from qa_service.documents.importers.passages import Reading
from qa_service.documents.jsonl import load_json_lines
from qa_service.errors import SettingsError, SourceError
from qa_service.files import replace_file

LEDGER_FILE, TEXTS_FOLDER = "imports.jsonl", "extracted"
_NAME_HASH_CHARS = 8


class Import(BaseModel):
    """A line of the ledger. `url`: the address after redirects; `fetched` in UTC, ISO 8601;
    `sha256` of the source's bytes; `draft`: the file's name; `passages`: the SHA-256 of the text
    extracted for each, by id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: str
    url: str
    fetched: str
    sha256: str
    draft: str
    passages: dict[str, str]


class Drafts:
    """The folder that drafts are written to."""

    def __init__(self, folder: Path) -> None:
        """Raises CorpusError for a ledger that cannot be read."""
        self.folder = folder
        self._ledger = folder / LEDGER_FILE
        self._imports = {entry.source: entry for entry in _read(self._ledger)}

    @property
    def imports(self) -> tuple[Import, ...]:
        return tuple(self._imports.values())

    def find(self, source: str) -> Import | None:
        """The import of a source, also where its address is spelt otherwise."""
        if source in self._imports or not is_web(source):
            return self._imports.get(source)
        key = page_key(source)
        spelt = (one for one in self.imports if key in (page_key(one.source), page_key(one.url)))
        return next(spelt, None)

    def text_of(self, entry: Import) -> str | None:
        """The text that was extracted at the import; None where the file is lost."""
        try:
            return self._text_file(entry.draft).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, reading: Reading, origin: Origin, force: bool) -> Import:
        """Write the draft of a source. Raises SourceError where its file exists, unless `force`,
        and SettingsError where the folder cannot be written.
        """
        passages = passages_of(reading)
        slug = self._free_slug(slug_of(reading.title, origin), origin.source)
        draft = self.folder / f"{slug}.md"
        if draft.exists() and not force:
            raise SourceError(f"{draft} exists: add --force to replace it")
        entry = Import(
            source=origin.source,
            url=origin.url,
            fetched=origin.fetched.strftime("%Y-%m-%dT%H:%M:%SZ"),
            sha256=origin.sha256,
            draft=draft.name,
            passages={passage.id: passage.sha256 for passage in passages},
        )
        kept = self._imports | {origin.source: entry}
        try:
            (self.folder / TEXTS_FOLDER).mkdir(parents=True, exist_ok=True)
            replace_file(self._text_file(draft.name), extracted_text(passages))
            replace_file(draft, draft_text(slug, reading.title, passages, origin))
            lines = (one.model_dump_json() + "\n" for one in kept.values())
            replace_file(self._ledger, "".join(lines))
        except OSError as error:
            raise SettingsError(
                f"cannot write to {self.folder} ({error.strerror}): name another folder with --out"
            ) from error
        self._imports = kept
        return entry

    def _free_slug(self, slug: str, source: str) -> str:
        """The name that the source's draft has, else one that no other source's draft has."""
        if known := self._imports.get(source):
            return known.draft.removesuffix(".md")
        if any(entry.draft == f"{slug}.md" for entry in self._imports.values()):
            digest = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()
            return f"{slug}-{digest[:_NAME_HASH_CHARS]}"
        return slug

    def _text_file(self, draft: str) -> Path:
        return self.folder / TEXTS_FOLDER / f"{Path(draft).stem}.txt"


def _read(path: Path) -> list[Import]:
    return load_json_lines(path, Import) if path.exists() else []
