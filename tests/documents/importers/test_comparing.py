"""What became of a source since it was imported, and which passages stand on it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.corpus import write_corpus
from support.sources import Web, page, served_pages

from qa_service.documents import Corpus, load_corpus
from qa_service.documents.importers import Limits
from qa_service.documents.importers.addresses import Access, page_key
from qa_service.documents.importers.comparing import (
    Comparer,
    Comparison,
    State,
    as_text,
    standing_on,
)
from qa_service.documents.importers.fetch import Fetcher
from qa_service.documents.importers.importing import Importer
from qa_service.documents.importers.ledger import TEXTS_FOLDER, Drafts
from qa_service.errors import SourceError

FEE = "<h2>Скільки коштує</h2><p>Обмін коштує {} грн. Комісія окремо."
TERM = "<h2>Строк</h2><p>Десять днів."


@dataclass
class World:
    web: Web
    out: Path
    fetcher: Fetcher
    passages: tuple[str, ...] = ()

    def put(self, fee: int, more: str = TERM) -> str:
        return self.web.put("/obmin", page(FEE.format(fee) + more))

    def add(self, source: str, force: bool = False) -> str:
        return Importer(self.fetcher, Drafts(self.out), force).add(source).draft

    def compare(self, source: str) -> Comparison:
        standing = {page_key(f"{self.web.url}/obmin"): self.passages}
        return Comparer(self.fetcher, Drafts(self.out), standing).compare(source)


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with served_pages() as web:
        yield web


@pytest.fixture
def world(server: Web, tmp_path: Path) -> World:
    server.pages.clear()
    server.asked.clear()
    access = Access(("127.0.0.1",), private=True)
    fetcher = Fetcher("tester", access, Limits(100_000, 30, delay_s=0))
    return World(server, tmp_path / "drafts", fetcher, ("licence.fee", "licence.term"))


def test_a_source_is_imported_once_unless_by_force(world: World) -> None:
    source = world.put(572)
    assert world.add(source) == "obmin-posvidchennia-vodiia.md"
    asked = len(world.web.asked)
    for spelt in (source, f"{source}/"):
        with pytest.raises(SourceError, match=r"was imported into .* already: .*--check.*--force"):
            world.add(spelt)
    assert len(world.web.asked) == asked
    world.add(source, force=True)
    assert len(Drafts(world.out).imports) == 1


def test_a_page_without_text_says_how_to_import_it(world: World) -> None:
    with pytest.raises(SourceError, match="holds no text: if a browser shows some, save"):
        world.add(world.web.put("/empty", "<html><script>draw()</script>"))
    assert not world.out.exists()


def test_the_same_text_is_unchanged_though_the_bytes_are_others(world: World) -> None:
    source = world.put(572)
    world.add(source)
    world.put(572, f"{TERM}<script>token = 'x'</script>")
    comparison = world.compare(source)
    assert comparison.state is State.UNCHANGED and not comparison.needs_work
    assert as_text(comparison) == f"unchanged: {source}"


def test_another_text_is_told_line_by_line_with_the_passages_that_stand_on_it(
    world: World,
) -> None:
    source = world.put(572)
    world.add(source)
    world.put(600)
    comparison = world.compare(source)
    assert comparison.state is State.CHANGED and comparison.needs_work
    assert comparison.passages == ("licence.fee", "licence.term")
    lines = comparison.diff.splitlines()
    assert lines[0].startswith(f"--- {source} (20") and lines[1] == f"+++ {source} (now)"
    changed = [line for line in lines[2:] if line[0] in "+-"]
    assert changed == ["-Обмін коштує 572 грн.", "+Обмін коштує 600 грн."]
    assert "## Скільки коштує" in comparison.diff
    assert as_text(comparison).splitlines()[1] == "  passages: licence.fee, licence.term"


def test_a_passage_that_is_new_or_lost_is_a_change(world: World) -> None:
    source = world.put(572)
    world.add(source)
    world.put(572, "")
    assert "-## Строк" in world.compare(source).diff
    world.put(572, f"{TERM}<h2>Результат</h2><p>Посвідчення.")
    assert "+## Результат" in world.compare(source).diff


def test_a_change_whose_old_text_is_lost_is_still_a_change(world: World) -> None:
    source = world.put(572)
    draft = world.add(source)
    (world.out / TEXTS_FOLDER / Path(draft).with_suffix(".txt")).unlink()
    world.put(600)
    comparison = world.compare(source)
    assert comparison.state is State.CHANGED and comparison.diff == ""
    assert "import it again with --force" in comparison.detail


def test_a_page_or_file_that_is_not_there_any_more_is_gone(world: World, tmp_path: Path) -> None:
    source, file = world.put(572), tmp_path / "a.html"
    file.write_text(page(TERM), "utf-8")
    world.add(source)
    world.add(str(file))
    world.web.pages.clear()
    file.unlink()
    for name in (source, str(file)):
        comparison = world.compare(name)
        assert comparison.state is State.GONE and comparison.needs_work
    assert world.compare(source).passages == ("licence.fee", "licence.term")


def test_a_page_that_cannot_be_read_now_is_unreachable(world: World) -> None:
    source = world.put(572)
    world.add(source)
    world.web.put("/obmin", "", 503)
    comparison = world.compare(source)
    assert comparison.state is State.UNREACHABLE and "503" in as_text(comparison)
    assert comparison.needs_work


def test_a_source_that_was_never_imported_says_so_with_its_passages(world: World) -> None:
    comparison = world.compare(world.put(572))
    assert comparison.state is State.NEVER_IMPORTED and not comparison.needs_work
    assert comparison.detail.startswith("stands in the corpus, but was never imported")
    assert comparison.passages == ("licence.fee", "licence.term")
    unknown = world.compare(world.web.put("/other", page(TERM)))
    assert unknown.detail.startswith("is not in the corpus, and was never imported")


def test_passages_stand_on_the_sources_of_the_corpus_in_every_spelling(tmp_path: Path) -> None:
    standing = standing_on(load_corpus(write_corpus(tmp_path)))
    found = standing[page_key("http://www.hsc.gov.ua/price/amp/")]
    assert "licence-exchange.fee" in found and len(found) == len(set(found))


def test_documents_of_another_corpus_stand_on_their_own_address(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    line = {"_id": "d", "text": "Текст.", "url": "https://hsc.gov.ua/a"}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    assert standing_on(load_corpus(path)) == {"hsc.gov.ua/a": ("d",)}
    assert standing_on(Corpus((), (), "")) == {}
