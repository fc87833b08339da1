"""The API's document states the limits of all input, and the limits are enforced."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.unit.shopping import Json
from tools.api_shape import document_of

pytestmark = pytest.mark.anyio

DOCUMENT: Final = document_of()
SCHEMAS: Final = DOCUMENT["components"]["schemas"]
Path = tuple[str | int, ...]
ANY_NAME: Final = "*"
"""Stands in a path for the names of a map."""


def resolved(schema: Json) -> Json:
    """Follow references and return the schema; of a union, the first part that is not null."""
    if "$ref" in schema:
        return resolved(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        if choice.get("type") != "null":
            return resolved(choice)
    return schema


@dataclass(frozen=True)
class Leaf:
    """A value that clients send: its path in the input, and its schema."""

    path: Path
    schema: Json

    @property
    def name(self) -> str:
        """The field's name in the `details` of an error."""
        return re.sub(
            r"\.?\[", "[", ".".join(f"[{step}]" if isinstance(step, int) else step for step in self.path)
        )


def leaves(schema: Json, path: Path = ()) -> Iterator[Leaf]:
    schema = resolved(schema)
    if schema.get("readOnly"):
        return
    match schema.get("type"):
        case "object" if isinstance(schema["additionalProperties"], dict):
            yield from leaves(schema["additionalProperties"], (*path, ANY_NAME))
        case "object":
            assert schema["additionalProperties"] is False, path
            for name, field in schema["properties"].items():
                yield from leaves(field, (*path, name))
        case "array":
            yield Leaf(path, schema)
            yield from leaves(schema["items"], (*path, 0))
        case _:
            yield Leaf(path, schema)


def inputs() -> Iterator[tuple[str, Leaf]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                yield where, Leaf((parameter["name"],), resolved(parameter["schema"]))
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield from ((where, leaf) for leaf in leaves(content["schema"]))


def test_every_input_states_its_limits() -> None:
    limited = {
        "string": lambda schema: schema.keys() & {"maxLength", "enum", "const", "pattern", "format"},
        "integer": lambda schema: {"minimum", "maximum"} <= schema.keys(),
        "number": lambda schema: schema.keys() & {"minimum", "exclusiveMinimum"} and "maximum" in schema,
        "array": lambda schema: "maxItems" in schema,
        "boolean": lambda schema: True,
        None: lambda schema: False,
    }
    found = list(inputs())
    assert len(found) > 100
    assert [
        f"{where}: {leaf.name} {leaf.schema}"
        for where, leaf in found
        if "enum" not in leaf.schema and not limited[leaf.schema.get("type")](leaf.schema)
    ] == []


def test_every_field_and_parameter_is_described() -> None:
    fields = [
        f"{component}.{name}"
        for component, schema in SCHEMAS.items()
        for name, field in schema.get("properties", {}).items()
        if not field.get("description")
    ]
    parameters = [
        f"{method.upper()} {path}: {parameter['name']}"
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]
    assert fields + parameters == []


def test_every_refusal_enumerates_its_codes() -> None:
    shared = DOCUMENT["components"]["responses"]
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            for status, response in operation["responses"].items():
                if int(status) < 400 or path.startswith("/health"):
                    continue
                content = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
                schema = content["content"]["application/json"]["schema"]
                codes = schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]
                assert codes == sorted(content["content"]["application/json"]["examples"]), (
                    method,
                    path,
                    status,
                )


# Fields that must accompany a field, or must be absent (None), so that only its own limits are tested.
COMPANIONS: Final[dict[str, dict[str, Any]]] = {
    "compareAtPrice": {"price": 0},
    "value": {"type": "fixed"},
    "set": {"change": None, "expected": 1},
    "expected": {"change": None, "set": 1},
}
# Bounds at which a value is still refused: by another rule, or because of the shop's state.
DEPENDS_ON_STATE: Final = {
    ("/api/products/{product_id}/stock", "change", "maximum"),
    ("/api/cart/items", "quantity", "maximum"),
    # Repeating an item does not make another option or another variant.
    ("/api/products", "options", "maxItems"),
    ("/api/products", "variants", "maxItems"),
    ("/api/products/{product_id}/variants", "options", "maxItems"),
    ("/api/products/{product_id}/variants", "variants", "maxItems"),
    ("/api/products/{product_id}/variants", "variants[0].id", "maxLength"),
    ("/api/cart/checkout", "contact.vatId", "maxLength"),  # valid VAT ids are shorter
    ("/api/orders", "contact.vatId", "maxLength"),
    # Only ids of existing categories are accepted.
    ("/api/products", "categoryIds", "maxItems"),
    ("/api/products/{product_id}", "categoryIds", "maxItems"),
    ("/api/products/{product_id}", "categoryIds[0]", "maxLength"),
    ("/api/categories", "parentId", "maxLength"),
    ("/api/categories/{category_id}", "parentId", "maxLength"),
    ("/api/categories/{category_id}", "moveTo", "maxLength"),
    # Only ids of existing pictures, cursors that the API gave out, and URLs with a host are accepted.
    ("/api/products", "images", "maxItems"),
    ("/api/products", "images[0].mediaId", "maxLength"),
    ("/api/products/{product_id}", "images", "maxItems"),
    ("/api/products/{product_id}", "images[0].mediaId", "maxLength"),
    ("/api/admin/events", "after", "maxLength"),
    ("/api/admin/webhooks", "url", "minLength"),
    ("/api/admin/webhooks", "url", "maxLength"),
    ("/api/admin/webhooks/{webhook_id}", "url", "minLength"),
    ("/api/admin/webhooks/{webhook_id}", "url", "maxLength"),
    *(  # each item must be a name and a value, with a colon between them
        (path, name, "maxItems")
        for path in ("/api/products", "/api/products/search", "/api/products/filters")
        for name in ("option", "attribute")
    ),
    ("/api/users/{username}", "role", "minLength"),  # only names of existing roles are accepted
    ("/api/users/{username}", "role", "maxLength"),
    # Only existing regions are accepted.
    ("/api/admin/tax-rates", "region", "maxLength"),
    ("/api/admin/tax-rates/{tax_rate_id}", "region", "maxLength"),
    *(  # only existing regions and prefixes of postal codes are accepted
        (path, name, bound)
        for path in ("/api/admin/shipping-zones", "/api/admin/shipping-zones/{shipping_zone_id}")
        for name, bound in (
            ("regions[0]", "minLength"),
            ("regions[0]", "maxLength"),
            ("postalCodes[0]", "maxLength"),
        )
    ),
    ("/api/cart/shipping", "region", "maxLength"),
    ("/api/cart/shipping-options", "region", "maxLength"),
    ("/api/cart/shipping-options", "country", "minLength"),  # only existing countries are accepted
    ("/api/cart/shipping-options", "country", "maxLength"),
}
