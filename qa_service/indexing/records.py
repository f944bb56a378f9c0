"""Passages and services as JSON lines inside a snapshot, so that serving needs no corpus folder."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from qa_service.types import Evidence, Group, Passage, Service, Source, Status, Topic

PASSAGES_FILE, SERVICES_FILE = "passages.jsonl", "services.jsonl"


def write_records(folder: Path, passages: Iterable[Passage], services: Iterable[Service]) -> None:
    _write_lines(folder / PASSAGES_FILE, (asdict(passage) for passage in passages))
    _write_lines(
        folder / SERVICES_FILE, (asdict(service) | {"passages": []} for service in services)
    )


def read_records(folder: Path) -> tuple[tuple[Passage, ...], tuple[Service, ...]]:
    """Passages in row order, and services with their passages."""
    passages = tuple(_passage(values) for values in _read_lines(folder / PASSAGES_FILE))
    by_service = {
        slug: tuple(group) for slug, group in groupby(passages, key=lambda passage: passage.service)
    }
    services = tuple(
        _service(values, by_service.get(values["slug"], ()))
        for values in _read_lines(folder / SERVICES_FILE)
    )
    return passages, services


def _passage(values: dict[str, Any]) -> Passage:
    typed = {
        "topic": Topic(values["topic"]),
        "status": Status(values["status"]),
        "evidence": Evidence(values["evidence"]),
        "sources": _sources(values["sources"]),
        "questions": tuple(values["questions"]),
    }
    return Passage(**(values | typed))


def _service(values: dict[str, Any], passages: tuple[Passage, ...]) -> Service:
    typed = {
        "group": Group(values["group"]),
        "passages": passages,
        "aliases": tuple(values["aliases"]),
        "channels": tuple(values["channels"]),
        "sources": _sources(values["sources"]),
    }
    return Service(**(values | typed))


def _sources(values: list[dict[str, Any]]) -> tuple[Source, ...]:
    return tuple(Source(**value) for value in values)


def _write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _read_lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
