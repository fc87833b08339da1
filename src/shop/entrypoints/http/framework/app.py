"""Assembles the HTTP application, and explains how to extend it.

A resource has one module with one controller. A handler is a few lines: when Litestar calls it, the policy
has been checked, and the body and the parameters have been decoded. The handler calls one use case (or, for a
plain read, a query port) and encodes the result.

    class CartController(Controller):
        path = "/api/cart"
        tags = ("Cart",)

        @get(policy=Policy.USER, versioned=True)
        async def show(
            self, request: ApiRequest, principal: NamedDependency[Principal], show_cart: NamedDependency[ShowCart]
        ) -> Response[CartView]:
            cart = await show_cart(principal)
            return respond(request, encode(cart), etag=str(cart.version))

        @post("/items", policy=Policy.USER, status_code=200, errors=(NotFound, OutOfStock))
        async def add_item(
            self,
            data: JSONBody[CartItemInput],
            principal: NamedDependency[Principal],
            idempotency: NamedDependency[IdempotencyKey | None],
            add_to_cart: NamedDependency[AddToCart],
        ) -> Response[CartView]:
            return answer_response(await add_to_cart(principal, data, idempotency), 200)

- `policy` is required; `status_code` too where it isn't Litestar's default (201 for POST, 204 for DELETE).
- Any handler may request these names with `NamedDependency[…]`: `principal: Principal`,
  `optional_principal: Principal | None`, `idempotency: IdempotencyKey | None`, `expected_versions:
  ExpectedVersions` (the `If-Match`), and each provider of its room by the provider's name. Parameters:
  `FromPath[str]`, `page: Page`, `limit: Limit = DEFAULT_LIMIT`,
  `Annotated[…, QueryParameter(name="minPrice", …)]`. With `Policy.BUYER`: `buyer: CallingBuyer`; with
  `Policy.ORDER_OWNER`: `order_access: OrderAccess`.
- The API docs show the return annotation; the handler itself returns ready bytes:
  `BytesResponse`, `respond` (with an ETag), `answer_response` and `created` (of an idempotent POST, from the
  use case's outcome).
- The docs take a route's description from its docstring or else from its use case's, and derive the errors
  that follow from policy, body and parameters. `errors=(OutOfStock, …)` adds the route's own, as classes or
  as instances that serve as examples; `versioned=True` states that the answer has an ETag, `location=True`
  that it has a Location; `request_example=` and `response_example=` replace the generated examples.
- Errors are raised, never returned: `problems.py` has the table.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from litestar import Litestar, Router
from litestar.controller import Controller
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from shop.application.ports.system import KeyedDigests
from shop.domain.money import MAX_MINOR_UNITS, Currency
from shop.entrypoints.http.framework.client_addresses import TrustedProxies
from shop.entrypoints.http.framework.conditional import provide_expected_versions
from shop.entrypoints.http.framework.cross_origin import CrossOriginMiddleware
from shop.entrypoints.http.framework.health import ReadinessCheck, health_routes
from shop.entrypoints.http.framework.middleware import RequestMetrics, RequestMiddleware, ShowMetrics
from shop.entrypoints.http.framework.openapi import AmountSchemas, documentation
from shop.entrypoints.http.framework.policies import (
    TokenReaders,
    TokenSource,
    check_policies_with,
    provide_buyer,
    provide_optional_principal,
    provide_order_access,
    provide_principal,
    require_policies,
)
from shop.entrypoints.http.framework.problems import EXCEPTION_HANDLERS
from shop.entrypoints.http.framework.request import ApiRequest, provide_idempotency
from shop.entrypoints.http.framework.tracing import RequestTracer

MAX_BODY_BYTES: Final = 1024 * 1024

_DEPENDENCIES: Final = {
    "principal": Provide(provide_principal, sync_to_thread=False),
    "buyer": Provide(provide_buyer, sync_to_thread=False),
    "order_access": Provide(provide_order_access, sync_to_thread=False),
    "optional_principal": Provide(provide_optional_principal, sync_to_thread=False),
    "expected_versions": Provide(provide_expected_versions, sync_to_thread=False),
    "idempotency": Provide(provide_idempotency),
}

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(  # noqa: PLR0913 (all that an application is made of, most of it by name)
    routes: Sequence[type[Controller] | Router | HTTPRouteHandler],
    provide_digests: Callable[[], KeyedDigests],
    readers: TokenReaders,
    *,
    version: str,
    metrics: RequestMetrics,
    currency: Currency,
    show_metrics: ShowMetrics | None = None,
    other_token: TokenSource = lambda _: None,
    lifespan: Sequence[Lifespan] = (),
    readiness_checks: Mapping[str, ReadinessCheck] | None = None,
    cors_origins: Sequence[str] = (),
    trusted_proxies: Sequence[str] = (),
    tracer: RequestTracer | None = None,
    clock_offset: Callable[[], int] | None = None,
) -> Litestar:
    """Return the whole HTTP application.

    `metrics` records each request. `currency` determines the largest amount in the API's
    description. The `lifespan` contexts are entered in order at startup and left at shutdown. `other_token`
    finds the access token of a request without an `Authorization` header; `show_metrics` answers `/metrics`,
    which does not exist without it; `tracer` creates a span for each request; `clock_offset` returns the
    seconds by which a clock is ahead, for `/health/ready`. Raises
    ImproperlyConfiguredException when a route has no policy, ValueError when a trusted proxy is neither an
    address nor a network.
    """
    app = Litestar(
        route_handlers=[*routes, *health_routes(readiness_checks or {}, show_metrics, clock_offset)],
        dependencies={
            **_DEPENDENCIES,
            "digests": Provide(provide_digests, use_cache=True, sync_to_thread=False),
        },
        before_request=check_policies_with(readers, other_token),
        request_class=ApiRequest,
        request_max_body_size=MAX_BODY_BYTES,
        opt={"max_amount": currency.to_major(MAX_MINOR_UNITS)},
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=documentation(version),
        plugins=[AmountSchemas()],
        lifespan=list(lifespan),
        logging_config=None,
        debug=False,
    )
    require_policies(app)
    _resolve_dependencies_in_turn(app)
    handler = app.asgi_handler
    if cors_origins:
        handler = CrossOriginMiddleware(handler, cors_origins)
    proxies = TrustedProxies(trusted_proxies) if trusted_proxies else None
    app.asgi_handler = RequestMiddleware(handler, metrics, proxies, tracer)
    return app


def documented_app(routes: Sequence[Router], version: str, currency: Currency) -> Litestar:
    """Return an application that only documents these routes and serves no requests."""
    return Litestar(
        route_handlers=routes,
        dependencies={**_DEPENDENCIES, "digests": Provide(lambda: None, sync_to_thread=False)},
        request_class=ApiRequest,
        opt={"max_amount": currency.to_major(MAX_MINOR_UNITS)},
        openapi_config=documentation(version),
        plugins=[AmountSchemas()],
        logging_config=None,
    )


def _resolve_dependencies_in_turn(app: Litestar) -> None:
    """Keep Litestar from opening a task group for independent dependencies.

    None of them waits for I/O, and a group of three costs more than the rest of a request (150 µs of 200).
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, parameters in route.route_handler_map.values():
                parameters.dependency_batches = [
                    {dependency} for batch in parameters.dependency_batches for dependency in batch
                ]
