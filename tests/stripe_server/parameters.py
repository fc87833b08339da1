"""Request parameters: form-encoded, nested by brackets, and text until they are read.

`metadata[order_id]=1&payment_method_types[0]=card` is `{"metadata": {"order_id": "1"}, "payment_method_types":
["card"]}`. As Stripe does, the fake refuses a parameter that is missing, unknown or of the wrong type, by name,
before anything changes.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_server.errors import ApiError, invalid_parameter

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_METADATA_KEYS = 50
_METADATA_KEY_LENGTH = 40
_METADATA_VALUE_LENGTH = 500


def decode(encoded: str) -> dict[str, Any]:
    """Return the nested parameters of a query string or a form."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        matched = _NAME.fullmatch(name)
        if matched is None:
            raise invalid_parameter(f"Invalid request: malformed parameter name {name!r}.", param=name)
        place = tree
        *parents, last = [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])]
        for parent in parents:
            inner = place.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise invalid_parameter(f"Invalid request: {name} is both a value and an object.", param=name)
            place = inner
        place[last or str(len(place))] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    """Turn objects whose keys are all numbers into lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


class Parameters:
    """Parameters, each read by a method for its type. `done()` then refuses those that were not read."""

    def __init__(self, given: Mapping[str, Any], prefix: str = "") -> None:
        self._given = dict(given)
        self._prefix = prefix

    def done(self) -> None:
        """Refuse the request if it has parameters that were not read."""
        for name in self._given:
            param = self._named(name)
            raise invalid_parameter(
                f"Received unknown parameter: {param}", code="parameter_unknown", param=param
            )

    def required(self, name: str) -> "Parameters":
        """Refuse the request unless it has this parameter."""
        if self._given.get(name) in (None, ""):
            param = self._named(name)
            raise invalid_parameter(
                f"Missing required param: {param}.", code="parameter_missing", param=param
            )
        return self

    def text(self, name: str) -> str | None:
        """Return a text; None if it is not given. Empty text unsets a value."""
        value = self._given.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "Invalid string")
        return value

    def one_of(self, name: str, choices: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in choices:
            raise self._wrong(name, f"Invalid {name}: must be one of {', '.join(choices)}")
        return value

    def integer(self, name: str, *, least: int | None = None, most: int | None = None) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise self._wrong_integer(name, f"Invalid integer: {value}")
        number = int(value)
        if least is not None and number < least:
            raise self._wrong_integer(name, f"This value must be greater than or equal to {least}.")
        if most is not None and number > most:
            raise self._wrong_integer(
                name, f"This value must be less than or equal to {most} (it currently is '{number}')."
            )
        return number

    def boolean(self, name: str) -> bool | None:
        value = self.text(name)
        if value not in (None, "true", "false"):
            raise self._wrong(name, f"Invalid boolean: {value}")
        return None if value is None else value == "true"

    def texts(self, name: str) -> list[str] | None:
        value = self._given.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(name, "Invalid array")
        return value

    def inner(self, name: str) -> "Parameters | None":
        value = self._given.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "Invalid object")
        return Parameters(value, self._named(name))

    def is_object(self, name: str) -> bool:
        """Return whether the parameter is an object, for parameters that may also be a plain value."""
        return isinstance(self._given.get(name), dict)

    def metadata(self) -> dict[str, str] | None:
        """Return the metadata; None if not given. An empty value unsets its key; empty text for all unsets all."""
        given = self._given.pop("metadata", None)
        if given in (None, ""):
            return None if given is None else {}
        if isinstance(given, list):  # `_lists` took it for a list, because all its keys are numbers
            given = {str(position): value for position, value in enumerate(given)}
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise self._wrong("metadata", "Invalid object")
        if len(given) > _METADATA_KEYS:
            raise self._wrong("metadata", f"Metadata can have up to {_METADATA_KEYS} keys.")
        for key, value in given.items():
            if len(key) > _METADATA_KEY_LENGTH or len(value) > _METADATA_VALUE_LENGTH:
                raise self._wrong(
                    f"metadata[{key}]",
                    f"Metadata keys can have up to {_METADATA_KEY_LENGTH} characters, values up to "
                    f"{_METADATA_VALUE_LENGTH}.",
                )
        return given

    def _named(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def _wrong(self, name: str, message: str) -> ApiError:
        return invalid_parameter(message, param=self._named(name))

    def _wrong_integer(self, name: str, message: str) -> ApiError:
        return invalid_parameter(message, code="parameter_invalid_integer", param=self._named(name))


def merged(metadata: dict[str, str], changes: dict[str, str] | None) -> dict[str, str]:
    """Return the metadata after an update. `changes` add, replace or (by empty text) unset keys; `{}` unsets all."""
    if changes is None:
        return metadata
    if not changes:
        return {}
    return {key: value for key, value in {**metadata, **changes}.items() if value != ""}
