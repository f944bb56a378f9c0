"""`qa-service import`: pages and documents of others -> drafts for editors, and what became of them
since.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.options import CorpusOption, JsonOption, progress_bar
from qa_service.errors import SourceError
from qa_service.settings import Settings, load_settings

if TYPE_CHECKING:
    from qa_service.documents.importers import Limits
    from qa_service.documents.importers.fetch import Fetcher
    from qa_service.documents.importers.importing import Importer

FAILURE = 1


def import_sources(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Addresses or files: HTML, PDF, DOCX, JSONL"),
    ] = None,
    site: Annotated[
        bool, typer.Option("--site", help="Import the pages that the site of a SOURCE lists")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare what was imported with what it says now")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of the drafts and their ledger")] = Path(
        "drafts"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace drafts that exist")] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST", help="Another host to ask, with its subdomains, beside gov.ua"
        ),
    ] = None,
    allow_private: Annotated[bool, typer.Option("--allow-private", hidden=True)] = False,
    max_mb: Annotated[float, typer.Option(min=0.001, max=500, help="Size of a source")] = 20,
    seconds: Annotated[float, typer.Option(min=0.05, max=600, help="Time for a source")] = 60,
    pages: Annotated[int, typer.Option(min=1, max=5_000, help="Pages of a site")] = 200,
    delay: Annotated[
        float, typer.Option(min=0, max=60, help="Seconds between two requests to a host")
    ] = 1,
    corpus: CorpusOption = None,
    as_json: JsonOption = False,
) -> None:
    """Turn pages and documents into drafts of service files; with --check, say what changed."""
    from qa_service.documents.importers import Limits, require_libraries

    if not sources and not check:
        raise typer.BadParameter("name a SOURCE, or --check to compare what was imported")
    if check and (site or force):
        raise typer.BadParameter("--check goes with neither --site nor --force")
    require_libraries()
    settings = load_settings(corpus=corpus)
    limits = Limits(int(max_mb * 1e6), seconds, pages, delay)
    fetcher = _fetcher(settings, limits, allow or [], allow_private)
    if check:
        _check(sources or [], fetcher, out, settings.corpus, as_json)
    else:
        _import(sources or [], fetcher, out, site, force, as_json)


def _fetcher(
    settings: Settings, limits: "Limits", allow: Sequence[str], private: bool
) -> "Fetcher":
    from qa_service.documents.importers.addresses import Access, allowed_hosts
    from qa_service.documents.importers.fetch import Fetcher
    from qa_service.documents.importers.site import ROBOTS_NAME

    agent = f"{ROBOTS_NAME}/{version('qa_service')} (+{settings.contact_site})"
    return Fetcher(agent, Access(allowed_hosts(allow), private), limits)


def _import(
    sources: Sequence[str], fetcher: "Fetcher", out: Path, site: bool, force: bool, as_json: bool
) -> None:
    from qa_service.documents.importers.importing import Importer
    from qa_service.documents.importers.ledger import Drafts

    importer = Importer(fetcher, Drafts(out), force)
    report = _Report(as_json)
    for source in sources:
        if site:
            _import_site(source, importer, report)
        else:
            report.add(source, importer)
    report.end()


def _import_site(start: str, importer: "Importer", report: "_Report") -> None:
    """Every page that is not imported yet, so that a stopped import goes on where it was."""
    from qa_service.documents.importers.site import site_pages

    with progress_bar() as progress:
        try:
            pages = site_pages(start, importer.fetcher)
        except SourceError as error:
            report.fail(start, error)
            return
        known = 0
        for number, address in enumerate(pages.addresses, 1):
            if importer.drafts.find(address) and not importer.force:
                known += 1
            else:
                report.add(address, importer)
            progress("pages", number, len(pages.addresses))
    notes = (
        (known, "imported before: --force replaces their drafts"),
        (pages.forbidden, "not imported: robots.txt forbids them"),
        (pages.left_out, "not imported: raise --pages, or name a part of the site"),
    )
    for count, note in notes:
        if count:
            print(f"{start}: {count} pages {note}", file=sys.stderr)


class _Report:
    """What became of each source: said at once, or at the end as one JSON list."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._entries: list[dict[str, object]] = []
        self._failed = False

    def add(self, source: str, importer: "Importer") -> None:
        """Import a source. A failure is one line, and the others go on."""
        try:
            entry = importer.add(source)
        except SourceError as error:
            self.fail(source, error)
            return
        draft = str(importer.drafts.folder / entry.draft)
        self._entries.append(entry.model_dump() | {"source": source, "draft": draft})
        if not self._as_json:
            print(f"{draft}: {len(entry.passages)} passages of {source}", flush=True)

    def fail(self, source: str, error: SourceError) -> None:
        self._failed = True
        self._entries.append({"source": source, "error": str(error)})
        print(f"qa-service: {source}: {error}", file=sys.stderr)

    def end(self) -> None:
        if self._as_json:
            print(json.dumps(self._entries, ensure_ascii=False, indent=2))
        if self._failed:
            raise typer.Exit(FAILURE)


def _check(
    named: Sequence[str], fetcher: "Fetcher", out: Path, corpus: Path, as_json: bool
) -> None:
    from qa_service.documents.importers.comparing import Comparer, as_text, standing_on
    from qa_service.documents.importers.ledger import Drafts
    from qa_service.documents.services import inspect_corpus

    drafts = Drafts(out)
    sources = list(dict.fromkeys(named)) or [entry.source for entry in drafts.imports]
    if not sources:
        raise SourceError(f"nothing was imported into {out}: name a SOURCE, or the folder by --out")
    comparer = Comparer(fetcher, drafts, standing_on(inspect_corpus(corpus)[0]))
    entries, needs_work = [], False
    with progress_bar() as progress:
        for number, source in enumerate(sources, 1):
            comparison = comparer.compare(source)
            needs_work |= comparison.needs_work
            entries.append(asdict(comparison))
            if not as_json:
                print(as_text(comparison), flush=True)
            progress("sources", number, len(sources))
    if as_json:
        print(json.dumps(entries, ensure_ascii=False, indent=2))
    if needs_work:
        raise typer.Exit(FAILURE)
