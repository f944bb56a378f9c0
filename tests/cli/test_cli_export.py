"""`qa-service export`: each test name is the rule."""

import json
from pathlib import Path

import pytest
from support.corpus import write_corpus
from typer.testing import CliRunner, Result

from qa_service.cli import command_line
from qa_service.errors import CorpusError

LINE = {
    "question": "Скільки коштує обмін?",
    "style": "formal",
    "services": ["licence-exchange"],
    "passages": ["licence-exchange.fee"],
    "answerable": True,
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Services, and a question of each of the judged sets."""
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / "questions").mkdir()
    for name in ("dev", "golden"):
        (corpus / "questions" / f"{name}.jsonl").write_text(json.dumps(LINE), "utf-8")
    return corpus


def run(*arguments: object) -> Result:
    return CliRunner().invoke(
        command_line(), ["export", *map(str, arguments)], catch_exceptions=False
    )


def test_golden_is_written_only_where_it_is_asked_for(corpus: Path, tmp_path: Path) -> None:
    done = run("--corpus", corpus, "--beir", tmp_path / "dev")
    assert done.exit_code == 0 and "1 questions of dev" in done.stdout
    assert [path.name for path in (tmp_path / "dev" / "qrels").iterdir()] == ["dev.tsv"]
    assert "golden" not in (tmp_path / "dev" / "queries.jsonl").read_text("utf-8")
    run("--corpus", corpus, "--beir", tmp_path / "both", "--golden")
    assert {path.name for path in (tmp_path / "both" / "qrels").iterdir()} == {
        "dev.tsv",
        "golden.tsv",
    }


def test_a_corpus_without_judged_questions_is_an_error(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    with pytest.raises(CorpusError, match="cannot be read"):
        run("--corpus", corpus, "--beir", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_has_to_be_named() -> None:
    done = run()
    assert done.exit_code == 2 and "--beir" in done.output
