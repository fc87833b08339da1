"""Attributes: facts about a product that visitors filter by, such as its material."""

from collections.abc import Mapping
from typing import Final

from shop.domain.rules import shown_rule
from shop.domain.text import folded, one_line

MAX_ATTRIBUTES: Final = 20
MAX_ATTRIBUTE_NAME: Final = 40
MAX_ATTRIBUTE_VALUE: Final = 100
MAX_ATTRIBUTE_NUMBER: Final = 2**53 - 1
"""JavaScript's largest safe integer."""

AttributeValue = str | int | float | bool
Attributes = tuple[tuple[str, AttributeValue], ...]
"""Names and values, in the order given."""


def tidied(attributes: Attributes) -> Attributes:
    """Return the attributes with tidy texts; a number without a fraction is an integer."""
    return tuple((one_line(name), _tidied(value)) for name, value in attributes)


def attributes_of(values: Mapping[str, AttributeValue]) -> Attributes:
    """Return the attributes with these values by name, in their order."""
    return tuple(values.items())


def attributes_rule(attributes: Attributes) -> str | None:
    """Return why these can't be a product's attributes; None if they can."""
    if len(attributes) > MAX_ATTRIBUTES:
        return f"must be at most {MAX_ATTRIBUTES}, and are {len(attributes)}"
    known: set[str] = set()
    for name, value in attributes:
        if folded(name) in known:
            return f"must have different names: `{name}` comes twice"
        known.add(folded(name))
        if ":" in name:
            return "must not have `:` in a name"
        if rule := shown_rule(name, MAX_ATTRIBUTE_NAME):
            return f"must have usable names: `{name}` {rule}"
        if rule := _value_rule(value):
            return f"must have usable values: the value of `{name}` {rule}"
    return None


def spelled(value: AttributeValue) -> str:
    """Return the value as filters and search words spell it: numbers and booleans as in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def _tidied(value: AttributeValue) -> AttributeValue:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _value_rule(value: AttributeValue) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return shown_rule(value, MAX_ATTRIBUTE_VALUE)
    if -MAX_ATTRIBUTE_NUMBER <= value <= MAX_ATTRIBUTE_NUMBER:  # false for NaN
        return None
    return f"must be between -{MAX_ATTRIBUTE_NUMBER} and {MAX_ATTRIBUTE_NUMBER}"
