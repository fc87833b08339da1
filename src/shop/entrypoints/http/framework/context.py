"""What the shop knows of a request beside the request itself, kept in the ASGI scope."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import Scope

from shop.domain.accounts.user import Principal

_KEY = "shop"


class RequestContext:
    """Made by the middleware for every request; the policy check adds the principal."""

    __slots__ = ("client_address", "outcome", "principal", "request_id", "secure")

    def __init__(self, request_id: str, client_address: str, *, secure: bool) -> None:
        self.request_id = request_id
        self.client_address = client_address
        self.secure = secure
        """Whether the client sent it by https, as far as the shop or a trusted proxy can tell."""
        self.principal: Principal | None = None
        self.outcome: str | None = None
        """The code of the error that is the answer, or what a checkout came to: for the metrics."""


def put_context(scope: Scope, context: RequestContext) -> None:
    scope["state"][_KEY] = context


def context_of(scope: Scope) -> RequestContext:
    context: RequestContext = scope["state"][_KEY]
    return context


def client_address(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address that the request comes from.

    That of the peer, or, when the peer is a trusted proxy, the last in `X-Forwarded-For` that isn't one.
    """
    return context_of(request.scope).client_address
