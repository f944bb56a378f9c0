"""One service file -> Service, with the line of everything that is wrong in it.

A file is YAML front matter between `---` lines, then a section a passage:

    ## Скільки коштує обмін {#fee topic=fee}

    Text of the passage, 1-6 sentences, or a lead and a list:

    - one thing
    - another thing

    ```yaml
    as_of: 2025-11
    sources: [hsc-price-list]
    ```
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from qa_service.documents.schema import FrontMatter, PassageMeta
from qa_service.documents.sections import Section, Text, read_sections, read_text
from qa_service.documents.sources import ACTIONS_FILE, ACTS_FILE, Acts, by_kind, source_kind
from qa_service.documents.yaml_files import BrokenYamlError, line_of, parse_yaml
from qa_service.errors import CorpusProblem
from qa_service.text.sentences import sentences
from qa_service.types import Link, Passage, Service, Source, Status, Topic

MAX_SENTENCES = 6
MAX_TEXT_CHARS = 1_200

Model = TypeVar("Model", bound=BaseModel)


class ServiceFile:
    """Parses one file; collects findings in `problems` instead of stopping at the first.

    `acts` and `actions`: what the whole corpus knows of both.
    """

    def __init__(self, path: Path, acts: Acts, actions: Mapping[str, Link]) -> None:
        self.path, self._acts, self._actions = path, acts, actions
        self.problems: list[CorpusProblem] = []
        self.lines: dict[str, int] = {}
        """Passage id -> line of its heading."""

    def parse(self) -> Service | None:
        """The service, or None where `problems` says why not."""
        try:
            lines = self.path.read_text("utf-8-sig").splitlines()
        except OSError as error:
            self._problem(1, f"cannot be read: {error.strerror}")
            return None
        except UnicodeDecodeError as error:
            self._problem(1, f"is not UTF-8 (byte {error.start}): save the file as UTF-8")
            return None
        end = next(
            (number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None
        )
        if not lines or lines[0].rstrip() != "---" or end is None:
            self._problem(1, "front matter must stand first, between two lines of `---`")
            return None
        front = self._yaml(FrontMatter, lines[1:end], first_line=2, what="front matter")
        sections = read_sections(lines[end + 1 :], end + 2, self._problem)
        if front is None:
            return None
        self._check_front_matter(front, lines[1:end])
        sources = {
            entry.id: Source(entry.title, entry.url, source_kind(entry.url))
            for entry in front.sources
        }
        passages = [self._passage(section, front, sources) for section in sections]
        if not sections:
            self._problem(
                end + 1, "the service has no passage: add a `## Heading {#id topic=…}` section"
            )
        if self.problems:
            return None
        return Service(
            slug=front.slug,
            title=front.title,
            group=front.group,
            audience=front.audience,
            reviewed=front.reviewed.isoformat(),
            passages=tuple(passage for passage in passages if passage),
            official_name=front.official_name,
            registry_id=front.registry_id,
            aliases=tuple(front.aliases),
            channels=tuple(front.channels),
            sources=by_kind(sources.values()),
            page=Link(front.page.title, front.page.url) if front.page else None,
            actions=tuple(self._actions[name] for name in front.actions),
        )

    def _check_front_matter(self, front: FrontMatter, lines: list[str]) -> None:
        """What the schema cannot say. `lines` are those between the marks, from the second on."""
        root, _ = parse_yaml("\n".join(lines))

        def report(message: str, *place: int | str) -> None:
            self._problem(line_of(root, place) + 1, message)

        if front.slug != self.path.stem:
            report(f"slug {front.slug!r} must equal the file's name {self.path.stem!r}", "slug")
        names = [entry.id for entry in front.sources]
        for row, name in enumerate(names):
            if name in names[:row]:
                report(f"source id {name!r} was used already", "sources", row)
        for row, name in enumerate(front.actions):
            if name not in self._actions:
                report(f"action {name!r} is not in {ACTIONS_FILE}", "actions", row)

    def _passage(
        self, section: Section, front: FrontMatter, sources: dict[str, Source]
    ) -> Passage | None:
        passage_id = f"{front.slug}.{section.id}"
        if passage_id in self.lines:
            self._problem(
                section.line, f"id {section.id!r} was used already in line {self.lines[passage_id]}"
            )
            return None
        self.lines[passage_id] = section.line
        if not section.meta_line:
            self._problem(section.line, "the passage has no ```yaml block with as_of and sources")
            return None
        meta = self._yaml(PassageMeta, section.meta, section.meta_line, what="metadata")
        text = read_text("\n".join(section.text))
        self._check_text(section, text)
        if section.topic not in set(Topic):
            self._problem(
                section.line, f"unknown topic {section.topic!r}: use one of {', '.join(Topic)}"
            )
            return None
        if meta is None:
            return None
        for use in meta.sources:
            if use.id not in sources:
                message = f"source {use.id!r} is not among the front matter's sources"
                self._problem(section.meta_line, message)
        if (meta.status is Status.NEEDS_REVIEW) != (meta.conflict is not None):
            self._problem(
                section.meta_line,
                "`status: needs-review` and a `conflict` note go together: give both or neither",
            )
        return Passage(
            id=passage_id,
            document=passage_id,
            service=front.slug,
            service_title=front.title,
            topic=Topic(section.topic),
            title=section.title,
            text=text.said,
            as_of=meta.as_of,
            status=meta.status,
            evidence=meta.evidence,
            conflict=meta.conflict,
            doubt=meta.doubt,
            items=text.items,
            numbered=text.numbered,
            figure=meta.figure.to_figure(meta.as_of) if meta.figure else None,
            sources=_used(meta, sources),
            acts=self._acts.named_in(text.said),
            questions=tuple(meta.questions),
            url=f"/services/{front.slug}#{section.id}",
        )

    def _check_text(self, section: Section, text: Text) -> None:
        said = text.said
        for number in self._acts.unknown_in(said):
            self._problem(section.line, f"the text names an act that {ACTS_FILE} lacks: {number}")
        if not all(text.items):
            self._problem(section.line, "an item of a list has no text")
        if any(item.endswith((".", ";", ",")) for item in text.items):
            self._problem(section.line, "the items of a list have no end marks")
        if not said:
            self._problem(section.line, "the passage has no text")
        elif len(said) > MAX_TEXT_CHARS or len(sentences(said)) > MAX_SENTENCES:
            self._problem(
                section.line,
                f"the text is longer than {MAX_SENTENCES} sentences or {MAX_TEXT_CHARS} "
                "characters: split it",
            )
        elif said[-1] not in ".!?…»)":
            self._problem(
                section.line, "the text must be complete sentences; the last one has no end mark"
            )

    def _yaml(
        self, model: type[Model], lines: list[str], first_line: int, what: str
    ) -> Model | None:
        try:
            node, values = parse_yaml("\n".join(lines))
            return model.model_validate(values)
        except BrokenYamlError as error:
            self._problem(first_line + error.line - 1, f"{what}: {error}")
        except ValidationError as error:
            for detail in error.errors():
                place = ".".join(str(part) for part in detail["loc"])
                self._problem(
                    first_line + line_of(node, detail["loc"]) - 1,
                    f"{what}: {place or 'content'}: {detail['msg']}",
                )
        return None

    def _problem(self, line: int, message: str) -> None:
        self.problems.append(CorpusProblem(self.path, line, message))


def _used(meta: PassageMeta, sources: Mapping[str, Source]) -> tuple[Source, ...]:
    return by_kind(
        replace(sources[use.id], place=use.place, states=use.states, read=use.read)
        for use in meta.sources
        if use.id in sources
    )
