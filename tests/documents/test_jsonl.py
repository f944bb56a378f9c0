"""A JSONL corpus: what a line becomes, and what is said about a bad one."""

import hashlib
import json
from pathlib import Path

import pytest

from qa_service.documents import load_corpus, weights_file
from qa_service.documents.jsonl import MOST_PROBLEMS, load_jsonl
from qa_service.errors import CorpusError
from qa_service.types import Passage, Topic


def _corpus(folder: Path, *lines: object) -> Path:
    """A file with these lines: bytes and text as they are, anything else as JSON."""
    encoded = []
    for line in lines:
        text = line if isinstance(line, bytes | str) else json.dumps(line, ensure_ascii=False)
        encoded.append(text if isinstance(text, bytes) else text.encode())
    path = folder / "corpus.jsonl"
    path.write_bytes(b"\n".join(encoded))
    return path


def _findings(path: Path) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        load_jsonl(path)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def test_a_line_becomes_a_passage(tmp_path: Path) -> None:
    line = {
        "_id": "d1",
        "title": "Назва",
        "text": "Текст.",
        "service": "s",
        "topic": "fee",
        "url": "https://hsc.gov.ua/x",
    }
    expected = Passage(
        "d1", "d1", "s", "Назва", Topic.FEE, "Назва", "Текст.", url="https://hsc.gov.ua/x"
    )
    corpus = load_jsonl(_corpus(tmp_path, line))
    assert corpus.passages == (expected,)
    assert corpus.services == ()


def test_only_id_and_text_are_needed_and_foreign_keys_are_left_alone(tmp_path: Path) -> None:
    lines = [
        {"_id": "d1", "text": "Т", "metadata": {"a": 1}},
        {"_id": "d2", "text": "У", "title": None, "topic": None},
    ]
    assert load_jsonl(_corpus(tmp_path, *lines)).passages == (
        Passage("d1", "d1", "", "", Topic.NOTE, "", "Т"),
        Passage("d2", "d2", "", "", Topic.NOTE, "", "У"),
    )


def test_a_long_text_becomes_chunks_of_one_document_numbered_from_1(tmp_path: Path) -> None:
    text = "\n\n".join(letter * 500 for letter in "абв")
    passages = load_jsonl(
        _corpus(tmp_path, {"_id": "d", "text": text}, {"_id": "e", "text": "коротко"})
    ).passages
    assert [passage.id for passage in passages] == ["d#1", "d#2", "d#3", "e"]
    assert [passage.document for passage in passages] == ["d", "d", "d", "e"]
    assert [passage.text[0] for passage in passages[:3]] == ["а", "б", "в"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "/services/x", "https://a b", "", 7, None, "data:text/html,x"]
)
def test_a_url_that_is_not_http_is_dropped(tmp_path: Path, url: object) -> None:
    assert (
        load_jsonl(_corpus(tmp_path, {"_id": "d", "text": "т", "url": url})).passages[0].url is None
    )


def test_the_fingerprint_is_that_of_the_bytes_of_the_file(tmp_path: Path) -> None:
    path = _corpus(tmp_path, {"_id": "d", "text": "т"})
    assert load_jsonl(path).fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    path = _corpus(
        tmp_path,
        b'\xef\xbb\xbf{"_id": "a", "text": "x"}\r',
        b"",
        b'{"_id": "b", "text": "y"}\r',
        b"",
    )
    assert [passage.id for passage in load_jsonl(path).passages] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (b'{"_id": "d", "text": "\xff"}', "is not UTF-8 (byte 22): save the file as UTF-8"),
        ("{", "Invalid JSON: EOF while parsing an object at column 1"),
        (
            '{"_id": "d", "text": "\\ud800"}',
            "Invalid JSON: unexpected end of hex escape at column 29",
        ),
        (["d"], "Input should be an object"),
        ({"text": "т"}, "_id: Field required"),
        ({"_id": 7, "text": "т"}, "_id: Input should be a valid string"),
        ({"_id": " ", "text": "т"}, "_id: String should have at least 1 character"),
        ({"_id": "d"}, "text: Field required"),
        ({"_id": "d", "text": "\n"}, "text: String should have at least 1 character"),
        ({"_id": "d", "text": None}, "text: Input should be a valid string"),
        ({"_id": "d", "text": "т", "title": 7}, "title: Input should be a valid string"),
        ({"_id": "d", "text": "т", "service": []}, "service: Input should be a valid string"),
        ({"_id": "good", "text": "т"}, "_id 'good' was used already in line 1"),
    ],
)
def test_a_bad_line_is_a_finding_with_its_number(
    tmp_path: Path, line: object, finding: str
) -> None:
    assert _findings(_corpus(tmp_path, {"_id": "good", "text": "т"}, "", line)) == [
        f":3: {finding}"
    ]


