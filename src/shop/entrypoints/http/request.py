"""Requests whose JSON body is decoded strictly, in one pass, into the struct that the handler asks for.

Litestar's own way goes through Python objects: a price would pass through a float, and "2" do for a number.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException, HTTPException, InternalServerException
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE

from shop.application.amounts import MajorUnits
from shop.domain.errors import Kind, ShopError, ValidationFailed

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
_JSON_TYPE = re.compile(r"(?:application|text)/(?:[a-z0-9.-]+\+)?json", re.IGNORECASE)
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_PATH = re.compile(r"(?P<reason>.*) - at (?:`key` in )?`\$?\.?(?P<path>.*)`", re.DOTALL)
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_LONGEST_NAME = 100


class MalformedJSON(ShopError):
    """The body is not JSON at all; `details` says what the parser stumbled over."""

    code = "MALFORMED_JSON"
    kind = Kind.REJECTED

    def __init__(self, reason: str) -> None:
        super().__init__("The body is not valid JSON in UTF-8.", {"body": reason})


class UnsupportedMediaType(HTTPException):
    """The body says that it is something else than JSON in UTF-8."""

    status_code = HTTP_415_UNSUPPORTED_MEDIA_TYPE


class ApiRequest(Request[Any, Any, State]):
    """The request class of the whole app."""

    async def body(self) -> bytes:
        """The raw body; `{}` in place of nothing when the handler takes a JSON body.

        So a body of which every field is optional may be left out, and otherwise what is missing gets named.
        """
        try:
            body = await super().body()
        except InternalServerException as gone:  # the client hung up half-way: no fault of the server
            raise ClientException("The body ended too early.") from gone
        if not body and self.route_handler.parsed_data_field is not None:
            return b"{}"
        return body

    async def json(self) -> Any:
        """The body as the handler's `data` type.

        Raises MalformedJSON, ValidationFailed (naming the field) or UnsupportedMediaType.
        """
        if await super().body():
            self._require_json()
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), field.annotation if field is not None else Any)

    def _require_json(self) -> None:
        """Take a body without a content type for JSON; refuse one that says it is something else."""
        headers = self.headers
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMediaType
        if "content-type" in headers:
            media_type, options = self.content_type
            charset = options.get("charset", "utf-8").lower()
            if not _JSON_TYPE.fullmatch(media_type) or charset not in _CHARSETS:
                raise UnsupportedMediaType


def decode(body: bytes, into: Any) -> Any:
    """`body` as an `into`: unknown fields, wrong types and NUL characters are refused, numbers stay exact.

    Raises MalformedJSON or ValidationFailed, with fields named as on the wire (`items[0].quantity`).
    """
    try:
        if b"\\u0000" in body and _ESCAPED_NUL.search(body):
            raise ValidationFailed(dict.fromkeys(_fields_with_nul(body), "must not contain NUL characters"))
        return _decoder(into).decode(body)
    except msgspec.ValidationError as invalid:
        raise _validation_failed(str(invalid)) from None
    except UnicodeDecodeError:
        raise MalformedJSON("invalid UTF-8") from None
    except msgspec.DecodeError as malformed:
        raise MalformedJSON(str(malformed).removeprefix("JSON is malformed: ")) from None
    except RecursionError:
        raise MalformedJSON("nested too deeply") from None


@lru_cache(maxsize=256)
def _decoder(into: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(into, dec_hook=_decode_custom_type, float_hook=_exact_number)


def _decode_custom_type(into: type, value: object) -> object:
    if into is MajorUnits:
        return MajorUnits.from_json(value)
    if into is object:  # a field that is taken, whatever it is, and ignored
        return value
    raise NotImplementedError(f"no way to read a {into.__name__} from JSON")


def _exact_number(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except ArithmeticError:  # an exponent beyond what decimals know
        raise ValueError("Number out of range") from None


def _validation_failed(message: str) -> ValidationFailed:
    reason, path = message, ""
    if located := _PATH.fullmatch(message):
        reason, path = located["reason"], located["path"]
    if field := _FIELD.fullmatch(reason):
        path = f"{path}.{field['name'][:_LONGEST_NAME]}" if path else field["name"][:_LONGEST_NAME]
        reason = "is required" if field["what"].startswith("missing") else "is not a field of this request"
    return ValidationFailed({path or "body": reason})


def _fields_with_nul(body: bytes) -> list[str]:
    return [path or "body" for path in _paths_with_nul(msgspec.json.decode(body), "")]


def _paths_with_nul(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str) and "\x00" in value:
        yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths_with_nul(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            if "\x00" in key:
                yield inner.replace("\x00", "\\u0000")
            else:
                yield from _paths_with_nul(item, inner)
