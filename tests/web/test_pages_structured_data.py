"""What pages tell search engines: schema.org values inside the page, which no text of the corpus
can break out of.
"""

import json
import re
from dataclasses import replace
from typing import Any

from support.app import page
from support.app import site_client as client
from support.fakes import EXCHANGE, FEE

from qa_service.types import Service

URL = "http://testserver/services/licence-exchange"


def data(html: str) -> dict[str, Any]:
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    values: dict[str, Any] = json.loads(found)
    assert values["@context"] == "https://schema.org"
    return values


def graph(service: Service = EXCHANGE) -> tuple[dict[str, Any], dict[str, Any]]:
    government, questions = data(page(f"/services/{service.slug}", services=(service,)))["@graph"]
    return government, questions


def test_the_start_page_names_the_site_and_how_to_search_it() -> None:
    values = data(page("/"))
    assert (
        values["@type"] == "WebSite"
        and values["url"] == "http://testserver/"
        and values["inLanguage"] == "uk"
    )
    assert values["potentialAction"]["@type"] == "SearchAction"
    assert (
        values["potentialAction"]["target"]["urlTemplate"]
        == "http://testserver/?q={search_term_string}"
    )


def test_a_procedure_is_a_service_of_the_state_with_its_operator_audience_and_channels() -> None:
    service, _ = graph()
    assert (
        service["@type"] == "GovernmentService"
        and service["name"] == EXCHANGE.title
        and service["url"] == URL
    )
    assert service["alternateName"] == [EXCHANGE.official_name, *EXCHANGE.aliases]
    assert (
        service["identifier"] == "00509" and service["audience"]["audienceType"] == "фізичні особи"
    )
    assert service["areaServed"]["name"] == "Україна"
    operator = service["serviceOperator"]
    assert (operator["@type"], operator["name"]) == (
        "GovernmentOrganization",
        "Головний сервісний центр МВС",
    )
    assert [channel["name"] for channel in service["availableChannel"]][:2] == [
        "сервісний центр МВС",
        "Дія",
    ]
    assert {channel["servicePhone"]["telephone"] for channel in service["availableChannel"]} == {
        "(044) 290-19-88"
    }


def test_what_a_procedure_lacks_is_left_out() -> None:
    service, _ = graph(
        replace(EXCHANGE, official_name=None, registry_id=None, aliases=(), channels=())
    )
    assert (
        "alternateName" not in service
        and "identifier" not in service
        and service["availableChannel"] == []
    )


def test_each_passage_is_a_question_with_its_answer_and_the_page_has_its_date() -> None:
    _, questions = graph()
    assert questions["@type"] == "FAQPage" and questions["dateModified"] == "2026-01-05"
    assert [
        (entry["name"], entry["acceptedAnswer"]["text"]) for entry in questions["mainEntity"]
    ] == [(passage.title, passage.text) for passage in EXCHANGE.passages]
    assert questions["mainEntity"][0]["acceptedAnswer"]["url"] == f"{URL}#fee"


def test_no_text_of_the_corpus_ends_the_script_element() -> None:
    evil = "</script><script>alert(1)</script><!--<script>\u2028"
    service = replace(
        EXCHANGE, title=evil, aliases=(evil,), passages=(replace(FEE, title=evil, text=evil),)
    )
    html = page("/services/licence-exchange", services=(service,))
    assert "<script>alert" not in html and "<!--" not in html
    assert data(html)["@graph"][1]["mainEntity"][0]["acceptedAnswer"]["text"] == evil


def test_answers_and_lists_carry_no_structured_data() -> None:
    for path in ("/?q=обмін", "/services", "/services/nope"):
        assert "ld+json" not in client().get(path).text
