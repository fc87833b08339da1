"""Converts internal names to wire names: `compare_at_price` becomes `compareAtPrice`."""

import re
from collections.abc import Mapping
from typing import Any, Final

from shop.domain.errors import ShopError, ValidationFailed

_NAMED_BY_OWNERS: Final = frozenset({"options", "attributes"})
"""The keys of these objects are chosen by shop owners and are not converted."""
_UNDERSCORE: Final = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")


class InvalidRequest(ValidationFailed):
    """An invalid request; its fields have the names that the caller used."""


def wire_name(name: str) -> str:
    """Return the camelCase of a name or of a path of names; wire names stay unchanged."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), name)


def with_wire_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values keyed by their wire names, including the values of nested objects."""
    return {
        wire_name(name): value if name in _NAMED_BY_OWNERS else _inner(value)
        for name, value in values.items()
    }


def wire_error(error: ShopError) -> tuple[str, dict[str, Any]]:
    """Return the message and the details of an error, with wire names for its fields."""
    if isinstance(error, InvalidRequest):
        return error.message, error.details
    details = with_wire_names(error.details)
    message = ValidationFailed(details).message if isinstance(error, ValidationFailed) else error.message
    return message, details


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return with_wire_names(value)
    if isinstance(value, list | tuple):
        return [_inner(item) for item in value]
    return value
