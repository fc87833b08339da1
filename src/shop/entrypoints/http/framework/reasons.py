"""Validation messages in plain words.

msgspec reports violations in terms of Python types; callers think in JSON. A reason is a verb phrase that
follows the name of a field: "must be at least 1".
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec

_PATH: Final = re.compile(r"(?P<reason>.*) - at (?:`key` in )?`\$?\.?(?P<path>.*)`", re.DOTALL)
_STEP: Final = re.compile(r"\[[^\]]*\]|[^.\[]+")
_FIELD: Final = re.compile(
    r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL
)
_MAX_NAME_LENGTH: Final = 100

_TYPES: Final = {
    "int": "an integer",
    "str": "a string",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
    "datetime": "a date and time such as 2026-01-31T12:00:00Z",
    "date": "a date such as 2026-01-31",
    "uuid": "a UUID",
}
_COMPARISONS: Final = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}
_UNITS: Final = {"str": "character", "array": "item", "object": "field"}


def reason_of(message: str, into: Any) -> tuple[str, str]:
    """Return the field that a msgspec message is about (empty for the whole value), and the reason.

    `into` is the type that the value was decoded into; it provides the values of an enumeration.
    """
    path = ""
    if located := _PATH.fullmatch(message):
        message, path = located["reason"], located["path"]
    if field := _FIELD.fullmatch(message):
        name = field["name"][:_MAX_NAME_LENGTH]
        reason = "is required" if field["what"].startswith("missing") else "is not a field of this request"
        return f"{path}.{name}" if path else name, reason
    for pattern, in_words in _MESSAGES:
        if found := pattern.fullmatch(message):
            return path, in_words(found)
    if message.startswith(("Invalid enum value", "Invalid value")):
        return path, _one_of(into, path)
    # The shop's own types already raise plain messages.
    return path, message if message.startswith(("must ", "is ")) else "is invalid"


def _expected_type(found: re.Match[str]) -> str:
    names = [_TYPES[name] for name in found["types"].split(" | ") if name in _TYPES]
    return f"must be {' or '.join(names)}" if names else "is invalid"


def _length(found: re.Match[str]) -> str:
    number, unit = int(found["number"]), _UNITS.get(found["type"], "byte")
    if found["sign"] == ">=" and number == 1:
        return "must not be empty"
    return f"must have {_COMPARISONS[found['sign']]} {number} {unit}{'' if number == 1 else 's'}"


def _always(reason: str) -> Callable[[re.Match[str]], str]:
    return lambda _: reason


_MESSAGES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), in_words)
    for pattern, in_words in (
        # Only files in forms are of a type that msgspec does not know.
        (r"Unsupported type: <class 'list'>", _always("must be one file: send only one part of this name")),
        (r"Unsupported type: .*", _always("must be a file: give the part a filename")),
        (r"Expected `(?P<types>[^`]*)`, got .*", _expected_type),
        (r"Expected `(?P<types>[^`]*)`", _expected_type),
        (
            r"Expected `(?:int|float|decimal)` (?P<sign>[<>]=?) (?P<number>\S+)",
            lambda found: f"must be {_COMPARISONS[found['sign']]} {found['number']}",
        ),
        (r"Expected `(?P<type>\w+)` of length (?P<sign>[<>]=) (?P<number>\d+)", _length),
        (
            r"Expected `\w+` that's a multiple of (?P<step>\S+)",
            lambda found: f"must be a multiple of {found['step']}",
        ),
        (r"Expected `str` matching regex .*", _always("has characters or a form that are not allowed")),
        (
            r"Expected `\w+` with a timezone component",
            _always("must have a time zone, such as a trailing Z"),
        ),
        (r"Expected `\w+` with no timezone component", _always("must not have a time zone")),
        (r"Invalid RFC3339 encoded (?P<types>\w+)", _expected_type),
        (r"Invalid UUID.*", _always("must be a UUID")),
        (r"Invalid decimal string", _always("must be a number")),
        (r".*\bout of range\b.*", _always("is out of range")),
    )
)


def _one_of(into: Any, path: str) -> str:
    values = [str(value) for value in _values_at(into, path)]
    return f"must be one of {', '.join(values)}" if values else "is not one of the values that are allowed"


def _values_at(into: Any, path: str) -> Iterator[object]:
    """Yield the values of the enumeration at `path` of the type."""
    types = [_type_info(into)]
    for step in _STEP.findall(path):
        types = [inner for kind in types for inner in _inner_types(kind, step)]
    for kind in _flat(types):
        if isinstance(kind, msgspec.inspect.EnumType):
            yield from (member.value for member in kind.cls)
        elif isinstance(kind, msgspec.inspect.LiteralType):
            yield from kind.values


@lru_cache(maxsize=256)
def _type_info(into: Any) -> msgspec.inspect.Type:
    return msgspec.inspect.type_info(into)


def _flat(types: list[msgspec.inspect.Type]) -> Iterator[msgspec.inspect.Type]:
    for kind in types:
        if isinstance(kind, msgspec.inspect.Metadata):
            yield from _flat([kind.type])
        elif isinstance(kind, msgspec.inspect.UnionType):
            yield from _flat(list(kind.types))
        else:
            yield kind


def _inner_types(kind: msgspec.inspect.Type, step: str) -> Iterator[msgspec.inspect.Type]:
    for flat in _flat([kind]):
        if isinstance(flat, msgspec.inspect.StructType):
            yield from (field.type for field in flat.fields if field.encode_name == step)
        elif isinstance(flat, msgspec.inspect.ListType):
            yield flat.item_type
        elif isinstance(flat, msgspec.inspect.DictType):
            yield flat.value_type
