"""`qa-service ask`: one question, answered in the terminal."""

from textwrap import fill, indent
from typing import Annotated

import typer

from qa_service.cli.options import IndexOption, JsonOption
from qa_service.settings import load_settings
from qa_service.types import Answer, Channel, Query, RankedPassage

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
    """The verdict, the passages with source and date, and where to go on."""
    blocks = [_verdict(answer)]
    blocks += [_passage(number, ranked) for number, ranked in enumerate(answer.passages, 1)]
    if answer.siblings:
        blocks.append(
            "Ще про цю послугу: " + "; ".join(sibling.title for sibling in answer.siblings)
        )
    return "\n\n".join(blocks)


def _verdict(answer: Answer) -> str:
    if answer.answerable:
        return f"Впевненість {answer.confidence:.0%}, {answer.took_ms:.1f} мс"
    assert answer.handoff
    contact = f"Контакт-центр: {answer.handoff.phone}, {answer.handoff.site}"
    choices = "".join(f"\n  · {choice.title}" for choice in answer.choices)
    return (
        f"Немає певної відповіді ({answer.reason}, впевненість {answer.confidence:.0%}). "
        f"{contact}{choices}"
    )


def _passage(number: int, ranked: RankedPassage) -> str:
    passage = ranked.passage
    head = f"{number}. {passage.title} [{passage.id}]"
    lines = [fill(passage.text, _WIDTH), f"Станом на {passage.as_of or '—'}, {passage.status}"]
    if passage.conflict:
        lines.append(fill(f"Джерела розходяться: {passage.conflict}", _WIDTH))
    lines += [
        f"Джерело: {source.title}{f' — {source.url}' if source.url else ''}"
        for source in passage.sources[:2]
    ]
    return head + "\n" + indent("\n".join(lines), "   ")
