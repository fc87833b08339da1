"""Shared parts of inputs: limits stated in the API description, ignored read-only fields, money, preconditions.

Limits of numbers are enforced when the body is decoded. Limits of texts are enforced by the domain, which trims the
text first: white space around a name doesn't count.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self, TypeVar

import msgspec

from shop.domain.errors import PreconditionFailed

MAX_ID_LENGTH: Final = 36
_MAX_INTEGER: Final = 2**31 - 1

VERBATIM: Final = {"verbatim": True}
Verbatim = Annotated[str, msgspec.Meta(extra=VERBATIM)]
"""A text that keeps its surrounding white space, such as a password. All other texts are trimmed on input."""

_Input = TypeVar("_Input", bound=msgspec.Struct)


def text(max_length: int, min_length: int = 0, **schema: Any) -> msgspec.Meta:
    """Return the metadata of a text: its limits and other JSON Schema keywords (`pattern`, `format`)."""
    lengths = {"maxLength": max_length} | ({"minLength": min_length} if min_length else {})
    return msgspec.Meta(extra_json_schema=lengths | schema)


Id = Annotated[str, text(MAX_ID_LENGTH)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A version, up to JavaScript's largest safe integer. A version that was never assigned causes a conflict."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A date and time with a time zone."""
Limit = Annotated[int, msgspec.Meta(ge=1, le=_MAX_INTEGER)]


def takes_back(*views: type[msgspec.Struct]) -> Callable[[type[_Input]], type[_Input]]:
    """Let an input struct accept every field of these views, so that a client may send back what it has read.

    Fields that the input does not declare are accepted with any value and ignored.
    """

    def extend(own: type[_Input]) -> type[_Input]:
        known = {field.encode_name for field in msgspec.structs.fields(own)}
        ignored = {
            field.name: object
            for view in views
            for field in msgspec.structs.fields(view)
            if field.encode_name not in known
        }
        extended: type[_Input] = msgspec.defstruct(  # type: ignore[assignment]
            own.__name__,
            [(name, kind, msgspec.UNSET) for name, kind in ignored.items()],
            bases=(own,),
            module=own.__module__,
            namespace={"__doc__": own.__doc__},
            rename="camel",
            forbid_unknown_fields=True,
            kw_only=True,
        )
        return extended

    return extend


ExpectedVersions = frozenset[int] | None
"""The versions that the caller accepts; None for no precondition."""


def ensure_expected(version: int, expected: ExpectedVersions) -> None:
    """Raise PreconditionFailed when the current version is not among the expected versions."""
    if expected is not None and version not in expected:
        raise PreconditionFailed


class MajorUnits(Decimal):
    """An amount in a currency's major unit (25.99), with exactly the digits that the caller sent.

    Input structs take money in fields of this type; `Currency.to_minor(amount, field)` converts it to minor
    units and validates it (sign, decimals, size). JSON strings, booleans and null are refused.
    """

    @classmethod
    def from_json(cls, number: object) -> Self:
        """Return the amount for a decoded JSON number (an int or a Decimal).

        Raises ValueError for anything else, including a float, which does not preserve the caller's digits.
        """
        if isinstance(number, bool) or not isinstance(number, int | Decimal):
            raise ValueError("must be a number")
        return cls(number)
