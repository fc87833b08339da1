"""The Litestar application: one route per operation, each of which calls the gateway."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from shop.testing import ManualClock
from tests.stripe_server.connections import Connections
from tests.stripe_server.errors import unrecognized_url
from tests.stripe_server.gateway import DroppedError, Gateway, ReceivedRequest
from tests.stripe_server.operations import OPERATIONS, Operation

_JSON = "application/json"


def application(gateway: Gateway, connections: Connections, clock: ManualClock, api_version: str) -> Litestar:
    """Return the application. `api_version` is the account's version; a request may name another one."""

    def route(operation: Operation) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
            received = await _received(operation, request, clock)
            try:
                answer = await gateway.answer(operation, received, _secret_key(request))
            except DroppedError:
                return await _drop(request, connections)
            headers = {
                "Request-Id": received.request_id,
                "Stripe-Version": received.headers.get("stripe-version", api_version),
                **({"Idempotency-Key": received.idempotency_key} if received.idempotency_key else {}),
                **answer.headers,
            }
            return Response(answer.body, status_code=answer.status, headers=headers, media_type=_JSON)

        return HTTPRouteHandler(operation.path, http_method=operation.method, name=operation.name)(handle)

    return Litestar(
        route_handlers=[route(operation) for operation in OPERATIONS],
        exception_handlers={HTTPException: _unrecognized},
        openapi_config=None,
        logging_config=None,
    )


async def _received(
    operation: Operation, request: Request[Any, Any, Any], clock: ManualClock
) -> ReceivedRequest:
    sent = await request.body() if operation.method == "POST" else request.scope["query_string"]
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.pop("authorization", None)
    return ReceivedRequest(
        operation=operation.name,
        method=operation.method,
        path=request.url.path,
        encoded=sent.decode(errors="replace"),
        headers=headers,
        at=clock.now(),
        identifier=request.path_params.get("id", ""),
    )


def _secret_key(request: Request[Any, Any, Any]) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None


async def _drop(request: Request[Any, Any, Any], connections: Connections) -> Response[bytes]:
    """Close the connection, and wait until it is closed: the response that is returned then is never sent."""
    client = request.scope["client"]
    assert client is not None
    connections.drop((client[0], client[1]))
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(b"")


def _unrecognized(request: Request[Any, Any, Any], _: HTTPException) -> Response[Any]:
    error = unrecognized_url(request.method, request.url.path)
    return Response(error.body, status_code=error.status, media_type=_JSON)
