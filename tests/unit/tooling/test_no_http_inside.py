"""Domain and application contain nothing of HTTP: no methods, paths, headers, status codes or JSON names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.documents import ROOT

LAYERS: Final = [ROOT / "src" / "shop" / layer for layer in ("domain", "application")]
SPEAKS_HTTP: Final = re.compile(
    r"/api\b|\b(GET|POST|PUT|PATCH|DELETE) /|\bHTTP\b|\bIf-(None-)?Match\b|\bIdempotency-Key\b|\bAuthorization\b"
    r"|\b(40[0-9]|41[0-9]|42[0-9]|50[0-9]|5xx|4xx)\b(?![,%])"
)
CAMEL_CASE: Final = re.compile(r"[a-z]+([A-Z][a-z0-9]*)+")
METHODS: Final = {"GET", "POST", "PUT", "PATCH", "DELETE"}
JSON_SCHEMA: Final = {"maxLength", "minLength", "exclusiveMinimum"}
"""Keys of JSON Schema, which msgspec wants in the description of a field."""


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield every string of a module, docstrings too, with its line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield node.lineno, value


def test_domain_and_application_name_no_http() -> None:
    files = [file for layer in LAYERS for file in sorted(layer.rglob("*.py"))]
    assert len(files) > 50
    assert [
        f"{file.relative_to(ROOT)}:{line}: {text[:80]!r}"
        for file in files
        for line, text in texts(file)
        if text in METHODS
        or SPEAKS_HTTP.search(text)
        or (CAMEL_CASE.fullmatch(text) and text not in JSON_SCHEMA)
    ] == []
