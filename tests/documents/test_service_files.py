"""A service file: what it becomes, and the line that is named for each way to break it."""

from pathlib import Path

import pytest

from qa_service.documents import load_corpus
from qa_service.documents.service_file import MAX_SENTENCES, MAX_TEXT_CHARS, ServiceFile
from qa_service.documents.services import inspect_services
from qa_service.documents.sources import Acts
from qa_service.errors import CorpusError
from qa_service.types import Evidence, Group, Service, Source, SourceKind, Status, Topic

FILE = """\
---
title: Обмін посвідчення водія
slug: licence
group: driving-licence
aliases:
  - поміняти права
audience: фізичні особи
channels: [service-centre]
reviewed: 2026-11-24
sources:
  - id: law
    title: Закон про дорожній рух
    url: https://zakon.rada.gov.ua/laws/show/3353-12
---

## Скільки коштує обмін {#fee topic=fee}

Обмін коштує 1044 грн. Комісію банку
платять окремо.

```yaml
as_of: 2025-11-01
sources: [law]
questions:
  - Скільки коштує поміняти права?
```

## Які документи потрібні {#documents topic=documents}

Потрібні паспорт і старе посвідчення.
<!-- Редакторові: звірити з наказом. -->

```yaml
as_of: 2025
sources: [law]
```
"""
"""Right as it stands. Line 3 is the slug, 10 the sources, 16 and 28 the headings, 22 and 34 the
metadata.
"""


