"""Drafts as files: right service files, never overwritten unasked, never half written."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_service.documents.importers import Extract, Heading, Text
from qa_service.documents.importers.draft import CONFLICT, Origin, slug_of
from qa_service.documents.importers.ledger import LEDGER_FILE, Drafts
from qa_service.documents.importers.passages import Reading, cut
from qa_service.documents.services import inspect_services
from qa_service.errors import CorpusError, SettingsError, SourceError
from qa_service.files import replace_file
from qa_service.types import Group, Service, Status, Topic

URL = "https://hsc.gov.ua/obmin"
ORIGIN = Origin(URL, f"{URL}/?a=1", datetime(2026, 11, 26, 8, 5, tzinfo=UTC), "ab" * 32)
READING = cut(
    Extract(
        "Обмін посвідчення водія",
        (
            Text("Вступ."),
            Heading("Скільки коштує?", 2),
            Text("572 грн."),
            Heading("Ціна {#x} --- \"і\" 'ще': ціни", 2),
            Text("--- \\ {} : # ''' \"\"\""),
            Heading("Строк", 2, Topic.TERM, "https://hsc.gov.ua/strok"),
            Text("10 днів."),
        ),
    )
)


def _write(folder: Path, reading: Reading = READING, origin: Origin = ORIGIN) -> Path:
    return folder / Drafts(folder).write(reading, origin, force=False).draft


def _service(draft: Path, corpus: Path) -> Service:
    """The draft, read as a file of a corpus."""
    (corpus / "services").mkdir(parents=True)
    (corpus / "services" / draft.name).write_bytes(draft.read_bytes())
    found, problems = inspect_services(corpus)
    assert [str(problem) for problem in problems] == []
    return found.services[0]


def test_a_draft_is_a_service_file_whose_passages_all_need_a_review(tmp_path: Path) -> None:
    service = _service(_write(tmp_path), tmp_path / "corpus")
    assert (service.slug, service.title) == (
        "obmin-posvidchennia-vodiia",
        "Обмін посвідчення водія",
    )
    assert service.group is Group.DRIVING_LICENCE and service.reviewed == "2026-11-26"
    told = [(one.anchor, one.topic, one.as_of) for one in service.passages]
    assert told == [
        ("note", Topic.NOTE, "2026-11-26"),
        ("fee", Topic.FEE, "2026-11-26"),
        ("fee-2", Topic.FEE, "2026-11-26"),
        ("term", Topic.TERM, "2026-11-26"),
    ]
    for passage in service.passages:
        assert (passage.status, passage.conflict) == (Status.NEEDS_REVIEW, CONFLICT)
    assert service.passages[1].text == "572 грн."
    assert [source.url for source in service.passages[3].sources] == [
        f"{URL}/?a=1",
        "https://hsc.gov.ua/strok",
    ]


def test_the_head_of_a_draft_says_what_it_is_and_where_it_is_from(tmp_path: Path) -> None:
    head = _write(tmp_path).read_text("utf-8").split("slug:")[0]
    for said in (CONFLICT, f"{URL}/?a=1", "2026-11-26T08:05:00Z", "ab" * 32):
        assert said in head


def test_a_file_of_this_machine_is_a_source_without_an_address(tmp_path: Path) -> None:
    origin = replace(ORIGIN, source="картка.pdf", url="картка.pdf")
    service = _service(_write(tmp_path, origin=origin), tmp_path / "corpus")
    assert [(one.title, one.url) for one in service.passages[0].sources] == [("картка.pdf", None)]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Обмін посвідчення водія", "obmin-posvidchennia-vodiia"),
        ("Щодо об'єкта: Їжак & Ґава №7 (new)", "shchodo-obiekta-izhak-gava-7-new"),
        ("слово " * 30, "-".join(["slovo"] * 10)),
        ("?!", "draft-abababab"),
    ],
)
def test_a_draft_is_named_after_its_title(title: str, slug: str) -> None:
    assert slug_of(title, ORIGIN) == slug


def test_the_ledger_has_a_line_a_source_with_a_checksum_a_passage(tmp_path: Path) -> None:
    _write(tmp_path)
    (line,) = (tmp_path / LEDGER_FILE).read_text("utf-8").splitlines()
    entry = json.loads(line)
    assert {key: entry[key] for key in ("source", "url", "fetched", "sha256", "draft")} == {
        "source": URL,
        "url": f"{URL}/?a=1",
        "fetched": "2026-11-26T08:05:00Z",
        "sha256": "ab" * 32,
        "draft": "obmin-posvidchennia-vodiia.md",
    }
    said = hashlib.sha256("Скільки коштує?\n572 грн.".encode()).hexdigest()
    assert list(entry["passages"]) == ["note", "fee", "fee-2", "term"]
    assert entry["passages"]["fee"] == said


def test_the_text_of_a_source_is_kept_to_be_compared(tmp_path: Path) -> None:
    _write(tmp_path)
    drafts = Drafts(tmp_path)
    kept = drafts.text_of(drafts.imports[0])
    assert kept and kept.startswith("## Обмін посвідчення водія\nВступ.\n\n## Скільки коштує?\n572")


def test_a_draft_is_replaced_only_by_force(tmp_path: Path) -> None:
    draft = _write(tmp_path)
    draft.write_text("правки редактора", "utf-8")
    with pytest.raises(SourceError, match="exists: add --force to replace it"):
        Drafts(tmp_path).write(READING, ORIGIN, force=False)
    assert draft.read_text("utf-8") == "правки редактора"
    Drafts(tmp_path).write(READING, ORIGIN, force=True)
    assert CONFLICT in draft.read_text("utf-8") and len(Drafts(tmp_path).imports) == 1


def test_another_source_of_the_same_title_gets_a_name_of_its_own(tmp_path: Path) -> None:
    first = _write(tmp_path)
    second = _write(tmp_path, origin=replace(ORIGIN, source="other.pdf", url="other.pdf"))
    assert first.name != second.name and second.name.startswith("obmin-posvidchennia-vodiia-")
    Drafts(tmp_path).write(READING, replace(ORIGIN, source="other.pdf"), force=True)
    assert len(list(tmp_path.glob("*.md"))) == 2


@pytest.mark.parametrize("writes", range(3))
def test_ctrl_c_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Stopped before the first, second or third file: those before are whole, no other is there."""
    left = iter(range(writes))

    def stopped(path: Path, text: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace_file(path, text)

    monkeypatch.setattr(f"{Drafts.__module__}.replace_file", stopped)
    drafts = Drafts(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        drafts.write(READING, ORIGIN, force=False)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == writes and drafts.imports == ()
    assert all(path.read_text("utf-8").endswith("\n") for path in written)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(SettingsError, match=r"cannot write to .*drafts .*--out"):
        Drafts(tmp_path / "file" / "drafts").write(READING, ORIGIN, force=False)


def test_a_damaged_ledger_is_named_with_its_line(tmp_path: Path) -> None:
    _write(tmp_path)
    path = tmp_path / LEDGER_FILE
    path.write_text(path.read_text("utf-8") + '{"source": 7}\n', "utf-8")
    with pytest.raises(CorpusError, match=r"imports\.jsonl:2: "):
        Drafts(tmp_path)


@pytest.mark.parametrize("spelt", [URL, f"http://www.hsc.gov.ua/obmin/#{1}", f"{URL}/?a=1"])
def test_a_source_is_found_under_every_spelling_of_its_address(tmp_path: Path, spelt: str) -> None:
    _write(tmp_path)
    found = Drafts(tmp_path).find(spelt)
    assert found and found.source == URL
    assert Drafts(tmp_path).find("https://hsc.gov.ua/inshe") is None
    assert Drafts(tmp_path).find("hsc.gov.ua/obmin") is None
