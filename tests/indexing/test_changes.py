"""What versions changed, one by one and together. Each test name is the rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.corpus import WEIGHTS, make_passage, two_services

from qa_service.documents import Corpus
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing.build import build_index, reweigh_index
from qa_service.indexing.changes import MOST, Change, ChangeKind, ChangeLog, Step, changes, net
from qa_service.indexing.manifest import Manifest
from qa_service.indexing.snapshot import load_snapshot
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore

FEE = make_passage("a.fee", "Ціна 5 грн.", "Скільки?")
DAY = datetime(2026, 11, 27, tzinfo=UTC)


def _step(days: int, *found: Change) -> Step:
    """From the version of one day to that of the next."""
    before, after = (DAY + timedelta(number) for number in (days, days + 1))
    return Step(f"version-{days}", before.isoformat(), after.isoformat(), found)


def _text(before: str | None, after: str | None, *named: str) -> Change:
    [change] = changes(
        [replace(FEE, text=before)] if before else [], [replace(FEE, text=after)] if after else []
    )
    return replace(change, fields=named or change.fields)


def test_a_passage_is_added_changed_or_removed() -> None:
    other = make_passage("a.term", "Десять днів.", "Коли?")
    dearer = replace(FEE, text="Ціна 7 грн.", as_of="2026-11")
    found = list(changes([FEE], [dearer]))
    assert found == [
        Change(
            ChangeKind.CHANGED, "a.fee", "a", FEE.title, FEE.text, dearer.text, ("text", "as_of")
        )
    ]
    kinds = [(one.kind, one.passage_id, one.before, one.after) for one in changes([FEE], [other])]
    assert kinds == [
        (ChangeKind.ADDED, "a.term", None, other.text),
        (ChangeKind.REMOVED, "a.fee", FEE.text, None),
    ]


def test_the_order_and_the_questions_of_passages_are_no_change() -> None:
    other = make_passage("a.term", "Десять днів.", "Коли?")
    assert not list(changes([FEE, other], [other, replace(FEE, questions=("Почім?",))]))


def test_several_changes_of_a_passage_are_one_with_the_time_of_the_last() -> None:
    steps = [_step(1, _text("5", "6")), _step(2, _text("6", "7", "text", "figure"))]
    [(at, change)] = net(steps)
    assert (change.kind, change.before, change.after) == (ChangeKind.CHANGED, "5", "7")
    assert set(change.fields) == {"text", "figure"} and at == steps[1].at


def test_changes_that_undo_each_other_are_none() -> None:
    assert net([_step(1, _text("5", "6")), _step(2, _text("6", "5"))]) == []
    assert net([_step(1, _text(None, "6")), _step(2, _text("6", None))]) == []


def test_a_passage_that_was_added_and_changed_was_added() -> None:
    [(_, change)] = net([_step(1, _text(None, "6")), _step(2, _text("6", "7"))])
    assert (change.kind, change.before, change.after) == (ChangeKind.ADDED, None, "7")


def test_a_passage_that_was_changed_and_removed_was_removed() -> None:
    [(_, change)] = net([_step(1, _text("5", "6")), _step(2, _text("6", None))])
    assert (change.kind, change.before, change.after) == (ChangeKind.REMOVED, "5", None)


def test_the_log_is_asked_by_version_and_by_time() -> None:
    log = ChangeLog((_step(1), _step(2), _step(3)))
    assert log.since("version-2") == log.steps[1:] and log.since("version-9") is None
    assert log.after(DAY + timedelta(3)) == log.steps[2:]
    assert log.reaches(DAY + timedelta(1)) and not log.reaches(DAY)
    assert ChangeLog().reaches(DAY)


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
