"""When a new version may not take the place of the one before. Each test name is the rule."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from qa_service.errors import GateError
from qa_service.indexing.gate import FEW_CHANGED, GATE_FILE, Comparison, Outcome, Trial


def _trial(outcomes: Mapping[str, Outcome]) -> Trial:
    return Trial("questions-1", outcomes)


def _comparison(lost: int = 0, moved: int = 0, judged: int = 1_000) -> Comparison:
    """`lost` questions lose their answer, `moved` more get another one that is right, too."""
    before = {f"питання {number}": Outcome("a.fee", True) for number in range(judged)}
    after = dict(before)
    for number in range(lost):
        after[f"питання {number}"] = Outcome(None, False)
    for number in range(lost, lost + moved):
        after[f"питання {number}"] = Outcome("b.fee", True)
    return Comparison(_trial(before), _trial(after))


def test_a_version_that_answers_alike_passes() -> None:
    _comparison().require()


def test_a_point_of_answer_at_3_may_be_lost_and_no_more() -> None:
    _comparison(lost=10).require()
    with pytest.raises(
        GateError, match=r"answer@3 falls from 1\.000 to 0\.989; the served"
    ) as caught:
        _comparison(lost=11).require()
    assert "\n" not in str(caught.value) and "`qa-service build --force`" in str(caught.value)


def test_one_in_twenty_top_answers_may_be_another_and_no_more() -> None:
    _comparison(moved=50).require()
    with pytest.raises(GateError, match="51 of 1000 questions get another top answer"):
        _comparison(moved=51).require()


def test_of_few_questions_some_may_change_in_any_case() -> None:
    _comparison(moved=FEW_CHANGED, judged=20).require()
    with pytest.raises(GateError):
        _comparison(moved=FEW_CHANGED + 1, judged=20).require()


def test_questions_that_nobody_judged_count_as_changed_only() -> None:
    before = {"чиє це": Outcome("a.fee", None)}
    comparison = Comparison(_trial(before), _trial({"чиє це": Outcome(None, None)}))
    comparison.require()
    assert len(comparison.changed) == 1 and comparison.after.answer_at_3 == 1


def test_the_report_names_each_question_with_both_passages_what_was_lost_first() -> None:
    head, *lines = _comparison(lost=1, moved=1).report().splitlines()
    assert head == (
        "answer@3 1.000 -> 0.999 (at most 0.01 less); 2 of 1000 top answers differ (at most 5%)"
    )
    assert lines == [
        "lost питання 0",
        "     a.fee -> none",
        "     питання 1",
        "     a.fee -> b.fee",
    ]


def test_a_long_report_says_how_many_more_there_are() -> None:
    assert _comparison(moved=45).report().splitlines()[-1].strip() == "and 25 more"


def test_the_answers_of_a_version_are_kept_in_it(tmp_path: Path) -> None:
    trial = _comparison(lost=1).after
    trial.save(tmp_path)
    assert Trial.load(tmp_path) == trial


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]"])
def test_answers_that_cannot_be_read_are_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / GATE_FILE).write_bytes(content)
    assert Trial.load(tmp_path) is None
