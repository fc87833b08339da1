"""A request's context, JSON body, uploaded files and idempotency key."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException, InternalServerException
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE
from litestar.types import Scope

from shop.application.ports.idempotency import IdempotencyKey, KeyOwner
from shop.application.ports.system import KeyedDigests
from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import Guest
from shop.domain.orders.access import OrderToken
from shop.entrypoints.http.framework.decoding import canonical, decode
from shop.entrypoints.http.framework.wire_names import InvalidRequest

FORM_OVERHEAD: Final = 64 * 1024
"""The bytes that a form may have besides its file."""
CONTEXT: Final = "shop"
"""The key of the context in the state of an ASGI scope."""


class RequestContext:
    """A request's context, created by the middleware; the policy check adds the principal or guest."""

    __slots__ = (
        "client_address",
        "file_digests",
        "guest",
        "order_token",
        "outcome",
        "principal",
        "request_id",
        "secure",
    )

    def __init__(self, request_id: str, client_address: str, *, secure: bool) -> None:
        self.request_id = request_id
        self.client_address = client_address
        self.secure = secure
        """Whether the client used https, as far as the shop or a trusted proxy can tell."""
        self.principal: Principal | None = None
        self.guest: Guest | None = None
        """The holder of the request's cart token; None for a logged-in user, who has a cart of their own."""
        self.order_token: OrderToken | None = None
        """The request's order token, if it gives access to an order."""
        self.file_digests: list[tuple[UploadFile, bytes]] = []
        self.outcome: str | None = None
        """The code of the returned error, or the outcome of a checkout; for the metrics."""


def context_of(scope: Scope) -> RequestContext:
    context: RequestContext = scope["state"][CONTEXT]
    return context


def known_request_id(scope: Mapping[str, Any]) -> str | None:
    """Return the id that the application assigned to the request; None before the request reached it."""
    context: RequestContext | None = scope["state"].get(CONTEXT)
    return None if context is None else context.request_id


def client_address(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the client's address.

    This is the peer's address or, behind a trusted proxy, the last one in `X-Forwarded-For` that is not trusted.
    """
    return context_of(request.scope).client_address


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
        """Return the body in chunks. Raises UnsupportedMediaType if a handler of forms gets another body."""
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


MAX_KEY_LENGTH: Final = 255
KEY_CHARACTERS: Final = "[ -~]"
"""Printable ASCII."""
_KEY: Final = re.compile(f"{KEY_CHARACTERS}{{1,{MAX_KEY_LENGTH}}}".encode("ascii"))


async def provide_idempotency(
    request: Request[Any, Any, Any], digests: NamedDependency[KeyedDigests]
) -> IdempotencyKey | None:
    """Return the request's idempotency key with its fingerprint; None without the header.

    Bodies that differ only in white space, field order or number notation have the same fingerprint, and so have
    queries that differ only in the order of their parameters. The key of a caller without account or token is ignored,
    because a key belongs to its caller. Raises InvalidRequest unless the key is 1 to 255 printable ASCII characters.
    """
    key = _key(request)
    context = context_of(request.scope)
    if key is None or (context.principal is None and context.guest is None and context.order_token is None):
        return None
    asked = f"{request.scope['method']} {request.scope['path']}{_query(request)}"
    fingerprint = digests("idempotent request", asked, await _digest_of_content(request)).hex()
    name = key.decode("ascii")
    if context.principal is not None:
        return IdempotencyKey(context.principal.scope, name, fingerprint, context.principal.user_id)
    if context.order_token is not None:
        token = context.order_token
        return IdempotencyKey(token.id, name, fingerprint, owner=KeyOwner.ORDER_TOKEN)
    assert context.guest is not None
    return IdempotencyKey(context.guest.cart_id, name, fingerprint, owner=KeyOwner.CART)


def _query(request: Request[Any, Any, Any]) -> str:
    """Return the query, sorted. It is part of the fingerprint: a dry run differs from the real request."""
    parameters = sorted(parse_qsl(request.url.query, keep_blank_values=True))
    return f"?{urlencode(parameters)}" if parameters else ""


async def _digest_of_content(request: Request[Any, Any, Any]) -> str:
    """Return a digest of the JSON value, or of a form's parts without the boundary, which always differs."""
    if request.content_type[0] != RequestEncodingType.MULTI_PART:
        return hashlib.sha256(canonical(await request.body() or b"{}")).hexdigest()
    parts = []
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            digest = (await digest_of(request, value)).hex()
        else:
            digest = hashlib.sha256(str(value).encode()).hexdigest()
        parts.append(f"{name} {digest}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _key(request: Request[Any, Any, Any]) -> bytes | None:
    """Return the header's value; None without the header. Raises InvalidRequest."""
    key = next((value for name, value in request.scope["headers"] if name == b"idempotency-key"), None)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest({"Idempotency-Key": "must be 1 to 255 printable ASCII characters"})
    return key


async def digest_of(request: Request[Any, Any, Any], file: UploadFile) -> bytes:
    """Return the SHA-256 of the file's content, and leave the file at its start."""
    known = context_of(request.scope).file_digests
    for each, digest in known:
        if each is file:
            return digest
    digest = (await asyncio.to_thread(hashlib.file_digest, file.file, "sha256")).digest()
    await file.seek(0)
    known.append((file, digest))
    return digest
