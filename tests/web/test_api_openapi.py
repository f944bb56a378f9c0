"""The OpenAPI document tells the truth about the API."""

import json
import re
from pathlib import Path
from typing import Any

from support.app import tiny_client
from support.corpus import FEE_QUESTION

OPERATIONS = {
    ("post", "/v1/ask"),
    ("get", "/v1/ask"),
    ("post", "/v1/ask/batch"),
    ("get", "/v1/suggest"),
    ("post", "/v1/feedback"),
    ("get", "/v1/admin/feedback"),
    ("get", "/v1/services"),
    ("get", "/v1/services/{slug}"),
    ("get", "/v1/passages/{passage_id}"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
}


def _document(folder: Path) -> dict[str, Any]:
    response = tiny_client(folder).get("/openapi.json")
    assert response.status_code == 200 and response.headers["content-type"] == "application/json"
    document: dict[str, Any] = response.json()
    return document


def _operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _names(node: Any) -> set[str]:
    """Every schema that `node` refers to."""
    return set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(node)))


def test_every_operation_is_documented_with_a_summary_and_a_description(tmp_path: Path) -> None:
    operations = _operations(_document(tmp_path))
    assert set(operations) >= OPERATIONS
    assert all(
        operation.get("summary") and operation.get("description")
        for operation in operations.values()
    )


def test_pages_for_people_stay_out_of_the_document(tmp_path: Path) -> None:
    assert not {"/", "/services", "/services/{slug}"} & set(_document(tmp_path)["paths"])


def test_asking_is_shown_with_ukrainian_examples(tmp_path: Path) -> None:
    document = _document(tmp_path)
    for schema, found in (
        ("AskIn", document["components"]["schemas"]["AskIn"]),
        ("q", document["paths"]["/v1/ask"]["get"]["parameters"]),
        ("AnswerOut", document["components"]["schemas"]["AnswerOut"]),
    ):
        examples = re.findall(r'"examples": (\[.*?\])', json.dumps(found, ensure_ascii=False))
        assert any(re.search("[а-яіїєґ]", example) for example in examples), schema


def test_every_example_of_a_request_is_accepted(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    examples = client.get("/openapi.json").json()["components"]["schemas"]["AskIn"]["examples"]
    assert examples and [
        client.post("/v1/ask", json=example).status_code for example in examples
    ] == [200] * len(examples)


def test_every_documented_error_is_problem_details_by_media_type_and_schema(tmp_path: Path) -> None:
    errors = {
        (name, status): response["content"]
        for name, operation in _operations(_document(tmp_path)).items()
        for status, response in operation["responses"].items()
        if status >= "400"
    }
    assert errors
    wrong = {
        name: content
        for name, content in errors.items()
        if list(content) != ["application/problem+json"]
    }
    assert not wrong
    assert all(_names(content) == {"ProblemOut"} for content in errors.values())


def test_asking_documents_the_errors_that_it_gives(tmp_path: Path) -> None:
    operations = _operations(_document(tmp_path))
    assert {"404", "413", "422", "503"} <= set(operations["post", "/v1/ask"]["responses"])
    assert {"404", "422", "503"} <= set(operations["get", "/v1/ask"]["responses"])
    assert {"404", "422", "503"} <= set(operations["post", "/v1/ask/batch"]["responses"])
    assert {"404", "422", "503"} <= set(operations["post", "/v1/feedback"]["responses"])
    assert "404" in operations["get", "/v1/services/{slug}"]["responses"]
    assert "404" in operations["get", "/v1/passages/{passage_id}"]["responses"]
    assert "503" in operations["get", "/readyz"]["responses"]


def test_the_framework_s_own_error_shape_is_nowhere(tmp_path: Path) -> None:
    assert "HTTPValidationError" not in json.dumps(_document(tmp_path))


def test_an_answer_has_the_fields_that_the_document_requires(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    answer = client.post("/v1/ask", json={"question": FEE_QUESTION}).json()
    for schema, value in (
        ("AnswerOut", answer),
        ("UnderstoodOut", answer["understood"]),
        ("RankedPassageOut", answer["passages"][0]),
        ("SiblingOut", answer["siblings"][0]),
        ("ServiceOut", client.get("/v1/services/plates-lost").json()),
        ("ServicesOut", client.get("/v1/services").json()),
    ):
        assert (
            set(schemas[schema]["properties"]) == set(schemas[schema]["required"]) == set(value)
        ), schema
    assert set(schemas["CorrectionOut"]["properties"]) == {"kind", "from", "to"}
