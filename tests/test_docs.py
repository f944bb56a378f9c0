"""Documents cannot rot: what they name exists in the code, and what the code offers stands in
README.md.
"""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import typer
from starlette.routing import compile_path
from support.app import tiny_client
from support.corpus import ROOT, tiny_index

from qa_service.cli import command_line
from qa_service.indexing.gate import GATE_FILE
from qa_service.indexing.versions import current_folder
from qa_service.monitoring.metrics import Metrics
from qa_service.retrieval import LEXICAL_SCOPE, OFF_TOPIC
from qa_service.settings import PREFIX, Settings

README = ROOT / "README.md"
DOCUMENTS = [
    path
    for pattern in ("*.md", "docs/**/*.md", "corpus/README.md", "index/README.md", "deploy/**/*.md")
    for path in sorted(ROOT.glob(pattern))
    if path.name != "CHANGELOG.md"  # it names what was removed
]

_CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
_SETTING = re.compile(rf"\b{PREFIX}[A-Z]+(?:_[A-Z]+)*\b")
_METRIC = re.compile(r"\bqa_(?!service\b)[a-z]+(?:_[a-z]+)*\b")
_METRIC_SUFFIX = re.compile(r"_(bucket|count|sum|created)$")
_ADDRESS = re.compile(
    r"(?:(?:localhost|127\.0\.0\.1|0\.0\.0\.0):8000|(?<![\w.:/<*}])(?=/))(/[^\s\"'`?#,;)\\]*)"
)
_ROUTE_LIKE = re.compile(
    r"/(v1|healthz|readyz|metrics|openapi\.json|docs|services|static|operator|widget\.js|insights|channels|mcp|admin)(?=/|$)"
)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
_MODULE = re.compile(r"\b(?:[a-z0-9_]+/)*[a-z0-9_]+\.py\b")
_MAKE = re.compile(r"(?:^|[\s&;|])make((?: [a-z][a-z-]*)+)", re.MULTILINE)


# What a document says


def _code(text: str) -> str:
    """The code of a document: blocks and spans, a line each."""
    return "\n".join(block or span for block, span in _CODE.findall(text))


def _invocations(text: str) -> Iterator[list[str]]:
    """The words after each `qa-service` in code, up to where the shell starts something else."""
    for line in _code(text).replace("\\\n", " ").splitlines():
        for call in re.split(r"(?<![\w./-])(?:\.venv/bin/)?qa-service(?=\s)", line)[1:]:
            try:
                words = shlex.split(call, comments=True)
            except ValueError:
                words = call.split()
            end = next(
                (
                    number
                    for number, word in enumerate(words)
                    if word in ("|", "&&", "||", ";", ">", "&", "·")
                ),
                len(words),
            )
            yield [word.strip("[](),") for word in words[:end]]


def _unknown_commands(text: str) -> set[str]:
    unknown = set()
    for words in _invocations(text):
        name = words[0] if words else ""
        options = {
            word.partition("=")[0] for word in words if word.startswith("--") and word != "--"
        }
        if not re.fullmatch(r"[a-z][a-z-]*", name):
            unknown |= {f"qa-service {option}" for option in options - {"--help"}}
        elif name not in _commands():
            unknown.add(f"qa-service {name}")
        else:
            unknown |= {f"qa-service {name} {option}" for option in options - _commands()[name]}
    return unknown


def _unknown_routes(text: str, routes: frozenset[str]) -> set[str]:
    patterns = [compile_path(route)[0] for route in routes]
    named = {address.rstrip(".") for address in _ADDRESS.findall(_code(text))}
    return {
        path
        for path in named
        if _ROUTE_LIKE.match(path)
        and not path.startswith("/static/")
        and not any(pattern.match(path) for pattern in patterns)
    }


def _unknown_settings(text: str) -> set[str]:
    return set(_SETTING.findall(text)) - {PREFIX + name.upper() for name in Settings.model_fields}


def _unknown_metrics(text: str) -> set[str]:
    named = {_METRIC_SUFFIX.sub("", name) for name in _METRIC.findall(_code(text))}
    return named - _metrics()


def _dead_links(text: str, folder: Path) -> set[str]:
    dead = set()
    for link in (
        first or second
        for first, second in _LINK.findall(
            re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        )
    ):
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (folder / target).resolve() if target else None
        if path and not path.exists():
            dead.add(link)
        elif anchor and (path is None or path.suffix == ".md"):
            headings = _HEADING.findall(path.read_text("utf-8") if path else text)
            if anchor not in {_anchor(heading) for heading in headings}:
                dead.add(link)
    return dead


