"""Sources as they were imported, compared with what they say now, and the passages of the corpus
that stand on them.
"""

import difflib
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from qa_service.documents import Corpus
from qa_service.documents.importers.addresses import is_web, page_key
from qa_service.documents.importers.draft import extracted_text, passages_of
from qa_service.documents.importers.fetch import Fetcher
from qa_service.documents.importers.importing import read_source
from qa_service.documents.importers.ledger import Drafts, Import
from qa_service.errors import GoneError, SourceError

Standing = dict[str, tuple[str, ...]]
"""Page key of a source -> ids of the passages that stand on it, in the corpus' order."""


class State(StrEnum):
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    NEVER_IMPORTED = "never-imported"
    """It can be read, and there is nothing to compare it with."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a source. `detail`: one line for people; `diff`: of the extracted text, as
    `diff -u` writes it; `passages`: ids in the corpus.
    """

    source: str
    state: State
    detail: str = ""
    diff: str = ""
    passages: tuple[str, ...] = ()

    @property
    def needs_work(self) -> bool:
        """Whether an editor should look, now or when the source can be reached again."""
        return self.state not in (State.UNCHANGED, State.NEVER_IMPORTED)


@dataclass(frozen=True, slots=True)
class Comparer:
    """Reads sources again, one at a time."""

    fetcher: Fetcher
    drafts: Drafts
    standing: Standing

    def compare(self, source: str) -> Comparison:
        """What became of a source; failures are states, not errors."""
        entry = self.drafts.find(source)
        passages = self._passages(source, entry)
        try:
            _, reading = read_source(entry.source if entry else source, self.fetcher)
        except GoneError as error:
            return Comparison(source, State.GONE, str(error), passages=passages)
        except SourceError as error:
            return Comparison(source, State.UNREACHABLE, str(error), passages=passages)
        if entry is None:
            known = "stands in the corpus, but" if passages else "is not in the corpus, and"
            detail = f"{known} was never imported: there is nothing to compare it with"
            return Comparison(source, State.NEVER_IMPORTED, detail, passages=passages)
        now = passages_of(reading)
        if [one.sha256 for one in now] == list(entry.passages.values()):
            return Comparison(source, State.UNCHANGED, passages=passages)
        diff = self._diff(entry, extracted_text(now))
        detail = "" if diff else "its old text is lost: import it again with --force"
        return Comparison(source, State.CHANGED, detail, diff, passages)

    def _passages(self, source: str, entry: Import | None) -> tuple[str, ...]:
        names = [source, *((entry.source, entry.url) if entry else ())]
        keys = dict.fromkeys(page_key(name) for name in names if is_web(name))
        found = [passage for key in keys for passage in self.standing.get(key, ())]
        return tuple(dict.fromkeys(found))

    def _diff(self, entry: Import, text: str) -> str:
        before = self.drafts.text_of(entry)
        if before is None:
            return ""
        lines = difflib.unified_diff(
            before.splitlines(),
            text.splitlines(),
            f"{entry.source} ({entry.fetched})",
            f"{entry.source} (now)",
            lineterm="",
        )
        return "\n".join(lines)


def standing_on(corpus: Corpus) -> Standing:
    """Which passages stand on which source."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for passage in corpus.passages:
        own = [passage.url] if passage.url and is_web(passage.url) else []
        for url in [*(source.url for source in passage.sources), *own]:
            if url:
                found[page_key(url)].append(passage.id)
    return {key: tuple(dict.fromkeys(ids)) for key, ids in found.items()}


def as_text(comparison: Comparison) -> str:
    """What people read of a comparison."""
    head = f"{comparison.state}: {comparison.source}"
    lines = [f"{head}: {comparison.detail}" if comparison.detail else head]
    if comparison.passages and comparison.state is not State.UNCHANGED:
        lines.append(f"  passages: {', '.join(comparison.passages)}")
    return "\n".join([*lines, *([comparison.diff] if comparison.diff else [])])
