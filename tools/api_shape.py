"""What clients of the API can rely on: one promise per line, derived from the API's OpenAPI document.

`python -m tools.api_shape > docs/api-shape.txt` stores the promises with each release.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from litestar import Litestar

from shop.adapters.memory.storage import MemoryStorage
from shop.container.root import assemble
from shop.entrypoints.http.framework.openapi import openapi_document
from shop.entrypoints.http.wiring import http_app
from shop.settings import Payments, Settings

Json = Mapping[str, Any]


@cache
def present_shape() -> Sequence[str]:
    """Return the promises of the current API, with each provider of card payments, in alphabetical order."""
    lines: set[str] = set()
    for provider in (Payments.SANDBOX, Payments.STRIPE):
        lines.update(shape_of(document_of(provider)))
    return tuple(sorted(lines))


@cache
def document_of(card: Payments = Payments.SANDBOX) -> Json:
    """Return the OpenAPI document with this provider of card payments.

    All callers get the same object: they must not change it.
    """
    return openapi_document(app_of(card))


@cache
def app_of(card: Payments = Payments.SANDBOX) -> Litestar:
    """Return an application with an empty storage in memory, which takes cards by this provider, and transfers."""
    keys: dict[str, Any] = {"stripe_secret_key": "-", "stripe_webhook_secrets": ("-",)}
    settings = Settings(jwt_secret="-" * 32, payments=(card, Payments.MANUAL), **keys)
    return http_app(assemble(settings=settings, storage=MemoryStorage()))


def shape_of(document: Json) -> Iterator[str]:
    """Yield one promise per line: what the API takes or gives. Lines with `needs` are what clients must send."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    sent = _sent_schemas(document)
    for name, schema in document["components"]["schemas"].items():
        yield from _schema(name, schema)
        if name in sent:  # required fields of answers require nothing from clients
            yield from (f"{name} needs {field}" for field in schema.get("required", []))


def broken_promises(released: Sequence[str], present: Sequence[str]) -> list[str]:
    """Return the changes that break clients of the released API: promises that are gone, and new requirements."""
    known = {_owner(line) for line in released}
    gone = [f"gone: {line}" for line in released if " needs " not in line and line not in present]
    required = [
        f"new: {line}"
        for line in present
        if " needs " in line and line not in released and _owner(line) in known
    ]
    return gone + required


def _owner(line: str) -> str:
    """Return the operation or schema that a line is about."""
    words = line.split(" ")
    return " ".join(words[:2]) if words[0].isupper() else words[0].partition(".")[0].rstrip(":")


def _operation(name: str, operation: Json) -> Iterator[str]:
    yield name
    for parameter in operation.get("parameters", []):
        if parameter["in"] in ("query", "header"):
            parameter_name = f"{parameter['in']} {parameter['name']}"
            yield f"{name} takes {parameter_name}: {_type(parameter['schema'])}"
            if parameter.get("required"):
                yield f"{name} needs {parameter_name}"
    yield from _body(name, operation.get("requestBody", {}))
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            for code in content.get("examples", {}) if int(status) >= 400 else ():
                yield f"{code} comes with {status}"
            if int(status) < 400:
                yield f"{name} gives {status}: {_type(content.get('schema', {}))}"


def _body(name: str, body: Json) -> Iterator[str]:
    if body:
        for kind, content in body["content"].items():
            yield f"{name} takes {kind}: {_type(content.get('schema', {}))}"
        if body.get("required"):
            yield f"{name} needs a body"


def _sent_schemas(document: Json) -> set[str]:
    """Return the names of the schemas that request bodies use, directly or within another one."""
    waiting: list[Any] = [
        operation.get("requestBody") for item in document["paths"].values() for operation in item.values()
    ]
    sent: set[str] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in sent:
                sent.add(name)
                waiting.append(document["components"]["schemas"][name])
    return sent


def _schema(name: str, schema: Json) -> Iterator[str]:
    for value in schema.get("enum", []):
        yield f'{name}: "{value}"'
    for field, described in schema.get("properties", {}).items():
        yield f"{name}.{field}: {_type(described)}"


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf"):
        return " | ".join(sorted(_type(choice) for choice in choices))
    if "enum" in schema or "const" in schema:
        return " | ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return " | ".join(sorted(kind)) if isinstance(kind, list) else str(kind)


if __name__ == "__main__":
    print("\n".join(present_shape()))
