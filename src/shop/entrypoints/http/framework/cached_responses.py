"""The fast path for answers in the catalogue cache: no parameter decoding, no handler call.

A middleware of the routes that read products. Requests that it cannot answer continue to the route.
"""

from typing import Any, Final, cast

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from shop.application.ports.catalogue import CachedAnswer, CatalogueCache
from shop.entrypoints.http.framework.responses import JSON

# With a token the answer may contain more; with a matching ETag it needs no body.
_BYPASSING_HEADERS = (b"authorization", b"if-none-match")

CACHE_DEPENDENCY: Final = "catalogue_cache"
"""The name of the dependency that is the cache."""


class CachedResponses(ASGIMiddleware):
    """Answers from the cache in the dependency `catalogue_cache`."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Look the cache up again at the next request."""
        self._cache: CatalogueCache | None = None

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        http_scope = cast("HTTPScope", scope)
        answer = self._cache_of(http_scope).get(cache_key(http_scope))
        if answer is None or any(name in _BYPASSING_HEADERS for name, _ in http_scope["headers"]):
            await next_app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _headers(answer)})
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})

    def _cache_of(self, scope: HTTPScope) -> CatalogueCache:
        if self._cache is None:
            handler: Any = scope["route_handler"]
            self._cache = handler.resolve_dependencies()[CACHE_DEPENDENCY].dependency()
        return cast("CatalogueCache", self._cache)


def cache_key(scope: HTTPScope) -> bytes:
    """Return a request's cache key: the product's id, or the path with its query."""
    product_id = scope["path_params"].get("product_id")
    if product_id is not None:
        return str(product_id).encode()
    return scope["path"].encode() + b"?" + scope["query_string"]


def _headers(answer: CachedAnswer) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(answer.body))]
    if answer.state:
        headers.append((b"etag", b'"%b"' % answer.state.encode("ascii")))
    return headers
