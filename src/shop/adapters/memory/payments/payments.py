"""Payments, refunds and applied events in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Transaction, UniqueViolation
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import Payment
from shop.domain.payments.refund import Refund

LEDGERS: Final = "ledgers"
"""Rows are Ledgers by order id."""
_INTENTS: Final = "payment_intents"
"""Intent id -> order id: an intent belongs to one payment."""
_EVENTS: Final = "provider_events"


@dataclass(frozen=True, slots=True)
class _Event:
    id: str
    at: datetime


class MemoryPayments:
    """See the port. Reads lock the order's ledger, so that they see the latest commit."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, payment: Payment) -> bool:
        ledger = await self._ledger(payment.order_id)
        if any(current.attempt == payment.attempt for current in ledger.payments):
            return False
        if not await self._transaction.insert(_INTENTS, payment.intent_id, payment.order_id):
            raise UniqueViolation("uq_payments_intent_id")
        await self._put(payment.order_id, ledger.with_payment(payment))
        return True

    async def latest(self, order_id: str) -> Payment | None:
        payments = (await self._ledger(order_id)).payments
        return payments[-1] if payments else None

    async def ledger(self, order_id: str) -> Ledger:
        return await self._ledger(order_id)

    async def save(self, payment: Payment) -> None:
        ledger = await self._ledger(payment.order_id)
        for current in ledger.payments:
            if current.attempt == payment.attempt:
                changed = replace(current, status=payment.status, updated_at=payment.updated_at)
                await self._put(payment.order_id, ledger.with_payment(changed))

    async def add_refund(self, refund: Refund) -> None:
        ledger = await self._ledger(refund.order_id)
        await self._put(refund.order_id, ledger.with_refund(refund))

    async def save_refund(self, refund: Refund) -> None:
        ledger = await self._ledger(refund.order_id)
        for current in ledger.refunds:
            if current.id == refund.id:
                changed = replace(
                    current,
                    status=refund.status,
                    provider_refund_id=refund.provider_refund_id,
                    restocked=refund.restocked,
                    failure_reason=refund.failure_reason,
                    tax=refund.tax,
                )
                await self._put(refund.order_id, ledger.with_refund(changed))

    async def record_event(self, event_id: str, at: datetime) -> bool:
        return await self._transaction.insert(_EVENTS, event_id, _Event(event_id, at))

    async def applied_events(self, event_ids: Sequence[str]) -> set[str]:
        return {each for each in event_ids if await self._transaction.get(_EVENTS, each) is not None}

    async def purge_events(self, before: datetime, limit: int) -> int:
        events: list[_Event] = await self._transaction.scan(_EVENTS)
        old = sorted((event for event in events if event.at < before), key=lambda event: event.at)[:limit]
        for event in old:
            await self._transaction.delete(_EVENTS, event.id)
        return len(old)

    async def _ledger(self, order_id: str) -> Ledger:
        await self._transaction.lock(LEDGERS, order_id)
        return await self._transaction.get(LEDGERS, order_id) or Ledger()

    async def _put(self, order_id: str, ledger: Ledger) -> None:
        await self._transaction.put(LEDGERS, order_id, ledger)
