"""The threshold of turns in a talk. Each test name is the rule."""

from pathlib import Path

import pytest
from support.app import engine_that_knows_off_topic

from qa_service.documents.dialogues import Dialogue, DialogueTurn, TurnKind
from qa_service.modelling import fit_talks
from qa_service.modelling.fit_talks import MAX_FALSE_IN_TALK, fit_sure_in_talk
from qa_service.types import Channel

pytestmark = pytest.mark.filterwarnings("error")
SURE = {"site": 0.5, "operator": 0.2, "chatbot": 0.6}


def talks(monkeypatch: pytest.MonkeyPatch, *confidences: float) -> list[Dialogue]:
    """Conversations whose turns that nothing answers were given these confidences."""
    found = [(confidence,) for confidence in confidences]
    dialogues = [Dialogue(id=str(number), turns=()) for number in range(len(found))]
    monkeypatch.setattr(
        fit_talks, "false_confidences", lambda engine, dialogue: found[int(dialogue.id)]
    )
    return dialogues


def test_the_threshold_is_the_lowest_that_keeps_within_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода")
    false = [0.9] * 6 + [0.8] * 4 + [0.1] * 90
    fitted = fit_sure_in_talk(engine, talks(monkeypatch, *false), SURE)
    assert MAX_FALSE_IN_TALK[Channel.CHATBOT] == 0.06 and fitted["chatbot"] == 0.81
    assert MAX_FALSE_IN_TALK[Channel.SITE] == 0.1 and fitted["site"] == 0.5


def test_it_is_never_below_that_of_single_questions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода")
    assert fit_sure_in_talk(engine, talks(monkeypatch, 0.0), SURE) == SURE
    assert fit_sure_in_talk(engine, [], SURE) == SURE


def test_it_is_that_of_single_questions_where_no_step_is_as_high(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода")
    sure = dict.fromkeys(SURE, 0.99)
    assert fit_sure_in_talk(engine, talks(monkeypatch, 1.0), sure) == sure


def test_only_turns_in_a_talk_that_name_a_subject_and_have_no_answer_count(
    tmp_path: Path,
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода")
    right = frozenset({"licence-exchange.fee"})
    turns = (
        DialogueTurn(kind=TurnKind.NOT_COVERED, text="яка погода у Києві"),
        DialogueTurn(
            kind=TurnKind.FIRST,
            text="Скільки коштує обмін посвідчення водія?",
            services=("licence-exchange",),
            passages=right,
        ),
        DialogueTurn(kind=TurnKind.NOT_COVERED, text="а скільки"),
        DialogueTurn(kind=TurnKind.SMALL_TALK, text="дякую вам за посвідчення"),
        DialogueTurn(kind=TurnKind.NOT_COVERED, text="а яка погода у Києві завтра"),
    )
    found = list(fit_talks.false_confidences(engine, Dialogue(id="d", turns=turns)))
    assert len(found) == 1
