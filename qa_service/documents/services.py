"""A folder of service files -> Corpus, with the checks that need all files at once.

`schema.json`, for editors that complete YAML, and `INDEX.md`, the list of services, are written
from code and corpus, so that a lost passage shows up as a change of the list.
"""

import hashlib
import json
import re
from pathlib import Path

from qa_service.documents import Corpus, load_corpus
from qa_service.documents.centres import CENTRES_FILE, PLACES_FILE, load_centres
from qa_service.documents.dialogues import TRAIN_DIALOGUES_FILE
from qa_service.documents.questions import (
    TRAIN_FILE,
    Read,
    as_read,
    load_expansions,
    load_wrappers,
)
from qa_service.documents.schema import json_schema
from qa_service.documents.service_file import ServiceFile
from qa_service.documents.sources import ACTIONS_FILE, ACTS_FILE, load_actions, load_acts
from qa_service.documents.yaml_files import (
    SUGGESTIONS_FILE,
    SYNONYMS_FILE,
    load_suggestions,
    load_synonyms,
)
from qa_service.errors import CorpusError, CorpusProblem
from qa_service.text.normalise import normalise
from qa_service.types import Passage, Reason, Service

_OTHER_FILES = (
    TRAIN_FILE,
    TRAIN_DIALOGUES_FILE,
    SYNONYMS_FILE,
    SUGGESTIONS_FILE,
    ACTS_FILE,
    ACTIONS_FILE,
    CENTRES_FILE,
    PLACES_FILE,
)
"""What answers depend on besides the services' files."""

_LINK = re.compile(r"\]\(/?services/(?P<slug>[a-z0-9-]+)(?:#(?P<anchor>[a-z0-9-]+))?\)")


def load_services(folder: Path, read: Read = as_read) -> Corpus:
    """Read `folder/services/*.md`. Raises CorpusError with every finding."""
    corpus, problems = inspect_services(folder, read)
    if problems:
        raise CorpusError(problems, advice="; `qa-service check` lists all")
    return corpus


def inspect_services(folder: Path, read: Read = as_read) -> tuple[Corpus, list[CorpusProblem]]:
    """The corpus of the files that are right, and every finding in those that are not."""
    paths = sorted((folder / "services").glob("*.md"))
    if not paths:
        problem = CorpusProblem(
            folder / "services",
            1,
            "holds no *.md file: point QA_CORPUS or --corpus at a corpus folder",
        )
        return Corpus((), (), ""), [problem]
    problems: list[CorpusProblem] = []
    acts, actions = load_acts(folder, problems), load_actions(folder, problems)
    files = [ServiceFile(path, acts, actions) for path in paths]
    parsed = [(file, file.parse()) for file in files]
    services = [(file, service) for file, service in parsed if service]
    problems += [problem for file in files for problem in file.problems]
    problems += _repeated_texts(services)
    problems += _dead_links(services)
    found = tuple(service for _, service in services)
    passages = tuple(passage for service in found for passage in service.passages)
    synonyms = load_synonyms(folder, problems)
    popular, denied = load_suggestions(folder, problems)
    centres = load_centres(folder, problems)
    wrappers = load_wrappers(folder, problems)
    if not problems:  # else passages are missing, and every question about them would be a finding
        expansions, unanswered = load_expansions(
            folder, {passage.id: _said(passage) for passage in passages}, problems, read
        )
        vague = [one for one, kind in unanswered.items() if kind is Reason.AMBIGUOUS]
        off_topic = {one: kind for one, kind in unanswered.items() if kind is not Reason.AMBIGUOUS}
        fingerprint = _fingerprint([*paths, *(folder / name for name in _OTHER_FILES)])
        return Corpus(
            passages,
            found,
            fingerprint,
            expansions,
            tuple(off_topic),
            synonyms,
            popular,
            denied,
            centres,
            wrappers,
            {question: kind for question, kind in off_topic.items() if kind},
            tuple(vague),
        ), problems
    return Corpus(passages, found, ""), problems


def _said(passage: Passage) -> str:
    return " ".join((passage.title, passage.text, *passage.questions))


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _repeated_texts(services: list[tuple[ServiceFile, Service]]) -> list[CorpusProblem]:
    """Two passages with one text, or one sample question for two of them."""
    problems = []
    seen: dict[str, str] = {}
    for file, service in services:
        for passage in service.passages:
            for text in (passage.text, *passage.questions):
                first = seen.setdefault(normalise(text), passage.id)
                if first != passage.id:
                    message = f"repeats a text of {first}: {text[:60]!r}"
                    problems.append(CorpusProblem(file.path, file.lines[passage.id], message))
    return problems


def _dead_links(services: list[tuple[ServiceFile, Service]]) -> list[CorpusProblem]:
    anchors = {
        service.slug: {passage.anchor for passage in service.passages} for _, service in services
    }
    problems = []
    for file, service in services:
        for passage in service.passages:
            for link in _LINK.finditer(passage.text):
                known = anchors.get(link["slug"])
                if known is None or (link["anchor"] and link["anchor"] not in known):
                    anchor = f"#{link['anchor']}" if link["anchor"] else ""
                    message = f"dead link to {link['slug']}{anchor}"
                    problems.append(CorpusProblem(file.path, file.lines[passage.id], message))
    return problems


SCHEMA_FILE, INDEX_FILE = "schema.json", "INDEX.md"


def inspect_corpus(path: Path) -> tuple[Corpus, list[CorpusProblem]]:
    """The corpus and every finding in it. A written file that is out of date is one."""
    if path.suffix == ".jsonl":
        try:
            return load_corpus(path), []
        except CorpusError as error:
            return Corpus((), (), ""), error.problems
    corpus, problems = inspect_services(path)
    if not problems:
        stale = (
            path / name
            for name, text in written_files(corpus).items()
            if _differs(path / name, text)
        )
        problems = [
            CorpusProblem(file, 1, "is out of date: run `qa-service check --write`")
            for file in stale
        ]
    return corpus, problems


def written_files(corpus: Corpus) -> dict[str, str]:
    """File name -> text of the files that nobody edits by hand."""
    return {
        SCHEMA_FILE: json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n",
        INDEX_FILE: index_page(corpus),
    }


def index_page(corpus: Corpus) -> str:
    """Every service with the number of its passages, as a Markdown table."""
    lines = ["# Services of the corpus", "", "| slug | title | passages |", "|---|---|---|"]
    for service in corpus.services:
        lines.append(
            f"| [{service.slug}](services/{service.slug}.md) | {service.title} | "
            f"{len(service.passages)} |"
        )
    lines += ["", f"Total: {len(corpus.services)} services, {len(corpus.passages)} passages."]
    return "\n".join(lines) + "\n"


def _differs(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() != text.encode()
