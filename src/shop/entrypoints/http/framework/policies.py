"""Who may call what.

Every route declares `policy=Policy.…`, or the permission that it needs: `policy=Permission.…`, or several of which
one is enough: `policy=(Permission.…, Permission.…)`. A route without a policy stops the start. The check runs
before the body is read, so a stranger learns nothing from validation errors. It is Litestar's `before_request` hook
of the whole app, not a guard: Litestar copies the route handler for every guard that it calls, which costs far more
than the check itself.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

from litestar import Litestar, Request
from litestar.exceptions import ImproperlyConfiguredException
from litestar.routes import HTTPRoute
from litestar.types import BeforeRequestHookHandler

from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import Forbidden, Unauthenticated
from shop.entrypoints.http.framework.context import context_of
from shop.entrypoints.http.framework.problems import allow
from shop.entrypoints.http.framework.responses import BytesResponse


class Policy(Enum):
    """What a route asks of its caller."""

    PUBLIC = "public"
    """Nothing: an `Authorization` header isn't even looked at."""
    OPTIONAL = "optional"
    """Nothing; a valid token may show its owner more, and one that isn't is as good as none."""
    USER = "user"
    """A valid token of a user."""


Permits = Policy | tuple[Permission, ...]
"""What a route asks of its caller: a policy, or one of these permissions."""


class Authenticate(Protocol):
    """Turns access tokens into principals."""

    async def __call__(self, token: str) -> Principal | None:
        """The principal that `token` speaks for; None when it is broken, expired or revoked."""
        ...


TokenSource = Callable[[Request[Any, Any, Any]], str | None]
"""Where a request without an `Authorization` may have an access token; None: nowhere."""


def policy_of(handler: Any) -> Permits | None:
    """What a route handler (or a controller or router around it) declares; a single permission as a tuple of it."""
    policy = handler.opt.get("policy")
    if isinstance(policy, Permission):
        return (policy,)
    return policy if isinstance(policy, Policy | tuple) else None


def permissions_of(handler: Any) -> tuple[Permission, ...]:
    """The permissions of which a route needs one; none where it needs no permission."""
    policy = policy_of(handler)
    return policy if isinstance(policy, tuple) else ()


def check_policies_with(
    authenticate: Authenticate, other_token: TokenSource = lambda _: None
) -> BeforeRequestHookHandler:
    """The hook that lets a request pass only as its route's policy says.

    `other_token` is asked for the token of a request without an `Authorization`.
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
        principal = await authenticate(token) if token else None
        if principal is None:
            if policy is Policy.OPTIONAL:
                return None
            if token is None:
                raise Unauthenticated("This needs an access token: log in and send it as a bearer token.")
            raise Unauthenticated("The access token is broken, expired or revoked: log in again.")
        if policy is Policy.USER and principal.api_key is not None:
            raise Forbidden("An API key is nobody's customer: this needs a user's access token.")
        if isinstance(policy, tuple) and not any(map(principal.may, policy)):
            raise Forbidden(f"This needs the permission {' or '.join(policy)}.")
        context_of(request.scope).principal = principal
        return None

    return check_policy


def _answer_options(request: Request[Any, Any, Any]) -> BytesResponse[None]:
    """Which methods there are is no secret. Litestar's own answer forgets those of a path's other handlers."""
    template = request.scope["path_template"]
    methods = next(route.methods for route in request.app.routes if route.path_format == template)
    return BytesResponse(b"", status=204, headers={"Allow": allow(methods)})


def _bearer_token(request: Request[Any, Any, Any]) -> str | None:
    """The request's bearer token; None without an `Authorization`, empty when that is of another kind."""
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() != b"bearer" or not token.isascii():
                return ""
            return token.strip().decode("ascii")
    return None


def require_policies(app: Litestar) -> None:
    """Raise ImproperlyConfiguredException unless every route declares a policy and none evades the check."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise ImproperlyConfiguredException(f"{route.path} is no HTTP route: no policy can hold for it")
        for handler in route.route_handlers:
            if handler.http_methods == {"OPTIONS"}:  # answered by the check itself
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
