"""The scripted calls name what the corpus has, and hold what a call may hold."""

from support.corpus import ROOT

from demo.calls import COMPOUND, load_calls
from qa_service.documents import load_corpus

CALLS = load_calls()
STEPS = [step for call in CALLS for step in call.steps]


def test_calls_expect_what_the_corpus_has() -> None:
    corpus = load_corpus(ROOT / "corpus")
    passages = {passage.id for service in corpus.services for passage in service.passages}
    centres = {centre.number for centre in corpus.centres.centres}
    assert {passage for step in STEPS for passage in step.passages} - passages == set()
    assert {number for step in STEPS for number in step.centres} - centres == set()
    services = {
        (step.service, step.passages[0].partition(".")[0]) for step in STEPS if step.passages
    }
    assert all(service == of_passage for service, of_passage in services)


def test_every_call_asks_and_ends_with_a_new_one() -> None:
    assert len(CALLS) == 12
    for call in CALLS:
        assert sum(bool(step.ask) for step in call.steps) >= 4, call.name
        assert call.steps[-1].press == "new_call"
        assert all(bool(step.ask) != bool(step.press) for step in call.steps)


def test_calls_hold_whatever_happens_at_the_telephone() -> None:
    kinds = {step.kind for step in STEPS if step.ask}
    assert kinds == {
        "first", "follow_up", COMPOUND, "correction", "change", "back", "town", "not_covered",
    }  # fmt: skip
    assert {step.press for step in STEPS if step.press} == {
        "copy", "helped", "wrong:outdated", "wrong:missing", "new_call",
    }  # fmt: skip
    assert all(len(step.passages) > 1 for step in STEPS if step.kind == COMPOUND)
