"""Values at a stated bound are accepted, and values beyond it refused."""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.framework.test_stated_limits_http import (
    ANY_NAME,
    COMPANIONS,
    DEPENDS_ON_STATE,
    Leaf,
    leaves,
    resolved,
)
from tests.unit.operations import Caller, Operation, documented_operations
from tests.unit.shopping import Json

pytestmark = pytest.mark.anyio


def within(leaf: Leaf, example: Any) -> Iterator[tuple[str, Any]]:
    """Values exactly at a stated bound, each with the name of the bound."""
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
    """Values just past a stated bound, each with the name of the bound."""
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
    """The smallest valid body, with `value` in the place of the leaf."""
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
    """The example, reduced to its required fields."""
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
    """Whether the answer refuses the value of this leaf as invalid."""
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
async def test_values_at_a_bound_are_accepted_and_beyond_it_refused(shop: ShopHarness, kind: str) -> None:
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
