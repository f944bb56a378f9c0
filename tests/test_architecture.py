"""The direction of imports and the size of parts, read from the source (ARCHITECTURE.md draws
it).
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from support.corpus import ROOT, WEIGHTS, two_services

from qa_service.documents.importers import LIBRARIES
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing.build import build_index
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.faiss import FaissStore

PACKAGE = "qa_service"
MAX_MODULE_LINES, MAX_FUNCTION_LINES = 250, 60

FLOORS = (
    {"types", "errors", "files", "machine", "settings", "breaker"},
    {"text", "phrases"},
    {"monitoring", "ranking", "journal", "access", "stores", "encoders", "documents", "centres"},
    {"retrieval"},
    {"indexing", "dialogue"},
    {"catalogue", "suggest", "drafts"},
    {"finding"},
    {"placing"},
    {"presenting", "turning"},
    {"engine"},
    {"live"},
    {"service", "watching", "background", "insights"},
    {"evaluation", "modelling", "learning", "channels"},
    {"web"},
    {"doors", "journals", "chats", "models", "retrievers", "tracing"},
    {"bootstrap"},
    {"server"},
    {"cli"},
    {"__main__"},
)
"""From the ground up. A part imports from floors below its own, never from its own; the first floor
may use itself.
"""

ROOMS_OF_WEB = {
    *("middleware", "v1", "site", "widget"),
    *("signin", "console", "editors", "insights", "channels", "demo"),
}
"""They never import each other, only what stands beside them: dependencies and problems."""

SETTINGS_READERS = {
    *(
        "settings",
        "doors",
        "journals",
        "chats",
        "models",
        "retrievers",
        "tracing",
        "bootstrap",
        "server",
        "cli",
    ),
}
WEB_FRAMEWORKS = {"fastapi", "starlette"}
GUARDS = {"TYPE_CHECKING", "__name__ == '__main__'"}
COMMANDS = ("app.add_typer(", "app.command()(", "app.command('import')(")
MODEL_LIBRARIES = {"torch", "sentence_transformers", "transformers"}
MODEL_MODULES = {
    "qa_service.modelling.original",
    "qa_service.encoders.sentence_transformer",
    "qa_service.modelling.distil",
    "qa_service.modelling.adapt",
    "qa_service.modelling.losses",
    "qa_service.modelling.adapter",
}

IMPORTERS = "qa_service.documents.importers"
ASSISTANTS = "qa_service.web.v1.assistants"
TRACES = "qa_service.monitoring.traces"


@dataclass(frozen=True)
class Import:
    """`module` is imported in `line`; `lazy` inside a function, `typing_only` under
    TYPE_CHECKING.
    """

    module: str
    line: int
    lazy: bool
    typing_only: bool


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module

    @property
    def part(self) -> str:
        """The floor's member that it belongs to: `engine`, `stores`."""
        return self.name.split(".")[1] if "." in self.name else ""

    def imports(self) -> Iterator[Import]:
        yield from _imports(self.tree, lazy=False, typing_only=False)


def _imports(node: ast.AST, lazy: bool, typing_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (
                Import(alias.name, child.lineno, lazy, typing_only) for alias in child.names
            )
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0 and child.module, f"relative import in line {child.lineno}"
            # `from qa_service.encoders import export` names a module, `from qa_service.types import
            # Topic` does not
            yield from (
                Import(f"{child.module}.{alias.name}", child.lineno, lazy, typing_only)
                for alias in child.names
            )
        else:
            inside_function = lazy or isinstance(
                child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
            )
            guarded = typing_only or (
                isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
            )
            yield from _imports(child, inside_function, guarded)


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, ast.parse(path.read_text("utf-8"))))
    return tuple(found)


def _floor(part: str) -> int:
    floors = [number for number, floor in enumerate(FLOORS) if part in floor]
    assert floors, f"{part} stands on no floor: add it to FLOORS and to ARCHITECTURE.md"
    return floors[0]


def _findings(broken: Iterator[tuple[Module, Import]]) -> list[str]:
    return [
        f"{module.path.relative_to(ROOT)}:{imported.line}: imports {imported.module}"
        for module, imported in broken
    ]


def _all_imports() -> Iterator[tuple[Module, Import]]:
    for module in modules():
        for imported in module.imports():
            yield module, imported


def _own_part(imported: Import) -> str | None:
    """The part of our package that is imported, or None for a foreign one."""
    names = imported.module.split(".")
    return names[1] if names[0] == PACKAGE else None


def test_imports_go_down_the_floors() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if (part := _own_part(imported))
        and part != module.part
        and _floor(part) >= max(_floor(module.part), 1)
    )
    assert _findings(broken) == []


def _room(name: str) -> str | None:
    """`qa_service.web.v1.ask` -> `v1`; None outside of the rooms of `web`."""
    names = name.split(".")
    return (
        names[2]
        if names[:2] == [PACKAGE, "web"] and names[2:3] and names[2] in ROOMS_OF_WEB
        else None
    )


def test_rooms_of_web_never_import_each_other() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if (room := _room(module.name)) and (other := _room(imported.module)) and other != room
    )
    assert _findings(broken) == []


def test_every_room_of_web_exists() -> None:
    assert {_room(module.name) for module in modules()} == ROOMS_OF_WEB | {None}


