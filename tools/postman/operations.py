"""The operations of the OpenAPI schema: descriptions, parameters and response schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_STRUCTURE: Final = ("type", "required", "enum", "const")
_ALTERNATIVES: Final = ("oneOf", "anyOf", "allOf")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    """`query`, `path` or `header`."""
    required: bool
    description: str


class Operation:
    """One operation of a schema."""

    def __init__(self, document: Mapping[str, Any], name: str) -> None:
        method, path = name.split()
        self._document = document
        self._spec: Mapping[str, Any] = document["paths"][path][method.lower()]

    @property
    def tag(self) -> str:
        return str(self._spec["tags"][0])

    @property
    def description(self) -> str:
        return str(self._spec.get("description") or self._spec["summary"])

    @property
    def needs_a_permission(self) -> bool:
        return "x-permission" in self._spec

    @property
    def statuses(self) -> frozenset[int]:
        return frozenset(int(status) for status in self._spec["responses"])

    @property
    def parameters(self) -> Iterator[Parameter]:
        for parameter in self._spec.get("parameters", []):
            found = self._resolved(parameter)
            required, description = found.get("required", False), found.get("description", "")
            yield Parameter(found["name"], found["in"], required, description)

    def shape(self, status: int) -> dict[str, Any] | None:
        """Return the JSON schema of an answer, without references and descriptions; None when it isn't JSON."""
        response = self._resolved(self._spec["responses"][str(status)])
        content = response.get("content", {}).get("application/json")
        return None if content is None else self._structure(content["schema"])

    def _structure(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        schema = self._resolved(schema)
        kept: dict[str, Any] = {key: schema[key] for key in _STRUCTURE if key in schema}
        for key in _ALTERNATIVES:
            if key in schema:
                kept[key] = [self._structure(each) for each in schema[key]]
        if "items" in schema:
            kept["items"] = self._structure(schema["items"])
        if "properties" in schema:
            kept["properties"] = {name: self._structure(each) for name, each in schema["properties"].items()}
        return kept

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            found: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def operations_of(document: Mapping[str, Any]) -> dict[str, Operation]:
    """Return every operation by its name, such as `GET /api/cart`."""
    return {
        name: Operation(document, name)
        for path, methods in document["paths"].items()
        for name in (f"{method.upper()} {path}" for method in methods)
    }
