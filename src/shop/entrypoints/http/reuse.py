"""An application that serves one shop after another.

For tests: creating an application takes far longer than creating a shop in memory.
"""

from dataclasses import fields, replace
from typing import Final

from litestar.routes import HTTPRoute
from litestar.types import Empty

from shop.container.shop import Shop
from shop.entrypoints.http.framework.middleware import RequestMetrics
from shop.entrypoints.http.framework.responses import CachedResponses
from shop.entrypoints.http.lookups import readers_of, register_metrics
from shop.entrypoints.http.orders.orders import CheckoutCounts
from shop.entrypoints.http.wiring import app_with
from shop.settings import Service

_SERVICES: Final = tuple(Service)


class ReusableApp:
    """The application of a shop, which can serve another shop later; `shop` is copied and stays as it is."""

    def __init__(self, shop: Shop) -> None:
        self._shop = replace(shop)
        self._metrics = RequestMetrics(CheckoutCounts(shop.registry))
        self._readers = readers_of(shop)
        self.app = app_with(self._metrics, self._readers, self._shop, _SERVICES)
        register_metrics(shop, _SERVICES, self._metrics)
        routes = (each for each in self.app.routes if isinstance(each, HTTPRoute))
        handlers = [each for route in routes for each in route.route_handlers]
        self._provided = {
            id(each): each for handler in handlers for each in handler.resolve_dependencies().values()
        }
        middlewares = (each for handler in handlers for each in handler.resolve_middleware())
        self._cached_responses = [each for each in middlewares if isinstance(each, CachedResponses)]

    def serve(self, shop: Shop) -> None:
        """Serve this shop from now on. All settings that routes and pages depend on must be the same."""
        for field in fields(shop):
            setattr(self._shop, field.name, getattr(shop, field.name))
        for provided in self._provided.values():
            provided.value = Empty
        for responses in self._cached_responses:
            responses.forget()
        readers = readers_of(shop)
        for field in fields(readers):
            setattr(self._readers, field.name, getattr(readers, field.name))
        self._metrics.restart(CheckoutCounts(shop.registry))
        register_metrics(shop, _SERVICES, self._metrics)
