"""Serves `/metrics`, and nothing else, on a separate port."""

from litestar.types import Receive, Scope, Send
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from shop.entrypoints.http.framework.middleware import ShowMetrics, request_id_of
from shop.entrypoints.http.framework.problems import FRAMEWORK_ERRORS, problem_body


class MetricsApplication:
    """The ASGI application of the metrics port."""

    def __init__(self, show_metrics: ShowMetrics) -> None:
        self._show_metrics = show_metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's signature)
        if scope["path"].rstrip("/") == "/metrics" and scope.get("method") in ("GET", "HEAD"):
            status, media_type, body = 200, CONTENT_TYPE_PLAIN_0_0_4, await self._show_metrics()
        else:
            status, media_type, body = 404, "application/json", problem_body(*FRAMEWORK_ERRORS[404])
        headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", request_id_of(scope["headers"]).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if scope.get("method") == "HEAD" else body
        await send({"type": "http.response.body", "body": body, "more_body": False})
