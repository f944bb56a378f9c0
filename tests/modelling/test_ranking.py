"""Fitting: what the judged questions say is what the weights become."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from tiny import FEE_QUESTION, engine_that_knows_off_topic
from worlds import two_services

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.modelling.fit_policy import (
    ABSTAINED,
    CONFIDENCE_THRESHOLDS,
    FALSE_ANSWERS,
    SCOPE_THRESHOLDS,
    TIE,
    Evidence,
    TrainingError,
    chatbot_thresholds,
    fit_confidence,
    held_out,
)
from qa_service.modelling.fit_ranking import (
    CONTEXT_WEIGHT,
    UNANSWERABLE_SHARE,
    WEIGHED,
    Example,
    evidence,
    examples,
    fit_context,
    fit_ranking,
    fit_weights,
    importance,
)
from qa_service.modelling.follow_ups import BARE, bare_follow_ups
from qa_service.ranking import weights as shipped
from qa_service.ranking.confidence import Answering, Scope, Signs
from qa_service.retrieval.legs import CONTEXT, LEXICAL, LEXICAL_EN, SERVICES

USELESS, USEFUL, TALK = WEIGHED.index(SERVICES), WEIGHED.index(LEXICAL), WEIGHED.index(CONTEXT)
DEPTH = 20


def _example(generator: np.random.Generator, answerable: bool = True) -> Example:
    """Twenty candidates with random scores; the one that answers has a high score in one leg only.

    Answerable questions are nearer to known ones than to off-topic ones, and the other way round.
    """
    features = generator.standard_normal((20, len(WEIGHED)))
    answers = np.zeros(20, np.bool_)
    if answerable:
        features[3, USEFUL] += 4
        answers[3] = True
    aside = float(generator.normal(1.0 if answerable else -1.0))
    return Example(features, answers, answerable, Signs(score=0.0, share=0.0, aside=aside))


@pytest.fixture
def judged() -> list[Example]:
    generator = np.random.default_rng(1)
    return [_example(generator) for _ in range(150)] + [
        _example(generator, answerable=False) for _ in range(50)
    ]


# Weights


def test_the_leg_that_finds_the_answers_gets_the_weight(judged: list[Example]) -> None:
    weights = fit_weights(judged)
    assert weights[USEFUL] > 1
    assert weights[USEFUL] > 5 * weights[USELESS]


def test_the_conversation_gets_the_weight_that_its_turns_ask_for(judged: list[Example]) -> None:
    def weight(share_that_goes_on: float) -> float:
        """Of the service in talk where so many turns are about it, the others about something
        else.
        """
        turns = []
        for number, example in enumerate(judged):
            features = example.features.copy()
            features[:, TALK] = 0
            features[3 if number % 10 < share_that_goes_on * 10 else 4, TALK] = 1
            turns.append(replace(example, features=features))
        return float(fit_weights(turns)[TALK])

    assert weight(0.2) < weight(0.5) < weight(0.9)


def test_without_english_questions_their_words_weigh_what_other_words_do(
    judged: list[Example],
) -> None:
    english = WEIGHED.index(LEXICAL_EN)
    assert fit_weights(judged)[english] != fit_weights(judged)[USEFUL]
    for example in judged:
        example.features[:, english] = 0
    weights = fit_weights(judged)
    assert weights[english] == weights[USEFUL] > 1


def test_bare_follow_ups_that_go_astray_raise_the_conversations_weight(
    judged: list[Example],
) -> None:
    weights = fit_weights(judged)
    turns, bare = (
        [replace(example, features=example.features.copy()) for example in judged[:40]]
        for _ in range(2)
    )
    for number, (turn, follow_up) in enumerate(zip(turns, bare, strict=True)):
        turn.features[:, TALK] = follow_up.features[:, TALK] = 0
        turn.features[3 if number % 4 else 5, TALK] = follow_up.features[3, TALK] = 1
        follow_up.features[7, USEFUL] += 5
    alone, with_them = fit_context(weights, turns, []), fit_context(weights, turns, bare)
    assert 0 < alone < with_them


def test_a_bare_follow_up_is_asked_about_each_service_that_states_the_fact() -> None:
    passages = two_services().passages
    asked = bare_follow_ups(passages)
    stated = {(passage.service, passage.topic) for passage in passages if passage.topic in BARE}
    assert {(question.context, question.topic) for question in asked} == stated
    assert len(asked) == sum(len(BARE[topic]) for _, topic in stated)
    topic_of = {passage.id: (passage.service, passage.topic) for passage in passages}
    assert all(
        {topic_of[answer] for answer in question.passages} == {(question.context, question.topic)}
        for question in asked
    )


def test_without_conversations_their_weight_is_the_policys(judged: list[Example]) -> None:
    for example in judged:
        example.features[:, TALK] = 0
    assert fit_weights(judged)[TALK] == CONTEXT_WEIGHT


def test_no_weight_is_below_zero(judged: list[Example]) -> None:
    misleading = [replace(example, features=-example.features) for example in judged]
    assert fit_weights(misleading).min() >= 0


# Confidence


def test_a_clear_winner_is_likelier_right_than_a_close_one(judged: list[Example]) -> None:
    _, coefficients = fit_confidence(evidence(judged, fit_weights(judged), DEPTH))
    answering = Answering(**coefficients)
    clear, close = (answering.probability(Signs(score=8.0, share=share)) for share in (0.95, 0.2))
    assert clear > close


def test_a_question_nearer_to_off_topic_ones_is_likelier_out_of_scope(
    judged: list[Example],
) -> None:
    coefficients, _ = fit_confidence(evidence(judged, fit_weights(judged), DEPTH))
    scope = Scope(**coefficients)
    near, far = (
        scope.probability(Signs(score=4.0, share=0.5, aside=aside)) for aside in (-2.0, 2.0)
    )
    assert near < far


def test_a_sign_that_is_the_same_for_every_question_counts_nothing(judged: list[Example]) -> None:
    alike = [replace(example, signs=Signs(score=0.0, share=0.0, aside=0.0)) for example in judged]
    coefficients, _ = fit_confidence(evidence(alike, fit_weights(judged), DEPTH))
    assert (coefficients["aside"], coefficients["wording"]) == (0, 0)


def test_without_questions_off_topic_there_is_nothing_to_fit_and_that_is_said(
    judged: list[Example],
) -> None:
    weights = fit_weights(judged)
    blind = [replace(example, signs=replace(example.signs, aside=None)) for example in judged]
    all_answered = [example for example in judged if example.answerable]
    for lacking in (blind, all_answered):
        with pytest.raises(TrainingError, match="needs questions that are answered"):
            fit_confidence(evidence(lacking, weights, DEPTH))


def test_only_questions_with_an_answer_say_what_a_right_one_looks_like(
    judged: list[Example],
) -> None:
    weights = fit_weights(judged)
    others = [
        example if example.answerable else replace(example, features=example.features * 9)
        for example in judged
    ]
    assert (
        fit_confidence(evidence(others, weights, DEPTH))[1]
        == fit_confidence(evidence(judged, weights, DEPTH))[1]
    )


def test_candidates_below_the_depth_count_nothing(judged: list[Example]) -> None:
    weights, poor = fit_weights(judged), np.full((10, len(WEIGHED)), -9.0)
    longer = [
        replace(
            example,
            features=np.vstack([example.features, poor]),
            answers=np.append(example.answers, [False] * 10),
        )
        for example in judged
    ]
    assert fit_confidence(evidence(longer, weights, DEPTH)) == fit_confidence(
        evidence(judged, weights, DEPTH)
    )


def test_unanswerable_questions_weigh_the_share_that_is_real_however_many_there_are() -> None:
    generator = np.random.default_rng(2)
    many = [_example(generator) for _ in range(10)] + [
        _example(generator, answerable=False) for _ in range(90)
    ]
    weights = importance(many)
    assert sum(weights[10:]) / sum(weights) == pytest.approx(UNANSWERABLE_SHARE)
    assert weights[:10] == [1.0] * 10


# Thresholds


def _found(scope_of_others: float, count: int = 60) -> Evidence:
    """Questions with an answer and as many without, `scope_of_others` the nearness of these to
    known ones, 2 that of those.
    """
    generator = np.random.default_rng(4)
    aside = np.concatenate(
        [generator.normal(2, 1, count), generator.normal(scope_of_others, 1, count)]
    )
    signs = [
        Signs(score=float(score), share=0.5, aside=float(one))
        for score, one in zip(generator.normal(size=2 * count), aside, strict=True)
    ]
    answerable = np.arange(2 * count) < count
    return Evidence(
        signs, answerable, answerable & (np.arange(2 * count) % 5 > 0), np.ones(2 * count)
    )


def test_neither_of_the_chatbots_bars_is_kept_at_the_others_cost() -> None:
    found = _found(-1.0, count=200)
    scope, confidence = chatbot_thresholds(found)
    in_scope, sure = held_out(found)
    answered = ((in_scope >= scope) & (sure >= confidence)).mean(axis=0)
    false, abstained = (
        answered[~found.answerable].mean() / FALSE_ANSWERS,
        (1 - answered[found.answerable].mean()) / ABSTAINED,
    )
    assert false == pytest.approx(abstained, rel=0.1) and false > 1


def test_thresholds_lie_on_their_grid_and_are_the_same_each_time() -> None:
    scope, confidence = chatbot_thresholds(_found(0.0))
    assert (scope, confidence) == chatbot_thresholds(_found(0.0))
    assert 0.5 <= scope < 1 and 0.2 <= confidence <= 0.6
    assert scope * 100 == pytest.approx(round(scope * 100)) and confidence * 20 == pytest.approx(
        round(confidence * 20)
    )


def test_of_thresholds_that_answer_alike_the_highest_are_taken() -> None:
    generator = np.random.default_rng(5)
    far = [
        Signs(score=float(generator.normal()), share=0.5, aside=9.0 if number < 30 else -9.0)
        for number in range(60)
    ]
    answerable = np.arange(60) < 30
    found = Evidence(far, answerable, answerable & (np.arange(60) % 10 > 0), np.ones(60))
    assert chatbot_thresholds(found)[0] == 0.99


# The whole, on the tiny world of `tiny.py`


def _question(text: str, *passages: str) -> JudgedQuestion:
    services = frozenset(passage.partition(".")[0] for passage in passages)
    return JudgedQuestion(
        text, text, Style.COLLOQUIAL, services, frozenset(passages), None, answerable=bool(passages)
    )


QUESTIONS = [
    _question(FEE_QUESTION, "licence-exchange.fee"),
    _question("яка ціна обміну прав", "licence-exchange.fee"),
    _question("куди йти на практичний іспит", "exam-practical.where"),
    _question("вкрали номерний знак", "plates-lost.steps"),
    _question("скільки це буде", "plates-lost.fee"),
    _question("яка завтра погода"),
    _question("котра година"),
]


def test_an_example_holds_what_is_known_of_a_question_before_the_weights_are(
    tmp_path: Path,
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода на завтра")
    fee, *_, weather, _ = examples(engine, QUESTIONS)
    assert fee.features.shape == (len(engine.index.passages), len(WEIGHED))
    assert (fee.answers.sum(), weather.answers.sum()) == (1, 0)
    assert (fee.answerable, weather.answerable) == (True, False)
    assert (fee.signs.score, fee.signs.share) == (0, 0)
    assert fee.signs.aside is not None and weather.signs.aside is not None
    assert fee.signs.aside > 0 > weather.signs.aside
    assert fee.signs.wording > 0 > weather.signs.wording


def test_what_is_fitted_is_read_back_as_the_weights_of_ranking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = fit_ranking(
        engine_that_knows_off_topic(tmp_path, "яка погода на завтра"), QUESTIONS, DEPTH
    )
    assert fitted.keys() == {"legs", "scope", "answering", "thresholds"}
    assert fitted["thresholds"] == {
        "scope": SCOPE_THRESHOLDS,
        "confidence": CONFIDENCE_THRESHOLDS,
        "tie": TIE,
    }

    monkeypatch.setattr(shipped, "WEIGHTS_FILE", tmp_path / "weights.json")
    assert shipped.write_weights(fitted) == tmp_path / "weights.json"
    read = shipped.fitted_weights.__wrapped__()
    assert asdict(read.judge) | {"legs": read.legs} == fitted
    assert read.legs.keys() == set(WEIGHED) and read.legs[CONTEXT] == CONTEXT_WEIGHT


@pytest.mark.parametrize(
    ("kind", "policy"), [("scope", SCOPE_THRESHOLDS), ("confidence", CONFIDENCE_THRESHOLDS)]
)
def test_the_weights_that_ship_have_the_thresholds_of_the_policy_but_for_the_chatbots(
    kind: str, policy: dict[str, float]
) -> None:
    shipped_ones = json.loads(shipped.WEIGHTS_FILE.read_text("utf-8"))["thresholds"][kind]
    assert {channel: shipped_ones[channel] for channel in ("site", "operator")} == {
        channel: policy[channel] for channel in ("site", "operator")
    }
    assert shipped_ones["chatbot"] > shipped_ones["site"]
