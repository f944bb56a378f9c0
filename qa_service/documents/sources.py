"""Who stands behind a web address, the acts that passages name, the actions that services offer.

`acts.yaml` and `actions.yaml` of a corpus are lists of entries; every finding names its line.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from qa_service.documents.schema import HttpUrl, Slug, Strict, Text
from qa_service.documents.yaml_files import read_entries
from qa_service.errors import CorpusProblem
from qa_service.types import Link, Source, SourceKind

ACTS_FILE, ACTIONS_FILE = "acts.yaml", "actions.yaml"

_KINDS: Mapping[str, SourceKind] = {
    "zakon.rada.gov.ua": SourceKind.LAW,
    "gov.ua": SourceKind.OFFICIAL,
}
"""Kind by host; a subdomain is of the kind of its longest parent here, any other host is media."""

ACTION_HOSTS = ("hsc.gov.ua", "mvs.gov.ua", "diia.gov.ua", "id.gov.ua", "my.gov.ua")
"""Hosts, with their subdomains, that people are sent to in order to do something."""

_NAMED_ACT = re.compile(
    r"\b(?:постанов|наказ|розпоряджен|закон(?!опро)|указ|інструкці|порядк|положен)\w*(?:[^.!?№]|\.(?=\d)){0,120}№\s*"
    r"(?P<number>\d[\w/-]*)",
    re.IGNORECASE,
)


def source_kind(url: str | None) -> SourceKind:
    """By the host of `url`; without one nobody can look it up, so it counts as media."""
    host = _host(url or "")
    parents = (host.split(".", depth)[-1] for depth in range(host.count(".") + 1))
    return next((_KINDS[parent] for parent in parents if parent in _KINDS), SourceKind.MEDIA)


def by_kind(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Official pages first, then laws, then media; within each, those that state all first."""
    order = list(SourceKind)
    found = sorted(sources, key=lambda one: (order.index(one.kind), one.states is not None))
    return tuple(found)


class _ActEntry(Strict):
    id: Slug
    title: Text
    url: HttpUrl | None = Field(None, description="Left out while its register number is unknown")
    names: list[Text] = Field(min_length=1, description="As texts write it: № 1388, КУпАП")


class _ActionEntry(Strict):
    id: Slug
    title: Text
    url: HttpUrl


@dataclass(frozen=True, slots=True)
class Acts:
    """The table of acts; `patterns[i]` finds any name of `acts[i]`."""

    acts: tuple[Link, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()

    def named_in(self, text: str) -> tuple[Link, ...]:
        """Every act that a text names, in the order of the table."""
        found = zip(self.acts, self.patterns, strict=True)
        return tuple(act for act, pattern in found if pattern.search(text))

    def unknown_in(self, text: str) -> list[str]:
        """Numbers of acts that a text names and the table does not list."""
        if not self.acts:
            return []
        return [
            f"№ {named['number']}"
            for named in _NAMED_ACT.finditer(text)
            if not any(pattern.search(named[0]) for pattern in self.patterns)
        ]


def load_acts(folder: Path, problems: list[CorpusProblem]) -> Acts:
    """The acts of the corpus in `folder`; none without a file. Mistakes go to `problems`."""
    path = folder / ACTS_FILE
    found = read_entries(path, _ActEntry, problems)
    seen: set[str] = set()
    for line, entry in found:
        if entry.id in seen:
            problems.append(CorpusProblem(path, line, f"id {entry.id!r} was used already"))
        seen.add(entry.id)
    entries = [entry for _, entry in found]
    acts = tuple(Link(entry.title, entry.url) for entry in entries)
    return Acts(acts, tuple(_any_of(entry.names) for entry in entries))


def load_actions(folder: Path, problems: list[CorpusProblem]) -> dict[str, Link]:
    """Action by id; none without a file. Mistakes, foreign hosts too, go to `problems`."""
    path = folder / ACTIONS_FILE
    actions: dict[str, Link] = {}
    for line, entry in read_entries(path, _ActionEntry, problems):
        if entry.id in actions:
            problems.append(CorpusProblem(path, line, f"id {entry.id!r} was used already"))
        elif not _is_action_host(_host(entry.url)):
            allowed = ", ".join(ACTION_HOSTS)
            problems.append(
                CorpusProblem(path, line, f"{entry.url} is not on an allowed host: {allowed}")
            )
        else:
            actions[entry.id] = Link(entry.title, entry.url)
    return actions


def _any_of(names: Sequence[str]) -> re.Pattern[str]:
    """Any of the names as whole words, whatever stands for their spaces."""
    choices = "|".join(r"\s*".join(map(re.escape, name.split())) for name in names)
    return re.compile(rf"(?<![\w-])(?:{choices})(?![\w/-])", re.IGNORECASE)


def _host(url: str) -> str:
    """Lower case, without a trailing dot; empty for what is no address."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_action_host(host: str) -> bool:
    return any(host == allowed or host.endswith(f".{allowed}") for allowed in ACTION_HOSTS)
