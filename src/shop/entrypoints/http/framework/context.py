"""The context that the shop attaches to a request, stored in the ASGI scope."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import uuid_utils
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.types import Scope

from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import Guest
from shop.domain.orders.token import OrderToken

_KEY = "shop"
_SANE_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")


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


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the client's `X-Request-Id` if it is well-formed, else a new id."""
    request_id = None
    for name, value in headers:
        if name == b"x-request-id" and _SANE_REQUEST_ID.fullmatch(value):
            request_id = value.decode("ascii")
    return request_id if request_id is not None else str(uuid_utils.uuid7())


def put_context(scope: Scope, context: RequestContext) -> None:
    scope["state"][_KEY] = context


def context_of(scope: Scope) -> RequestContext:
    context: RequestContext = scope["state"][_KEY]
    return context


def known_request_id(scope: Mapping[str, Any]) -> str | None:
    """Return the id that the application assigned to the request; None before the request reached it."""
    context: RequestContext | None = scope["state"].get(_KEY)
    return None if context is None else context.request_id


def client_address(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the client's address.

    This is the peer's address or, behind a trusted proxy, the last one in `X-Forwarded-For` that is not trusted.
    """
    return context_of(request.scope).client_address
