"""Authorization of routes.

Every route declares `policy=Policy.…`, a required permission (`policy=Permission.…`), or several permissions
of which one suffices (`policy=(Permission.…, Permission.…)`). The app refuses to start if a route has no
policy. The check runs before the body is read, so unauthorized callers learn nothing from validation errors.
It is the app's `before_request` hook, not a guard: Litestar copies the route handler for every guard call,
which costs far more than the check itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias

from litestar import Litestar, Request
from litestar.di import NamedDependency
from litestar.exceptions import ImproperlyConfiguredException
from litestar.params import SkipValidation
from litestar.routes import HTTPRoute
from litestar.types import BeforeRequestHookHandler

from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.second_factor import TotpSetupRequired
from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import Buyer, Customer, Guest, UnknownCartToken
from shop.domain.errors import Forbidden, NotFound, Unauthenticated
from shop.domain.orders.access import OrderAccess, OrderToken
from shop.entrypoints.http.framework.problems import allow
from shop.entrypoints.http.framework.request import context_of
from shop.entrypoints.http.framework.responses import BytesResponse


class Policy(Enum):
    """What a route requires of its caller."""

    PUBLIC = "public"
    """No authentication: an `Authorization` header is ignored."""
    OPTIONAL = "optional"
    """Optional authentication: a valid token may reveal more; an invalid one is ignored."""
    USER = "user"
    """A user's valid token."""
    BUYER = "buyer"
    """A user's valid token, or else a guest's cart token."""
    ORDER_OWNER = "order owner"
    """A user's valid token, or the token of a guest's order."""


Permits = Policy | tuple[Permission, ...]
"""A route's requirement: a policy, or permissions of which the caller needs one."""


class Authenticate(Protocol):
    """Resolves access tokens to principals."""

    async def __call__(self, token: str) -> Principal | None:
        """Return the principal of `token`; None if the token is malformed, expired or revoked."""
        ...


class FindOrderToken(Protocol):
    """Resolves the tokens of guests' orders."""

    async def __call__(self, token: str) -> OrderToken | None:
        """Return the stored token; None if it gives no access to an order."""
        ...


class FindGuest(Protocol):
    """Resolves cart tokens to guests."""

    async def __call__(self, token: str) -> Guest | None:
        """Return the guest who holds the token; None if no cart has it."""
        ...


TokenSource = Callable[[Request[Any, Any, Any]], str | None]
"""Finds the access token of a request without an `Authorization` header; None if there is none."""


_FOR_CUSTOMERS: Final = frozenset({Policy.USER, Policy.BUYER, Policy.ORDER_OWNER})
"""API keys cannot use these routes: a key is not a customer."""


def policy_of(handler: Any) -> Permits | None:
    """Return the policy declared by a handler, its controller or its router; one permission as a 1-tuple."""
    policy = handler.opt.get("policy")
    if isinstance(policy, Permission):
        return (policy,)
    return policy if isinstance(policy, Policy | tuple) else None


def permissions_of(handler: Any) -> tuple[Permission, ...]:
    """Return the permissions of which a caller needs one; empty if the route needs no permission."""
    policy = policy_of(handler)
    return policy if isinstance(policy, tuple) else ()


@dataclass(slots=True)
class TokenReaders:
    """Use cases that resolve the tokens of callers. They are replaced when the application serves another shop."""

    authenticate: Authenticate
    find_guest: FindGuest
    find_order_token: FindOrderToken


def check_policies_with(
    readers: TokenReaders, other_token: TokenSource = lambda _: None
) -> BeforeRequestHookHandler:
    """Return the hook that enforces the route's policy on a request.

    `other_token` supplies the token of a request without an `Authorization` header.
    """

    async def check_policy(request: Request[Any, Any, Any]) -> BytesResponse[None] | None:
        if request.scope["method"] == "OPTIONS":
            return _answer_options(request)
        policy = policy_of(request.route_handler)
        if policy is Policy.PUBLIC:
            return None
        token = _bearer_token(request)
        if token is None:
            token = other_token(request)
        context = context_of(request.scope)
        if token is None and policy is Policy.BUYER:
            context.guest = await _guest(request, readers.find_guest)
            return None
        if policy is Policy.ORDER_OWNER:
            context.order_token = await _order_token(request, token, readers.find_order_token)
            if token is None and context.order_token is not None:
                return None
        principal = await readers.authenticate(token) if token else None
        if principal is None and context.order_token is not None:
            return None
        if principal is not None or policy is not Policy.OPTIONAL:
            context.principal = _admitted(principal, token, policy)
        return None

    return check_policy


