"""`qa-service build` compares a version with the served one. Each test name is the rule."""

import json
from functools import partial
from pathlib import Path

import pytest
from support.commands import Cli, runner
from support.corpus import EXCHANGE, FEE_QUESTION, write_corpus

from qa_service.indexing.versions import current_version

JUDGED = {
    "question": FEE_QUESTION,
    "style": "formal",
    "services": ["licence-exchange"],
    "passages": ["licence-exchange.fee"],
    "answerable": True,
}


@pytest.fixture
def build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Runs `qa-service build` over a corpus with one judged question."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_MODEL", "hashing")
    questions = write_corpus(tmp_path) / "questions"
    questions.mkdir()
    (questions / "dev.jsonl").write_text(json.dumps(JUDGED, ensure_ascii=False), "utf-8")

    run = partial(runner(monkeypatch, capsys), "build")
    assert run().code == 0
    return run


def _lose_the_answer() -> None:
    text = EXCHANGE.replace("{#fee topic=fee}", "{#price topic=fee}")
    Path("corpus/services/licence-exchange.md").write_text(text, "utf-8")


def _change_the_fee() -> None:
    text = EXCHANGE.replace("572", "999")
    Path("corpus/services/licence-exchange.md").write_text(text, "utf-8")


def test_what_passes_is_published_with_what_was_compared(build: Cli) -> None:
    _change_the_fee()
    run = build()
    head, published = run.out.splitlines()
    assert head.startswith("answer@3 1.000 -> 1.000") and published.startswith("index built and")


def test_what_is_refused_is_reported_question_by_question_and_ends_with_one_line(
    build: Cli,
) -> None:
    served = current_version(Path("index"))
    _lose_the_answer()
    run = build()
    assert run.code == 1 and run.out == "" and current_version(Path("index")) == served
    assert f"lost {FEE_QUESTION}" in run.err
    last = run.err.strip().splitlines()[-1]
    assert last.startswith("qa-service: not published: answer@3 falls from 1.000 to 0.000; ")


@pytest.mark.parametrize("option", ["--force", "--no-gate"])
def test_what_would_be_refused_can_be_published_all_the_same(
    build: Cli, option: str, caplog: pytest.LogCaptureFixture
) -> None:
    served = current_version(Path("index"))
    _lose_the_answer()
    run = build(option)
    assert run.code == 0 and current_version(Path("index")) != served
    assert ("gate refuses it" in caplog.text) == (option == "--force")


def test_a_program_reads_what_was_compared(build: Cli) -> None:
    _change_the_fee()
    assert json.loads(build("--json").out)["gate"] == {
        "answer_at_3_before": 1.0,
        "answer_at_3_after": 1.0,
        "asked": 1,
        "changed": 0,
    }
    assert json.loads(build("--json").out)["gate"] is None  # nothing was built
