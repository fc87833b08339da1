"""Deliveries that staff request: a test of a webhook, and one more delivery of an event."""

from typing import Final

import msgspec

from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import (
    Outcome,
    Replayed,
    claim,
    claim_steps,
    lease_for,
    save_answer,
)
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.attempts import MakeAttempt
from shop.application.outbox.delivering import attempts_of
from shop.application.outbox.webhook_views import DeliveryView
from shop.application.outbox.webhooks import locked_webhook
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.outbox.delivery import ATTEMPT_BUDGET, TEST, Delivery
from shop.domain.outbox.event import ensure_readable
from shop.domain.outbox.webhook import Webhook, WebhookSwitchedOff

_TEST_LEASE: Final = lease_for(ATTEMPT_BUDGET)


class AuditedDelivery(msgspec.Struct, frozen=True, rename="camel"):
    """A requested delivery in an audit entry."""

    delivery_id: str
    event_type: str


class SendTestEvent:
    """Staff with `settings:write`: send a test event to a webhook now, and return the delivery with its result.

    It is sent once, and also to a webhook that is switched off. Fails with NOT_FOUND for an unknown webhook.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        make_attempt: MakeAttempt,
        clock: Clock,
        ids: Ids,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._make_attempt = make_attempt
        self._clock = clock
        self._ids = ids
        self._audit = audit

    async def __call__(
        self, principal: Principal, webhook_id: str, key: IdempotencyKey | None = None
    ) -> Outcome[DeliveryView]:
        new = Delivery.of(self._ids.new_id(), TEST, webhook_id, self._clock.now())
        begun = await self._begin(principal, new, key)
        if isinstance(begun, Replayed):
            return begun
        webhook, delivery = begun
        if delivery.is_pending:
            async with self._unit_of_work() as work:
                (attempt,) = await attempts_of(work, webhook, [delivery])
            await self._make_attempt(attempt)
        return await self._answer(delivery.id, key)

    @retry_on_conflict
    async def _begin(
        self, principal: Principal, new: Delivery, key: IdempotencyKey | None
    ) -> tuple[Webhook, Delivery] | Replayed:
        """Store the test, leased to this request, or return what an earlier request under the key stored."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            earlier = await claim_steps(work, key, now, subject_id=new.id, lease=_TEST_LEASE)
            if isinstance(earlier, Replayed):
                return earlier
            webhook = await locked_webhook(work, new.webhook_id)
            if earlier is not None:
                begun = await work.deliveries.lock(earlier.subject_id)
                if begun is not None:
                    return webhook, begun
            leased = new.lease(now)
            await work.deliveries.add([leased])
            await self._audit(
                work,
                principal,
                AuditAction.WEBHOOK_TESTED,
                webhook.id,
                before=None,
                after=AuditedDelivery(new.id, new.event_type),
            )
        return webhook, leased

    @retry_on_conflict
    async def _answer(self, delivery_id: str, key: IdempotencyKey | None) -> Outcome[DeliveryView]:
        async with self._unit_of_work() as work:
            delivery = await work.deliveries.lock(delivery_id)
            if delivery is None:
                raise NotFound("delivery")
            return await save_answer(work, key, DeliveryView.of(delivery))


class Redeliver:
    """Staff with `settings:write`: deliver an event to a webhook once more, with the same message id.

    The worker sends it immediately, and a finished delivery gets all its attempts again. Fails with NOT_FOUND for an
    unknown webhook or delivery, WEBHOOK_SWITCHED_OFF, EVENT_TYPES_NOT_READABLE when the caller may not read the
    subjects of the webhook's events.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._audit = audit

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, webhook_id: str, delivery_id: str, key: IdempotencyKey | None = None
    ) -> Outcome[DeliveryView]:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return earlier
            delivery = await _locked_delivery(work, webhook_id, delivery_id)
            webhook = await locked_webhook(work, webhook_id)
            ensure_readable(webhook.types, principal.role.permissions)
            if not webhook.active:
                raise WebhookSwitchedOff
            restarted = delivery.restart(now)
            await work.deliveries.save(restarted)
            await self._audit(
                work,
                principal,
                AuditAction.WEBHOOK_REDELIVERED,
                webhook_id,
                before=None,
                after=AuditedDelivery(delivery.id, delivery.event_type),
            )
            return await save_answer(work, key, DeliveryView.of(restarted))


async def _locked_delivery(work: UnitOfWork, webhook_id: str, delivery_id: str) -> Delivery:
    delivery = await work.deliveries.lock(delivery_id)
    if delivery is None or delivery.webhook_id != webhook_id:
        raise NotFound("delivery")
    return delivery
