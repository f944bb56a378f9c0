"""Drafts of sections of service files, for editors to write: what people asked, and marks where
text, source and date belong. Pure; no fact is made up.

The marks are no valid values, so that `qa-service check` refuses a section that nobody finished.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_service.journal.gaps import Gap
from qa_service.journal.queue import Item
from qa_service.journal.reports import KYIV
from qa_service.phrases import editors
from qa_service.text.personal import was_masked
from qa_service.types import Service, Topic

MOST_QUESTIONS = 10
_TODO = "TODO"
_SERVICES = "corpus/services"


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """name: of a file for it. text: Markdown, to be put into the service's file."""

    name: str
    text: str


def draft_of_gap(gap: Gap, service: Service | None) -> SectionDraft:
    """A section for `service`, the nearest one; None where no service is near."""
    said = editors.DRAFT_GAP.format(
        asked=editors.times(gap.asked),
        first=f"{gap.first_at.astimezone(KYIV):%d.%m.%Y}",
        last=f"{gap.last_at.astimezone(KYIV):%d.%m.%Y}",
        conversations=gap.conversations,
    )
    return _draft(gap.all_questions, gap.passage_id, [said], service)


def draft_of_item(item: Item, service: Service | None) -> SectionDraft:
    """The same for what one person asked and complained of."""
    remarks = [editors.DRAFT_ITEM.format(complaint=editors.COMPLAINTS[item.complaint])]
    if item.comment:
        remarks.append(editors.DRAFT_COMMENT.format(comment=item.comment))
    asked = [item.question] if item.question else []
    return _draft(asked, item.passage_id, remarks, service)


def file_of(service: Service | str) -> str:
    """Where editors find a service, by its slug."""
    return f"{_SERVICES}/{service if isinstance(service, str) else service.slug}.md"


def _draft(
    asked: Sequence[str], passage_id: str | None, remarks: list[str], service: Service | None
) -> SectionDraft:
    topic = _topic(passage_id, service)
    section = _free_id(topic, service)
    slug = service.slug if service else editors.DRAFT_WITHOUT_SERVICE
    questions = [one for one in map(_one_line, asked) if one and not was_masked(one)]
    questions = list(dict.fromkeys(questions))[:MOST_QUESTIONS]
    place = file_of(service) if service else editors.DRAFT_NO_FILE
    said = [editors.DRAFT_FILE.format(file=place), *remarks]
    if passage_id:
        said.append(editors.DRAFT_NEAREST.format(passage=passage_id))
    title = questions[0] if questions else editors.DRAFT_TITLE
    heading = f"## {_TODO} {_plain(title)} {{#{section} topic={topic}}}"
    lines = [heading, "", *_body(said, questions)]
    return SectionDraft(f"draft-{slug}-{section}.md", "\n".join(lines) + "\n")


def _body(said: Sequence[str], questions: Sequence[str]) -> Iterator[str]:
    yield "<!--"
    yield from map(_comment, said)
    yield editors.DRAFT_HOW
    yield "-->"
    yield ""
    yield f"{_TODO}: {editors.DRAFT_TEXT}"
    yield ""
    yield "```yaml"
    yield f"as_of: {_TODO}  # {editors.DRAFT_DATE}"
    yield f"sources: [{_TODO}]  # {editors.DRAFT_SOURCES}"
    if questions:
        yield "questions:"
        yield from (f"  - {json.dumps(one, ensure_ascii=False)}" for one in questions)
    yield "```"


def _topic(passage_id: str | None, service: Service | None) -> Topic:
    """The nearest passage's, for want of a better guess."""
    passages = service.passages if service else ()
    return next((one.topic for one in passages if one.id == passage_id), Topic.NOTE)


def _free_id(topic: Topic, service: Service | None) -> str:
    """The topic, numbered where the service has such a section already."""
    taken = {one.id.partition(".")[2] for one in service.passages} if service else set()
    number = 1
    while (found := f"{topic}-{number}" if number > 1 else str(topic)) in taken:
        number += 1
    return found


def _plain(title: str) -> str:
    return title.replace("{", "(").replace("}", ")")


def _comment(text: str) -> str:
    """Text that does not end the comment that it stands in."""
    return _one_line(text).replace("--", "—").replace(">", "›")


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
