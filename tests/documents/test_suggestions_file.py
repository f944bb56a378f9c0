"""What editors say of suggestions: what is wrong with the file is said with its line; the
repository's own is right.
"""

from pathlib import Path

import pytest
from support.corpus import ROOT, write_corpus

from qa_service.documents import load_corpus
from qa_service.documents.yaml_files import SUGGESTIONS_FILE, load_suggestions
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.text.tokens import without_endings

FILE = "popular:\n  - Скільки коштує обмін?\n  - Де скласти іспит?\ndeny: [хабар, взятка]\n"
POPULAR, DENIED = ("Скільки коштує обмін?", "Де скласти іспит?"), ("хабар", "взятка")
SHAPE = "; it must hold `popular: [questions]` and `deny: [words]`"

Loaded = tuple[tuple[str, ...], tuple[str, ...], list[str]]


def _loaded(folder: Path, content: str | bytes) -> Loaded:
    """Popular questions, denied words, and the findings without the path that each begins with."""
    path = folder / SUGGESTIONS_FILE
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems: list[CorpusProblem] = []
    popular, denied = load_suggestions(folder, problems)
    assert all(str(problem).startswith(f"{path}:") for problem in problems)
    return popular, denied, [str(problem).removeprefix(f"{path}:") for problem in problems]


@pytest.mark.parametrize(
    "content", [FILE, b"\xef\xbb\xbf" + FILE.encode(), FILE.replace("\n", "\r\n")]
)
def test_questions_and_words_come_in_the_order_of_the_file(
    tmp_path: Path, content: str | bytes
) -> None:
    assert _loaded(tmp_path, content) == (POPULAR, DENIED, [])


@pytest.mark.parametrize("content", ["", "# Лише пояснення.\n", "{}\n", "popular: []\ndeny: []\n"])
def test_an_empty_file_holds_none(tmp_path: Path, content: str) -> None:
    assert _loaded(tmp_path, content) == ((), (), [])


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    problems: list[CorpusProblem] = []
    assert (load_suggestions(tmp_path, problems), problems) == (((), ()), [])


def test_either_list_may_be_left_out(tmp_path: Path) -> None:
    assert _loaded(tmp_path, "popular: [Де]\n") == (("Де",), (), [])
    assert _loaded(tmp_path, "deny: [хабар]\n") == ((), ("хабар",), [])


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        pytest.param(
            "popular:\n  - Де?\n  - [\n",
            "4: mend the YAML here: expected the node content",
            id="not YAML",
        ),
        pytest.param(
            "popular:\n\t- Де?\n", "2: mend the YAML here: found character '\\t'", id="a tab"
        ),
        pytest.param(
            "popular: [Де]\ndeny: *words\n",
            "2: mend the YAML here: found undefined alias",
            id="an unknown alias",
        ),
        pytest.param(
            "deny: !!python/name:os.system\n",
            "1: mend the YAML here: could not determine",
            id="Python",
        ),
        pytest.param(b"# \xff\n", "1: cannot be read, save it as UTF-8: ", id="not UTF-8"),
    ],
)
def test_a_file_that_is_no_yaml_holds_none_and_names_the_line(
    tmp_path: Path, content: str | bytes, finding: str
) -> None:
    popular, denied, [problem] = _loaded(tmp_path, content)
    assert (popular, denied) == ((), ()) and problem.startswith(finding)


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        pytest.param(
            "# Питання\n- Де?\n", "2: the file: Input should be a valid dictionary", id="a list"
        ),
        pytest.param("Де?\n", "1: the file: Input should be a valid dictionary", id="a text"),
        pytest.param(
            "deny: []\npopular: Де?\n", "2: popular: Input should be a valid list", id="not a list"
        ),
        pytest.param(
            "deny: []\npopular:\n", "2: popular: Input should be a valid list", id="nothing"
        ),
        pytest.param(
            "popular:\n  - Де?\n  - no\n",
            "3: popular.1: Input should be a valid string",
            id="YAML's no",
        ),
        pytest.param(
            "popular:\n  - Де?\n  - a: b\n",
            "3: popular.1: Input should be a valid string",
            id="a mapping",
        ),
        pytest.param(
            "deny:\n- хабар\n- ' '\n",
            "3: deny.1: String should have at least 1 character",
            id="white space",
        ),
        pytest.param(
            "deny: []\nnote:\n  - так\n",
            "2: note: Extra inputs are not permitted",
            id="an unknown key",
        ),
        pytest.param(
            "deny: []\n5: так\n", "2: 5: Extra inputs are not permitted", id="a number for a key"
        ),
        pytest.param(
            "popular:\n" + "".join(f"  - Питання {number}\n" for number in range(21)),
            "1: popular: List should have at most 20 items",
            id="more than anyone reads",
        ),
    ],
)
def test_a_file_of_another_shape_holds_none_and_says_what_it_must_hold(
    tmp_path: Path, content: str, finding: str
) -> None:
    popular, denied, [problem] = _loaded(tmp_path, content)
    assert (popular, denied) == ((), ())
    assert problem.startswith(finding) and problem.endswith(SHAPE)


