"""Tables for people, JSON for programs."""

import json

from qa_service.documents.questions import Style
from qa_service.evaluation.answers import AnswerMeasures, AnswerReport
from qa_service.evaluation.report import format_answers, format_retrieval, to_json
from qa_service.evaluation.retrieval import RetrievalMeasures

MEASURES = AnswerMeasures(
    10, 8, 0.5, 0.25, 0.375, 0.5, 0.31, None, 0.75, 0.5, 0.125, 0.08, 4.06, 12.0
)
REPORT = AnswerReport(MEASURES, {Style.COLLOQUIAL: MEASURES})
RETRIEVAL = RetrievalMeasures(648, 0.70449, 0.5, 0.6, 0.7, 0.8, 1.0)


def test_answers_are_an_aligned_table_a_style_a_line_and_the_total_last() -> None:
    header, colloquial, total = format_answers(REPORT).splitlines()
    assert " ".join(header.split()) == (
        "style questions service@1 answer@1 answer@3 answer@5 mrr ndcg@10 answered false_answers "
        "precision ece p50_ms p95_ms"
    )
    figures = "10 0.500 0.250 0.375 0.500 0.310 - 0.750 0.500 0.125 0.080 4.1 12.0"
    assert " ".join(colloquial.split()) == f"colloquial {figures}"
    assert " ".join(total.split()) == f"total {figures}"
    assert len(header) == len(colloquial) == len(total) <= 140


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
