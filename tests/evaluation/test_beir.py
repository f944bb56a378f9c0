"""The folder that `qa-service export --beir` writes, read as others read BEIR's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.corpus import make_passage

from qa_service.documents import load_corpus
from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.errors import EvaluationError
from qa_service.evaluation.beir import export_beir
from qa_service.evaluation.retrieval import evaluate_retrieval, load_qrels, load_queries
from qa_service.types import Reason

FEE = make_passage("plates.fee", "Номерний знак коштує 100 грн.")
TERM = make_passage("plates.term", "Номерний знак видають за день.")
ASKED = JudgedQuestion(
    id="dev-1",
    question="почому номери і коли дадуть",
    style=Style.COMPOUND,
    services=frozenset({"plates"}),
    passages=frozenset({"plates.fee", "plates.term"}),
    topic=None,
    answerable=True,
    parts=(frozenset({"plates.fee"}), frozenset({"plates.term"})),
)
OFF_TOPIC = JudgedQuestion(
    id="dev-2",
    question="яка завтра погода",
    style=Style.PLAIN,
    services=frozenset(),
    passages=frozenset(),
    topic=None,
    answerable=False,
    kind=Reason.OFF_TOPIC,
)
GOLDEN = replace(ASKED, id="golden-1", passages=frozenset({"plates.fee"}), parts=())


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    folder = tmp_path / "beir"
    export_beir([FEE, TERM], {"dev": [ASKED, OFF_TOPIC], "golden": [GOLDEN]}, folder)
    return folder


def test_each_split_has_the_judgements_of_its_own_questions(exported: Path) -> None:
    assert load_qrels(exported / "qrels" / "dev.tsv") == {
        "dev-1": {"plates.fee": 1, "plates.term": 1}
    }
    assert load_qrels(exported / "qrels" / "golden.tsv") == {"golden-1": {"plates.fee": 1}}


def test_questions_that_nothing_answers_are_there_without_judgements(exported: Path) -> None:
    assert load_queries(exported / "queries.jsonl").keys() == {"dev-1", "dev-2", "golden-1"}
    lines = (exported / "queries.jsonl").read_text("utf-8").splitlines()
    told = {line["_id"]: line["metadata"] for line in map(json.loads, lines)}
    assert told["dev-2"] == {
        "split": "dev",
        "style": "plain",
        "answerable": False,
        "kind": "off_topic",
    }
    assert told["dev-1"]["parts"] == [["plates.fee"], ["plates.term"]]


def test_the_passages_are_a_corpus_that_can_be_built_again(exported: Path) -> None:
    passages = load_corpus(exported / "corpus.jsonl").passages
    assert [(one.id, one.title, one.text) for one in passages] == [
        (one.id, one.title, one.text) for one in (FEE, TERM)
    ]


def test_a_perfect_run_scores_one_on_the_written_judgements(exported: Path) -> None:
    measured = evaluate_retrieval(
        lambda question, depth: [("plates.fee", 2.0), ("plates.term", 1.0)],
        load_queries(exported / "queries.jsonl"),
        load_qrels(exported / "qrels" / "dev.tsv"),
    )
    assert (measured.queries, measured.ndcg_at_10) == (1, 1.0)


def test_the_readme_names_every_file_and_the_licence(exported: Path) -> None:
    text = (exported / "README.md").read_text("utf-8")
    for path in exported.rglob("*.*"):
        assert path.name == "README.md" or str(path.relative_to(exported)) in text
    assert "Licence: MIT" in text and "1 of its 2 questions" in text


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(EvaluationError, match="is not empty: name a new folder"):
        export_beir([FEE], {}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_judgement_of_a_passage_that_is_not_there_is_an_error_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(EvaluationError, match=r"dev-1 .* plates\.term"):
        export_beir([FEE], {"dev": [ASKED]}, tmp_path / "new")
    assert not (tmp_path / "new").exists()
