"""Turns of talks, and questions put into talks, to train the encoder on."""

from dataclasses import replace

import numpy as np
import pytest
from support.corpus import two_services

from qa_service.documents.dialogues import Dialogue, DialogueTurn, TurnKind
from qa_service.modelling.adapt import corpus_vocabulary
from qa_service.modelling.batches import NOTHING, BatchSizes, Pair, batches
from qa_service.modelling.turn_pairs import in_talks, turn_pairs
from qa_service.text.normalise import normalise

CORPUS = replace(two_services(), off_topic=("яка погода на завтра",))
LICENCE, PLATES = (normalise(service.title) for service in CORPUS.services)
ROWS = {passage.id: row for row, passage in enumerate(CORPUS.passages)}


def _turn(kind: TurnKind, text: str, *passages: str) -> DialogueTurn:
    services = tuple(dict.fromkeys(one.split(".")[0] for one in passages))
    return DialogueTurn(kind=kind, text=text, services=services, passages=frozenset(passages))


def _pairs(*turns: DialogueTurn) -> list[Pair]:
    return turn_pairs(CORPUS, [Dialogue(id="1", turns=turns)], corpus_vocabulary(CORPUS))


FIRST = _turn(TurnKind.FIRST, "скільки коштує обмін прав", "licence.fee")


def test_a_turn_is_read_after_the_procedure_that_the_talk_was_about_before_it() -> None:
    pairs = _pairs(
        FIRST,
        _turn(TurnKind.FOLLOW_UP, "а чекати довго?", "licence.term"),
        _turn(TurnKind.CHANGE, "а номери почім", "plates.fee"),
        _turn(TurnKind.FOLLOW_UP, "де їх взяти", "plates.where", "plates.documents"),
    )
    assert pairs == [
        Pair("а чекати довго?", ROWS["licence.term"], LICENCE, is_turn=True),
        Pair("а номери почім", ROWS["plates.fee"], LICENCE, is_turn=True),
        Pair("де їх взяти", ROWS["plates.where"], PLATES, is_turn=True),
        Pair("де їх взяти", ROWS["plates.documents"], PLATES, is_turn=True),
    ]


def test_what_nothing_answers_is_a_pair_with_nothing_and_leaves_the_talk_where_it_was() -> None:
    pairs = _pairs(
        FIRST,
        _turn(TurnKind.NOT_COVERED, "а фото там красиве?"),
        _turn(TurnKind.FOLLOW_UP, "чекати довго?", "licence.term"),
    )
    assert pairs == [
        Pair("а фото там красиве?", NOTHING, LICENCE, is_turn=True),
        Pair("чекати довго?", ROWS["licence.term"], LICENCE, is_turn=True),
    ]


@pytest.mark.parametrize("kind", [TurnKind.CHOICE, TurnKind.SMALL_TALK, TurnKind.VAGUE])
def test_a_turn_that_does_not_say_what_it_asks_is_left_out(kind: TurnKind) -> None:
    assert _pairs(FIRST, _turn(kind, "друге", "plates.fee")) == []


def test_nothing_is_read_after_a_name_before_the_talk_has_a_procedure() -> None:
    assert _pairs(_turn(TurnKind.FOLLOW_UP, "а чекати довго?", "licence.term")) == []


def test_a_share_of_the_questions_is_asked_in_talks_half_of_them_about_their_own_procedure() -> (
    None
):
    pairs = [Pair("скільки коштує", ROWS["licence.fee"])] * 4000
    put = in_talks(pairs, CORPUS, 0.5, np.random.default_rng(1))
    names = [pair.after for pair in put]
    assert {*names} == {"", LICENCE, PLATES}
    assert names.count("") == pytest.approx(2000, abs=100)
    # Half of them in their own, the others in any.
    assert names.count(PLATES) == pytest.approx(500, abs=70)
    assert [replace(pair, after="") for pair in put] == pairs


def test_turns_keep_the_procedure_of_their_talk() -> None:
    turns = [Pair("чекати довго?", 1, LICENCE, is_turn=True)] * 50
    assert in_talks(turns, CORPUS, 1.0, np.random.default_rng(1)) == turns


def test_a_question_that_nothing_answers_may_be_asked_in_any_talk() -> None:
    put = in_talks([Pair("рецепт борщу", NOTHING)] * 50, CORPUS, 1.0, np.random.default_rng(1))
    assert {pair.after for pair in put} == {LICENCE, PLATES}


def test_a_turn_is_asked_and_never_known() -> None:
    pairs = [Pair("обмін прав", 0), Pair("а чекати?", 0, LICENCE, is_turn=True)]
    found = batches(
        pairs,
        ["текст"],
        [[], []],
        [],
        lambda pair: f"{pair.after}|{pair.question}",
        20,
        BatchSizes(1, 0, 0),
        np.random.default_rng(1),
    )
    put = [(batch.questions, batch.known) for batch in found]
    assert {question for questions, _ in put for question in questions} == {
        "|обмін прав",
        f"{LICENCE}|а чекати?",
    }
    assert all(known == ["обмін прав"] for _, known in put)
