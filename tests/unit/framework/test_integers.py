"""A number without a fraction is an integer, in every body that the API takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.routes import HTTPRoute

from shop.entrypoints.http.framework.decoding import canonical, decode
from tools.api_shape import app_of, document_of

DOCUMENT = document_of()


def bodies() -> Iterator[tuple[str, Any, Any]]:
    """Every operation that takes a body: its name, the type of the body, and the example of its documentation."""
    for route in app_of().routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if handler.parsed_data_field is not None and handler.resolve_include_in_schema():
                operation = DOCUMENT["paths"][route.path_format][method.lower()]
                content = operation["requestBody"]["content"]
                if "application/json" not in content:  # a form
                    continue
                [example] = content["application/json"]["examples"].values()
                yield f"{method} {route.path_format}", handler.parsed_data_field.annotation, example["value"]


def with_fractions(value: Any, written: str) -> str:
    """The JSON of `value` with every integer written in another way."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{with_fractions(v, written)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(with_fractions(item, written) for item in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        return written.format(value)
    return json.dumps(value)


BODIES = sorted(bodies(), key=lambda body: body[0])


@pytest.mark.parametrize("written", ["{}.0", "{}e0", "{}.0E+0", "{}.000"])
@pytest.mark.parametrize(("into", "example"), [each[1:] for each in BODIES], ids=[each[0] for each in BODIES])
def test_every_body_takes_an_integer_however_it_is_written(into: Any, example: Any, written: str) -> None:
    plain, other = json.dumps(example).encode(), with_fractions(example, written).encode()
    assert decode(other, into) == decode(plain, into)
    assert canonical(other) == canonical(plain), (
        "equal requests with one idempotency key would be in conflict"
    )


def test_some_example_bodies_contain_integers() -> None:
    assert sum(with_fractions(example, "@") != json.dumps(example) for _, _, example in BODIES) > 5
