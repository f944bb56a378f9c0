"""docs/threat-model.md: each line names tests that hold it, and each of them exists."""

import ast
import re
from functools import cache

from support.corpus import ROOT

TESTS = ROOT / "tests"
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
RISKS = [f"API{number}" for number in range(1, 11)]

_NAMED = re.compile(r"`([a-z_/]+\.py)::(test_\w+)`")
_ROW = re.compile(r"^\| ((?:API)?\d[^|]*) \|([^|]*)\|([^|]*)\|$", re.MULTILINE)


@cache
def _tests_of(path: str) -> frozenset[str]:
    file = TESTS / path
    tree = ast.parse(file.read_text("utf-8") if file.is_file() else "")
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def _unknown(text: str) -> set[str]:
    return {f"{path}::{name}" for path, name in _NAMED.findall(text) if name not in _tests_of(path)}


def _without_test(text: str) -> set[str]:
    return {line for line, _, tests in _ROW.findall(text) if not _NAMED.search(tests)}


def test_every_test_that_is_named_exists() -> None:
    assert _unknown(PAGE) == set() and len(_NAMED.findall(PAGE)) == PAGE.count("::")


def test_every_line_names_a_test_that_holds_it() -> None:
    assert _without_test(PAGE) == set()


def test_every_risk_of_the_top_10_has_a_line() -> None:
    rows = [line.split()[0] for line, _, _ in _ROW.findall(PAGE)]
    assert [row for row in rows if row.startswith("API")] == RISKS
    assert len(rows) > len(RISKS)


def test_a_name_without_a_test_and_a_line_without_a_name_are_found() -> None:
    text = "| API1 A | b | `test_docs.py::test_nope`, `nope.py::test_x` |\n| 1.2.3 c | d | e |\n"
    assert _unknown(text) == {"test_docs.py::test_nope", "nope.py::test_x"}
    assert _without_test(text) == {"1.2.3 c"}
