"""The OpenAPI description, with errors under the media type that they are sent with."""

from typing import Any

from fastapi import FastAPI

from qa_service.api.problems import MEDIA_TYPE

_PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}


def describe_problems(app: FastAPI) -> None:
    """FastAPI documents each model as application/json; problems are application/problem+json."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            for operation in _operations(generate()):
                for response in operation["responses"].values():
                    content = response.get("content", {})
                    if content.get("application/json", {}).get("schema") == _PROBLEM:
                        content[MEDIA_TYPE] = content.pop("application/json")
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in schema["paths"].values() for operation in path.values()]
