"""`qa-service ask`: one question, answered in the terminal."""

from dataclasses import asdict
from textwrap import fill, indent
from typing import Annotated

import typer

from qa_service import phrases
from qa_service.cli.options import IndexOption, JsonOption
from qa_service.phrases import terminal
from qa_service.phrases.languages import UKRAINIAN
from qa_service.settings import load_settings
from qa_service.types import Answer, Channel, Query, RankedPassage, Reason

_WIDTH = 100


def ask(
    question: Annotated[str, typer.Argument(help="Free text in any style")],
    as_json: JsonOption = False,
    top_k: Annotated[int, typer.Option(min=1, max=20, help="Number of passages")] = 3,
    channel: Annotated[Channel, typer.Option(help="Whose threshold to apply")] = Channel.SITE,
    index: IndexOption = None,
) -> None:
    """Answer one question."""
    from qa_service.bootstrap import load_service
    from qa_service.web.v1.schemas import AnswerOut

    service = load_service(load_settings(index=index))
    answer = service.ask(Query(question, top_k=top_k, channel=channel))
    as_text = AnswerOut.of(answer).model_dump_json if as_json else None
    print(as_text(by_alias=True, indent=2) if as_text else format_answer(answer))


def format_answer(answer: Answer) -> str:
    """The decision, the passages with source and date, related questions."""
    blocks = [_verdict(answer)]
    blocks += [_passage(number, ranked) for number, ranked in enumerate(answer.passages, 1)]
    if answer.siblings:
        titles = "; ".join(sibling.title for sibling in answer.siblings)
        blocks.append(terminal.SIBLINGS.format(titles=titles))
    blocks += [answer.reply] if answer.reply else []
    blocks += [terminal.ACTION.format(**asdict(action)) for action in answer.actions]
    return "\n\n".join(blocks)


def _verdict(answer: Answer) -> str:
    lines = []
    if answer.handoff:
        advice = phrases.REASONS[answer.reason or Reason.LOW_CONFIDENCE]
        contact = terminal.CONTACT.format(**asdict(answer.handoff))
        lines += [fill(f"{advice.title}. {advice.text}", _WIDTH), contact]
    else:
        found = {"confidence": answer.confidence, "ms": answer.took_ms}
        lines.append(terminal.ANSWERED.format(**found))
    if answer.degraded:
        lines.append(terminal.DEGRADED.format(parts=", ".join(answer.degraded)))
    return "\n".join([*lines, *(f"  · {choice.title}" for choice in answer.choices)])


def _passage(number: int, ranked: RankedPassage) -> str:
    passage = ranked.passage
    lines = [fill(passage.text, _WIDTH)]
    if passage.as_of:
        lines.append(terminal.AS_OF.format(date=UKRAINIAN.date(passage.as_of)))
    if passage.conflict:
        conflict = terminal.CONFLICT.format(conflict=passage.conflict)
        lines.append(fill(conflict, _WIDTH))
    if passage.doubt:
        lines.append(fill(terminal.DOUBT.format(doubt=passage.doubt), _WIDTH))
    for source in passage.sources[:2]:
        named = f"{source.title}, {source.place}" if source.place else source.title
        named = f"{named} — {source.url}" if source.url else named
        kind = phrases.SOURCE_KINDS[source.kind]
        lines.append(terminal.SOURCE.format(kind=kind, source=named))
    return f"{number}. {passage.title} [{passage.id}]\n" + indent("\n".join(lines), "   ")
