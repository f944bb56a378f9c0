"""The editors' dictionary: what is wrong with it is said with file and line; the repository's own
is right.
"""

from pathlib import Path

import pytest
from support.corpus import ROOT, our_corpus, write_corpus
from typer.testing import CliRunner

from qa_service.cli import command_line
from qa_service.documents import load_corpus
from qa_service.documents.yaml_files import SYNONYMS_FILE, load_synonyms
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.text.tokens import stems
from qa_service.text.understand import Synonyms

CORPUS = ROOT / "corpus"
ENTRY = "- say: [права, корочки]\n  means: посвідчення водія\n"
SHAPE = "an entry has say, means"


def _loaded(folder: Path, content: str | bytes) -> tuple[dict[str, str], list[str]]:
    """The terms, and the findings without the path that each begins with."""
    path = folder / SYNONYMS_FILE
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems: list[CorpusProblem] = []
    terms = load_synonyms(folder, problems)
    assert all(str(problem).startswith(f"{path}:") for problem in problems)
    return terms, [str(problem).removeprefix(f"{path}:") for problem in problems]


def test_every_saying_stands_for_the_term_of_its_entry(tmp_path: Path) -> None:
    terms, problems = _loaded(
        tmp_path, f"# Права\n{ENTRY}\n- say: [номера]\n  means: номерні знаки\n"
    )
    assert terms == {
        "права": "посвідчення водія",
        "корочки": "посвідчення водія",
        "номера": "номерні знаки",
    }
    assert problems == []


def test_a_saying_is_kept_as_questions_are_normalised(tmp_path: Path) -> None:
    assert _loaded(tmp_path, "- say: [' Водійські  ПРАВА ', пам’ять]\n  means: Посвідчення\n")[
        0
    ] == {
        "водійські права": "Посвідчення",
        "пам'ять": "Посвідчення",
    }


def test_a_byte_order_mark_is_no_finding(tmp_path: Path) -> None:
    terms, problems = _loaded(tmp_path, b"\xef\xbb\xbf" + ENTRY.encode())
    assert terms.keys() == {"права", "корочки"} and problems == []


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    problems: list[CorpusProblem] = []
    assert (load_synonyms(tmp_path, problems), problems) == ({}, [])


@pytest.mark.parametrize("content", ["", "\n", "# Лише пояснення.\n", "[]\n"])
def test_an_empty_file_holds_none(tmp_path: Path, content: str) -> None:
    assert _loaded(tmp_path, content) == ({}, [])


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        pytest.param(
            f"{ENTRY}- say: [\n", "4: mend the YAML here: expected the node content", id="not YAML"
        ),
        pytest.param(
            f"{ENTRY}\t- say: [номера]\n",
            "3: mend the YAML here: found character '\\t'",
            id="a tab",
        ),
        pytest.param(
            "права: посвідчення\n",
            "1: must be a list of entries with say, means",
            id="a mapping",
        ),
        pytest.param(
            "права\n",
            "1: must be a list of entries with say, means",
            id="a text",
        ),
        pytest.param(
            f"{ENTRY}- say: [номера]\n  means: номер\n  say: [бляхи]\n",
            "5: 'say' stands twice: keep one",
            id="a key twice",
        ),
        pytest.param(b"# \xff\n", "1: cannot be read, save it as UTF-8: ", id="not UTF-8"),
    ],
)
def test_a_file_that_is_no_list_holds_none_and_says_what_it_must_be(
    tmp_path: Path, content: str | bytes, finding: str
) -> None:
    terms, [problem] = _loaded(tmp_path, content)
    assert terms == {} and problem.startswith(finding)


