"""The fitted numbers: those that ship with the package, a corpus' own, and the file that holds
them.
"""

import json
import math
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.corpus import ROOT, WEIGHTS

from qa_service.errors import CorpusError, TrainingError
from qa_service.ranking.weights import (
    DEFAULT_WEIGHTS_FILE,
    RankingWeights,
    load_weights,
    parse_weights,
    save_weights,
)
from qa_service.retrieval import (
    CLASSIFIER,
    CONTEXT,
    LEXICAL,
    MESSAGE,
    PARTS,
    PASSAGES,
    QUESTIONS,
    SERVICES,
)
from qa_service.types import Channel

SHIPPED = {"default": DEFAULT_WEIGHTS_FILE, "corpus": ROOT / "corpus" / "weights.json"}


@pytest.fixture(params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> RankingWeights:
    return parse_weights(json.loads(SHIPPED[request.param].read_text("utf-8")))


def test_every_leg_has_a_weight_that_rewards_its_score(shipped: RankingWeights) -> None:
    """Of our corpus the passages' vectors add nothing to the questions known about them."""
    legs = shipped.legs
    every = {PASSAGES, QUESTIONS, SERVICES, LEXICAL, CONTEXT, PARTS, MESSAGE}
    assert legs.keys() - {CLASSIFIER} == every, "the default ones know of no classifier"
    for weights in (legs, shipped.of_legs("en")):
        assert all(math.isfinite(weight) for weight in weights.values())
        assert all(weight > 0 for leg, weight in weights.items() if leg != PASSAGES)
        assert weights[PASSAGES] >= 0


def test_by_default_every_leg_counts() -> None:
    assert all(parse_weights(load_weights(DEFAULT_WEIGHTS_FILE)).legs.values())


def test_every_coefficient_of_both_models_is_finite(shipped: RankingWeights) -> None:
    for model in (shipped.policy.scope, shipped.policy.answer):
        assert all(map(math.isfinite, (model.bias, *model.coefficients.values())))


def test_a_good_score_and_nearness_to_known_questions_speak_for_the_scope(
    shipped: RankingWeights,
) -> None:
    scope = shipped.policy.scope.coefficients
    assert min(scope["score"], scope["dense_margin"], scope["lexical_margin"]) > 0
    assert scope["class_odds"] >= 0


def test_a_good_score_far_ahead_of_the_others_speaks_for_the_answer(
    shipped: RankingWeights,
) -> None:
    answer = shipped.policy.answer.coefficients
    assert answer["top_softmax"] > 0
    assert answer["score"] > -0.01, "next to nothing, where the share says it all"


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_has_thresholds_that_are_probabilities(
    shipped: RankingWeights, channel: Channel
) -> None:
    thresholds = shipped.policy.thresholds
    assert 0 < thresholds.scope[channel] < 1
    assert 0 < thresholds.confidence[channel] < 1
    assert thresholds.confidence[channel] <= thresholds.degraded[channel] < 1
    assert thresholds.tie >= 0


def test_a_machine_that_talks_alone_needs_more_certainty_than_an_operator(
    shipped: RankingWeights,
) -> None:
    thresholds = shipped.policy.thresholds
    for least in (thresholds.scope, thresholds.confidence, thresholds.degraded):
        assert least[Channel.OPERATOR] <= least[Channel.SITE] <= least[Channel.CHATBOT]


# English


def test_words_weigh_as_much_as_the_factor_says_where_a_question_is_in_english() -> None:
    legs = {PASSAGES: 2.0, LEXICAL: 0.5, CONTEXT: 8.0}
    weights = replace(parse_weights(WEIGHTS), legs=legs, english_lexical=0.25)
    assert weights.of_legs("en") == {PASSAGES: 2.0, LEXICAL: 0.125, CONTEXT: 8.0}
    assert weights.of_legs("uk") == weights.of_legs("ru") == weights.legs == legs


def test_a_ranking_without_the_words_has_no_weight_for_english_ones() -> None:
    weights = replace(parse_weights(WEIGHTS), legs={PASSAGES: 2.0})
    assert weights.of_legs("en") == {PASSAGES: 2.0}


# The file


def test_a_corpus_without_numbers_of_its_own_has_the_default_ones(tmp_path: Path) -> None:
    assert load_weights(tmp_path / "weights.json") == WEIGHTS


def test_numbers_that_were_saved_are_those_that_are_loaded(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    values = WEIGHTS | {"english_lexical": 0.75}
    for saved in (WEIGHTS, values):
        save_weights(saved, path)
        assert load_weights(path) == saved
    assert parse_weights(load_weights(path)).english_lexical == 0.75
    assert [found.name for found in tmp_path.iterdir()] == ["weights.json"]


def _without(*keys: str) -> dict[str, Any]:
    """The default numbers but for those under `keys`, one inside the other."""
    changed = deepcopy(WEIGHTS)
    inside = changed
    for key in keys[:-1]:
        inside = inside[key]
    del inside[keys[-1]]
    return changed


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param(json.dumps(_without("english_lexical")), id="no factor for English"),
        pytest.param(json.dumps(_without("thresholds", "degraded")), id="no degraded thresholds"),
        pytest.param(json.dumps(_without("thresholds", "scope", "site")), id="a channel less"),
        pytest.param(json.dumps(_without("scope", "bias")), id="no bias"),
        pytest.param(json.dumps(WEIGHTS | {"answer": 1}), id="a number for a model"),
        pytest.param(json.dumps(WEIGHTS | {"english_lexical": "half"}), id="a word for a number"),
    ],
)
def test_a_file_that_holds_other_things_is_named_with_what_to_do(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "weights.json"
    path.write_text(content, "utf-8")
    with pytest.raises(CorpusError) as caught:
        load_weights(path)
    assert [(problem.path, problem.line) for problem in caught.value.problems] == [(path, 1)]
    assert "run `qa-service train`, or remove the file" in str(caught.value)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorpusError, match=r"weights\.json"):
        load_weights(path)


def test_a_reader_of_the_file_that_is_replaced_keeps_what_it_opened(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    save_weights(WEIGHTS, path)
    with path.open(encoding="utf-8") as reader:
        save_weights({"legs": {}}, path)
        assert json.load(reader) == WEIGHTS


def test_numbers_that_cannot_be_put_in_place_leave_the_old_ones_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.json"
    save_weights(WEIGHTS, path)

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        save_weights({"legs": {}}, path)
    assert load_weights(path) == WEIGHTS
    assert [found.name for found in tmp_path.iterdir()] == ["weights.json"]


@pytest.mark.parametrize("parent", ["missing", "file"])
def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(
    tmp_path: Path, parent: str
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    path = tmp_path / parent / "weights.json"
    with pytest.raises(TrainingError) as caught:
        save_weights(WEIGHTS, path)
    cause = {"missing": "No such file or directory", "file": "Not a directory"}[parent]
    assert str(caught.value) == f"cannot write {path}: {cause}; let qa-service write there"
