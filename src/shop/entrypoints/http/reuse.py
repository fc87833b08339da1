"""An application that serves one shop after another: making one takes much longer than making a shop in memory."""

from dataclasses import fields, replace
from typing import Final

from litestar.routes import HTTPRoute

from shop.container.shop import Shop
from shop.entrypoints.http.framework.cached_responses import CachedResponses
from shop.entrypoints.http.framework.metrics import RequestMetrics
from shop.entrypoints.http.lookups import register_metrics
from shop.entrypoints.http.orders.checkouts import CheckoutCounts
from shop.entrypoints.http.wiring import app_counted_by
from shop.settings import Service

_SERVICES: Final = tuple(Service)


class ReusableApp:
    """The application of a shop, which can serve another shop later; `shop` is copied and stays as it is."""

    def __init__(self, shop: Shop) -> None:
        self._shop = replace(shop)
        self._metrics = RequestMetrics(CheckoutCounts(shop.registry))
        self.app = app_counted_by(self._metrics, self._shop, _SERVICES)
        register_metrics(shop, _SERVICES, self._metrics)
        handlers = (
            each for route in self.app.routes if isinstance(route, HTTPRoute) for each in route.route_handlers
        )
        middlewares = (each for handler in handlers for each in handler.resolve_middleware())
        self._cached_responses = [each for each in middlewares if isinstance(each, CachedResponses)]

    def serve(self, shop: Shop) -> None:
        """Serve this shop from now on. All settings that routes and pages depend on must be the same."""
        for field in fields(shop):
            setattr(self._shop, field.name, getattr(shop, field.name))
        for each in self._cached_responses:
            each.forget()
        self._metrics.restart(CheckoutCounts(shop.registry))
        register_metrics(shop, _SERVICES, self._metrics)
