"""What an application needs from its shop. `reuse` can replace the shop that an application serves."""

from collections.abc import Callable, Collection
from dataclasses import fields

from shop.application.ports.system import KeyedDigests
from shop.container.room import Room
from shop.container.shop import Shop
from shop.entrypoints.http.framework.cache_metrics import Cache, CacheMetrics
from shop.entrypoints.http.framework.health import DEGRADED, ReadinessCheck
from shop.entrypoints.http.framework.middleware import RequestMetrics, metrics_of
from shop.entrypoints.http.framework.policies import TokenReaders
from shop.settings import Service


class Lookups:
    """Looks up objects in the shop each time, because `ReusableApp` replaces the shop's fields."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def provider(self, room: Room, name: str) -> Callable[[], object]:
        """Return a function without parameters that returns the room's object of this name.

        Litestar treats a provider's parameters as dependencies, and rejects provider objects.
        """
        shop = self._shop
        name_of_room = next(field.name for field in fields(shop) if getattr(shop, field.name) is room)

        def provided() -> object:
            return getattr(getattr(shop, name_of_room), name)()

        return provided

    def digests(self) -> KeyedDigests:
        return self._shop.accounts.digests()

    async def show_metrics(self) -> bytes:
        """Return this process's metrics."""
        return await metrics_of(self._shop.registry)()

    def readiness_checks(self) -> dict[str, ReadinessCheck]:
        """Return the checks of the systems that the shop uses."""
        checks: dict[str, ReadinessCheck] = {"database": self._ping}
        if self._shop.shared_reads is not None:
            checks["redis"] = self._check_redis
        return checks

    async def _ping(self) -> None:
        await self._shop.storage.ping()

    async def _check_redis(self) -> object:
        shared = self._shop.shared_reads
        return DEGRADED if shared is not None and shared.is_open else None


def readers_of(shop: Shop) -> TokenReaders:
    """Return the use cases that resolve the shop's tokens."""
    return TokenReaders(shop.accounts.authenticate(), shop.carts.find_guest(), shop.orders.find_order_token())


def register_metrics(shop: Shop, services: Collection[Service], metrics: RequestMetrics) -> None:
    """Register `metrics` and the metrics of the caches in the shop's registry."""
    if Service.ORDERS in services:
        shop.payments.payment_outcomes()  # its counters then exist, at 0, before the first payment
    caches: dict[str, Cache] = {
        "catalogue": shop.catalogue_cache,
        "sessions": shop.accounts.authenticate(),
    }
    shop.registry.register(CacheMetrics(caches, shop.shared_reads))
    shop.registry.register(metrics)
