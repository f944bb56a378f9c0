"""What the endurance run keeps and prints. Each test name is the rule."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.soak import __main__ as soak
from bench.soak import keeping
from bench.soak.findings import Finding, Part
from bench.soak.keeping import Kept, keep, kept

MET = Finding("a head of 33 kB", "431", "431", met=True)
MISSED = Finding("memory", "≤ +20 MB", "+620 MB", met=False)


@pytest.fixture(autouse=True)
def at_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FOLDER", tmp_path)
    monkeypatch.setattr(keeping, "commit", lambda: "abc")


def runs_of(calls: list[str]) -> Part:
    def part() -> list[Finding]:
        calls.append("run")
        return [MET, MISSED]

    return lambda: iter(part())


def test_a_part_is_run_once_for_a_commit() -> None:
    calls: list[str] = []
    found = [soak.part_of("heads", runs_of(calls), again=False) for _ in range(3)]
    assert calls == ["run"] and found[0] == found[2] and found[0].findings == (MET, MISSED)


def test_a_part_is_run_anew_when_asked_to_or_at_another_commit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    soak.part_of("heads", runs_of(calls), again=False)
    soak.part_of("heads", runs_of(calls), again=True)
    assert len(calls) == 2
    monkeypatch.setattr(keeping, "commit", lambda: "def")
    soak.part_of("heads", runs_of(calls), again=False)
    assert len(calls) == 3


def test_what_was_found_in_changed_code_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "commit", lambda: "abc+")
    calls: list[str] = []
    for _ in range(2):
        soak.part_of("heads", runs_of(calls), again=False)
    assert len(calls) == 2


def test_a_part_that_breaks_is_a_missed_bar_and_is_not_kept() -> None:
    def part() -> Iterator[Finding]:
        yield MET
        raise OSError("no port")

    found = soak.part_of("heads", part, again=False)
    assert found.findings[0] == MET and not found.findings[1].met
    assert "no port" in found.findings[1].measured and kept("heads") is None


def test_what_is_kept_is_read_as_it_was() -> None:
    found = Kept("abc", "2 cores", (MET, MISSED))
    keep("heads", found)
    assert kept("heads") == found and kept("idle") is None


def test_the_table_has_a_row_for_each_finding_and_marks_what_is_missed() -> None:
    lines = list(soak.rows({"heads": Kept("abc", "2 cores", (MET, MISSED))}))
    assert lines[2:] == [
        "| heads | a head of 33 kB | 431 | 431 | yes |",
        "| heads | memory | ≤ +20 MB | +620 MB | **no** |",
    ]


def test_the_table_replaces_the_one_before_and_says_of_which_commit_it_is() -> None:
    found = {"heads": Kept("abc", "2 cores, a processor", (MET,))}
    document = "# Title\n<!-- soak -->\nold\n<!-- /soak -->\nend\n"
    once = soak.with_table(document, found, "| new |")
    assert once.startswith("# Title\n<!-- soak -->\n") and once.endswith("<!-- /soak -->\nend\n")
    assert "old" not in once and "commit abc on 2 cores, a processor" in once
    assert soak.with_table(once, found, "| new |") == once
    with pytest.raises(SystemExit, match="has no block"):
        soak.with_table("# Title\n", found, "| new |")
