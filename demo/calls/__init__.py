"""Phone calls as an operator types them, with what should be said: written from the corpus' texts
by somebody who had not read the judged questions.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
COMPOUND = "compound"


@dataclass(frozen=True, slots=True)
class Step:
    """What is typed, and what should be said; or a key's command that is pressed.

    passages: any of them is right; of a compound all are wanted; none where no text tells it.
    centres: numbers, any of them.
    """

    ask: str = ""
    kind: str = ""
    service: str | None = None
    passages: tuple[str, ...] = ()
    centres: tuple[str, ...] = ()
    press: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    title: str
    steps: tuple[Step, ...]


def load_calls() -> tuple[Call, ...]:
    return tuple(_call(file) for file in sorted(FOLDER.glob("*.json")))


def _call(file: Path) -> Call:
    written = json.loads(file.read_text("utf-8"))
    return Call(file.stem, written["title"], tuple(map(_step, written["steps"])))


def _step(written: dict[str, str | list[str]]) -> Step:
    made = {
        key: tuple(value) if isinstance(value, list) else value for key, value in written.items()
    }
    return Step(**made)  # type: ignore[arg-type]
