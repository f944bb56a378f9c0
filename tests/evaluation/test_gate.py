"""A version answers the questions before it is published, and the served one where that is not
known. Each test name is the rule.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.corpus import EXCHANGE, FEE_QUESTION, PLATES, tiny_settings, write_corpus

from qa_service.bootstrap import build, engine_over, gate, open_version
from qa_service.encoders import Encoder
from qa_service.engine import QAEngine
from qa_service.errors import GateError
from qa_service.evaluation.gate import Gate
from qa_service.indexing.gate import GATE_FILE, Trial
from qa_service.indexing.versions import current_folder, current_version
from qa_service.settings import Settings

PLATE_QUESTION = "ціна нового номера на авто"
JUDGED = [
    {
        "question": FEE_QUESTION,
        "style": "formal",
        "services": ["licence-exchange"],
        "passages": ["licence-exchange.fee"],
        "answerable": True,
    },
    {
        "question": PLATE_QUESTION,
        "style": "formal",
        "services": ["plates-lost"],
        "passages": ["plates-lost.fee"],
        "answerable": True,
    },
    {"question": "яка погода", "style": "formal", "answerable": False},
]
DEARER = EXCHANGE.replace("572", "999")
WITHOUT_FEE = EXCHANGE.replace("{#fee topic=fee}", "{#price topic=fee}")
"""The passage has another id, so that what was judged is not found any more."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_corpus(tmp_path, {"licence-exchange": EXCHANGE, "plates-lost": PLATES})
    questions = tmp_path / "corpus" / "questions"
    questions.mkdir()
    lines = [json.dumps(one, ensure_ascii=False) for one in JUDGED]
    (questions / "dev.jsonl").write_text("\n".join(lines), "utf-8")
    return tiny_settings(tmp_path)


def _edit(settings: Settings, text: str) -> None:
    (settings.corpus / "services" / "licence-exchange.md").write_text(text, "utf-8")


def _publish(settings: Settings, force: bool = False) -> Gate:
    judge = gate(settings, force)
    assert judge
    build(settings, judge=judge, force=force)
    return judge


def _trial(settings: Settings) -> Trial:
    trial = Trial.load(current_folder(settings.index))
    assert trial
    return trial


def test_a_version_keeps_what_it_answered(settings: Settings) -> None:
    assert _publish(settings).comparison is None  # nothing to compare the first one with
    trial = _trial(settings)
    assert trial.outcomes.keys() == {FEE_QUESTION, PLATE_QUESTION, "яка погода"}
    assert trial.outcomes[FEE_QUESTION].passage == "licence-exchange.fee"
    assert [one.found for one in trial.outcomes.values()] == [True, True, None]


def test_a_version_that_answers_as_well_is_published(settings: Settings) -> None:
    _publish(settings)
    _edit(settings, DEARER)
    comparison = _publish(settings).comparison
    assert comparison and comparison.changed == []
    assert "999" in (current_folder(settings.index) / "passages.jsonl").read_text("utf-8")


def test_a_version_that_loses_an_answer_is_not_published_and_leaves_nothing(
    settings: Settings,
) -> None:
    _publish(settings)
    served = current_version(settings.index)
    _edit(settings, WITHOUT_FEE)
    with pytest.raises(GateError, match=r"answer@3 falls from 1\.000 to 0\.500") as caught:
        _publish(settings)
    assert f"lost {FEE_QUESTION}" in caught.value.report
    assert current_version(settings.index) == served
    folders = {one.name for one in settings.index.iterdir() if one.is_dir()}
    assert folders == {served}


def test_what_is_forced_is_published_and_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _publish(settings)
    served = current_version(settings.index)
    _edit(settings, WITHOUT_FEE)
    _publish(settings, force=True)
    assert current_version(settings.index) != served
    assert "published though the gate refuses it: answer@3 falls" in caplog.text


def _with_opened(settings: Settings, opened: list[Path]) -> Gate:
    judge = gate(settings, force=False)
    assert judge

    def open_engine(folder: Path, encoder: Encoder) -> QAEngine:
        opened.append(folder)
        return engine_over(open_version(folder, settings, encoder), encoder, settings)

    return Gate(settings.index, open_engine, judge.judged)


def _changed_questions(settings: Settings) -> None:
    path = settings.corpus / "questions" / "dev.jsonl"
    path.write_text(path.read_text("utf-8").replace("яка погода", "котра година"), "utf-8")


def _forget(settings: Settings) -> None:
    build(settings, force=True)  # without a gate


@pytest.mark.parametrize(
    ("prepare", "engines"),
    [
        pytest.param(lambda settings: None, 1, id="its answers are kept"),
        pytest.param(_changed_questions, 2, id="other questions"),
        pytest.param(_forget, 2, id="no answers are kept"),
    ],
)
def test_the_served_version_answers_again_only_where_its_answers_are_not_known(
    settings: Settings, prepare: Callable[[Settings], None], engines: int
) -> None:
    _publish(settings)
    prepare(settings)
    _edit(settings, DEARER)
    opened: list[Path] = []
    judge = _with_opened(settings, opened)
    build(settings, judge=judge)
    assert len(opened) == engines and judge.comparison


def test_a_served_version_that_cannot_be_opened_is_no_reason_not_to_publish(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _publish(settings)
    folder = current_folder(settings.index)
    (folder / GATE_FILE).unlink()
    shutil.rmtree(folder / "passages")
    _edit(settings, DEARER)
    assert _publish(settings).comparison is None
    assert "there is no version to compare with" in caplog.text


def test_real_questions_count_though_nobody_judged_them(settings: Settings) -> None:
    _publish(settings)
    judge = gate(settings, force=False)
    assert judge
    real = [f"скільки коштує обмін {number}" for number in range(20)]

    def open_engine(folder: Path, encoder: Encoder) -> QAEngine:
        return engine_over(open_version(folder, settings, encoder), encoder, settings)

    _edit(settings, WITHOUT_FEE)
    with pytest.raises(GateError, match=r"of 21 questions get another top answer"):
        build(settings, judge=Gate(settings.index, open_engine, judge.judged[1:2], real))


def test_a_corpus_without_judged_questions_has_no_gate(settings: Settings) -> None:
    (settings.corpus / "questions" / "dev.jsonl").unlink()
    assert gate(settings, force=False) is None