def test_every_floor_still_has_a_part() -> None:
    parts = {module.part for module in modules()}
    assert [sorted(floor) for floor in FLOORS if not floor & parts] == []


def test_only_the_shell_knows_the_settings() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if _own_part(imported) == "settings" and module.part not in SETTINGS_READERS
    )
    assert _findings(broken) == []


def test_only_the_web_knows_the_web_framework() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if imported.module.split(".")[0] in WEB_FRAMEWORKS and module.part != "web"
    )
    assert _findings(broken) == []


def test_model_libraries_are_imported_by_few_modules_and_only_when_needed() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if imported.module.split(".")[0] in MODEL_LIBRARIES
        and not (module.name in MODEL_MODULES and (imported.lazy or imported.typing_only))
    )
    assert _findings(broken) == []


def test_only_importers_know_the_libraries_that_read_documents_of_others() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if imported.module.split(".")[0] in LIBRARIES and not module.name.startswith(IMPORTERS)
    )
    assert _findings(broken) == []


def test_only_the_assistants_know_the_sdk_of_their_protocol_and_are_imported_when_needed() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if not module.name.startswith(ASSISTANTS)
        and (
            imported.module.split(".")[0] in {"mcp", "mcp_types"}
            or (
                imported.module.startswith(ASSISTANTS)
                and not (imported.lazy or imported.typing_only)
            )
        )
    )
    assert _findings(broken) == []


def test_only_traces_know_their_library_and_are_imported_when_needed() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if module.name != TRACES
        and (
            imported.module.split(".")[0] == "opentelemetry"
            or (imported.module.startswith(TRACES) and not (imported.lazy or imported.typing_only))
        )
    )
    assert _findings(broken) == []


def test_importers_are_imported_only_when_needed() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if imported.module.startswith(IMPORTERS)
        and not module.name.startswith(IMPORTERS)
        and not (module.part == "cli" and (imported.lazy or imported.typing_only))
    )
    assert _findings(broken) == []


def test_what_learns_from_the_journal_is_imported_by_commands_only_and_when_needed() -> None:
    broken = (
        (module, imported)
        for module, imported in _all_imports()
        if imported.module.startswith(f"{PACKAGE}.learning")
        and module.part != "learning"
        and not (module.part == "cli" and imported.lazy)
    )
    assert _findings(broken) == []


def test_nothing_happens_at_import() -> None:
    """At module level stand imports, definitions, constants and docstrings; a program runs from
    `__main__` only.
    """
    quiet = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AnnAssign,
    )
    broken = [
        f"{module.path.relative_to(ROOT)}:{statement.lineno}: {ast.unparse(statement)[:60]}"
        for module in modules()
        if module.part != "__main__"
        for statement in module.tree.body
        if not isinstance(statement, quiet)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        and not (isinstance(statement, ast.If) and ast.unparse(statement.test) in GUARDS)
        and not (module.part == "cli" and ast.unparse(statement).startswith(COMMANDS))
    ]
    assert broken == []


def test_a_module_can_be_read_in_one_sitting() -> None:
    sizes = {
        str(module.path.relative_to(ROOT)): len(module.path.read_text("utf-8").splitlines())
        for module in modules()
    }
    assert {path: lines for path, lines in sizes.items() if lines > MAX_MODULE_LINES} == {}


def test_a_function_fits_one_screen() -> None:
    sizes = {
        f"{module.path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or 0)
        - node.lineno
        + 1
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert sizes
    assert {place: lines for place, lines in sizes.items() if lines > MAX_FUNCTION_LINES} == {}


SERVE_AND_LIST = """
import sys
import qa_service.server
from qa_service.cli import command_line
from qa_service.bootstrap import web_dependencies
from qa_service.settings import load_settings
from qa_service.types import Query
from qa_service.web.app import create_app
command_line()
dependencies = web_dependencies(load_settings())
create_app(dependencies)
engine = dependencies.service.live.current.engine
assert engine.answer(Query("Скільки коштує обмін прав?")).passages
heavy = {"torch", "sentence_transformers", "transformers", "onnx"}
heavy |= {"sklearn", "httpcore2", "mammoth", "protego", "pypdf", "selectolax"}
heavy |= {"alembic", "bm25s", "mcp", "scipy"}
loaded = {name.partition(".")[0] for name in sys.modules} & heavy
print(sorted(loaded | {"opentelemetry.sdk"} & set(sys.modules)))
"""


def _loaded_by_serving(index: Path, model: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QA_")}
    environment |= {"QA_INDEX": str(index), "QA_MODEL": model, "QA_JOURNAL": "off"}
    environment |= {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SERVE_AND_LIST],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_serving_never_imports_what_only_building_needs(tmp_path: Path) -> None:
    build_index(two_services(), HashingEncoder(), tmp_path, FaissStore, Bm25Index, WEIGHTS)
    assert _loaded_by_serving(tmp_path, "hashing") == "[]"


@pytest.mark.model
@pytest.mark.slow
def test_serving_the_default_model_never_imports_what_only_building_needs(
    real_index: Path, model_folder: Path
) -> None:
    assert _loaded_by_serving(real_index, str(model_folder)) == "[]"
