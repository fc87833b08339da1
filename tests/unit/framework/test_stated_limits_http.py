"""The API's document states the limits of everything that comes in, and they are the limits that hold."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.operations import Caller, Operation, documented_operations
from tests.unit.shopping import Json
from tools.api_shape import document_of

pytestmark = pytest.mark.anyio

DOCUMENT: Final = document_of()
SCHEMAS: Final = DOCUMENT["components"]["schemas"]
Path = tuple[str | int, ...]
ANY_NAME: Final = "*"
"""Stands in a path for the names of a map."""


def resolved(schema: Json) -> Json:
    """What the schema refers to, of a union the part that is not null."""
    if "$ref" in schema:
        return resolved(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        if choice.get("type") != "null":
            return resolved(choice)
    return schema


@dataclass(frozen=True)
class Leaf:
    """A value that comes in: where it stands, and what the document says of it."""

    path: Path
    schema: Json

    @property
    def name(self) -> str:
        """As `details` of a refusal name it."""
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


def test_everything_that_comes_in_has_its_limits_stated() -> None:
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


# What a field needs beside it, or cannot have beside it (None), for its own limits to decide.
COMPANIONS: Final[dict[str, dict[str, Any]]] = {
    "compareAtPrice": {"price": 0},
    "value": {"type": "fixed"},
    "set": {"change": None, "expected": 1},
    "expected": {"change": None, "set": 1},
}
# Bounds that depend on the state of the shop: a stock of 0 can grow, and an empty cart take, by so much.
DEPENDS_ON_STATE: Final = {
    ("/api/products/{product_id}/stock", "change", "maximum"),
    ("/api/cart/items", "quantity", "maximum"),
    # The same again would be no other option, and no other variant.
    ("/api/products", "options", "maxItems"),
    ("/api/products", "variants", "maxItems"),
    ("/api/products/{product_id}/variants", "options", "maxItems"),
    ("/api/products/{product_id}/variants", "variants", "maxItems"),
    ("/api/products/{product_id}/variants", "variants[0].id", "maxLength"),
    ("/api/cart/checkout", "contact.vatId", "maxLength"),  # no VAT id is as long as a text may be
    ("/api/orders", "contact.vatId", "maxLength"),
    # Only ids of categories that there are are taken.
    ("/api/products", "categoryIds", "maxItems"),
    ("/api/products/{product_id}", "categoryIds", "maxItems"),
    ("/api/products/{product_id}", "categoryIds[0]", "maxLength"),
    ("/api/categories", "parentId", "maxLength"),
    ("/api/categories/{category_id}", "parentId", "maxLength"),
    ("/api/categories/{category_id}", "moveTo", "maxLength"),
    # Only ids of pictures that there are, cursors that were given, and addresses of hosts are taken.
    ("/api/products", "images", "maxItems"),
    ("/api/products", "images[0].mediaId", "maxLength"),
    ("/api/products/{product_id}", "images", "maxItems"),
    ("/api/products/{product_id}", "images[0].mediaId", "maxLength"),
    ("/api/admin/events", "after", "maxLength"),
    ("/api/admin/webhooks", "url", "minLength"),
    ("/api/admin/webhooks", "url", "maxLength"),
    ("/api/admin/webhooks/{webhook_id}", "url", "minLength"),
    ("/api/admin/webhooks/{webhook_id}", "url", "maxLength"),
    *(  # names and values with a colon between them are taken
        (path, name, "maxItems")
        for path in ("/api/products", "/api/products/search", "/api/products/filters")
        for name in ("option", "attribute")
    ),
    ("/api/users/{username}", "role", "minLength"),  # only names of roles that there are are taken
    ("/api/users/{username}", "role", "maxLength"),
    # Regions have names of their own lengths.
    ("/api/admin/tax-rates", "region", "maxLength"),
    ("/api/admin/tax-rates/{tax_rate_id}", "region", "maxLength"),
    ("/api/admin/shipping-zones", "regions[0]", "maxLength"),
    ("/api/admin/shipping-zones/{shipping_zone_id}", "regions[0]", "maxLength"),
    ("/api/cart/shipping", "region", "maxLength"),
    ("/api/cart/shipping-options", "region", "maxLength"),
    ("/api/cart/shipping-options", "country", "minLength"),  # only countries that there are are taken
    ("/api/cart/shipping-options", "country", "maxLength"),
}


def within(leaf: Leaf, example: Any) -> Iterator[tuple[str, Any]]:
    """Values that stand at a stated bound."""
    schema = leaf.schema
    for bound in ("minimum", "maximum"):
        if bound in schema:
            yield bound, schema[bound]
    for bound in ("minLength", "maxLength"):
        if bound in schema and leaf.schema["type"] == "string":
            yield bound, text_of(schema[bound], schema, example)
    for bound in ("minItems", "maxItems"):
        if bound in schema:
            yield bound, (example[:1] if isinstance(example, list) else [{}]) * schema[bound]


def beyond(leaf: Leaf, example: Any) -> Iterator[tuple[str, Any]]:
    """Values just past a stated bound."""
    schema = leaf.schema
    step = 1 if schema.get("type") == "integer" else Decimal("0.01")
    items = example[:1] if isinstance(example, list) else [{}]
    past = {
        "minimum": lambda bound: bound - step,
        "maximum": lambda bound: bound + step,
        "exclusiveMinimum": lambda bound: bound,
        "minLength": lambda bound: text_of(bound - 1, schema, example),
        "maxLength": lambda bound: text_of(bound + 1, schema, example),
        "pattern": lambda _: "\N{SECTION SIGN}",
        "enum": lambda _: "no-such-value",
        "minItems": lambda bound: items * (bound - 1),
        "maxItems": lambda bound: items * (bound + 1),
    }
    yield from ((bound, past[bound](schema[bound])) for bound in past if bound in schema)
    if schema.get("format") == "date-time":
        yield "format", "yesterday"


def text_of(length: int, schema: Json, example: Any) -> str:
    if isinstance(example, str) and len(example) == length:
        return example
    match schema.get("format"):
        case "email":
            labels, rest = divmod(length - 65 - 2, 60)
            return f"{'a' * 64}@{('b' * 59 + '.') * labels}{'c' * (rest + 2)}"
        case "password":
            return ("Xq7-" * length)[:length]
        case "uri-reference":
            return "https://a.example/".ljust(length, "a")
    pattern = re.compile(schema.get("pattern", ""))
    return next((each * length for each in "aA1" if pattern.search(each * length)), "a" * length)


def body_with(operation: Operation, leaf: Leaf, value: Any) -> bytes:
    """The smallest body that is right, with one value in it."""
    [content] = operation.document["requestBody"]["content"].values()
    body = smallest(content["schema"], operation.example)
    inner: Any = body
    for step, following in zip(leaf.path, leaf.path[1:], strict=False):
        if isinstance(inner, dict):
            inner.setdefault(step, [{}] if isinstance(following, int) else {})
        inner = inner[step]
    for name, companion in COMPANIONS.get(str(leaf.path[-1]), {}).items():
        inner[name] = companion
    inner[leaf.path[-1]] = "@here@"
    without_none = {name: field for name, field in body.items() if field is not None}
    return json.dumps(without_none).replace('"@here@"', _json(value)).encode()


def _json(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def smallest(schema: Json, example: Any) -> Any:
    """The example with nothing in it but what is required."""
    schema = resolved(schema)
    if isinstance(example, dict) and "properties" in schema:
        return {
            name: smallest(schema["properties"][name], example.get(name))
            for name in schema.get("required", ())
        }
    if isinstance(example, list) and example:
        return [smallest(schema["items"], example[0])]
    return example


def example_at(example: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        if isinstance(example, dict):
            example = example.get(str(step))
        elif isinstance(example, list) and example:
            example = example[0]
    return example


def named(response: httpx.Response, leaf: Leaf) -> bool:
    """Whether the answer refuses this very value as invalid."""
    if response.status_code != 400:
        return False
    error = response.json()["error"]
    return error["code"] == "VALIDATION_FAILED" and any(
        name == leaf.name or name.startswith((f"{leaf.name}.", f"{leaf.name}[")) for name in error["details"]
    )


async def send(
    client: httpx.AsyncClient, operation: Operation, leaf: Leaf, value: Any, *, in_body: bool
) -> httpx.Response:
    right = operation.right()
    query = dict(httpx.QueryParams(right.query))
    body = right.body
    if in_body:
        body = body_with(operation, leaf, value)
    else:
        query[leaf.name] = str(value)
    return await client.request(right.method, right.path, params=query, content=body)


@pytest.mark.parametrize("kind", ["anonymous", "customer", "admin"])
async def test_what_stands_at_a_bound_is_taken_and_what_is_past_it_refused(
    shop: ShopHarness, kind: str
) -> None:
    caller, faults, tried = Caller(shop, kind), [], 0
    for operation in await documented_operations(shop):
        if operation.policy != kind:
            continue
        for leaf, in_body in _leaves_of(operation):
            client = await caller.prepare(operation)
            example = example_at(operation.example, leaf.path)
            for bound, value in within(leaf, example):
                if (operation.template, leaf.name, bound) in DEPENDS_ON_STATE:
                    continue
                tried += 1
                answer = await send(client, operation, leaf, value, in_body=in_body)
                if named(answer, leaf):
                    faults.append(
                        f"{operation.method} {operation.template} {leaf.name} at {bound}: {answer.text}"
                    )
            for bound, value in beyond(leaf, example):
                tried += 1
                answer = await send(client, operation, leaf, value, in_body=in_body)
                if answer.status_code < 400 or answer.status_code >= 500:
                    faults.append(
                        f"{operation.method} {operation.template} {leaf.name} past {bound}: {answer.text}"
                    )
    assert not faults, "\n".join(faults)
    assert tried > 10


def _leaves_of(operation: Operation) -> Iterator[tuple[Leaf, bool]]:
    for parameter in operation.document.get("parameters", []):
        if parameter["in"] == "query":
            yield Leaf((parameter["name"],), resolved(parameter["schema"])), False
    if operation.is_form:  # tests/unit/catalogue/test_media_http.py tries its limits
        return
    for content in operation.document.get("requestBody", {}).get("content", {}).values():
        yield from ((leaf, True) for leaf in leaves(content["schema"]) if ANY_NAME not in leaf.path)