async def _guest(request: Request[Any, Any, Any], find_guest: FindGuest) -> Guest:
    cart_token = _header(request, b"cart-token")
    if cart_token is None:
        raise Unauthenticated(
            "This needs an access token, or the header Cart-Token with the token of a cart."
        )
    guest = await find_guest(cart_token)
    if guest is None:
        raise UnknownCartToken
    return guest


async def _order_token(
    request: Request[Any, Any, Any], access_token: str | None, find_order_token: FindOrderToken
) -> OrderToken | None:
    """Return the request's order token, if it is valid.

    Raises NotFound for an invalid order token in a request without an `Authorization` header.
    """
    sent = _header(request, b"order-token")
    found = await find_order_token(sent) if sent is not None else None
    if sent is not None and found is None and access_token is None:
        raise NotFound("order")
    return found


def _admitted(principal: Principal | None, token: str | None, policy: Permits | None) -> Principal:
    """Return the principal if the policy admits it. Raises Unauthenticated, Forbidden."""
    if principal is None:
        if token is None:
            raise Unauthenticated("This needs an access token: log in and send it as a bearer token.")
        raise Unauthenticated("The access token is broken, expired or revoked: log in again.")
    if policy in _FOR_CUSTOMERS and principal.api_key is not None:
        raise Forbidden("An API key cannot act as a customer: this needs a user's access token.")
    if isinstance(policy, tuple) and not any(map(principal.may, policy)):
        if principal.must_set_up_second_factor:
            raise TotpSetupRequired
        raise Forbidden(f"This needs the permission {' or '.join(policy)}.")
    return principal


def _answer_options(request: Request[Any, Any, Any]) -> BytesResponse[None]:
    """Answer OPTIONS without authentication. Litestar's answer omits the methods of a path's other handlers."""
    template = request.scope["path_template"]
    methods = next(route.methods for route in request.app.routes if route.path_format == template)
    return BytesResponse(b"", status=204, headers={"Allow": allow(methods)})


def _bearer_token(request: Request[Any, Any, Any]) -> str | None:
    """Return the bearer token; None without an `Authorization` header, empty if it has another scheme."""
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() != b"bearer" or not token.isascii():
                return ""
            return token.strip().decode("ascii")
    return None


def _header(request: Request[Any, Any, Any], wanted: bytes) -> str | None:
    for name, value in request.scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1")).strip()
    return None


def require_policies(app: Litestar) -> None:
    """Raise ImproperlyConfiguredException if a route declares no policy or bypasses the check."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise ImproperlyConfiguredException(f"{route.path} is no HTTP route: no policy can hold for it")
        for handler in route.route_handlers:
            if handler.http_methods == {"OPTIONS"}:  # the check itself answers it
                continue
            if policy_of(handler) is None:
                raise ImproperlyConfiguredException(
                    f"{route.path} ({handler}) declares no policy, or answers OPTIONS"
                )
            if handler.resolve_before_request() is not app.before_request:
                raise ImproperlyConfiguredException(f"{route.path} ({handler}) goes around the policy check")


def provide_optional_principal(request: Request[Any, Any, Any]) -> Principal | None:
    return context_of(request.scope).principal


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    principal = context_of(request.scope).principal
    if principal is None:
        raise Unauthenticated("This needs an access token: log in and send it as a bearer token.")
    return principal


def provide_buyer(request: Request[Any, Any, Any]) -> Buyer:
    context = context_of(request.scope)
    if context.guest is not None:
        return context.guest
    principal = provide_principal(request)
    return Customer(principal.user_id, principal.username)


def provide_order_access(request: Request[Any, Any, Any]) -> OrderAccess:
    context = context_of(request.scope)
    return OrderAccess(context.principal, context.order_token)


CallingBuyer: TypeAlias = NamedDependency[SkipValidation[Buyer]]
"""`buyer: CallingBuyer`: the caller as a buyer. Litestar can't validate a union of dataclasses."""
