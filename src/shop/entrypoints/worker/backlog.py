"""Gauges of the worker's backlog."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from shop.application.outbox.backlog import OutboxBacklog
from shop.application.payments.sweeping import Overdue
from shop.application.ports.orders import PendingWork

_NAMES: Final = {kind: kind.name.lower() for kind in PendingWork}
_LABELS: Final = ("work", "business")
"""`business` is the former name of `work`, and goes in 0.2.0."""


class BacklogGauges:
    """Sets the gauges to the shop's overdue work when called. All workers report the same values."""

    def __init__(
        self, read: Callable[[], Awaitable[Mapping[PendingWork, Overdue]]], registry: CollectorRegistry
    ) -> None:
        self._read = read
        self._orders = Gauge(
            "shop_worker_backlog_orders",
            "Orders with overdue work, counted up to 1000 per kind.",
            _LABELS,
            registry=registry,
        )
        self._overdue = Gauge(
            "shop_worker_backlog_overdue_seconds",
            "How long the oldest work of a kind has been overdue; 0 without overdue work.",
            _LABELS,
            registry=registry,
        )

    async def __call__(self) -> None:
        for kind, overdue in (await self._read()).items():
            labels = dict.fromkeys(_LABELS, _NAMES[kind])
            self._orders.labels(**labels).set(overdue.orders)
            self._overdue.labels(**labels).set(overdue.longest.total_seconds())


class OutboxGauges:
    """Sets the gauges to the outbox's overdue work when called. All workers report the same values."""

    def __init__(self, read: Callable[[], Awaitable[OutboxBacklog]], registry: CollectorRegistry) -> None:
        self._read = read
        self._events = Gauge(
            "shop_events_wait_seconds",
            "For how long the oldest event has been waiting to become visible; 0: none is.",
            registry=registry,
        )
        self._due = Gauge(
            "shop_webhook_deliveries_due",
            "Deliveries to webhooks that are due, counted up to 1000.",
            registry=registry,
        )
        self._overdue = Gauge(
            "shop_webhook_deliveries_overdue_seconds",
            "For how long the oldest delivery to a webhook has been due; 0: none is.",
            registry=registry,
        )
        self._mails = Gauge(
            "shop_mails_queued", "Mails that are not sent yet, counted up to 1000.", registry=registry
        )
        self._oldest_mail = Gauge(
            "shop_mails_oldest_seconds",
            "For how long the oldest of the mails that are not sent yet has been queued; 0: there is none.",
            registry=registry,
        )
        self._mails_overdue = Gauge(
            "shop_mails_overdue_seconds",
            "For how long the oldest attempt at a mail has been due; 0: none is.",
            registry=registry,
        )

    async def __call__(self) -> None:
        backlog = await self._read()
        self._events.set(backlog.events_wait.total_seconds())
        self._due.set(backlog.deliveries)
        self._overdue.set(backlog.overdue.total_seconds())
        self._mails.set(backlog.mails)
        self._oldest_mail.set(backlog.oldest_mail.total_seconds())
        self._mails_overdue.set(backlog.mails_overdue.total_seconds())
