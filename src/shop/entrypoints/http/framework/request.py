"""Requests whose JSON body is decoded into the struct that the handler declares."""

import re
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException, InternalServerException
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE

from shop.entrypoints.http.framework.decoding import decode

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
_JSON_TYPE = re.compile(r"(?:application|text)/(?:[a-z0-9.-]+\+)?json", re.IGNORECASE)


def takes_form(handler: HTTPRouteHandler) -> bool:
    """Return whether the route takes a form with files."""
    field = handler.parsed_data_field
    declared = None if field is None else field.kwarg_definition
    return getattr(declared, "media_type", None) == RequestEncodingType.MULTI_PART


class UnsupportedMediaType(HTTPException):
    """The body's content type is not JSON in UTF-8."""

    status_code = HTTP_415_UNSUPPORTED_MEDIA_TYPE


class ApiRequest(Request[Any, Any, State]):
    """The request class of the whole app."""

    async def body(self) -> bytes:
        """Return the raw body; `{}` for an empty body if the handler takes JSON.

        So a body with only optional fields may be omitted; otherwise the error names the missing fields.
        """
        try:
            body = await super().body()
        except InternalServerException as gone:  # the client disconnected midway: not a server error
            raise ClientException("The body ended too early.") from gone
        if not body and self.route_handler.parsed_data_field is not None:
            return b"{}"
        return body

    async def json(self) -> Any:
        """Decode the body into the handler's `data` type.

        Raises MalformedJSON, ValidationFailed (naming the field) or UnsupportedMediaType.
        """
        if await super().body():
            self._require_json()
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), field.annotation if field is not None else Any)

    def stream(self) -> AsyncGenerator[bytes, None]:
        """Return the body in chunks. Raises UnsupportedMediaType if the handler takes a form and this is none."""
        if takes_form(self.route_handler) and self.content_type[0] != RequestEncodingType.MULTI_PART:
            raise UnsupportedMediaType
        return super().stream()

    def _require_json(self) -> None:
        """Accept a body without a content type as JSON; reject any other content type."""
        headers = self.headers
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMediaType
        if "content-type" in headers:
            media_type, options = self.content_type
            charset = options.get("charset", "utf-8").lower()
            if not _JSON_TYPE.fullmatch(media_type) or charset not in _CHARSETS:
                raise UnsupportedMediaType
