"""What versions changed, one by one and together. Each test name is the rule."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.corpus import WEIGHTS, make_passage, two_services

from qa_service.documents import Corpus
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing.build import build_index, reweigh_index
from qa_service.indexing.changes import MOST, Change, ChangeKind, ChangeLog, Step, changes, net
from qa_service.indexing.manifest import Manifest
from qa_service.indexing.snapshot import load_snapshot
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.types import Passage

FEE = make_passage("a.fee", "Ціна 5 грн.", "Скільки?")
DAY = datetime(2026, 11, 27, tzinfo=UTC)


def _step(days: int, *found: Change) -> Step:
    """From the version of one day to that of the next."""
    before, after = (DAY + timedelta(number) for number in (days, days + 1))
    return Step(f"version-{days}", before.isoformat(), after.isoformat(), found)


def _change(before: Passage | None, after: Passage | None) -> Change:
    [change] = changes([before] if before else [], [after] if after else [])
    return change


def _text(before: str | None, after: str | None) -> Change:
    return _change(*(replace(FEE, text=text) if text else None for text in (before, after)))


def _together(*versions: Passage | None) -> list[Change]:
    """What all steps from the first to the last of these change, one after the other."""
    steps = [
        _step(day, _change(*pair)) for day, pair in enumerate(itertools.pairwise(versions), start=1)
    ]
    return [change for _, change in net(steps)]


def test_a_passage_is_added_changed_or_removed() -> None:
    other = make_passage("a.term", "Десять днів.", "Коли?")
    dearer = replace(FEE, text="Ціна 7 грн.", as_of="2026-11")
    changed = _change(FEE, dearer)
    assert (changed.kind, changed.passage_id, changed.service) == (ChangeKind.CHANGED, "a.fee", "a")
    assert (changed.before, changed.after, changed.title) == (FEE.text, dearer.text, FEE.title)
    assert changed.fields == ("text", "as_of")
    found = [
        (one.kind, one.passage_id, one.before, one.after, one.fields)
        for one in changes([FEE], [other])
    ]
    assert found == [
        (ChangeKind.ADDED, "a.term", None, other.text, ()),
        (ChangeKind.REMOVED, "a.fee", FEE.text, None, ()),
    ]


def test_the_order_and_the_questions_of_passages_are_no_change() -> None:
    other = make_passage("a.term", "Десять днів.", "Коли?")
    assert not list(changes([FEE, other], [other, replace(FEE, questions=("Почім?",))]))


def test_several_changes_of_a_passage_are_one_with_the_time_of_the_last() -> None:
    last = replace(FEE, text="7")
    steps = [
        _step(1, _text("5", "6")),
        _step(2, _change(replace(last, text="6"), replace(last, as_of="2026-11"))),
    ]
    [(at, change)] = net(steps)
    assert (change.kind, change.before, change.after) == (ChangeKind.CHANGED, "5", "7")
    assert change.fields == ("text", "as_of") and at == steps[1].at


@pytest.mark.parametrize(
    "between",
    [
        replace(FEE, text="6"),
        replace(FEE, title="Інша назва"),
        replace(FEE, as_of="2026-11", title="Інша назва"),
        None,
    ],
)
def test_changes_that_undo_each_other_are_none(between: Passage | None) -> None:
    assert _together(FEE, between, FEE) == []


def test_a_passage_that_was_added_and_removed_again_is_none() -> None:
    assert _together(None, FEE, None) == []


@pytest.mark.parametrize("between", [replace(FEE, title="Інша назва"), None])
def test_of_what_was_changed_only_what_stays_another_is_named(between: Passage | None) -> None:
    dated = replace(FEE, as_of="2026-11")
    [change] = _together(FEE, between, dated)
    assert (change.kind, change.fields) == (ChangeKind.CHANGED, ("as_of",))


def test_a_passage_that_was_removed_and_added_with_another_text_was_changed() -> None:
    [change] = _together(FEE, None, replace(FEE, text="7"))
    assert (change.kind, change.before, change.after) == (ChangeKind.CHANGED, FEE.text, "7")
    assert change.fields == ("text",)


def test_a_passage_that_was_added_and_changed_was_added() -> None:
    [change] = _together(None, replace(FEE, text="6"), replace(FEE, text="7", as_of="2026-11"))
    assert (change.kind, change.before, change.after) == (ChangeKind.ADDED, None, "7")
    assert change.fields == ()


def test_a_passage_that_was_changed_and_removed_was_removed() -> None:
    [change] = _together(replace(FEE, text="5"), replace(FEE, text="6"), None)
    assert (change.kind, change.before, change.after) == (ChangeKind.REMOVED, "5", None)
    assert change.fields == ()


@pytest.mark.parametrize("versions", [(FEE, None, FEE), (None, FEE, None)])
def test_what_was_undone_begins_anew_with_the_next_change(
    versions: tuple[Passage | None, ...],
) -> None:
    last = replace(FEE, as_of="2026-11")
    assert _together(*versions, last) == [_change(versions[0], last)]


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    log = ChangeLog((_step(1, _change(FEE, replace(FEE, as_of="2026-11")), _text("5", None)),))
    log.save(tmp_path)
    assert ChangeLog.load(tmp_path) == log


def test_the_log_is_asked_by_version_and_by_time() -> None:
    log = ChangeLog((_step(1), _step(2), _step(3)))
    assert log.since("version-2") == log.steps[1:] and log.since("version-9") is None
    assert log.after(DAY + timedelta(3)) == log.steps[2:]
    served = DAY + timedelta(4)
    assert log.reaches(DAY + timedelta(1), served.isoformat())
    assert not log.reaches(DAY, served.isoformat())


def test_a_log_without_steps_knows_nothing_before_its_version() -> None:
    assert ChangeLog().reaches(DAY, DAY.isoformat())
    assert not ChangeLog().reaches(DAY - timedelta(seconds=1), DAY.isoformat())


def test_what_is_older_than_ninety_days_or_beyond_the_most_is_left_out() -> None:
    log = ChangeLog((_step(1),)).with_step(_step(92))
    assert [step.since for step in log.steps] == ["version-92"]
    full = _step(1, *[_text("5", "6")] * MOST)
    assert [one.since for one in ChangeLog((full,)).with_step(_step(2)).steps] == [
        "version-1",
        "version-2",
    ]
    more = ChangeLog((full,)).with_step(_step(2, _text("6", "7")))
    assert [step.since for step in more.steps] == ["version-2"]


def _build(index: Path, corpus: Corpus) -> Manifest:
    return build_index(corpus, HashingEncoder(64), index, ExactStore, Bm25Index, WEIGHTS)


def _log(index: Path, manifest: Manifest) -> ChangeLog:
    return load_snapshot(index / manifest.version, ExactStore, Bm25Index).changes


def _texts(step: Step) -> list[tuple[str, str | None, str | None]]:
    return [(one.passage_id, one.before, one.after) for one in step.changes]


def test_each_version_says_what_it_and_those_before_changed(tmp_path: Path) -> None:
    first = _build(tmp_path, two_services("Коштує 5 грн."))
    second = _build(tmp_path, two_services("Коштує 6 грн."))
    third = reweigh_index(tmp_path, HashingEncoder(64), WEIGHTS)
    log = _log(tmp_path, third)
    assert _log(tmp_path, first) == ChangeLog()
    assert [step.since for step in log.steps] == [first.version, second.version]
    assert [step.since_at for step in log.steps] == [first.created, second.created]
    assert list(map(_texts, log.steps)) == [
        [("licence.fee", "Коштує 5 грн.", "Коштує 6 грн.")],
        [],
    ]


def test_a_version_after_one_that_cannot_be_read_begins_the_log_anew(tmp_path: Path) -> None:
    first = _build(tmp_path, two_services())
    (tmp_path / first.version / "passages.jsonl").write_text("{", "utf-8")
    assert _log(tmp_path, _build(tmp_path, two_services("Коштує 6 грн."))) == ChangeLog()
