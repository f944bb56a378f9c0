"""What the parts of a message say of each other: the services that they are about. Pure."""

from collections.abc import Mapping, Sequence


def shortfalls(services: Sequence[str], scores: Sequence[float]) -> dict[str, float]:
    """By how much the best passage of each service is below the best of all, 0 at most.

    `services` and `scores`: of the candidates, best first.
    """
    best: dict[str, float] = {}
    for service, score in zip(services, scores, strict=True):
        best.setdefault(service, score - scores[0])
    return best


def support(others: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """How near each service comes to the best of any other part: 0 for the one that comes least
    near. `others`: the shortfalls of these parts.
    """
    value: dict[str, float] = {}
    for best in others:
        for service, shortfall in best.items():
            value[service] = max(value.get(service, shortfall), shortfall)
    least = min(value.values(), default=0.0)
    return {service: shortfall - least for service, shortfall in value.items()}
