"""`qa-service journal gaps`, `draft`, `to-questions` and `confirm` over the tiny corpus."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.commands import Cli, runner
from support.corpus import tiny_index
from support.queue_rows import Rows

from qa_service.journal.gaps import GAPS_JOB, Gap, GapStore
from qa_service.settings import as_environment

NOW = datetime.now(UTC)


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rows]:
    settings = tiny_index(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "nice", lambda by: by)  # for good, else
    with closing(Rows.in_folder(tmp_path)) as made:
        for key, value in (as_environment(settings) | {"QA_JOURNAL": made.url}).items():
            monkeypatch.setenv(key, value)
        yield made


@pytest.fixture
def cli(rows: Rows, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return runner(monkeypatch, capsys)


def _ask_for_scooters(rows: Rows) -> None:
    for number in range(8):
        wording = ("електросамокат права", "права електросамокат")[number % 2]
        rows.question(wording, at=NOW - timedelta(days=number), conversation=f"c{number}")
    rows.question("погода у львові", at=NOW, conversation="c1")


def test_gaps_are_found_kept_and_listed_and_again_the_same(rows: Rows, cli: Cli) -> None:
    _ask_for_scooters(rows)
    first = cli("journal", "gaps")
    assert first.code == 0
    head, line = first.out.splitlines()
    assert head == "1 gaps in 9 unanswered questions of the last 30 days"
    assert "самокат" in line and "8 times, 8 conversations" in line
    assert line.startswith("1: ") and line.endswith("licence-exchange.fee")
    assert cli("journal", "gaps").out == first.out
    assert len(GapStore(rows.tables).gaps()) == 1


def test_gaps_look_back_as_far_as_they_are_told(rows: Rows, cli: Cli) -> None:
    _ask_for_scooters(rows)
    assert cli("journal", "gaps", "--days", "2").out.startswith("0 gaps in 3 ")


def test_gaps_run_at_the_lowest_priority(
    rows: Rows, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", asked.append)
    cli("journal", "gaps")
    assert asked == [19]


def test_one_run_at_a_time(rows: Rows, cli: Cli) -> None:
    rows.claim(GAPS_JOB, NOW, None)
    refused = cli("journal", "gaps")
    assert refused.code == 1 and "already" in refused.error
    assert cli("journal", "gaps", "--claimed").code == 0
    assert cli("journal", "gaps").code == 0


def test_without_the_library_nothing_is_claimed(
    rows: Rows, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.learning.clusters.find_spec", lambda name: None)
    assert "insights" in cli("journal", "gaps").error
    monkeypatch.undo()


def test_a_gap_becomes_a_draft_in_a_folder_and_none_is_overwritten(rows: Rows, cli: Cli) -> None:
    gap = Gap("самокат", (), 9, 6, NOW, NOW, (9,), "licence-exchange", "licence-exchange.fee")
    GapStore(rows.tables).replace([gap], NOW)
    made = cli("journal", "draft", "1", "--output", "drafts")
    path = Path(made.out.strip())
    assert path == Path("drafts/draft-licence-exchange-fee-2.md")
    assert path.read_text("utf-8").startswith("## TODO самокат {#fee-2 topic=fee}")
    again = cli("journal", "draft", "1", "--output", "drafts")
    assert again.code == 2 and "exists" in again.error


def test_an_item_becomes_a_draft_and_counts_as_drafted(rows: Rows, cli: Cli) -> None:
    item = rows.vote("скільки за обмін")
    assert cli("journal", "draft", str(item), "--item").code == 0
    assert rows.state(item) == "drafted"
    assert [line[0] for line in rows.audit()] == ["command line"]


@pytest.mark.parametrize("arguments", [("404",), ("404", "--item"), ("x",)])
def test_what_there_is_not_has_no_draft(
    rows: Rows, cli: Cli, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert cli("journal", "draft", *arguments).code == 2
    assert not list(tmp_path.glob("draft-*"))


def test_votes_become_questions_that_a_person_confirms(rows: Rows, cli: Cli) -> None:
    rows.vote("почім нові корочки", None, helpful=True)
    rows.vote("а доставка", "missing", passage_id=None)
    rows.vote("мій [телефон]", None, helpful=True)
    said = cli("journal", "to-questions", "--output", "drafts.jsonl").out
    assert "1 questions with the passage that helped, 1 to be judged" in said
    assert "0 known, 1 with personal data" in said
    path = Path("drafts.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["confirmed"] for line in lines] == [False, False]
    assert cli("journal", "to-questions", "--output", "drafts.jsonl").code == 2

    lines[0]["confirmed"] = True
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    into = "corpus/questions/train.jsonl"
    moved = cli("journal", "confirm", "drafts.jsonl", "--into", into)
    assert moved.out == f"1 questions moved to {into}, 1 left in drafts.jsonl\n"
    assert cli("check").code == 0


def test_only_votes_since_a_day_become_questions(rows: Rows, cli: Cli) -> None:
    rows.vote("давно", None, helpful=True, at=NOW - timedelta(days=9))
    rows.vote("щойно", None, helpful=True, at=NOW)
    since = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    cli("journal", "to-questions", "--since", since, "--output", "drafts.jsonl")
    [line] = Path("drafts.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["question"] == "щойно"


@pytest.mark.parametrize(
    "arguments", [("gaps",), ("draft", "1"), ("to-questions", "--output", "x.jsonl")]
)
def test_without_a_journal_the_setting_is_named(
    rows: Rows, cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("QA_JOURNAL", "off")
    refused = cli("journal", *arguments)
    assert refused.code == 2 and "QA_JOURNAL" in refused.error
