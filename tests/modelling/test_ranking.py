"""Fitting: what the judged questions say is what the weights become."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from support.app import engine_that_knows_off_topic
from support.corpus import FEE_QUESTION, ROOT, tiny_index, two_services

from qa_service.bootstrap import build, load_serving
from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.engine import QAEngine
from qa_service.errors import TrainingError
from qa_service.modelling.fit_policy import (
    CONFIDENCE_THRESHOLDS,
    DEGRADED_THRESHOLDS,
    GUESS,
    MAX_FALSE_ANSWERS,
    MAX_REFUSED,
    SCOPE_THRESHOLDS,
    SURE_THRESHOLDS,
    TIE,
    CalibrationSet,
    Matrix,
    fit_models,
    fit_thresholds,
    held_out,
)
from qa_service.modelling.fit_ranking import (
    COLUMNS,
    CONTEXT_WEIGHT,
    ENGLISH,
    FITTED_LEGS,
    UNANSWERABLE_SHARE,
    Example,
    calibration_set,
    examples,
    fit_context,
    fit_ranking,
    fit_weights,
    importance,
)
from qa_service.modelling.follow_ups import bare_follow_ups
from qa_service.ranking.features import Features, ScopeEvidence
from qa_service.ranking.logistic import LogisticModel
from qa_service.ranking.scope import AnswerModel, ScopeModel
from qa_service.ranking.weights import (
    DEFAULT_WEIGHTS_FILE,
    load_weights,
    parse_weights,
    save_weights,
)
from qa_service.retrieval import CONTEXT, LEXICAL, MESSAGE, PARTS, SERVICES
from qa_service.types import Topic

USELESS, USEFUL, TALK = COLUMNS.index(SERVICES), COLUMNS.index(LEXICAL), COLUMNS.index(CONTEXT)
IN_ENGLISH = COLUMNS.index(ENGLISH)
DEPTH = 20
FOLLOW_UPS: Mapping[Topic, tuple[str, ...]] = {
    Topic.FEE: ("скільки коштує", "і почім це"),
    Topic.TERM: ("а довго це робиться",),
    Topic.EXAM: ("а іспит там є",),
}


def _example(generator: np.random.Generator, answerable: bool = True) -> Example:
    """Twenty candidates with random scores; the one that answers has a high score in one leg only.

    Answerable questions are nearer to known ones than to off-topic ones, and the other way round.
    """
    scores = generator.standard_normal((20, len(COLUMNS)))
    answers = np.zeros(20, np.bool_)
    if answerable:
        scores[3, USEFUL] += 4
        answers[3] = True
    margin = float(generator.normal(1.0 if answerable else -1.0))
    return Example(scores, answers, answerable, ScopeEvidence(dense_margin=margin))


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
            scores = example.scores.copy()
            scores[:, TALK] = 0
            scores[3 if number % 10 < share_that_goes_on * 10 else 4, TALK] = 1
            turns.append(replace(example, scores=scores))
        return float(fit_weights(turns)[TALK])

    assert weight(0.2) < weight(0.5) < weight(0.9)


def test_without_english_questions_their_words_weigh_what_other_words_do(
    judged: list[Example],
) -> None:
    assert fit_weights(judged)[IN_ENGLISH] != fit_weights(judged)[USEFUL]
    for example in judged:
        example.scores[:, IN_ENGLISH] = 0
    weights = fit_weights(judged)
    assert weights[IN_ENGLISH] == weights[USEFUL] > 1


def test_bare_follow_ups_that_go_astray_raise_the_conversations_weight(
    judged: list[Example],
) -> None:
    weights = fit_weights(judged)
    turns, bare = (
        [replace(example, scores=example.scores.copy()) for example in judged[:40]]
        for _ in range(2)
    )
    for number, (turn, follow_up) in enumerate(zip(turns, bare, strict=True)):
        turn.scores[:, TALK] = follow_up.scores[:, TALK] = 0
        turn.scores[3 if number % 4 else 5, TALK] = follow_up.scores[3, TALK] = 1
        follow_up.scores[7, USEFUL] += 5
    alone, with_them = fit_context(weights, turns, []), fit_context(weights, turns, bare)
    assert 0 < alone < with_them


def test_a_bare_follow_up_is_asked_about_each_service_that_states_the_fact() -> None:
    passages = two_services().passages
    asked = bare_follow_ups(FOLLOW_UPS, passages)
    stated = {
        (passage.service, passage.topic) for passage in passages if passage.topic in FOLLOW_UPS
    }
    assert stated == {
        ("licence", Topic.FEE),
        ("licence", Topic.TERM),
        ("plates", Topic.FEE),
    }
    assert {(question.context, question.topic) for question in asked} == stated
    assert len(asked) == sum(len(FOLLOW_UPS[topic]) for _, topic in stated)
    topic_of = {passage.id: (passage.service, passage.topic) for passage in passages}
    assert all(
        {topic_of[answer] for answer in question.passages} == {(question.context, question.topic)}
        for question in asked
    )


def test_without_conversations_their_weight_is_the_policys(judged: list[Example]) -> None:
    for example in judged:
        example.scores[:, TALK] = 0
    assert fit_weights(judged)[TALK] == CONTEXT_WEIGHT


def test_no_weight_is_below_zero(judged: list[Example]) -> None:
    misleading = [replace(example, scores=-example.scores) for example in judged]
    assert fit_weights(misleading).min() >= 0


# Policy


def _model(
    kind: type[LogisticModel[Features]], numbers: dict[str, float]
) -> LogisticModel[Features]:
    return kind(numbers["bias"], {name: value for name, value in numbers.items() if name != "bias"})


def test_a_clear_winner_is_likelier_right_than_a_close_one(judged: list[Example]) -> None:
    _, numbers = fit_models(calibration_set(judged, fit_weights(judged), DEPTH))
    answer = _model(AnswerModel, numbers)
    clear, close = (
        answer.probability(Features(score=8.0, top_softmax=share)) for share in (0.95, 0.2)
    )
    assert clear > close


def test_a_question_nearer_to_off_topic_ones_is_likelier_out_of_scope(
    judged: list[Example],
) -> None:
    numbers, _ = fit_models(calibration_set(judged, fit_weights(judged), DEPTH))
    scope = _model(ScopeModel, numbers)
    near, far = (
        scope.probability(Features(score=4.0, top_softmax=0.5, dense_margin=margin))
        for margin in (-2.0, 2.0)
    )
    assert near < far


def test_a_feature_that_is_the_same_for_every_question_counts_nothing(
    judged: list[Example],
) -> None:
    alike = [replace(example, evidence=ScopeEvidence(dense_margin=0.0)) for example in judged]
    numbers, _ = fit_models(calibration_set(alike, fit_weights(judged), DEPTH))
    assert (numbers["dense_margin"], numbers["lexical_margin"]) == (0, 0)


def test_without_questions_off_topic_there_is_nothing_to_fit_and_that_is_said(
    judged: list[Example],
) -> None:
    weights = fit_weights(judged)
    blind = [replace(example, evidence=ScopeEvidence(dense_margin=None)) for example in judged]
    all_answered = [example for example in judged if example.answerable]
    for lacking in (blind, all_answered):
        with pytest.raises(TrainingError, match="needs questions that are answered"):
            fit_models(calibration_set(lacking, weights, DEPTH))


def test_only_questions_with_an_answer_say_what_a_right_one_looks_like(
    judged: list[Example],
) -> None:
    weights = fit_weights(judged)
    others = [
        example if example.answerable else replace(example, scores=example.scores * 9)
        for example in judged
    ]
    assert (
        fit_models(calibration_set(others, weights, DEPTH))[1]
        == fit_models(calibration_set(judged, weights, DEPTH))[1]
    )


def test_candidates_below_the_depth_count_nothing(judged: list[Example]) -> None:
    weights, poor = fit_weights(judged), np.full((10, len(COLUMNS)), -9.0)
    longer = [
        replace(
            example,
            scores=np.vstack([example.scores, poor]),
            answers=np.append(example.answers, [False] * 10),
        )
        for example in judged
    ]
    assert fit_models(calibration_set(longer, weights, DEPTH)) == fit_models(
        calibration_set(judged, weights, DEPTH)
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


def _calibration(margin_of_others: float, count: int = 60) -> CalibrationSet:
    """Questions with an answer and as many without, `margin_of_others` the mean margin of these, 2
    that of those.
    """
    generator = np.random.default_rng(4)
    margins = np.concatenate(
        [generator.normal(2, 1, count), generator.normal(margin_of_others, 1, count)]
    )
    features = [
        Features(score=float(score), top_softmax=0.5, dense_margin=float(margin))
        for score, margin in zip(generator.normal(size=2 * count), margins, strict=True)
    ]
    answerable = np.arange(2 * count) < count
    return CalibrationSet(
        features, answerable, answerable & (np.arange(2 * count) % 5 > 0), np.ones(2 * count)
    )


def _shown(calibration: CalibrationSet, channel: str) -> Matrix:
    in_scope, confidence = held_out(calibration)
    return np.where(in_scope >= SCOPE_THRESHOLDS[channel], confidence, 0.0)


@pytest.mark.parametrize("channel", MAX_FALSE_ANSWERS)
def test_the_lowest_threshold_within_the_limit_of_false_answers_is_taken(channel: str) -> None:
    calibration = _calibration(-1.0, count=200)
    _, sure = fit_thresholds(calibration)
    others = _shown(calibration, channel)[:, ~calibration.answerable]
    assert (others >= sure[channel]).mean() <= MAX_FALSE_ANSWERS[channel]
    assert (others >= sure[channel] - 0.01).mean() > MAX_FALSE_ANSWERS[channel]


@pytest.mark.parametrize("channel", MAX_FALSE_ANSWERS)
def test_the_highest_threshold_within_the_limit_of_refusals_is_taken(channel: str) -> None:
    calibration = _calibration(-9.0, count=200)
    hints, sure = fit_thresholds(calibration)
    asked = _shown(calibration, channel)[:, calibration.answerable]
    assert hints[channel] <= sure[channel]
    assert (asked < hints[channel]).mean() <= MAX_REFUSED[channel]


def test_thresholds_are_the_same_each_time() -> None:
    assert fit_thresholds(_calibration(0.0)) == fit_thresholds(_calibration(0.0))


# The whole, on the tiny corpus


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
    assert fee.scores.shape == (len(engine.snapshot.passages), len(COLUMNS))
    assert (fee.answers.sum(), weather.answers.sum()) == (1, 0)
    assert (fee.answerable, weather.answerable) == (True, False)
    assert fee.evidence.dense_margin is not None and weather.evidence.dense_margin is not None
    assert fee.evidence.dense_margin > 0 > weather.evidence.dense_margin
    assert fee.evidence.lexical_margin > 0 > weather.evidence.lexical_margin
    assert not fee.scores[:, [IN_ENGLISH, TALK]].any()


def _engine_that_knows_english(folder: Path) -> QAEngine:
    settings = tiny_index(folder)
    known = {"style": "english", "answerable": True, "passages": ["licence-exchange.fee"]}
    off_topic = {"style": "colloquial", "answerable": False, "passages": []}
    lines = [
        known | {"question": "how much is a new driving licence"},
        off_topic | {"question": "яка погода на завтра"},
    ]
    file = settings.corpus / "questions" / "train.jsonl"
    file.parent.mkdir()
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    build(settings)
    return load_serving(settings).engine


def test_the_words_of_an_english_question_have_a_column_of_their_own(tmp_path: Path) -> None:
    engine = _engine_that_knows_english(tmp_path)
    asked = [_question(text, "licence-exchange.fee") for text in ("driving licence", FEE_QUESTION)]
    english, ukrainian = examples(engine, asked)
    assert english.scores[:, IN_ENGLISH].any() and not english.scores[:, USEFUL].any()
    assert ukrainian.scores[:, USEFUL].any() and not ukrainian.scores[:, IN_ENGLISH].any()


def test_the_factor_of_english_words_is_their_weight_by_that_of_other_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = np.ones(len(COLUMNS))
    weights[USEFUL], weights[IN_ENGLISH] = 0.8, 0.2
    monkeypatch.setattr("qa_service.modelling.fit_ranking.fit_weights", lambda judged: weights)
    fitted = fit_ranking(_engine_that_knows_english(tmp_path), QUESTIONS, {}, [], (), DEPTH)
    assert fitted["english_lexical"] == 0.25
    assert parse_weights(fitted).of_legs("en")[LEXICAL] == pytest.approx(0.2)


def test_where_words_weigh_nothing_the_factor_of_english_ones_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No weight is below zero, so that the fit puts a leg that misleads at zero."""
    weights = np.ones(len(COLUMNS))
    weights[USEFUL] = weights[IN_ENGLISH] = 0.0
    monkeypatch.setattr("qa_service.modelling.fit_ranking.fit_weights", lambda judged: weights)
    fitted = fit_ranking(_engine_that_knows_english(tmp_path), QUESTIONS, {}, [], (), DEPTH)
    assert np.isfinite(parse_weights(fitted).english_lexical)


