"""Reads what clients send: normalises text, and decodes JSON strictly into the struct that the handler takes.

Every text is normalised before anything else reads it (NFC, no surrounding white space): strings in JSON bodies, query
parameters and path segments. A code pasted with a trailing space still matches, and so does a word whose accents were
composed differently. Only fields declared as `Verbatim` keep their white space.

Litestar decodes through Python objects: prices would become floats, and "2" would be accepted as a number.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar.types import HTTPScope

from shop.application.framework.inputs import VERBATIM, MajorUnits
from shop.domain.errors import Kind, ShopError
from shop.domain.text import composed, tidy
from shop.entrypoints.http.framework.reasons import reason_of
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


_TIDY_BODY: Final = re.compile(
    rb"""
    [^"\x80-\xff]*+
    (?:
        "(?: [^\s"\\\x80-\xff] (?: [^"\\\x80-\xff]* [^\s"\\\x80-\xff] )? )?"  # ASCII, no escapes, no spaces around it
        [^"\x80-\xff]*+
    )*+
    """,
    re.VERBOSE,
)
PLAIN_PATH: Final = re.compile(r"[\x21-\x7e]*")
_FIRST_SEGMENT: Final = re.compile(r"/*[^/]+")
PLAIN_QUERY: Final = re.compile(rb"[\x21-\x24\x26-\x2a\x2c-\x7e]*")
"""No percent signs, pluses or raw spaces: nothing to decode, so nothing to normalise."""


def tidied_body(body: bytes, into: Any) -> bytes:
    """Return the JSON with normalised strings, for a body that will be decoded `into` this type.

    A body that is not JSON is returned unchanged.
    """
    if _TIDY_BODY.fullmatch(body):
        return body
    try:
        return _encode(_tidied(_decode_exact(body), _verbatim_fields(into)))
    except (msgspec.MsgspecError, UnicodeError, ArithmeticError, RecursionError):
        return body


def tidied_scope(scope: HTTPScope) -> HTTPScope:
    """Return the scope with normalised path segments and query parameters; the same object if nothing changes.

    The first segment stays as it came: proxies decide by it what they let through, so `/metrics%20` must not become
    `/metrics` behind them.
    """
    path, query = scope["path"], scope["query_string"]
    tidy_path = path if PLAIN_PATH.fullmatch(path) else _tidied_path(path)
    tidy_query = query if PLAIN_QUERY.fullmatch(query) else _tidied_query(query)
    if (tidy_path, tidy_query) == (path, query):
        return scope
    return {**scope, "path": tidy_path, "query_string": tidy_query}


_decode_exact: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def _tidied(value: Any, verbatim: frozenset[str], field: str = "") -> Any:
    if isinstance(value, str):
        return composed(value) if field in verbatim else tidy(value)
    if isinstance(value, list):
        return [_tidied(item, verbatim, field) for item in value]
    if isinstance(value, dict):
        return {composed(name): _tidied(item, verbatim, name) for name, item in value.items()}
    return value


def _tidied_path(path: str) -> str:
    first = _FIRST_SEGMENT.match(path)
    start = first.end() if first else 0
    return path[:start] + "/".join(map(_tidied_segment, path[start:].split("/")))


def _tidied_segment(segment: str) -> str:
    # A segment of only spaces would name another resource once stripped.
    return tidy(segment) or segment


def _tidied_query(query: bytes) -> bytes:
    parameters = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True)
    tidy_parameters = [(name, tidy(value)) for name, value in parameters]
    return query if tidy_parameters == parameters else urlencode(tidy_parameters).encode("ascii")


@lru_cache(maxsize=256)
def _verbatim_fields(into: Any) -> frozenset[str]:
    """Return the wire names of the fields declared as `Verbatim` in the type and its nested structs."""
    found: set[str] = set()
    seen: set[type] = set()
    waiting = [msgspec.inspect.type_info(into)]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, msgspec.inspect.StructType) and kind.cls not in seen:
            seen.add(kind.cls)
            for field in kind.fields:
                parts = list(_parts(field.type))
                if any(_is_verbatim(part) for part in parts):
                    found.add(field.encode_name)
                waiting += parts
        elif not isinstance(kind, msgspec.inspect.StructType):
            waiting += list(_parts(kind))[1:]
    return frozenset(found)


def _parts(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """Yield the type and its component types, but not the fields of structs."""
    yield kind
    inner = [getattr(kind, name, None) for name in ("type", "item_type", "key_type", "value_type")]
    for part in (*inner, *getattr(kind, "types", ()), *getattr(kind, "item_types", ())):
        if isinstance(part, msgspec.inspect.Type):
            yield from _parts(part)


def _is_verbatim(kind: msgspec.inspect.Type) -> bool:
    return isinstance(kind, msgspec.inspect.Metadata) and kind.extra == VERBATIM
