"""A whole procedure as Markdown, with the source and date of each passage. Pure."""

from collections.abc import Iterator
from datetime import date

from qa_service import phrases
from qa_service.channels import Items
from qa_service.channels.showing import text_blocks
from qa_service.phrases import markdown as said
from qa_service.phrases import terminal
from qa_service.phrases.languages import UKRAINIAN
from qa_service.types import Link, Passage, Service, Source


def procedure(service: Service) -> str:
    """Title, passages in the order of the service's file, and what is known of the whole."""
    parts = [f"# {service.title}", *_about(service)]
    parts += [part for passage in service.passages for part in _passage(passage)]
    return "\n\n".join(parts) + "\n"


def _about(service: Service) -> Iterator[str]:
    if service.official_name:
        yield service.official_name
    facts = [
        said.AUDIENCE.format(audience=service.audience),
        said.REVIEWED.format(date=UKRAINIAN.date(service.reviewed)),
    ]
    if service.registry_id:
        facts.append(said.REGISTRY_ID.format(number=service.registry_id))
    if service.page:
        facts.append(said.PAGE.format(page=_linked(service.page)))
    yield _list(facts)


def _passage(passage: Passage) -> Iterator[str]:
    yield f"## {passage.title}"
    for block in text_blocks(passage):
        yield _list(block.items, block.numbered) if isinstance(block, Items) else block.text
    if passage.conflict:
        yield terminal.CONFLICT.format(conflict=passage.conflict)
    if passage.doubt:
        yield terminal.DOUBT.format(doubt=passage.doubt)
    if passage.as_of:
        as_of = terminal.AS_OF.format(date=UKRAINIAN.date(passage.as_of))
        yield f"{as_of}, {said.STALE}." if passage.is_stale(date.today()) else f"{as_of}."
    if passage.sources:
        yield f"{said.SOURCES}\n\n" + _list([_source(one) for one in passage.sources])


def _source(source: Source) -> str:
    named = _linked(Link(source.title, source.url))
    where = f", {source.place}" if source.place else ""
    notes = [
        phrases.SOURCE_KINDS[source.kind],
        *([said.PART.format(states=source.states)] if source.states else []),
        *([said.READ.format(date=UKRAINIAN.date(source.read))] if source.read else []),
    ]
    return f"{named}{where} ({'; '.join(notes)})"


def _linked(link: Link) -> str:
    return f"[{link.title}]({link.url})" if link.url else link.title


def _list(items: list[str] | tuple[str, ...], numbered: bool = False) -> str:
    marks = (f"{number}." if numbered else "-" for number in range(1, len(items) + 1))
    return "\n".join(f"{mark} {item}" for mark, item in zip(marks, items, strict=False))
