"""How people of each channel behave."""

from dataclasses import dataclass

from qa_service.types import Channel, Use


@dataclass(frozen=True, slots=True)
class Habits:
    """How a channel's people are: chances."""

    remembers: float  # the talk has an id
    goes_on: float  # after an answer, a question that names no procedure
    changes: float  # to another subject
    asks_again: float  # after no sure answer
    uses: tuple[tuple[Use, float], ...]
    votes: float
    kinds: tuple[float, ...]  # of KINDS


KINDS = ("procedure", "theme", "live_data", "small_talk", "off_topic")
HABITS = {
    Channel.OPERATOR: Habits(
        1.0, 0.38, 0.18, 0.35, ((Use.COPIED, 0.32), (Use.OPENED, 0.12)), 0.02, (80, 11, 6, 1, 2)
    ),
    Channel.SITE: Habits(
        0.6,
        0.12,
        0.08,
        0.4,
        ((Use.OPENED, 0.3), (Use.FOLLOWED, 0.14), (Use.SHARED, 0.01), (Use.PRINTED, 0.01)),
        0.025,
        (76, 10, 8, 2, 4),
    ),
    Channel.CHATBOT: Habits(1.0, 0.25, 0.1, 0.3, ((Use.FOLLOWED, 0.1),), 0.015, (62, 10, 9, 14, 5)),
}
