"""The parts of a message say of each other what they are about."""

from qa_service.ranking.compounds import shortfalls, support


def test_parts_support_the_services_that_their_neighbours_found() -> None:
    best = shortfalls(["licence", "plates", "licence"], [9.0, 7.0, 5.0])
    assert best == {"licence": 0.0, "plates": -2.0}
    assert support([best, {"plates": -1.0}]) == {"licence": 1.0, "plates": 0.0}
    assert support([]) == {}
