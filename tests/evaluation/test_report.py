"""Tables for people, JSON for programs."""

import json

from qa_service.documents.questions import Style
from qa_service.evaluation.answers import (
    AnswerMeasures,
    AnswerReport,
    CompoundMeasures,
    CourtesyMeasures,
)
from qa_service.evaluation.dialogues import TurnMeasures
from qa_service.evaluation.report import (
    dialogues_to_json,
    format_answers,
    format_dialogues,
    format_retrieval,
    to_json,
)
from qa_service.evaluation.retrieval import RetrievalMeasures
from qa_service.types import Reason

MEASURES = AnswerMeasures(
    10, 8, 0.5, 0.25, 0.375, 0.5, 0.31, None, 0.75, 0.05, 0.5, 0.25, 0.125, 0.08, 4.06, 12.0
)
REPORT = AnswerReport(MEASURES, {Style.COLLOQUIAL: MEASURES}, None, {}, None)
RETRIEVAL = RetrievalMeasures(648, 0.70449, 0.5, 0.6, 0.7, 0.8, 1.0)


def test_answers_are_an_aligned_table_a_style_a_line_and_the_total_last() -> None:
    header, colloquial, total = format_answers(REPORT).splitlines()
    assert " ".join(header.split()) == (
        "style questions service@1 answer@1 answer@3 answer@5 mrr ndcg@10 answered refused "
        "false_answers false_hints precision ece p50_ms p95_ms"
    )
    figures = "10 0.500 0.250 0.375 0.500 0.310 - 0.750 0.050 0.500 0.250 0.125 0.080 4.1 12.0"
    assert " ".join(colloquial.split()) == f"colloquial {figures}"
    assert " ".join(total.split()) == f"total {figures}"
    assert len(header) == len(colloquial) == len(total) <= 160


def test_compounds_reasons_and_courtesy_are_tables_of_their_own() -> None:
    several = CompoundMeasures(4, 0.25, 0.5, 0.75, 1.0)
    polite = CourtesyMeasures(20, -0.004, 0.0, None)
    report = AnswerReport(MEASURES, {}, several, {Reason.LIVE_DATA: 0.9}, polite)
    _, compounds, recognised, courtesy = format_answers(report).split("\n\n")
    assert compounds.splitlines()[1].split() == ["4", "0.250", "0.500", "0.750", "1.000"]
    assert recognised.split() == ["recognised", "live_data", "0.900"]
    assert courtesy.splitlines()[1].split() == ["20", "-0.004", "0.000", "-"]


def test_turns_of_conversations_are_a_row_a_kind_and_json() -> None:
    rows = [TurnMeasures("back", 4, 1.0, 0.5, 0.75, 0.25, 0.0)]
    assert format_dialogues(rows).splitlines()[1].split() == [
        *("back", "4", "1.000", "0.500", "0.750", "0.250", "0.000"),
    ]
    assert json.loads(dialogues_to_json(rows))["back"]["answer_at_3"] == 0.75


def test_retrieval_is_a_header_and_a_line() -> None:
    assert format_retrieval(RETRIEVAL) == (
        "queries  ndcg@10  recall@1  recall@5  recall@10  recall@100    mrr\n"
        "648        0.704     0.500     0.600      0.700       0.800  1.000"
    )


def test_json_holds_unrounded_figures_under_the_names_of_the_fields() -> None:
    assert json.loads(to_json(RETRIEVAL))["ndcg_at_10"] == 0.70449
    answers = json.loads(to_json(REPORT))
    assert answers["styles"]["colloquial"]["p50_ms"] == 4.06
    assert answers["total"]["ndcg_at_10"] is None