def _anchor(heading: str) -> str:
    """The anchor that a code host gives a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def _unknown_targets(text: str) -> set[str]:
    known = set(
        re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    return {target for targets in _MAKE.findall(_code(text)) for target in targets.split()} - known


# What the code has


@cache
def _commands() -> dict[str, set[str]]:
    """Every command and its options."""
    group: Any = typer.main.get_command(command_line())
    return {name: _options(command) | {"--help"} for name, command in group.commands.items()}


def _options(command: Any) -> set[str]:
    """The options of a command, or of all commands of a group."""
    own = {
        option
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    return own.union(*(_options(inner) for inner in getattr(command, "commands", {}).values()))


@cache
def _metrics() -> frozenset[str]:
    families = {family.name: family.type for family in Metrics().registry.collect()}
    return frozenset(
        name + ("_total" if kind == "counter" else "") for name, kind in families.items()
    )


PAGES = {
    "/",
    "/services",
    "/docs",
    "/openapi.json",
    "/widget.js",
    "/mcp",
    "/feedback",
    "/insights",
    "/insights.json",
    "/insights/{table}.csv",
    "/operator",
    "/opensearch.xml",
    "/opensearch-suggest",
}
"""What the API's description leaves out."""


def _routes(folder: Path) -> frozenset[str]:
    client = tiny_client(folder)
    replies = {path: client.get(path, follow_redirects=False) for path in PAGES}
    missing = {path for path, one in replies.items() if one.status_code == HTTPStatus.NOT_FOUND}
    return (
        frozenset(client.get("/openapi.json").json()["paths"])
        | (PAGES - missing)
        | {"/services/{slug}"}
    )


# Rules


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_in_documents_exist(path: Path) -> None:
    assert _unknown_commands(path.read_text("utf-8")) == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_settings_and_metrics_in_documents_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    assert _unknown_settings(text) == set() and _unknown_metrics(text) == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_modules_in_documents_exist(path: Path) -> None:
    """Named from the root, from the package, or, in a table of a package, from that package."""
    named = set(_MODULE.findall(_code(path.read_text("utf-8"))))
    modules = [str(one.relative_to(ROOT)) for one in ROOT.glob("[!.]*/**/*.py")]
    known = {"/".join(one.split("/")[-depth:]) for one in modules for depth in range(1, 6)}
    assert named - known == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_in_documents_exist(path: Path) -> None:
    assert _unknown_targets(path.read_text("utf-8")) == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    assert _dead_links(path.read_text("utf-8"), path.parent) == set()


def test_the_page_of_the_index_names_every_file_of_a_version(tmp_path: Path) -> None:
    folder = current_folder(tiny_index(tmp_path).index)
    page = _code((ROOT / "index" / "README.md").read_text("utf-8"))
    named = set(re.findall(r"^  ([a-z_.]+)", page, re.MULTILINE))
    # The tiny corpus has no questions out of scope and none that are judged.
    optional = {OFF_TOPIC, LEXICAL_SCOPE, GATE_FILE}
    assert named == {path.name for path in folder.iterdir()} | optional


def test_routes_in_documents_exist(tmp_path: Path) -> None:
    routes = _routes(tmp_path)
    unknown = {path.name: _unknown_routes(path.read_text("utf-8"), routes) for path in DOCUMENTS}
    assert {name: found for name, found in unknown.items() if found} == {}


def test_the_readme_names_every_command() -> None:
    named = {words[0] for words in _invocations(README.read_text("utf-8")) if words}
    assert set(_commands()) - named == set()


def test_the_readme_names_every_setting() -> None:
    assert {PREFIX + name.upper() for name in Settings.model_fields} - set(
        _SETTING.findall(README.read_text("utf-8"))
    ) == set()


_PUBLISHED = re.compile(r"pip install [^\n]*\bqa[_-]service")


def test_no_advice_installs_the_package_from_a_registry_that_has_a_strangers() -> None:
    """It is installed in the checkout: nobody has published it."""
    texts = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "qa_service").rglob("*.py"),
    ]
    assert [str(path) for path in texts if _PUBLISHED.search(path.read_text("utf-8"))] == []
    assert _PUBLISHED.search("run pip install 'qa_service[redis]'")


def test_what_does_not_exist_is_found(tmp_path: Path) -> None:
    """The rules above can fail."""
    text = dedent(
        """
        Run `qa-service fly` or `.venv/bin/qa-service ask "що?" --loud --top-k 3 | jq`,
        set `QA_WINGS` and `QA_PORT`, watch `qa_flights_total`, `qa_answers_total`
        and `qa_http_request_seconds_bucket`.
        ```bash
        curl localhost:8000/v1/fly?q=x -d '{}'
        curl -X POST http://127.0.0.1:8000/v1/ask
        make serve wings
        ls /docs/x
        ```
        `GET /v1/services/{slug}`, `/readyz` and `/channels`.
        [here](nope.md), [there](README.md#nope), [top](#a-heading), [away](https://a.test/nope.md)
        ## A heading
        """
    )
    (tmp_path / "README.md").write_text("# Title\n", "utf-8")
    assert _unknown_commands(text) == {"qa-service fly", "qa-service ask --loud"}
    assert _unknown_settings(text) == {"QA_WINGS"} and _unknown_metrics(text) == {
        "qa_flights_total"
    }
    assert _unknown_routes(text, _routes(tmp_path / "world")) == {"/v1/fly", "/docs/x", "/channels"}
    assert _unknown_targets(text) == {"wings"}
    assert _dead_links(text, tmp_path) == {"nope.md", "README.md#nope"}
