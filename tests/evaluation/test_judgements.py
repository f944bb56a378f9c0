"""Queries, judgements and judged questions: the shapes that are read, and what is said about
others.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_service.documents.questions import JudgedQuestion, Style, load_questions
from qa_service.errors import CorpusError
from qa_service.evaluation.retrieval import load_qrels, load_queries
from qa_service.types import Topic

QUESTION = {
    "question": "скільки?",
    "style": "keywords",
    "services": ["s"],
    "passages": ["s.fee"],
    "topic": "fee",
    "answerable": True,
}


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "dev.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8"
    )
    return path


def _findings(load: Callable[[Path], object], path: Path) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        load(path)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def test_queries_keep_the_order_of_the_file(tmp_path: Path) -> None:
    path = _file(
        tmp_path, {"_id": "2", "text": "друге", "metadata": {}}, {"_id": "1", "text": "перше"}
    )
    assert list(load_queries(path).items()) == [("2", "друге"), ("1", "перше")]


def test_bad_queries_are_findings_with_their_line(tmp_path: Path) -> None:
    path = _file(tmp_path, {"_id": "1", "text": "а"}, {"_id": "1", "text": "б"}, {"_id": "3"})
    assert _findings(load_queries, path) == [
        ":2: _id '1' was used already",
        ":3: text: Field required",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["query-id\tcorpus-id\tscore", "q1\td 1\t1", "q1\td2\t0", "q2\td3\t2"],
        ["q1\td 1\t1", "q1\td2\t0", "q2\td3\t2"],
        ["q1\t0\td 1\t1", "q1\t0\td2\t0", "", "q2 0 d3 2"],
    ],
    ids=["BEIR", "BEIR without header", "TREC"],
)
def test_judgements_are_read_in_the_shapes_they_are_published_in(
    tmp_path: Path, lines: list[str]
) -> None:
    assert load_qrels(_file(tmp_path, *lines)) == {"q1": {"d 1": 1, "d2": 0}, "q2": {"d3": 2}}


def test_bad_judgements_are_findings_with_their_line(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "q\td\t1",
        "q\td",
        "q\td\tyes",
        "q\t\t1",
        "q\td\t1",
        "q\td\t2",
        "query-id\tcorpus-id\tscore",
    )
    findings = _findings(load_qrels, path)
    assert [finding.split()[0] for finding in findings] == [":2:", ":3:", ":4:", ":6:", ":7:"]
    assert findings[3] == ":6: 'd' has another grade for query 'q' already"


def test_a_judged_question_is_read(tmp_path: Path) -> None:
    out_of_scope = {
        "id": "o",
        "question": "погода?",
        "style": "single",
        "topic": None,
        "answerable": False,
    }
    assert load_questions(_file(tmp_path, QUESTION, out_of_scope)) == [
        JudgedQuestion(
            "dev-1",
            "скільки?",
            Style.KEYWORDS,
            frozenset({"s"}),
            frozenset({"s.fee"}),
            Topic.FEE,
            True,
        ),
        JudgedQuestion("o", "погода?", Style.SINGLE, frozenset(), frozenset(), None, False),
    ]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"style": "rude"}, "style: Input should be 'formal', "),
        ({"topic": "price"}, "topic: Input should be 'who', "),
        ({"answerable": "true"}, "answerable: Input should be a valid boolean"),
        ({"passages": "s.fee"}, "passages: Input should be a valid "),
        ({"passages": []}, "an answerable question names its services and passages"),
        ({"services": []}, "an answerable question names its services and passages"),
        ({"answerable": False}, "a question that is not answerable has no passages"),
        ({"id": "dev-1"}, "id 'dev-1' was used already"),
    ],
)
def test_a_bad_question_is_a_finding_with_its_line(
    tmp_path: Path, change: dict[str, object], finding: str
) -> None:
    (found,) = _findings(load_questions, _file(tmp_path, QUESTION, QUESTION | change))
    assert found.startswith(f":2: {finding}")


@pytest.mark.parametrize("load", [load_queries, load_qrels, load_questions])
def test_a_missing_or_empty_file_says_what_to_do(
    tmp_path: Path, load: Callable[[Path], object]
) -> None:
    assert _findings(load, tmp_path / "no") == [
        ":1: cannot be read (No such file or directory): give the path of a file"
    ]
    assert _findings(load, _file(tmp_path)) == [
        ":1: the file is empty: write one entry a line, or give another file"
    ]


def test_judgements_of_a_header_alone_are_empty(tmp_path: Path) -> None:
    assert load_qrels(_file(tmp_path, "query-id\tcorpus-id\tscore")) == {}
