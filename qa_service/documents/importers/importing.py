"""A source -> its draft, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from qa_service.documents.importers.apart import read_apart
from qa_service.documents.importers.draft import Origin
from qa_service.documents.importers.fetch import Fetcher
from qa_service.documents.importers.fetched import Fetched
from qa_service.documents.importers.ledger import Drafts, Import
from qa_service.documents.importers.passages import Reading
from qa_service.errors import SourceError


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Importer:
    """Fetches, reads and writes one source at a time."""

    fetcher: Fetcher
    drafts: Drafts
    force: bool = False
    clock: Callable[[], datetime] = now

    def add(self, source: str) -> Import:
        """Write the draft of a source. Raises SourceError, SettingsError."""
        known = self.drafts.find(source)
        if known and not self.force:
            raise SourceError(
                f"was imported into {self.drafts.folder / known.draft} already: compare it with "
                "--check, or replace the draft with --force"
            )
        fetched, reading = read_source(source, self.fetcher)
        name = known.source if known else source
        origin = Origin(name, fetched.url, self.clock(), fetched.sha256)
        return self.drafts.write(reading, origin, self.force)


def read_source(source: str, fetcher: Fetcher) -> tuple[Fetched, Reading]:
    """The bytes of a source and what they say. Raises SourceError, also where that is nothing."""
    fetched = fetcher.fetch(source)
    reading = read_apart(fetched, fetcher.limits.max_bytes)
    if not reading.cuts:
        raise SourceError(
            "holds no text: if a browser shows some, save the page from there and import the file"
        )
    return fetched, reading
