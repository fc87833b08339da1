"""The OpenAPI 3.1 document: Litestar's output, completed in one pass.

Litestar derives paths, parameters and types from the handlers. `operations.py` adds what the routes declare:
who may call, every error, headers and examples.
"""

from decimal import Decimal
from typing import Any, Final

import msgspec
from litestar import Litestar, Request
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, Schema, SecurityScheme, Server
from litestar.openapi.spec.enums import OpenAPIType
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from shop.entrypoints.http.framework.client_names import operation_id, with_client_names
from shop.entrypoints.http.framework.documentation_page import DocumentationPage, SchemaRouter
from shop.entrypoints.http.framework.documented_errors import reusable_responses
from shop.entrypoints.http.framework.documented_webhooks import webhooks
from shop.entrypoints.http.framework.examples import Examples
from shop.entrypoints.http.framework.field_descriptions import describe_fields
from shop.entrypoints.http.framework.input_schemas import amount_limits, documented_handlers, input_schemas
from shop.entrypoints.http.framework.operations import HEADERS, complete_operation
from shop.entrypoints.http.framework.problems import ProblemAnswer
from shop.entrypoints.http.framework.story import chapters_of

_DESCRIPTION: Final = """\
JSON in and out, camelCase names. Money is a JSON number in major units, exact to the currency's minor unit.

Texts are stored in Unicode's form NFC and without surrounding white space, so `" SAVE10 "` is the code `SAVE10`; only
passwords keep their spaces. Control characters are a 400 in usernames, skus, codes and email addresses, and are removed
from other texts.

Protected calls need `Authorization: Bearer <accessToken>`: sign up, and log in.

Every error looks like `{"error": {"code", "message", "details"}}`: `code` is stable, `message` for a person.
"""

Document = dict[str, Any]


class AmountSchemas(OpenAPISchemaPlugin):
    """Documents decimals as JSON numbers."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return isinstance(value, type) and issubclass(value, Decimal)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:  # noqa: ARG002
        return Schema(type=OpenAPIType.NUMBER)


class DocumentPlugin(OpenAPIRenderPlugin):
    """Serves the completed document at `/schema/openapi.json`, encoded once."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=MediaType.JSON)
        self._encoded: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:  # noqa: ARG002
        if self._encoded is None:
            self._encoded = msgspec.json.encode(openapi_document(request.app))
        return self._encoded


def documentation(version: str) -> OpenAPIConfig:
    """Return Litestar's configuration: the path of the docs, and what applies to all operations."""
    bearer = SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="JWT",
        description="The `accessToken` returned by `POST /api/auth/login`.",
    )
    cart_token = SecurityScheme(
        type="apiKey",
        name="Cart-Token",
        security_scheme_in="header",
        description="The `cartToken` returned by `POST /api/carts`, for buyers without an account.",
    )
    order_token = SecurityScheme(
        type="apiKey",
        name="Order-Token",
        security_scheme_in="header",
        description="The `orderToken` returned by a guest's checkout.",
    )
    return OpenAPIConfig(
        title="Shop",
        version=version,
        description=_DESCRIPTION,
        license=License(name="MIT", identifier="MIT"),
        servers=[Server(url="/")],
        components=Components(
            security_schemes={"bearer": bearer, "cartToken": cart_token, "orderToken": order_token}
        ),
        use_handler_docstrings=True,
        operation_id_creator=operation_id,
        openapi_router=SchemaRouter(),
        render_plugins=[DocumentationPage(), DocumentPlugin()],
    )


def openapi_document(app: Litestar) -> Document:
    """Return the whole document as JSON-compatible values."""
    document: Document = app.openapi_schema.to_schema()
    components = document["components"]
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas.update(
        msgspec.json.schema_components([ProblemAnswer], ref_template="#/components/schemas/{name}")[1]
    )
    components["responses"] = reusable_responses()
    components["headers"] = HEADERS
    _tidy(document)
    _clean_enumerations(schemas)
    schemas.update(input_schemas(app, app.opt["max_amount"]))
    describe_fields(schemas)
    examples = Examples(schemas)
    for path, method, handler in documented_handlers(app):
        operation = document["paths"][path][method]
        _limit_amounts(operation, app.opt["max_amount"])
        complete_operation(operation, handler, method.upper(), examples)
    document["x-chapters"] = chapters_of(document)
    if section := webhooks(schemas, examples):
        document["webhooks"] = section
    return with_client_names(document)


def _limit_amounts(operation: Document, max_amount: Decimal) -> None:
    """Limit query parameters that are non-integer numbers: all are prices, with the limits of amounts."""
    for parameter in operation.get("parameters", []):
        if parameter["schema"].get("type") == "number":
            parameter["schema"] |= amount_limits(max_amount)


def _clean_enumerations(schemas: dict[str, Any]) -> None:
    """Remove the default and description that Litestar copies from a parameter into its enumeration."""
    for schema in schemas.values():
        if "enum" in schema:
            schema.pop("default", None)
            schema.pop("description", None)


def _tidy(part: Any) -> None:
    """Remove artefacts of the Python types: single-member unions, float bounds of integers, and optional
    parameters documented as nullable.
    """
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, dict | list):
            _tidy(inner)
    if not isinstance(part, dict):
        return
    if part.get("in") == "query" and "oneOf" in part["schema"]:
        schema = part["schema"]
        schema["oneOf"] = [variant for variant in schema["oneOf"] if variant != {"type": "null"}]
        _tidy(schema)
    match part:
        case {"oneOf": [only]}:
            del part["oneOf"]
            part.update(only)
        case {"type": "integer"}:
            part.update({bound: int(part[bound]) for bound in ("minimum", "maximum") if bound in part})
