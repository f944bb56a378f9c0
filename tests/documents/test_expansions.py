"""Train questions help to find a passage; they are never shown as its own."""

import json
from collections.abc import Mapping
from pathlib import Path

from qa_service.documents import Corpus, load_corpus
from qa_service.documents.dialogues import TRAIN_DIALOGUES_FILE
from qa_service.documents.questions import TRAIN_FILE, load_expansions
from qa_service.errors import CorpusProblem
from qa_service.types import Reason

KNOWN = {"licence.fee": "Обмін прав коштує 572 грн.", "plates.fee": "Номер коштує 320 грн."}


def _expansions(
    folder: Path, *lines: dict[str, object] | str
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    path = folder / TRAIN_FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8"
    )
    problems: list[CorpusProblem] = []
    found, _ = load_expansions(folder, KNOWN, problems)
    return found, [str(problem).removeprefix(f"{path}:") for problem in problems]


def _line(question: str, *passages: str, style: str = "formal") -> dict[str, object]:
    return {
        "id": "t",
        "question": question,
        "style": style,
        "passages": passages,
        "answerable": bool(passages),
    }


def test_a_question_belongs_to_each_passage_that_answers_it(tmp_path: Path) -> None:
    found, problems = _expansions(
        tmp_path, _line("ціна прав", "licence.fee"), _line("яка ціна", "licence.fee", "plates.fee")
    )
    assert found == {"licence.fee": ("ціна прав", "яка ціна"), "plates.fee": ("яка ціна",)}
    assert problems == []


def test_a_question_in_other_letters_is_kept_as_it_is_read(tmp_path: Path) -> None:
    lines = [
        _line("j,vsy ghfd", "licence.fee", style="layout"),
        _line("obmin prav", "licence.fee", style="translit"),
    ]
    assert _expansions(tmp_path, *lines)[0] == {"licence.fee": ("обмін прав", "обмін прав")}


def test_a_question_without_an_answer_expands_nothing_and_is_known_as_off_topic(
    tmp_path: Path,
) -> None:
    assert _expansions(tmp_path, _line("погода завтра"), _line("yjvth", style="layout")) == ({}, [])
    problems: list[CorpusProblem] = []
    assert load_expansions(tmp_path, KNOWN, problems) == (
        {},
        {"погода завтра": None, "номер": None},
    )


def test_a_passage_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    lines = (_line("ціна прав", "licence.fee"), "", _line("?", "licence.gone", style="layout"), "{")
    _, problems = _expansions(tmp_path, *lines)
    assert problems[0] == "3: there is no passage 'licence.gone'"
    assert problems[1].startswith("4: ")


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    problems: list[CorpusProblem] = []
    assert load_expansions(tmp_path, KNOWN, problems) == ({}, {})
    assert problems == []


PLATES = (
    "---\nslug: plates\ntitle: Номери\ngroup: plates\naliases: [номери]\naudience: "
    "усі\nchannels: [diia]\n"
    "reviewed: 2026-01-01\nsources: [{id: law, title: Закон}]\n---\n"
    "## Ціна {#fee topic=fee}\nЦіна 650 грн.\n```yaml\nas_of: 2025\nsources: [law]\n```\n"
)


def _corpus(folder: Path) -> Corpus:
    (folder / "services").mkdir(exist_ok=True)
    (folder / "services" / "plates.md").write_text(PLATES, "utf-8")
    return load_corpus(folder)


def _talk(*turns: Mapping[str, object]) -> str:
    """A train conversation, after one that is left to the weights."""
    path = [{"id": "t0", "turns": []}, {"id": "t1", "turns": turns}]
    return "\n".join(map(json.dumps, path))


def test_a_turn_that_says_what_it_asks_is_known_as_well(tmp_path: Path) -> None:
    right = {"kind": "follow_up", "services": ["plates"], "passages": ["plates.fee"]}
    (tmp_path / "questions").mkdir()
    (tmp_path / TRAIN_DIALOGUES_FILE).write_text(
        _talk(
            right | {"text": "а скільки коштують мотоциклетні номерні знаки"},
            right | {"text": "а скільки"},
            {"kind": "small_talk", "text": "ну ясно, подумаю"},
            {"kind": "small_talk", "text": "ок"},
            {"kind": "not_covered", "text": "а чи красиві у вас номери на мотоцикли"},
            {"kind": "not_covered", "text": "а чому"},
        ),
        "utf-8",
    )
    _expansions(tmp_path, _line("привіт бабусю"))
    corpus = _corpus(tmp_path)
    turn = "а скільки коштують мотоциклетні номерні знаки"
    assert corpus.expansions == {"plates.fee": (turn,)}
    assert corpus.off_topic[0] == "привіт бабусю"
    assert len(corpus.off_topic) == 3 and corpus.reasons == [None, Reason.SMALL_TALK, None]


def test_a_turn_about_a_passage_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    gone = {"kind": "first", "services": ["plates"], "passages": ["plates.gone"]}
    (tmp_path / "questions").mkdir()
    path = tmp_path / TRAIN_DIALOGUES_FILE
    path.write_text(_talk(gone | {"text": "скільки коштують номери на мотоцикл"}), "utf-8")
    _expansions(tmp_path, _line("погода завтра"))
    problems: list[CorpusProblem] = []
    load_expansions(tmp_path, KNOWN, problems)
    assert [str(problem) for problem in problems] == [
        f"{path}:2: there is no passage 'plates.gone'"
    ]


def test_a_vague_message_is_neither_a_known_question_nor_off_topic(tmp_path: Path) -> None:
    _expansions(tmp_path, _line("номери") | {"kind": "ambiguous"}, _line("погода завтра"))
    corpus = _corpus(tmp_path)
    assert (corpus.vague, corpus.off_topic) == (("номери",), ("погода завтра",))


def test_the_corpus_carries_its_expansions_and_its_fingerprint_covers_them(tmp_path: Path) -> None:
    before = _corpus(tmp_path)
    _expansions(tmp_path, _line("скільки за номери", "plates.fee"))
    after = load_corpus(tmp_path)
    assert (before.expansions, after.expansions) == ({}, {"plates.fee": ("скільки за номери",)})
    assert after.fingerprint != before.fingerprint
    assert after.passages == before.passages