def test_an_anchor_may_be_named_often_and_is_looked_at_once(tmp_path: Path) -> None:
    many = "".join(f"- &a{n} {[f'*a{n - 1}'] * 9}\n".replace("'", "") for n in range(1, 40))
    terms, problems = _loaded(tmp_path, f"- &a0 [права]\n{many}{ENTRY}")
    assert terms.keys() == {"права", "корочки"} and len(problems) == 40


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        pytest.param("- means: знак\n", "say: Field required", id="no say"),
        pytest.param("- say: [знак]\n", "means: Field required", id="no means"),
        pytest.param(
            "- say: []\n  means: знак\n", "say: List should have at least 1 item", id="nothing said"
        ),
        pytest.param(
            "- say: знак\n  means: знак\n", "say: Input should be a valid list", id="not a list"
        ),
        pytest.param(
            "- say: [знак, no]\n  means: знак\n",
            "say.1: Input should be a valid string",
            id="YAML's no",
        ),
        pytest.param(
            "- say: [' ']\n  means: знак\n",
            "say.0: String should have at least 1 character",
            id="white space",
        ),
        pytest.param(
            "- say: [знак]\n  means:\n", "means: Input should be a valid string", id="nothing meant"
        ),
        pytest.param(
            "- say: [знак]\n  means: знак\n  note: так\n",
            "note: Extra inputs are not permitted",
            id="unknown key",
        ),
        pytest.param("- знак\n", "the entry: Input should be a valid dictionary", id="no mapping"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line_and_the_others_hold(
    tmp_path: Path, entry: str, place: str
) -> None:
    terms, [problem] = _loaded(tmp_path, f"# Два записи\n{entry}{ENTRY}")
    line, _, said = problem.partition(": ")
    assert line in ("2", "3", "4") and said.startswith(place) and said.endswith(SHAPE)
    assert terms.keys() == {"права", "корочки"}


def test_a_saying_has_one_meaning_the_first(tmp_path: Path) -> None:
    terms, problems = _loaded(tmp_path, f"{ENTRY}- say: [номера, ПРАВА]\n  means: знак\n")
    assert terms == {"права": "посвідчення водія", "корочки": "посвідчення водія", "номера": "знак"}
    assert problems == ["3: 'права' means 'посвідчення водія' already: keep one"]


def test_a_saying_twice_in_one_entry_is_a_finding_too(tmp_path: Path) -> None:
    assert _loaded(tmp_path, "- say: [права, Права]\n  means: знак\n")[1] == [
        "1: 'права' means 'знак' already: keep one"
    ]


def test_a_saying_has_three_words_at_most(tmp_path: Path) -> None:
    terms, problems = _loaded(
        tmp_path, "- say: [як мені отримати права, як отримати права]\n  means: знак\n"
    )
    assert (terms, problems) == (
        {"як отримати права": "знак"},
        ["1: 'як мені отримати права' must be one to 3 words"],
    )


def test_the_corpus_carries_its_synonyms_and_its_fingerprint_covers_them(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    before = load_corpus(corpus)
    (corpus / SYNONYMS_FILE).write_text(ENTRY, "utf-8")
    after = load_corpus(corpus)
    assert (before.synonyms, after.synonyms) == (
        {},
        {"права": "посвідчення водія", "корочки": "посвідчення водія"},
    )
    assert (after.passages, after.services) == (before.passages, before.services)
    (corpus / SYNONYMS_FILE).write_text(ENTRY.replace("корочки", "картка"), "utf-8")
    assert len({before.fingerprint, after.fingerprint, load_corpus(corpus).fingerprint}) == 3


def test_a_corpus_with_a_finding_in_its_synonyms_is_not_loaded(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    (corpus / SYNONYMS_FILE).write_text("- права\n", "utf-8")
    with pytest.raises(CorpusError, match=f"{SYNONYMS_FILE}:1: the entry: "):
        load_corpus(corpus)


def test_the_check_command_prints_every_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    corpus = write_corpus(tmp_path)
    assert CliRunner().invoke(command_line(), ["check"]).exit_code == 0
    (corpus / SYNONYMS_FILE).write_text(
        f"{ENTRY}- say: [права]\n  means: знак\n- say: [номера]\n", "utf-8"
    )
    result = CliRunner().invoke(command_line(), ["check"])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"corpus/synonyms.yaml:5: means: Field required; {SHAPE}",
        "corpus/synonyms.yaml:3: 'права' means 'посвідчення водія' already: keep one",
    ]


@pytest.fixture(scope="module")
def own() -> dict[str, str]:
    problems: list[CorpusProblem] = []
    terms = load_synonyms(CORPUS, problems)
    assert [str(problem) for problem in problems] == []
    return terms


def test_our_own_synonyms_cover_over_150_terms(own: dict[str, str]) -> None:
    assert len(set(own.values())) > 150


def test_the_texts_of_our_services_hold_every_word_of_our_terms(own: dict[str, str]) -> None:
    services = our_corpus().services
    named = [text for service in services for text in (service.title, service.official_name or "")]
    told = [
        text
        for service in services
        for passage in service.passages
        for text in (passage.title, passage.text)
    ]
    known = {stem for text in (*named, *told) for stem in stems(text)}
    lacking = {
        term: words
        for term in own.values()
        if (words := [stem for stem in stems(term) if stem not in known])
    }
    assert lacking == {}


def test_each_of_our_own_sayings_finds_the_term_that_it_stands_for(own: dict[str, str]) -> None:
    """Not that of another saying which differs from it by endings only."""
    synonyms = Synonyms(own)
    found = {saying: [term for _, term in synonyms.found_in(saying)] for saying in own}
    assert found == {saying: [term] for saying, term in own.items()}
