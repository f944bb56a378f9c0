"""The corpus as it stands in the repository: complete, valid, in step with its index page, and its
questions kept apart.
"""

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from support.corpus import ROOT, our_corpus
from typer.testing import CliRunner

from qa_service.bootstrap import load_serving
from qa_service.cli import command_line
from qa_service.documents import Corpus
from qa_service.documents.questions import JudgedQuestion, Style, load_questions
from qa_service.documents.schema import json_schema
from qa_service.documents.services import INDEX_FILE, SCHEMA_FILE, index_page, inspect_corpus
from qa_service.encoders.onnx import OnnxEncoder
from qa_service.indexing.snapshot import Snapshot
from qa_service.indexing.texts import off_topic_texts, question_texts
from qa_service.retrieval import QUESTIONS
from qa_service.settings import Settings
from qa_service.stores import VectorStore
from qa_service.stores.exact import ExactStore
from qa_service.text.normalise import normalise
from qa_service.text.tokens import words
from qa_service.text.understand import understand
from qa_service.types import Vectors

CORPUS = ROOT / "corpus"
SERVICES, PASSAGES = 64, 991
MEASURED = ("dev", "golden", "unprompted")
SPLITS = ("train", *MEASURED)
NEAR_DUPLICATE = 0.85
"""Jaccard similarity of two questions' character trigrams from which they count as one question."""

NEAR_DUPLICATE_COSINE = 0.985
"""Cosine of two questions' vectors from which they count as one question, if they are put in the
same words, too.
"""

SAME_WORDS = 0.5
"""Jaccard similarity of two questions' character trigrams above which they are put in the same
words.
"""

NEIGHBOURS = 50
"""Twins of a question that are looked at, the nearest first."""

FEWEST_QUESTIONS = {"train": 5_000, "dev": 500, "golden": 700}
FEWEST_TURNS = 100
NOT_EVERYWHERE = {Style.CONVERSATION, Style.SINGLE, Style.PLAIN, Style.COMPOUND}
"""Of conversations."""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return our_corpus()


def _questions(split: str) -> list[JudgedQuestion]:
    path = CORPUS / "questions" / f"{split}.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is not written yet")
    return load_questions(path)


def test_every_service_and_passage_is_there(corpus: Corpus) -> None:
    assert (len(corpus.services), len(corpus.passages)) == (SERVICES, PASSAGES)
    assert len({passage.id for passage in corpus.passages}) == PASSAGES


def test_every_passage_can_be_asked_for_and_checked(corpus: Corpus) -> None:
    lacking = [
        passage.id
        for passage in corpus.passages
        if not (passage.questions and passage.sources and passage.as_of)
    ]
    assert lacking == []


def test_the_index_page_lists_each_service_with_its_passages(corpus: Corpus) -> None:
    rows = [
        tuple(
            re.sub(r"^\[(.+)\]\(.*\)$", r"\1", cell.strip()).strip("`")
            for cell in line.strip().strip("|").split("|")
        )
        for line in (CORPUS / INDEX_FILE).read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    expected = [
        (service.slug, service.title, str(len(service.passages))) for service in corpus.services
    ]
    assert [row for row in rows if row[-1].isdecimal()] == expected


def test_the_index_page_ends_with_the_totals() -> None:
    last = (CORPUS / INDEX_FILE).read_text("utf-8").splitlines()[-1]
    assert last == f"Total: {SERVICES} services, {PASSAGES} passages."


def test_a_passage_that_is_lost_makes_the_index_page_out_of_date(tmp_path: Path) -> None:
    path = tmp_path / "services" / "licence-exchange.md"
    path.parent.mkdir()
    shutil.copy(CORPUS / "services" / path.name, path)
    for name in ("acts.yaml", "actions.yaml"):
        shutil.copy(CORPUS / name, tmp_path)
    whole, _ = inspect_corpus(tmp_path)
    (tmp_path / INDEX_FILE).write_text(index_page(whole), "utf-8")
    assert inspect_corpus(tmp_path)[1] == []
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex("\n## ")], "utf-8")
    assert [problem.path.name for problem in inspect_corpus(tmp_path)[1]] == [INDEX_FILE]


def test_the_schema_takes_a_source_by_its_id_alone() -> None:
    items = json_schema()["$defs"]["PassageMeta"]["properties"]["sources"]["items"]
    assert [one.get("type", one.get("$ref")) for one in items["anyOf"]] == [
        "string",
        "#/$defs/SourceUse",
    ]