@pytest.mark.parametrize("topic", ["price", "", 7, ["fee"]])
def test_an_unknown_topic_is_a_finding_that_lists_the_known_ones(
    tmp_path: Path, topic: object
) -> None:
    (finding,) = _findings(_corpus(tmp_path, {"_id": "d", "text": "т", "topic": topic}))
    assert finding.startswith(":1: topic: Input should be 'who', 'steps', 'documents', 'fee'")


def test_nesting_without_end_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    (finding,) = _findings(
        _corpus(tmp_path, '{"_id": "d", "text": "т", "metadata": ' + "[" * 100_000)
    )
    assert finding.startswith(":1: Invalid JSON: recursion limit exceeded")


def test_all_bad_lines_are_found_not_only_the_first(tmp_path: Path) -> None:
    findings = _findings(_corpus(tmp_path, "x", {"_id": "d", "text": "т"}, {"_id": 1, "title": 2}))
    assert [finding.split()[0] for finding in findings] == [":1:", ":3:", ":3:", ":3:"]


def test_a_file_is_read_no_further_than_so_many_bad_lines(tmp_path: Path) -> None:
    """A million of them would be a million findings."""
    findings = _findings(_corpus(tmp_path, *["no JSON"] * (MOST_PROBLEMS + 7)))
    assert len(findings) == MOST_PROBLEMS
    assert findings[-1].startswith(f":{MOST_PROBLEMS}: ")


def test_one_broken_line_among_many_is_named_in_one_line(tmp_path: Path) -> None:
    lines: list[object] = [{"_id": f"d{number}", "text": "Т"} for number in range(3_000)]
    path = _corpus(tmp_path, *lines[:1_999], '{"_id": "cut off', *lines[1_999:])
    with pytest.raises(CorpusError) as caught:
        load_jsonl(path)
    assert str(caught.value).startswith(f"{path}:2000: ")
    assert str(caught.value).endswith("EOF while parsing a string at column 16")


@pytest.mark.parametrize("chunked_first", [True, False])
def test_a_chunk_never_takes_the_id_of_another_document(
    tmp_path: Path, chunked_first: bool
) -> None:
    lines = [{"_id": "d", "text": "слово " * 300}, {"_id": "d#1", "text": "т"}]
    (finding,) = _findings(_corpus(tmp_path, *(lines if chunked_first else reversed(lines))))
    taken = "d" if chunked_first else "d#1"
    assert (
        finding == f":2: its passage would be 'd#1', as one of document '{taken}': change the _id"
    )


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    assert _findings(_corpus(tmp_path, content)) == [
        ":1: the file is empty: write one entry a line, or give another file"
    ]


def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    missing = tmp_path / "no.jsonl"
    assert _findings(missing) == [
        ":1: cannot be read (No such file or directory): give the path of a file"
    ]
    assert _findings(tmp_path) == [":1: cannot be read (Is a directory): give the path of a file"]


def test_a_jsonl_file_is_a_corpus_wherever_a_folder_is(tmp_path: Path) -> None:
    path = _corpus(tmp_path, {"_id": "d", "text": "т"})
    assert load_corpus(path) == load_jsonl(path)


@pytest.mark.parametrize(
    ("corpus", "weights"),
    [("corpus", "corpus/weights.json"), ("corpora/omos.jsonl", "corpora/omos.weights.json")],
)
def test_the_weights_of_a_corpus_stand_inside_its_folder_or_beside_its_file(
    tmp_path: Path, corpus: str, weights: str
) -> None:
    assert weights_file(tmp_path / corpus) == tmp_path / weights
