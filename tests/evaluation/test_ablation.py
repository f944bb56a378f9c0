"""Each variant lacks one part, and only that one."""

from dataclasses import replace
from pathlib import Path

from support.app import tiny_engine
from support.corpus import FEE_QUESTION, tiny_index

from qa_service.bootstrap import engine_over, load_serving
from qa_service.engine import QAEngine
from qa_service.evaluation.run import variants
from qa_service.indexing.snapshot import Snapshot
from qa_service.models import load_encoder
from qa_service.types import Query


def _variants(folder: Path) -> dict[str, Snapshot]:
    return variants(tiny_engine(folder).snapshot)


def test_there_is_a_variant_with_each_leg_alone_without_each_part_and_the_whole_last(
    tmp_path: Path,
) -> None:
    snapshot = tiny_engine(tmp_path).snapshot
    found = variants(snapshot)
    legs = ["passages", "questions", "services", "lexical"]
    parts = [
        *legs,
        "context",
        "parts",
        "message",
        "typo correction",
        "synonyms",
        "three neighbours",
    ]
    assert list(found) == [
        *(f"only {leg}" for leg in legs),
        *(f"without {part}" for part in parts),
        "whole",
    ]
    assert found["whole"] is snapshot


def test_a_leg_alone_has_a_weight_and_knows_what_a_conversation_is_about(tmp_path: Path) -> None:
    found = _variants(tmp_path)
    whole = found["whole"].weights
    assert dict(found["only lexical"].weights.legs) == {
        leg: whole.legs[leg] for leg in ("lexical", "context", "parts", "message")
    }
    assert found["without lexical"].weights.legs.keys() == whole.legs.keys() - {"lexical"}
    assert found["without context"].weights.legs.keys() == whole.legs.keys() - {"context"}


def test_the_words_of_an_english_question_keep_their_factor_or_go_with_the_leg(
    tmp_path: Path,
) -> None:
    found = _variants(tmp_path)
    in_english = {name: variant.weights.of_legs("en") for name, variant in found.items()}
    assert in_english["only lexical"]["lexical"] == in_english["whole"]["lexical"]
    assert "lexical" not in in_english["without lexical"]


def test_a_variant_without_a_leg_has_the_policy_and_all_else_of_the_whole(tmp_path: Path) -> None:
    found = _variants(tmp_path)
    whole, without = found["whole"], found["without services"]
    assert without.weights.policy is whole.weights.policy
    assert replace(without, weights=whole.weights) == whole


def test_without_typo_correction_typos_stay(tmp_path: Path) -> None:
    found = _variants(tmp_path)
    assert found["whole"].vocabulary.corrected("посвідчиння") == "посвідчення"
    assert found["without typo correction"].vocabulary.corrected("посвідчиння") == "посвідчиння"


def test_without_neighbours_a_passage_has_its_nearest_questions_score(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    found = variants(load_serving(settings).engine.snapshot)
    assert found["whole"].stores.legs["questions"].neighbours == 3
    nearest_only = found["without three neighbours"]
    assert nearest_only.stores.legs["questions"].neighbours == 1
    engine: QAEngine = engine_over(nearest_only, load_encoder(settings), settings)
    assert engine.answer(Query(FEE_QUESTION)).passages[0].passage.id == "licence-exchange.fee"
