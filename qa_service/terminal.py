"""An answer as text for a terminal."""

from textwrap import fill, indent

from qa_service.types import Answer, RankedPassage

_WIDTH = 100


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
