"""Strict decoding of JSON bodies into the struct that a handler declares.

Litestar decodes through Python objects: prices would become floats, and "2" would be accepted as a number.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from shop.application.framework.major_units import MajorUnits
from shop.domain.errors import Kind, ShopError
from shop.entrypoints.http.framework.reasons import reason_of
from shop.entrypoints.http.framework.texts import tidied_body
from shop.entrypoints.http.framework.wire_names import InvalidRequest

_FRACTION_OR_EXPONENT: Final = re.compile(rb"[0-9][.eE]")
_MAX_DIGITS: Final = 28
"""No integer in the API is longer. A longer one is not rewritten, and is therefore rejected."""


class MalformedJSON(ShopError):
    """The body is not valid JSON; `details` states where the parser stopped."""

    code = "MALFORMED_JSON"
    kind = Kind.REJECTED

    def __init__(self, reason: str) -> None:
        super().__init__("The body is not valid JSON in UTF-8.", {"body": reason})


def decode(body: bytes, into: Any) -> Any:
    """Decode `body` into an `into`, with normalised text. Reject unknown fields and wrong types; keep numbers exact.

    A number without a fraction is an integer in every notation: `2`, `2.0`, `0.2e1`.
    Raises MalformedJSON, or InvalidRequest with fields named as on the wire (`items[0].quantity`).
    """
    try:
        return _decode(tidied_body(body, into), into)
    except msgspec.ValidationError as invalid:
        field, reason = reason_of(str(invalid), into)
        raise InvalidRequest({field or "body": reason}) from None
    except UnicodeDecodeError:
        raise MalformedJSON("invalid UTF-8") from None
    except msgspec.DecodeError as malformed:
        raise MalformedJSON(str(malformed).removeprefix("JSON is malformed: ")) from None
    except RecursionError:
        raise MalformedJSON("nested too deeply") from None


def canonical(body: bytes) -> bytes:
    """Return the canonical bytes of a JSON value, whatever its spacing, field order or number notation.

    A body that is not JSON is returned unchanged.
    """
    try:
        return _encode_sorted(_decode_any(body))
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return body


def _decode(body: bytes, into: Any) -> Any:
    decoder = _decoder(into)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        # msgspec rejects 2.0 as an integer. Few clients send it, so only a rejected body is examined again.
        if (rewritten := _with_whole_numbers(body)) is None:
            raise
        return decoder.decode(rewritten)


def _with_whole_numbers(body: bytes) -> bytes | None:
    """Return the body with whole numbers written as integers; None if there is nothing to rewrite."""
    if not _FRACTION_OR_EXPONENT.search(body):
        return None
    try:
        return _encode(_decode_any(body))
    except msgspec.ValidationError:  # a number too large to represent
        return None


@lru_cache(maxsize=256)
def _decoder(into: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(into, dec_hook=_decode_custom_type, float_hook=_exact_number)


def _decode_custom_type(into: type, value: object) -> object:
    if into is MajorUnits:
        return MajorUnits.from_json(value)
    if into is object:  # a field that is accepted with any value and ignored
        return value
    raise NotImplementedError(f"no way to read a {into.__name__} from JSON")


def _exact_number(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except ArithmeticError:  # an exponent outside the range of decimals
        raise ValueError("is out of range") from None


def _integer_if_whole(digits: str) -> int | Decimal:
    number = _exact_number(digits)
    if number.is_zero():
        return 0
    if number.adjusted() < _MAX_DIGITS and number == number.to_integral_value():
        return int(number)
    return number.normalize() if len(number.as_tuple().digits) <= _MAX_DIGITS else number


_decode_any: Final = msgspec.json.Decoder(float_hook=_integer_if_whole).decode
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted", decimal_format="number").encode
