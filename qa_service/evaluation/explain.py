"""How one question was read, found, ranked and judged, as text: what `qa-service evaluate
--explain` prints.
"""

from dataclasses import asdict

from qa_service.engine import QAEngine
from qa_service.evaluation.report import table
from qa_service.text.understand import readings
from qa_service.types import Channel, Query

_SHOWN = 10


def explain(engine: QAEngine, question: str, channel: Channel) -> str:
    """Readings with their worth, the legs with their weights, the best passages with what each leg
    adds, the judgement.
    """
    answer = engine.answer(Query(question, channel=channel))
    understood = answer.understood
    if not understood.reading:
        return f"not searched: {answer.reason}"
    hits = engine.retrieve(understood.reading)
    ranking = engine.rank(hits)
    read = [
        (reading.kind or "as typed", f"{reading.worth:.2f}", reading.text)
        for reading in readings(question, engine.index.vocabulary)
    ]
    legs = [
        (leg, f"{weight:.3f}", str(len(hits[leg].rows)))
        for leg, weight in engine.legs.items()
        if leg in hits
    ]
    found = [
        (engine.index.passages[row].id, f"{score:.2f}", *(f"{share:.2f}" for share in shares))
        for row, score, shares in zip(
            ranking.rows[:_SHOWN], ranking.scores[:_SHOWN], ranking.features[:_SHOWN], strict=True
        )
    ]
    signs = engine.signs(understood.reading, hits, ranking)
    verdict = "answered" if answer.answerable else f"not answered: {answer.reason}"
    blocks = (
        f"language {understood.language}, read as: {understood.reading}",
        table([("reading", "worth", "text"), *read]),
        table([("leg", "weight", "hits"), *legs]),
        table([("passage", "score", *ranking.legs), *found]),
        table(
            [
                ("sign", "value"),
                *(
                    (name, "-" if value is None else f"{value:.2f}")
                    for name, value in asdict(signs).items()
                ),
            ]
        ),
        f"confidence {answer.confidence:.3f}, {verdict} (channel {channel})",
    )
    return "\n\n".join(blocks)
