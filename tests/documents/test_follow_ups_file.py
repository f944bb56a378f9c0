"""`questions/follow_ups.jsonl`: what people ask in a conversation without naming a procedure."""

from pathlib import Path

import pytest
from support.corpus import ROOT

from qa_service.documents.questions import load_follow_ups
from qa_service.errors import CorpusError
from qa_service.types import Topic


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "follow_ups.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_questions_come_by_topic_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        '{"question": "скільки коштує", "topic": "fee"}',
        '{"question": "а довго?", "topic": "term"}',
        '{"question": " і почім це ", "topic": "fee"}',
    )
    assert load_follow_ups(path) == {
        Topic.FEE: ("скільки коштує", "і почім це"),
        Topic.TERM: ("а довго?",),
    }


def test_a_corpus_without_the_file_has_none(tmp_path: Path) -> None:
    assert load_follow_ups(tmp_path / "follow_ups.jsonl") == {}


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("{", "Invalid JSON: EOF while parsing an object at column 1"),
        ('{"topic": "fee"}', "question: Field required"),
        ('{"question": " ", "topic": "fee"}', "question: String should have at least 1 character"),
        ('{"question": "почім", "topic": "price"}', "topic: Input should be 'who', 'steps'"),
        ('{"question": "почім", "topic": "fee", "x": 1}', "x: Extra inputs are not permitted"),
    ],
)
def test_a_bad_line_is_a_finding_with_its_number(tmp_path: Path, line: str, finding: str) -> None:
    path = _file(tmp_path, '{"question": "скільки коштує", "topic": "fee"}', "", line)
    with pytest.raises(CorpusError) as caught:
        load_follow_ups(path)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:3: {finding}")


def test_all_bad_lines_are_found_not_only_the_first(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        load_follow_ups(_file(tmp_path, "x", '{"question": "почім", "topic": "fee"}', "y"))
    assert [problem.line for problem in caught.value.problems] == [1, 3]


def test_the_repositorys_own_ask_about_several_topics() -> None:
    follow_ups = load_follow_ups(ROOT / "corpus" / "questions" / "follow_ups.jsonl")
    assert {Topic.FEE, Topic.DOCUMENTS, Topic.TERM} <= follow_ups.keys()
    assert all(len(questions) == len(set(questions)) > 2 for questions in follow_ups.values())
