"""Each variant lacks one part, and only that one."""

from pathlib import Path

from tiny import FEE_QUESTION, tiny_engine

from qa_service.evaluation.ablation import variants
from qa_service.types import Query

LAYOUT_QUESTION = "crskmrb rjine' j,vsy"
"""`скільки коштує обмін` on the English layout."""


def test_there_is_a_variant_with_each_leg_alone_without_each_part_and_the_whole_last(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    found = variants(engine)
    legs = ["passages", "questions", "services", "lexical"]
    parts = [*legs, "context", "readings", "typo correction", "synonyms", "three neighbours"]
    assert list(found) == [
        *(f"only {leg}" for leg in legs),
        *(f"without {part}" for part in parts),
        "whole",
    ]
    assert found["whole"] is engine


def test_a_leg_alone_has_a_weight_and_knows_what_a_conversation_is_about(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    found = variants(engine)
    assert dict(found["only lexical"].legs) == {
        leg: engine.legs[leg] for leg in ("lexical", "lexical_en", "context")
    }
    assert found["without lexical"].legs.keys() == engine.legs.keys() - {"lexical", "lexical_en"}


def test_without_readings_a_question_is_taken_as_typed(tmp_path: Path) -> None:
    found = variants(tiny_engine(tmp_path))
    assert (
        found["whole"].answer(Query(LAYOUT_QUESTION)).understood.reading == "скільки коштує обмін"
    )
    assert (
        found["without readings"].answer(Query(LAYOUT_QUESTION)).understood.reading
        == LAYOUT_QUESTION
    )


def test_without_typo_correction_typos_stay(tmp_path: Path) -> None:
    found = variants(tiny_engine(tmp_path))
    assert (
        found["without typo correction"].index.vocabulary.corrected("посвідчиння") == "посвідчиння"
    )


def test_without_neighbours_a_passage_has_its_nearest_questions_score(tmp_path: Path) -> None:
    found = variants(tiny_engine(tmp_path))
    assert found["whole"].index.vector_legs["questions"].neighbours == 3
    assert found["without three neighbours"].index.vector_legs["questions"].neighbours == 1
    assert (
        found["without three neighbours"].answer(Query(FEE_QUESTION)).passages[0].passage.id
        == "licence-exchange.fee"
    )
