"""`/compat/…/openapi.json`: an OpenAPI document for each dialect."""

from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler, get

from shop.entrypoints.http.compat.dialect import Dialect
from shop.entrypoints.http.framework.openapi import openapi_document
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse


def document_route(dialect: Dialect, documented: Litestar) -> HTTPRouteHandler:
    """Return the route of the dialect's document; `documented` is an application with only its routes."""
    encoded: list[bytes] = []

    @get(f"{dialect.path}/openapi.json", policy=Policy.PUBLIC, include_in_schema=False)
    async def show_document() -> Response[dict[str, Any]]:
        if not encoded:
            encoded.append(msgspec.json.encode(dialect_document(dialect, documented)))
        return BytesResponse(encoded[0])

    return show_document


def dialect_document(dialect: Dialect, documented: Litestar) -> dict[str, Any]:
    """Return the OpenAPI document, with errors in the dialect's shape."""
    document = openapi_document(documented)
    document["info"]["title"] = dialect.title
    document["info"]["description"] = (
        f"{dialect.title}, on this shop. What maps to what is in docs/coming-from-another-api.md."
    )
    document["components"]["schemas"]["ProblemAnswer"] = {
        "type": "object",
        "title": "ProblemAnswer",
        "properties": {dialect.error_field: {"type": "string", "description": "For a person."}},
        "required": [dialect.error_field],
    }
    document["components"]["schemas"].pop("Problem", None)
    translated: dict[str, Any] = _with_errors(document, dialect.error_field)
    return translated


def _with_errors(part: Any, field: str) -> Any:
    """Convert the examples of errors to the dialect's shape."""
    if isinstance(part, list):
        return [_with_errors(each, field) for each in part]
    if not isinstance(part, dict):
        return part
    if part.keys() == {"error"} and isinstance(part["error"], dict) and "message" in part["error"]:
        return {field: part["error"]["message"]}
    return {name: _with_errors(value, field) for name, value in part.items()}
