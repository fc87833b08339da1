"""Webhooks and their deliveries in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, bindparam, delete, exists, func, insert, select, true, update

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.outbox.tables import webhook_deliveries as deliveries
from shop.adapters.sql.outbox.tables import webhooks
from shop.application.framework.views import Page
from shop.application.outbox.webhook_views import DeliveryView, WebhookView
from shop.application.ports.outbox import DeliveryBacklog
from shop.application.ports.system import BACKLOG_LIMIT
from shop.domain.outbox.delivery import TEST, Delivery
from shop.domain.outbox.schedule import LEASE, DeliveryStatus, Schedule
from shop.domain.outbox.webhook import Webhook

_ADD: Final = insert(webhooks)
_IDS: Final = select(webhooks.c.id).with_for_update()
_BY_ID: Final = select(webhooks).where(webhooks.c.id == bindparam("webhook_id"))
_LOCK: Final = _BY_ID.with_for_update()
_ACTIVE: Final = select(webhooks).where(webhooks.c.active == true()).order_by(webhooks.c.id)
_UPDATE: Final = update(webhooks).where(webhooks.c.id == bindparam("current_id"))
_DELETE: Final = delete(webhooks).where(webhooks.c.id == bindparam("current_id"))
_DELETE_DELIVERIES: Final = delete(deliveries).where(deliveries.c.webhook_id == bindparam("current_id"))
_COUNT: Final = select(func.count()).select_from(webhooks)
_PAGE: Final = only_page(select(webhooks).order_by(webhooks.c.id))

_ADD_DELIVERIES: Final = {
    "mysql": insert(deliveries).prefix_with("IGNORE"),
    "sqlite": insert(deliveries).prefix_with("OR IGNORE"),
}
_DUE: Final = (
    select(deliveries)
    .where(
        deliveries.c.webhook_id == bindparam("webhook_id"),
        deliveries.c.due_at <= bindparam("at", type_=UtcDateTime),
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_LEASE: Final = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("delivery_ids", expanding=True)))
    .values(due_at=bindparam("until", type_=UtcDateTime))
)
_LOCK_DELIVERY: Final = (
    select(deliveries).where(deliveries.c.id == bindparam("delivery_id")).with_for_update()
)
_UPDATE_DELIVERY: Final = update(deliveries).where(deliveries.c.id == bindparam("current_id"))
_SUCCEEDED_SINCE: Final = select(
    exists().where(
        deliveries.c.webhook_id == bindparam("webhook_id"),
        deliveries.c.status == DeliveryStatus.SUCCEEDED.value,
        deliveries.c.finished_at >= bindparam("moment", type_=UtcDateTime),
        deliveries.c.event_type != TEST,
    )
)
_OLD: Final = (
    select(deliveries.c.id)
    .where(deliveries.c.created_at < bindparam("moment", type_=UtcDateTime))
    .order_by(deliveries.c.created_at)
    .limit(bindparam("most", type_=Integer))
)
_PURGE: Final = delete(deliveries).where(deliveries.c.id.in_(bindparam("delivery_ids", expanding=True)))
_OF_WEBHOOK: Final = deliveries.c.webhook_id == bindparam("webhook_id")
_COUNT_DELIVERIES: Final = select(func.count()).select_from(deliveries).where(_OF_WEBHOOK)
_PAGE_OF_DELIVERIES: Final = only_page(
    select(deliveries).where(_OF_WEBHOOK).order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
)
_DUE_WEBHOOKS: Final = (
    select(webhooks.c.id)
    .where(
        webhooks.c.active == true(),
        exists().where(
            deliveries.c.webhook_id == webhooks.c.id,
            deliveries.c.due_at <= bindparam("at", type_=UtcDateTime),
        ),
    )
    .order_by(webhooks.c.id)
)
_BACKLOG: Final = (
    select(deliveries.c.due_at)
    .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
    .where(webhooks.c.active == true(), deliveries.c.due_at <= bindparam("at", type_=UtcDateTime))
    .limit(BACKLOG_LIMIT)
)


class SqlWebhooks:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, webhook: Webhook) -> None:
        values = {"id": webhook.id, "made_by": webhook.made_by, "created_at": webhook.created_at}
        await self._connection.defer(_ADD, {**values, **_row_of(webhook)})

    async def count(self) -> int:
        return len(list(await self._connection.scalars(_IDS)))

    async def get(self, webhook_id: str) -> Webhook | None:
        row = (await self._connection.execute(_BY_ID, {"webhook_id": webhook_id})).one_or_none()
        return None if row is None else _webhook_of(row)

    async def lock(self, webhook_id: str) -> Webhook | None:
        row = (await self._connection.execute(_LOCK, {"webhook_id": webhook_id})).one_or_none()
        return None if row is None else _webhook_of(row)

    async def active(self) -> Sequence[Webhook]:
        return [_webhook_of(row) for row in await self._connection.execute(_ACTIVE)]

    async def save(self, webhook: Webhook) -> None:
        await self._connection.defer(_UPDATE, {"current_id": webhook.id, **_row_of(webhook)})

    async def delete(self, webhook_id: str) -> None:
        await self._connection.defer(_DELETE_DELIVERIES, {"current_id": webhook_id})
        await self._connection.defer(_DELETE, {"current_id": webhook_id})


class SqlDeliveries:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, new: Sequence[Delivery]) -> None:
        if new:
            rows = [_row_of_delivery(delivery) for delivery in sorted(new, key=lambda each: each.id)]
            await self._connection.defer(_ADD_DELIVERIES[self._connection.dialect.name], rows)

    async def lease(self, webhook_id: str, at: datetime, limit: int) -> Sequence[Delivery]:
        values = {"webhook_id": webhook_id, "at": at, "most": limit}
        due = [_delivery_of(row) for row in await self._connection.execute(_DUE, values)]
        if due:
            delivery_ids = [delivery.id for delivery in due]
            await self._connection.defer(_LEASE, {"delivery_ids": delivery_ids, "until": at + LEASE})
        return [delivery.lease(at) for delivery in due]

    async def lock(self, delivery_id: str) -> Delivery | None:
        row = (await self._connection.execute(_LOCK_DELIVERY, {"delivery_id": delivery_id})).one_or_none()
        return None if row is None else _delivery_of(row)

    async def save(self, delivery: Delivery) -> None:
        await self._connection.defer(_UPDATE_DELIVERY, {"current_id": delivery.id, **_progress_of(delivery)})

    async def has_succeeded_since(self, webhook_id: str, moment: datetime) -> bool:
        values = {"webhook_id": webhook_id, "moment": moment}
        return bool(await self._connection.scalar(_SUCCEEDED_SINCE, values))

    async def purge(self, before: datetime, limit: int) -> int:
        old = list(await self._connection.scalars(_OLD, {"moment": before, "most": limit}))
        if old:
            await self._connection.defer(_PURGE, {"delivery_ids": old})
        return len(old)


class SqlWebhookQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, page: int, limit: int) -> Page[WebhookView]:
        return await counted_page(
            self._database,
            _COUNT,
            _PAGE,
            {},
            lambda row: WebhookView.of(_webhook_of(row)),
            page=page,
            limit=limit,
        )

    async def webhook(self, webhook_id: str) -> WebhookView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, {"webhook_id": webhook_id})).one_or_none()
        return None if row is None else WebhookView.of(_webhook_of(row))

    async def deliveries(self, webhook_id: str, page: int, limit: int) -> Page[DeliveryView]:
        return await counted_page(
            self._database,
            _COUNT_DELIVERIES,
            _PAGE_OF_DELIVERIES,
            {"webhook_id": webhook_id},
            lambda row: DeliveryView.of(_delivery_of(row)),
            page=page,
            limit=limit,
        )

    async def due(self, at: datetime) -> Sequence[str]:
        async with self._database.reading() as connection:
            return list(await connection.scalars(_DUE_WEBHOOKS, {"at": at}))

    async def backlog(self, at: datetime) -> DeliveryBacklog:
        async with self._database.reading() as connection:
            due = list(await connection.scalars(_BACKLOG, {"at": at}))
        return DeliveryBacklog(len(due), min(due, default=None))


def _row_of(webhook: Webhook) -> dict[str, Any]:
    return {
        "url": webhook.url,
        "events": ",".join(webhook.events),
        "active": webhook.active,
        "description": webhook.description,
        "secret": webhook.secret,
        "former_secret": webhook.former_secret,
        "former_until": webhook.former_until,
        "version": webhook.version,
    }


def _webhook_of(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=tuple(row.events.split(",")),
        active=row.active,
        description=row.description,
        made_by=row.made_by,
        created_at=row.created_at,
        secret=row.secret,
        former_secret=row.former_secret,
        former_until=row.former_until,
        version=row.version,
    )


def _row_of_delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "created_at": delivery.created_at,
        **_progress_of(delivery),
    }


def _progress_of(delivery: Delivery) -> dict[str, Any]:
    schedule = delivery.schedule
    return {
        "status": schedule.status.value,
        "due_at": schedule.due_at,
        "attempts": schedule.attempts,
        "first_attempt_at": schedule.first_attempt_at,
        "finished_at": schedule.finished_at,
        "response_status": delivery.response_status,
        "error": schedule.error,
    }


def _delivery_of(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        event_type=row.event_type,
        created_at=row.created_at,
        schedule=Schedule(
            status=DeliveryStatus(row.status),
            due_at=row.due_at,
            attempts=row.attempts,
            first_attempt_at=row.first_attempt_at,
            finished_at=row.finished_at,
            error=row.error,
        ),
        response_status=row.response_status,
    )
