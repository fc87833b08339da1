"""The context that the shop attaches to a request, stored in the ASGI scope."""

from collections.abc import Mapping
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.types import Scope

from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import Guest
from shop.domain.orders.token import OrderToken

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
