"""Measures as text for people and JSON for programs. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from qa_service.evaluation.answers import AnswerMeasures, AnswerReport
from qa_service.evaluation.dialogues import TurnMeasures
from qa_service.evaluation.places import PlaceMeasures
from qa_service.evaluation.retrieval import RetrievalMeasures

_ANSWER_COLUMNS = (
    "style", "questions", "service@1", "answer@1", "answer@3", "answer@5", "mrr", "ndcg@10",
    "answered", "refused", "false_answers", "false_hints", "precision", "ece", "p50_ms", "p95_ms",
)  # fmt: skip
_RETRIEVAL_COLUMNS = (
    "queries",
    "ndcg@10",
    "recall@1",
    "recall@5",
    "recall@10",
    "recall@100",
    "mrr",
)


def format_answers(report: AnswerReport) -> str:
    """A line per style, the total last; `-` where a column has no questions."""
    rows = [_answer_row(style.value, measures) for style, measures in report.styles.items()]
    lines = [table([_ANSWER_COLUMNS, *rows, _answer_row("total", report.total)])]
    if (found := report.compounds) is not None:
        head = ("several at once", "all in 3", "all in 5", "all in 8", "first answers")
        shares = (found.all_in_3, found.all_in_5, found.all_in_8, found.first_answers)
        lines.append(table([head, (str(found.messages), *map(_share, shares))]))
    if report.recognised:
        reasons, shares_of = zip(*report.recognised.items(), strict=True)
        lines.append(table([("recognised", *reasons), ("", *map(_share, shares_of))]))
    if (polite := report.courtesy) is not None:
        names = ("wrapped less bare", "answer@1", "refused", "false_answers")
        changes = map(_share, (polite.answer_at_1, polite.refused, polite.false_answers))
        lines.append(table([names, (str(polite.questions), *changes)]))
    return "\n\n".join(lines)


def format_dialogues(rows: Sequence[TurnMeasures]) -> str:
    """A row for each kind of turn."""
    head = ("turns", "number", "service@1", "answer@1", "answer@3", "sure", "none")
    shares = [
        (row.service_at_1, row.answer_at_1, row.answer_at_3, row.sure, row.none) for row in rows
    ]
    cells = [
        (row.kind, str(row.turns), *map(_share, found))
        for row, found in zip(rows, shares, strict=True)
    ]
    return table([head, *cells])


def dialogues_to_json(rows: Sequence[TurnMeasures]) -> str:
    """A JSON object: the measures by kind of turn."""
    return json.dumps({row.kind: asdict(row) for row in rows}, ensure_ascii=False, indent=2)


def format_ablation(reports: Mapping[str, AnswerMeasures]) -> str:
    """A line a variant."""
    return table(
        [
            ("variant", *_ANSWER_COLUMNS[1:]),
            *(_answer_row(name, measures) for name, measures in reports.items()),
        ]
    )


def format_retrieval(measures: RetrievalMeasures) -> str:
    """A header and one line of figures."""
    shares = (
        measures.ndcg_at_10,
        measures.recall_at_1,
        measures.recall_at_5,
        measures.recall_at_10,
        measures.recall_at_100,
        measures.mrr,
    )
    return table([_RETRIEVAL_COLUMNS, (str(measures.queries), *map(_share, shares))])


def format_places(rows: Sequence[PlaceMeasures]) -> str:
    """A row for each kind of question about a place."""
    head = ("kind", "questions", "right", "share")
    cells = [(row.kind, str(row.questions), str(row.right), f"{row.share:.3f}") for row in rows]
    return table([head, *cells])


def places_to_json(rows: Sequence[PlaceMeasures]) -> str:
    """A JSON object: questions, right ones and their share by kind."""
    measures = {
        row.kind: {"questions": row.questions, "right": row.right, "share": row.share}
        for row in rows
    }
    return json.dumps(measures, ensure_ascii=False, indent=2)


def to_json(measures: AnswerReport | RetrievalMeasures) -> str:
    """One JSON object of unrounded figures, null for a measure without questions."""
    return json.dumps(asdict(measures), ensure_ascii=False, indent=2)


def _answer_row(name: str, measures: AnswerMeasures) -> tuple[str, ...]:
    shares = (
        measures.service_at_1,
        measures.answer_at_1,
        measures.answer_at_3,
        measures.answer_at_5,
        measures.mrr,
        measures.ndcg_at_10,
        measures.answered,
        measures.refused,
        measures.false_answers,
        measures.false_hints,
        measures.precision,
        measures.ece,
    )
    return (
        name,
        str(measures.questions),
        *map(_share, shares),
        f"{measures.p50_ms:.1f}",
        f"{measures.p95_ms:.1f}",
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first aligned left, figures right."""
    first, *others = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in rows
    )