def _findings(folder: Path, content: str | bytes, name: str = "licence.md") -> list[str]:
    """Each finding without the folder: `licence.md:3: message`."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = ServiceFile(path, Acts(), {})
    service = file.parse()
    assert (service is None) == bool(file.problems)
    return [str(problem).removeprefix(f"{folder}/") for problem in file.problems]


def _parsed(folder: Path, content: str = FILE) -> Service:
    path = folder / "licence.md"
    path.write_text(content, "utf-8")
    file = ServiceFile(path, Acts(), {})
    service = file.parse()
    assert service, [str(problem) for problem in file.problems]
    return service


def _edited(old: str, new: str, content: str = FILE) -> str:
    assert content.count(old) == 1, old
    return content.replace(old, new)


def test_a_file_becomes_a_service_with_a_passage_a_section(tmp_path: Path) -> None:
    service = _parsed(tmp_path)
    law = Source(
        "Закон про дорожній рух",
        "https://zakon.rada.gov.ua/laws/show/3353-12",
        SourceKind.LAW,
    )
    assert (service.slug, service.title, service.group) == (
        "licence",
        "Обмін посвідчення водія",
        Group.DRIVING_LICENCE,
    )
    assert (service.aliases, service.channels, service.sources) == (
        ("поміняти права",),
        ("service-centre",),
        (law,),
    )
    assert service.reviewed == "2026-11-24"
    fee, documents = service.passages
    assert (fee.id, fee.document, fee.service, fee.topic) == (
        "licence.fee",
        "licence.fee",
        "licence",
        Topic.FEE,
    )
    assert (fee.title, fee.service_title) == ("Скільки коштує обмін", "Обмін посвідчення водія")
    assert fee.questions == ("Скільки коштує поміняти права?",)
    assert (fee.status, fee.evidence, fee.conflict, fee.sources) == (
        Status.VERIFIED,
        Evidence.HIGH,
        None,
        (law,),
    )
    assert (fee.url, fee.anchor) == ("/services/licence#fee", "fee")
    assert documents.id == "licence.documents"


def test_a_passages_text_is_one_line_without_comments(tmp_path: Path) -> None:
    fee, documents = _parsed(tmp_path).passages
    assert fee.text == "Обмін коштує 1044 грн. Комісію банку платять окремо."
    assert documents.text == "Потрібні паспорт і старе посвідчення."


@pytest.mark.parametrize("as_of", ["2025", "2025-11", "2025-11-01"])
def test_a_date_stays_the_text_that_people_wrote(tmp_path: Path, as_of: str) -> None:
    fee, _ = _parsed(tmp_path, _edited("as_of: 2025-11-01", f"as_of: {as_of}")).passages
    assert fee.as_of == as_of


def test_a_registry_id_keeps_its_leading_zeros(tmp_path: Path) -> None:
    assert (
        _parsed(
            tmp_path, _edited("slug: licence\n", "slug: licence\nregistry_id: 00509\n")
        ).registry_id
        == "00509"
    )


def test_a_conflict_is_kept_with_its_status(tmp_path: Path) -> None:
    meta = "as_of: 2025\nstatus: needs-review\nconflict: Постанова каже 515 грн.\nevidence: low"
    _, documents = _parsed(tmp_path, _edited("as_of: 2025\n", meta + "\n")).passages
    assert (documents.status, documents.evidence) == (Status.NEEDS_REVIEW, Evidence.LOW)
    assert documents.conflict == "Постанова каже 515 грн."


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        pytest.param(
            "slug: licence",
            "slug: a: b",
            "licence.md:3: front matter: mend the YAML here: ",
            id="broken front matter",
        ),
        pytest.param(
            "reviewed: 2026-11-24\n",
            "",
            "licence.md:2: front matter: reviewed: Field required",
            id="missing key",
        ),
        pytest.param(
            "audience: ф",
            "audiense: ф",
            "licence.md:7: front matter: audiense: Extra inputs",
            id="unknown key",
        ),
        pytest.param(
            "group: driving-licence",
            "group: cars",
            "licence.md:4: front matter: group: ",
            id="unknown group",
        ),
        pytest.param(
            "reviewed: 2026-11-24",
            "reviewed: 2026-13-24",
            "licence.md:9: front matter: reviewed: ",
            id="no date",
        ),
        pytest.param(
            "- поміняти права", "- ' '", "licence.md:6: front matter: aliases.0: ", id="empty alias"
        ),
        pytest.param(
            "url: https:",
            "url: javascript:",
            "licence.md:13: front matter: sources.0.url: ",
            id="not an address",
        ),
        pytest.param(
            "slug: licence",
            "slug: other",
            "licence.md:3: slug 'other' must equal the file's name 'licence'",
            id="wrong slug",
        ),
        pytest.param(
            "{#documents topic=documents}",
            "{#fee topic=documents}",
            "licence.md:28: id 'fee' was used already in line 16",
            id="duplicate id",
        ),
        pytest.param(
            "2025\nsources: [law]",
            "2025",
            "licence.md:34: metadata: sources: Field required",
            id="no source",
        ),
        pytest.param(
            "2025\nsources: [law]",
            "2025\nsources: []",
            "licence.md:35: metadata: sources: ",
            id="empty list of sources",
        ),
        pytest.param(
            "2025\nsources: [law]",
            "2025\nsources: [order]",
            "licence.md:34: source 'order' is not among the front matter's sources",
            id="unknown source",
        ),
        pytest.param(
            "as_of: 2025\n", "as_of: торік\n", "licence.md:34: metadata: as_of: ", id="not a date"
        ),
        pytest.param(
            "topic=documents",
            "topic=papers",
            "licence.md:28: unknown topic 'papers': use one of who, ",
            id="topic",
        ),
        pytest.param(
            "\n```yaml\nas_of: 2025\nsources: [law]\n```\n",
            "",
            "licence.md:28: the passage has no ```yaml block",
            id="no block",
        ),
        pytest.param(
            "as_of: 2025\n",
            "as_of: [2025\n",
            "licence.md:35: metadata: mend the YAML here: ",
            id="broken metadata",
        ),
        pytest.param(
            "as_of: 2025\n",
            "as_of: 20\x0725\n",
            "licence.md:34: metadata: character U+0007 must not stand here",
            id="control character",
        ),
        pytest.param(
            "Потрібні паспорт і старе посвідчення.\n",
            "",
            "licence.md:28: the passage has no text",
            id="no text but a comment",
        ),
        pytest.param(
            "старе посвідчення.",
            "старе посвідчення",
            "licence.md:28: the text must be complete sentences; the last one has no end mark",
            id="no end mark",
        ),
        pytest.param(
            "паспорт і",
            "паспорт, " * 150,
            "licence.md:28: the text is longer than 6 sentences or 1200 characters",
            id="long",
        ),
        pytest.param(
            "Потрібні",
            "Потрібні. " * 6 + "І",
            "licence.md:28: the text is longer than 6 sentences",
            id="seven sentences",
        ),
        pytest.param(
            "as_of: 2025\n",
            "as_of: 2025\nstatus: needs-review\n",
            "licence.md:34: `status: needs-review` and a `conflict` note go together",
            id="needs review without a conflict",
        ),
        pytest.param(
            "as_of: 2025\n",
            "as_of: 2025\nconflict: Джерела розходяться.\n",
            "licence.md:34: `status: needs-review` and a `conflict` note go together",
            id="conflict without a review",
        ),
        pytest.param(
            "## Які документи потрібні {#documents topic=documents}",
            "## Які документи потрібні",
            "licence.md:28: a heading must read `## Title {#id topic=…}`",
            id="heading without an id",
        ),
        pytest.param(
            "{#documents topic",
            "{#Документи topic",
            "licence.md:28: a heading must read",
            id="id not in lower case",
        ),
        pytest.param(
            "старе посвідчення.\n",
            "старе.\n### Ще\n",
            "licence.md:31: a heading must read",
            id="third-level heading",
        ),
        pytest.param(
            "---\n\n## С",
            "---\n\nВступ.\n\n## С",
            "licence.md:16: text stands before the first `##` heading",
            id="early text",
        ),
        pytest.param(
            "  - id: law\n",
            "  - id: law\n    title: Інший\n  - id: law\n",
            "licence.md:13: ",
            id="a source's id used twice",
        ),
        pytest.param(
            "audience: ф",
            "aliases: [права]\naudience: ф",
            "licence.md:7: front matter: 'aliases' stands twice: keep one",
            id="a key twice in front matter",
        ),
        pytest.param(
            "    title: Закон про",
            "    title: Указ\n    title: Закон про",
            "licence.md:13: front matter: 'title' stands twice: keep one",
            id="a key twice in a source",
        ),
        pytest.param(
            "as_of: 2025\n",
            "as_of: 2024\nas_of: 2025\n",
            "licence.md:35: metadata: 'as_of' stands twice: keep one",
            id="a key twice in metadata",
        ),
        pytest.param(
            "  - Скільки коштує поміняти права?\n```\n",
            "  - Скільки?\n```\n\n```yaml\nevidence: high\n```\n",
            "licence.md:28: the passage has a ```yaml block already: join them",
            id="a second block",
        ),
    ],
)
def test_a_broken_file_is_named_with_the_line_to_change(
    tmp_path: Path, old: str, new: str, finding: str
) -> None:
    findings = _findings(tmp_path, _edited(old, new))
    assert any(found.startswith(finding) for found in findings), findings


@pytest.mark.parametrize("said", ["actions : [nope]", '"actions": [nope]', "actions:\n- nope"])
def test_an_unknown_action_is_found_however_it_is_written(tmp_path: Path, said: str) -> None:
    findings = _findings(tmp_path, FILE.replace("slug:", f"{said}\nslug:", 1))
    line = FILE[: FILE.index("slug:")].count("\n") + 1 + said.count("\n")
    assert findings == [f"licence.md:{line}: action 'nope' is not in actions.yaml"]


def test_an_unclosed_block_is_named_where_it_opens(tmp_path: Path) -> None:
    assert _findings(tmp_path, FILE.removesuffix("```\n")) == [
        "licence.md:33: the ```yaml block is not closed"
    ]


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        ("", "licence.md:1: front matter must stand first"),
        (
            "## Скільки коштує обмін {#fee topic=fee}\n",
            "licence.md:1: front matter must stand first",
        ),
        ("---\ntitle: Обмін\n", "licence.md:1: front matter must stand first"),
        (FILE[: FILE.index("## ")], "licence.md:14: the service has no passage"),
        (
            FILE.encode().replace("Обмін коштує".encode(), b"\xce\xe1\xec\xb3\xed"),
            "licence.md:1: is not UTF-8 (byte ",
        ),
        ("---\n---\n", "licence.md:2: front matter: content: "),
    ],
)
def test_a_file_that_is_no_service_file_says_why(
    tmp_path: Path, content: str | bytes, finding: str
) -> None:
    findings = _findings(tmp_path, content)
    assert len(findings) == 1
    assert findings[0].startswith(finding)


def test_a_byte_order_mark_and_windows_line_ends_are_read_over(tmp_path: Path) -> None:
    assert _findings(tmp_path, b"\xef\xbb\xbf" + FILE.encode()) == []
    assert _findings(tmp_path, FILE.replace("\n", "\r\n")) == []


def test_all_findings_of_a_file_are_given_at_once(tmp_path: Path) -> None:
    content = _edited("topic=fee", "topic=price")
    content = _edited("as_of: 2025\n", "as_of: торік\n", content)
    content = _edited("старе посвідчення.", "старе посвідчення", content)
    lines = [finding.split(":")[1] for finding in _findings(tmp_path, content)]
    assert sorted(lines, key=int) == ["16", "28", "34"]


def test_a_text_may_be_as_long_as_the_limits(tmp_path: Path) -> None:
    sentences = " ".join(f"Речення {number}." for number in range(MAX_SENTENCES))
    with_addresses = sentences.replace("Речення", "На вул. Речення")
    letters = "а" * (MAX_TEXT_CHARS - 1) + "."
    for text in (sentences, with_addresses, letters):
        assert (
            _parsed(tmp_path, _edited("Потрібні паспорт і старе посвідчення.", text))
            .passages[1]
            .text
            == text
        )


def _folder(root: Path, **services: str) -> Path:
    (root / "services").mkdir()
    for slug, content in services.items():
        (root / "services" / f"{slug}.md").write_text(content, "utf-8")
    return root


def _messages(folder: Path) -> list[str]:
    _, problems = inspect_services(folder)
    return [str(problem).removeprefix(f"{folder}/services/") for problem in problems]


def _other(text: str = "Інший текст.", question: str = "Інше питання?") -> str:
    """A second service, of one passage in line 15."""
    front = _edited("slug: licence", "slug: plates", FILE[: FILE.index("\n## ")])
    return (
        f"{front}## Ціна {{#fee topic=fee}}\n{text}\n```yaml\nas_of: 2025\nsources: "
        f"[law]\nquestions: ['{question}']\n```\n"
    )


def test_a_folder_of_right_files_is_a_corpus(tmp_path: Path) -> None:
    corpus = load_corpus(_folder(tmp_path, licence=FILE, plates=_other()))
    assert [service.slug for service in corpus.services] == ["licence", "plates"]
    assert [passage.id for passage in corpus.passages] == [
        "licence.fee",
        "licence.documents",
        "plates.fee",
    ]


def test_the_findings_of_all_files_come_together(tmp_path: Path) -> None:
    broken = _edited("topic=fee", "topic=price")
    folder = _folder(tmp_path, licence=broken, plates=_other().replace("topic=fee", "topic=price"))
    with pytest.raises(
        CorpusError, match=r"licence\.md:16: .* \(and 1 more; `qa-service check` lists all\)"
    ) as caught:
        load_corpus(folder)
    assert [problem.line for problem in caught.value.problems] == [16, 15]


@pytest.mark.parametrize(
    "link", ["/services/licence", "services/licence#fee", "/services/plates#fee"]
)
def test_a_link_to_a_service_or_passage_that_exists_is_alive(tmp_path: Path, link: str) -> None:
    assert _messages(_folder(tmp_path, licence=FILE, plates=_other(f"Див. [тут]({link})."))) == []


@pytest.mark.parametrize("link", ["passport", "licence#term", "passport#fee"])
def test_a_dead_link_is_named_with_the_passages_line(tmp_path: Path, link: str) -> None:
    folder = _folder(tmp_path, licence=FILE, plates=_other(f"Див. [тут](/services/{link})."))
    assert _messages(folder) == [f"plates.md:15: dead link to {link}"]


def test_a_text_is_told_once(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path, licence=FILE, plates=_other("Потрібні  ПАСПОРТ і старе посвідчення.")
    )
    assert _messages(folder)[0].startswith("plates.md:15: repeats a text of licence.documents: ")


def test_a_question_has_one_answer(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path, licence=FILE, plates=_other(question="Скільки коштує поміняти права???")
    )
    assert _messages(folder)[0].startswith("plates.md:15: repeats a text of licence.fee: ")


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        CorpusError, match=r"holds no \*\.md file: point QA_CORPUS or --corpus at a corpus folder"
    ):
        load_corpus(tmp_path)


def test_the_fingerprint_changes_with_any_file(tmp_path: Path) -> None:
    folder = _folder(tmp_path, licence=FILE, plates=_other())
    first = load_corpus(folder).fingerprint
    assert load_corpus(folder).fingerprint == first
    (folder / "services" / "plates.md").write_text(_other("Текст змінено."), "utf-8")
    assert load_corpus(folder).fingerprint != first
