"""Turns of a talk as one text. Pure."""


def after_name(name: str, reading: str) -> str:
    """A turn as it is read after the name of the procedure that the talk is about, both
    normalised; the turn alone where there is no name.
    """
    return f"{name}. {reading}" if name else reading
