"""What is installed: exact versions with hashes, one version everywhere, free licences. Needs no
network; docs/supply-chain.md says what the rules are for.
"""

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.corpus import ROOT

PEERS = ROOT / "bench" / "peers" / "requirements.txt"
LOCKS = [*sorted((ROOT / "locks").glob("*.txt"), key=lambda path: path.name), PEERS]
UNLOCKED = ROOT / "locks" / "unlocked.txt"
HASHED = [path for path in LOCKS if path != UNLOCKED]
OURS = ["dev", "build", "serve", "backend"]
"""Locks of what is installed together; the tools stand in environments of their own."""

PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python"),
    *("ISC", "MIT", "MIT-0", "PSF-2.0", "Zlib", "LLVM-exception"),
    # As older metadata writes them.
    *(
        "Apache",
        "Apache 2.0",
        "Apache 2.0 License",
        "Apache Software License",
        "BSD",
        "BSD License",
    ),
    *("3-Clause BSD License", "BSD 3-Clause License", "ISC License (ISCL)", "MIT License"),
}
PER_FILE = {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}
"""Binds whoever changes a file of the package; nobody here does."""

BY_THEIR_LICENCE_FILE = {"axe-playwright-python": "MIT", "pgserver": "Apache-2.0"}
"""The metadata says nothing."""


def _pinned(lock: Path) -> dict[str, Requirement]:
    """Canonical name -> requirement of each entry."""
    lines = re.findall(r"^[A-Za-z0-9][^\\\n]*", lock.read_text("utf-8"), re.MULTILINE)
    requirements = [Requirement(line.strip()) for line in lines]
    return {canonicalize_name(one.name): one for one in requirements}


def _lock(name: str) -> dict[str, Requirement]:
    return _pinned(ROOT / "locks" / f"{name}.txt")


def _version(requirement: Requirement) -> str:
    return str(requirement.specifier).removeprefix("==")


def _asked_for(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, PyTorch left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + [
        line for extra in extras for line in project["optional-dependencies"][extra]
    ]
    asked = [Requirement(line) for line in lines]
    return [one for one in asked if one.name not in {"qa_service", *_pinned(UNLOCKED)}]


@pytest.mark.parametrize("lock", HASHED, ids=lambda path: path.stem)
def test_every_locked_package_has_one_exact_version_and_hashes(lock: Path) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert len(entries) == len(_pinned(lock)) > 0
    for entry in entries:
        assert re.match(r"[A-Za-z0-9_.-]+==[^ ]+ ", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry[:80]


def test_what_is_installed_together_has_one_version_of_each_package() -> None:
    versions: dict[str, set[str]] = {}
    for lock in OURS:
        for name, requirement in _lock(lock).items():
            versions.setdefault(name, set()).add(_version(requirement))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("serve", ["postgresql", "redis"]),
        ("build", ["build", "evaluation", "insights"]),
        ("dev", ["build", "evaluation", "import", "models", "postgresql", "redis", "dev"]),
    ],
)
def test_the_locks_hold_what_the_project_asks_for(lock: str, extras: list[str]) -> None:
    """`make lock` was run after pyproject.toml was changed."""
    locked = _lock(lock)
    missing = [
        str(one)
        for one in _asked_for(*extras)
        if (found := locked.get(canonicalize_name(one.name))) is None
        or not one.specifier.contains(_version(found), prereleases=True)
    ]
    assert missing == []


def test_the_backend_that_builds_the_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = (ROOT / "locks" / "backend.in").read_text("utf-8").splitlines()
    assert set(project["build-system"]["requires"]) <= set(lines)


def test_pytorch_alone_is_a_range_and_never_of_one_platform_or_index() -> None:
    """Its builds differ by platform and come from other places."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    models = project["optional-dependencies"]["models"]
    torch = [line for line in models if line.startswith("torch")]
    assert UNLOCKED.read_text("utf-8").split() == torch
    of_torch = re.compile("torch$|nvidia|cuda|triton")
    for lock in HASHED:
        assert [name for name in _pinned(lock) if of_torch.match(name)] == []
    for file in (ROOT / "Makefile", ROOT / "Dockerfile", *LOCKS, *(ROOT / "scripts").iterdir()):
        assert not re.search(r"\+cpu|--(extra-)?index-url", file.read_text("utf-8")), file.name


@pytest.mark.parametrize("lock", ["build", "serve"])
def test_neither_building_nor_serving_brings_what_only_models_of_others_need(lock: str) -> None:
    """PyTorch weighs gigabytes on most machines; the default model is built and served without."""
    brought = {"sentence-transformers", "transformers", "sympy", "networkx"}
    assert brought & _lock(lock).keys() == set()
    for file in (ROOT / "Dockerfile", ROOT / "scripts" / "supply-chain"):
        assert "locks/unlocked.txt" not in file.read_text("utf-8")


@pytest.mark.parametrize(
    "file",
    [
        "Makefile",
        "Dockerfile",
        "scripts/install-client-generator",
        "scripts/install-peers",
        "scripts/install-schemathesis",
    ],
)
def test_nothing_is_installed_but_from_a_lock_the_range_or_the_checkout(file: str) -> None:
    text = (ROOT / file).read_text("utf-8").replace("\\\n", " ")
    calls = re.findall(r"(?:pip|\$\(PIP\))[^\n&;|]*? install[^\n&;|]*", text)
    assert calls
    for call in calls:
        assert (
            "--require-hashes" in call
            or "locks/unlocked.txt" in call
            or ("--no-deps" in call and ("--no-build-isolation" in call or "--no-index" in call))
        ), call


# Licences


def _installed(lock: str) -> list[Distribution]:
    """The packages of a lock that are installed here; some are for other platforms only."""
    found = []
    for name, requirement in _lock(lock).items():
        try:
            found.append(distribution(name))
        except PackageNotFoundError:
            assert requirement.marker, f"{name} is locked and not installed: run `make check`"
    return found


def _licences(package: Distribution) -> set[str]:
    """What a package says of its licence: an SPDX expression, classifiers, or a line."""
    if known := BY_THEIR_LICENCE_FILE.get(canonicalize_name(package.name)):
        return {known}
    metadata = package.metadata
    if "License-Expression" in metadata:
        return set(re.split(r"[\s()]+", metadata["License-Expression"])) - {"AND", "OR", "WITH", ""}
    classifiers = metadata.get_all("Classifier", [])
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License ::")]
    stated = metadata["License"].splitlines()[0] if "License" in metadata else ""
    return set(named or stated.split(" AND "))


@pytest.mark.parametrize("lock", ["serve", "dev"])
def test_every_package_has_a_licence_that_asks_nothing_of_who_runs_the_service(lock: str) -> None:
    """No GPL, LGPL or AGPL; what a package leaves unsaid stands in the table above."""
    packages = _installed(lock)
    assert len(packages) > 40
    others = {
        package.name: licences
        for package in packages
        if (licences := _licences(package)) - PERMISSIVE - PER_FILE
    }
    assert others == {}


def test_of_what_serves_two_packages_alone_bind_whoever_changes_their_files() -> None:
    per_file = {package.name for package in _installed("serve") if _licences(package) & PER_FILE}
    assert per_file <= {"certifi", "tqdm"}