def test_the_schema_file_is_the_codes() -> None:
    assert json.loads((CORPUS / SCHEMA_FILE).read_text("utf-8")) == json_schema()


@pytest.mark.slow  # `make check` runs the command itself
def test_the_check_command_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(command_line(), ["check"])
    assert result.exit_code == 0, result.output
    first = result.output.splitlines()[0]
    assert first == f"corpus is valid: {SERVICES} services, {PASSAGES} passages"


@pytest.mark.parametrize("split", FEWEST_QUESTIONS)
def test_there_are_enough_questions_in_every_style(split: str) -> None:
    questions = _questions(split)
    assert len(questions) >= FEWEST_QUESTIONS[split]
    assert {question.style for question in questions} >= set(Style) - NOT_EVERYWHERE


@pytest.mark.parametrize("split", ["dev"])
def test_conversations_are_about_services_that_exist(corpus: Corpus, split: str) -> None:
    turns = [question for question in _questions(split) if question.style is Style.CONVERSATION]
    assert len(turns) >= FEWEST_TURNS
    assert {turn.context for turn in turns} <= {service.slug for service in corpus.services}


def test_every_passage_has_five_train_questions(corpus: Corpus) -> None:
    counts = Counter(passage for question in _questions("train") for passage in question.passages)
    assert {
        passage.id: counts[passage.id] for passage in corpus.passages if counts[passage.id] < 5
    } == {}


@pytest.mark.parametrize("split", ["dev", "golden"])
def test_a_fifth_of_the_questions_to_measure_with_must_not_be_answered(split: str) -> None:
    questions = _questions(split)
    assert sum(not question.answerable for question in questions) >= len(questions) / 5


@pytest.mark.parametrize("split", SPLITS)
def test_every_question_names_services_and_passages_that_exist(corpus: Corpus, split: str) -> None:
    services = {service.slug: service for service in corpus.services}
    passages = {passage.id: passage for passage in corpus.passages}
    questions = _questions(split)
    dangling = [
        (question.id, name)
        for question in questions
        for name in sorted(question.services - services.keys())
        + sorted(question.passages - passages.keys())
    ]
    foreign = [
        (question.id, name)
        for question in questions
        for name in sorted(question.passages & passages.keys())
        if passages[name].service not in question.services
    ]
    assert questions
    assert (dangling, foreign) == ([], [])


@pytest.mark.parametrize("split", MEASURED)
def test_no_question_to_measure_with_stands_twice(split: str) -> None:
    counts = Counter(normalise(_in_full(question)) for question in _questions(split))
    assert [question for question, count in counts.items() if count > 1] == []


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), list(combinations(SPLITS, 2)))
def test_no_question_to_measure_with_is_known_from_elsewhere(
    corpus: Corpus, one: str, other: str
) -> None:
    known = [_in_full(question) for question in _questions(one)]
    if one == "train":
        known += [
            question
            for passage in corpus.passages
            for question in (passage.title, *passage.questions)
        ]
    assert _told(other, one, near_duplicates(map(_in_full, _questions(other)), known)) == ""


def test_a_question_that_differs_by_a_letter_is_a_near_duplicate() -> None:
    known = ["Скільки коштує поміняти посвідчення водія у Києві?", "Де стоїть сервісний центр?"]
    pairs = list(
        near_duplicates(
            ["скільки коштує поміняти посвідчення водія в Києві", "Де отримати номери?"], known
        )
    )
    assert [(question, twin) for _, question, twin in pairs] == [
        (
            "скільки коштує поміняти посвідчення водія в Києві",
            "Скільки коштує поміняти посвідчення водія у Києві?",
        )
    ]


@pytest.fixture(scope="module")
def snapshot(corpus: Corpus, real_settings: Settings) -> Snapshot:
    """The published index; its rows are those of `question_texts` and `off_topic_texts`."""
    found = load_serving(real_settings).engine.snapshot
    assert found.manifest.corpus_fingerprint == corpus.fingerprint, (
        "the index is of another corpus: run `make index`"
    )
    return found


@pytest.fixture(scope="module")
def vectors(snapshot: Snapshot, model_folder: Path) -> dict[str, Vectors]:
    encoder = OnnxEncoder.load(model_folder)
    return {split: encoder.encode_queries(_read(snapshot, split)) for split in MEASURED}


