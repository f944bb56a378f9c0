"""What the code may write into the log, read from its source."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from support.corpus import ROOT

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS = {"logger", "access", "log", "_log"}
TEXTS_OF_CALLS = {"_say": 0}
"""Functions of ours that log their argument at this place as it is."""

PASSED_ON = {"self._opened", "self._closed", "what"}
"""What such a function logs: its caller's words."""


@dataclass(frozen=True)
class LogEvent:
    """text: `…` where it differs from line to line. place: where it is written, for people."""

    text: str
    place: str


@cache
def log_events() -> tuple[LogEvent, ...]:
    """All of the package. Raises AssertionError for a text that cannot be read from the source."""
    found = []
    for path in sorted((ROOT / "qa_service").rglob("*.py")):
        for text, line in _texts(ast.parse(path.read_text("utf-8"))):
            if ast.unparse(text) not in PASSED_ON:
                found.append(LogEvent(_text(text), f"{path.relative_to(ROOT)}:{line}"))
    return tuple(found)


def _texts(tree: ast.AST) -> Iterator[tuple[ast.expr, int]]:
    """The expressions that say what a line of the log says."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        breaker = (pair.value for pair in node.keywords if pair.arg in ("opened", "closed"))
        yield from ((value, node.lineno) for value in breaker)
        if not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, ast.unparse(node.func.value).rpartition(".")[2]
        if name in LEVELS and owner in LOGGERS:
            yield node.args[0], node.lineno
        elif name == "log" and owner in LOGGERS:
            yield node.args[1], node.lineno
        elif name in TEXTS_OF_CALLS:
            yield node.args[TEXTS_OF_CALLS[name]], node.lineno


def _text(text: ast.expr) -> str:
    if isinstance(text, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "…" for one in text.values)
        return "".join(map(str, parts))
    assert isinstance(text, ast.Constant), f"line {text.lineno}: {ast.unparse(text)} is no text"
    return re.sub(r"(%s)+", "…", str(text.value))
