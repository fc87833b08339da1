"""A running shop, by room."""

from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.adapters.clock import MovedClock
from shop.application.ports.storage import Storage
from shop.container.accounts import Accounts
from shop.container.audit import AuditTrail
from shop.container.carts import Carts
from shop.container.catalogue import Catalogue
from shop.container.fulfilment import Fulfilment
from shop.container.messages import Messages
from shop.container.orders import Orders
from shop.container.outbox import Outbox
from shop.container.payments import Payments
from shop.container.pricing import Pricing
from shop.container.promotions import Promotions
from shop.container.setup import Setup
from shop.container.statistics import Statistics
from shop.settings import Settings

if TYPE_CHECKING:  # a shop imports neither OpenTelemetry nor Redis's client unless it uses them
    from shop.adapters.cache.redis.shared_reads import RedisReads
    from shop.adapters.tracing.requests import RequestTracing


@dataclass(slots=True, kw_only=True)
class Shop:
    """A running shop. A room creates each of its objects once, on first use; `close` closes all open resources."""

    settings: Settings
    storage: Storage
    registry: CollectorRegistry
    catalogue_cache: InProcessCatalogueCache
    shared_reads: "RedisReads | None"
    resources: AsyncExitStack
    accounts: Accounts
    catalogue: Catalogue
    carts: Carts
    promotions: Promotions
    payments: Payments
    orders: Orders
    pricing: Pricing
    fulfilment: Fulfilment
    statistics: Statistics
    outbox: Outbox
    audit: AuditTrail
    messages: Messages
    setup: Setup
    request_tracer: "RequestTracing | None" = None
    trace_task: Callable[[str], AbstractContextManager[str]] | None = None
    """Traces a worker's job of this name, and yields the trace's id."""

    @property
    def clock_offset(self) -> Callable[[], int] | None:
        """Return the function that tells by how many seconds the clock is ahead; None unless it is moved."""
        clock = self.accounts.clock()
        return clock.offset_seconds if isinstance(clock, MovedClock) else None

    async def close(self) -> None:
        """Close all open connections and export the remaining traces."""
        await self.resources.aclose()