def _read(snapshot: Snapshot, split: str) -> list[str]:
    """The questions as train questions stand in the index: in the right letters, without the terms
    for their words.
    """
    return [
        understand(_in_full(question), snapshot.vocabulary).reading
        for question in _questions(split)
    ]


def _in_full(question: JudgedQuestion) -> str:
    """A turn of a conversation is one question together with what the conversation is about."""
    return f"{question.question} {question.context or ''}"


@pytest.mark.model
@pytest.mark.parametrize("split", MEASURED)
def test_no_question_to_measure_with_rewords_one_in_the_index(
    corpus: Corpus, snapshot: Snapshot, vectors: dict[str, Vectors], split: str
) -> None:
    questions = _read(snapshot, split)
    asked = rewordings(
        questions,
        vectors[split],
        question_texts(corpus).texts,
        snapshot.stores.legs[QUESTIONS].store,
    )
    assert snapshot.stores.off_topic
    unanswered = rewordings(
        questions, vectors[split], off_topic_texts(corpus).texts, snapshot.stores.off_topic
    )
    assert _told(split, "index", [*asked, *unanswered]) == ""


@pytest.mark.model
@pytest.mark.parametrize("split", ["golden", "unprompted"])
def test_no_question_that_nothing_is_fitted_on_rewords_one_of_dev(
    snapshot: Snapshot, vectors: dict[str, Vectors], split: str
) -> None:
    known, dev = _read(snapshot, "dev"), ExactStore.build(vectors["dev"])
    asked = rewordings(_read(snapshot, split), vectors[split], known, dev)
    assert _told(split, "dev", asked) == ""


def test_a_rewording_is_near_by_its_vector_and_put_in_the_same_words() -> None:
    known = [
        "Скільки коштує обмін прав?",
        "Ціна нового посвідчення водія",
        "Скільки коштує огляд авто?",
    ]
    store = ExactStore.build(np.array([(0.99, 0.141), (0.99, 0.141), (0.98, 0.199)], np.float32))
    found = rewordings(["скільки коштує обмін"], np.array([(1, 0)], np.float32), known, store)
    assert [(question, twin) for _, question, twin in found] == [
        ("скільки коштує обмін", "Скільки коштує обмін прав?")
    ]


def rewordings(
    questions: Sequence[str], vectors: Vectors, known: Sequence[str], store: VectorStore
) -> Iterator[tuple[float, str, str]]:
    """(cosine, question, twin) for each question with a twin in the same words among `known`, whose
    vectors `store` holds.
    """
    assert len(questions) == len(vectors) and len(known) == len(store)
    rows, cosines = store.search(vectors, NEIGHBOURS)
    for number, place in np.argwhere(cosines >= NEAR_DUPLICATE_COSINE).tolist():
        question, twin = questions[number], known[rows[number, place]]
        if _similarity(_trigrams(question), _trigrams(twin)) > SAME_WORDS:
            yield float(cosines[number, place]), question, twin


def _told(split: str, other: str, pairs: Iterable[tuple[float, str, str]]) -> str:
    return "\n".join(
        f"{similarity:.3f}  {split}: {question!r}  {other}: {twin!r}"
        for similarity, question, twin in pairs
    )


def near_duplicates(
    questions: Iterable[str], known: Sequence[str]
) -> Iterator[tuple[float, str, str]]:
    """(similarity, question, twin) for each question with a twin among `known`, by an inverted
    index of trigrams.
    """
    known_trigrams = [_trigrams(text) for text in known]
    sizes = np.array([len(trigrams) for trigrams in known_trigrams])
    lists: dict[str, list[int]] = defaultdict(list)
    for number, trigrams in enumerate(known_trigrams):
        for trigram in trigrams:
            lists[trigram].append(number)
    postings = {trigram: np.array(numbers) for trigram, numbers in lists.items()}
    for question in questions:
        trigrams = _trigrams(question)
        found = [postings[trigram] for trigram in trigrams if trigram in postings]
        if not found:
            continue
        shared = np.bincount(np.concatenate(found), minlength=len(known))
        similarities = shared / (len(trigrams) + sizes - shared)
        for number in np.flatnonzero(similarities >= NEAR_DUPLICATE).tolist():
            yield float(similarities[number]), question, known[number]


def _similarity(one: set[str], other: set[str]) -> float:
    """Jaccard; 0 for two texts of courtesy alone, which read as nothing."""
    return len(one & other) / len(one | other) if one | other else 0.0


def _trigrams(text: str) -> set[str]:
    padded = f" {' '.join(words(text))} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
