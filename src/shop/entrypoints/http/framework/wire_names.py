"""The one place where names of the shop's own become names on the wire: `compare_at_price` is `compareAtPrice`."""

import re
from collections.abc import Mapping
from typing import Any, Final

_UNDERSCORE: Final = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")


def wire_name(name: str) -> str:
    """Return the camelCase of a name, or of a path of names; a name of the wire stays as it is."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), name)


def with_wire_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values under their names on the wire, those of objects within too."""
    return {wire_name(name): _inner(value) for name, value in values.items()}


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return with_wire_names(value)
    if isinstance(value, list | tuple):
        return [_inner(item) for item in value]
    return value
