"""Whether a turn leaves the talk's procedure, from what was found."""

from qa_service.ranking.moves import MOVE_FEATURES, MoveEvidence, MoveModel


def test_a_move_is_likelier_the_further_the_talks_procedure_is_behind() -> None:
    model = MoveModel(-1.0, dict.fromkeys(MOVE_FEATURES, 0.0) | {"gap": 0.5})
    nothing = dict.fromkeys(MOVE_FEATURES, 0.0)
    near, far = (model.probability(MoveEvidence(**nothing | {"gap": gap})) for gap in (0.0, 9.0))
    assert near < 0.5 < far