def test_every_finding_is_told_at_once(tmp_path: Path) -> None:
    problems = _loaded(tmp_path, "popular:\n  - no\n  - Де?\n  - ''\ndeny: хабар\n")[2]
    assert [problem.split(": ")[:2] for problem in problems] == [
        ["2", "popular.0"],
        ["4", "popular.2"],
        ["5", "deny"],
    ]


@pytest.mark.parametrize("denied", ["купити права", "!", "купити-права"])
def test_what_is_denied_is_one_word(tmp_path: Path, denied: str) -> None:
    assert _loaded(tmp_path, f"deny:\n  - хабар\n  - {denied!r}\n")[2] == [
        f"3: {denied!r} must be one word"
    ]


@pytest.mark.parametrize("again", ["Де скласти іспит?", "ДЕ  скласти іспит??"])
def test_a_question_is_popular_once(tmp_path: Path, again: str) -> None:
    content = FILE.replace("deny", f"  - {again}\ndeny")
    assert _loaded(tmp_path, content)[2] == [f"4: {again!r} is popular already: keep one"]


@pytest.mark.parametrize("key", ["popular", "deny"])
def test_a_list_stands_once_for_the_second_would_replace_the_first(
    tmp_path: Path, key: str
) -> None:
    assert _loaded(tmp_path, f"{FILE}{key}: [Коли]\n")[2] == [f"5: {key!r} stands twice: keep one"]


def test_the_corpus_carries_its_suggestions_and_its_fingerprint_covers_them(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    before = load_corpus(corpus)
    (corpus / SUGGESTIONS_FILE).write_text(FILE, "utf-8")
    after = load_corpus(corpus)
    assert (before.popular, before.denied) == ((), ())
    assert (after.popular, after.denied) == (POPULAR, DENIED)
    assert (after.passages, after.services) == (before.passages, before.services)
    (corpus / SUGGESTIONS_FILE).write_text(FILE.replace("взятка", "відкат"), "utf-8")
    assert len({before.fingerprint, after.fingerprint, load_corpus(corpus).fingerprint}) == 3


def test_a_corpus_with_a_finding_in_its_suggestions_is_not_loaded(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    (corpus / SUGGESTIONS_FILE).write_text("deny: [купити права]\n", "utf-8")
    with pytest.raises(CorpusError, match=f"{SUGGESTIONS_FILE}:1: 'купити права' must be one word"):
        load_corpus(corpus)


def test_our_own_file_is_right_and_shows_no_popular_question_that_it_denies() -> None:
    problems: list[CorpusProblem] = []
    popular, denied = load_suggestions(ROOT / "corpus", problems)
    assert [str(problem) for problem in problems] == []
    bare = {word for text in denied for word in without_endings(text)}
    assert 3 <= len(popular) <= 8 and bare
    assert [question for question in popular if bare.intersection(without_endings(question))] == []