def test_bare_follow_ups_are_fitted_on_where_a_judged_question_is_a_turn(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода на завтра")
    turn = replace(
        _question("яка вартість", "plates-lost.fee"),
        style=Style.CONVERSATION,
        context="plates-lost",
    )
    alone = parse_weights(fit_ranking(engine, [*QUESTIONS, turn], {}, [], (), DEPTH))
    with_them = parse_weights(fit_ranking(engine, [*QUESTIONS, turn], FOLLOW_UPS, [], (), DEPTH))
    assert alone.legs[CONTEXT] != with_them.legs[CONTEXT]
    assert parse_weights(fit_ranking(engine, QUESTIONS, FOLLOW_UPS, [], (), DEPTH)).legs[
        CONTEXT
    ] == (CONTEXT_WEIGHT)


def test_what_is_fitted_is_read_back_as_the_weights_of_ranking(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path / "world", "яка погода на завтра")
    fitted = fit_ranking(engine, QUESTIONS, {}, [], (), DEPTH)
    assert fitted.keys() == {
        "legs", "english_lexical", "centres", "move", "scope", "answer", "thresholds",
    }  # fmt: skip
    assert fitted["centres"] == 0.5, "nobody asked"
    assert fitted["thresholds"] == {
        "scope": SCOPE_THRESHOLDS,
        "confidence": CONFIDENCE_THRESHOLDS,
        "sure": SURE_THRESHOLDS,
        "sure_in_talk": SURE_THRESHOLDS,
        "degraded": DEGRADED_THRESHOLDS,
        "tie": TIE,
        "guess": GUESS,
    }

    save_weights(fitted, tmp_path / "weights.json")
    assert load_weights(tmp_path / "weights.json") == fitted
    read = parse_weights(fitted)
    policy = read.policy
    assert {
        "legs": read.legs,
        "english_lexical": read.english_lexical,
        "centres": read.centres,
        "move": {"bias": read.move.bias, **read.move.coefficients},
        "scope": {"bias": policy.scope.bias, **policy.scope.coefficients},
        "answer": {"bias": policy.answer.bias, **policy.answer.coefficients},
        "thresholds": asdict(policy.thresholds),
    } == fitted
    assert read.legs.keys() == {*FITTED_LEGS, CONTEXT, PARTS, MESSAGE}
    assert read.legs[CONTEXT] == CONTEXT_WEIGHT
    assert read.english_lexical == 1.0


SHIPPED = {"default": DEFAULT_WEIGHTS_FILE, "corpus": ROOT / "corpus" / "weights.json"}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_weights_that_ship_have_the_policys_scope_and_sure_above_unsure(name: str) -> None:
    thresholds = load_weights(SHIPPED[name])["thresholds"]
    assert thresholds["scope"] == SCOPE_THRESHOLDS
    for channel in SCOPE_THRESHOLDS:
        assert 0 < thresholds["confidence"][channel] <= thresholds["sure"][channel] < 1
        assert thresholds["sure"][channel] <= thresholds["sure_in_talk"][channel] < 1


@pytest.mark.parametrize("name", SHIPPED)
def test_the_weights_that_ship_have_the_policys_tie_and_degraded_thresholds(name: str) -> None:
    thresholds = load_weights(SHIPPED[name])["thresholds"]
    assert (thresholds["degraded"], thresholds["tie"]) == (DEGRADED_THRESHOLDS, TIE)
    assert thresholds["guess"] == GUESS
