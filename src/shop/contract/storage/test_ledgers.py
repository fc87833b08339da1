"""Contract tests: an order's payment ledger, and applied events."""

from dataclasses import replace
from typing import Any

import pytest

from shop.contract.order_samples import NOW, a_payment, an_order, ids
from shop.domain.orders.order import Order
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio


def a_refund(order: Order, amount: int, status: RefundStatus = RefundStatus.PENDING, **fields: Any) -> Refund:
    intent_id = f"pi_{order.id}_1"
    return Refund(ids.new_id(), order.id, intent_id, amount, None, False, status, NOW, **fields)


class TestLedger:
    async def test_an_order_without_payments_has_an_empty_ledger(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        async with storage.unit_of_work() as work:
            ledger = await work.payments.ledger(order.id)
        assert (list(ledger.payments), list(ledger.refunds)) == ([], [])
        assert (ledger.captured, ledger.left) == (None, 0)

    async def test_a_ledger_has_only_its_orders_payments_and_refunds(self, storage: Any) -> None:
        order, other = await an_order(storage.unit_of_work), await an_order(storage.unit_of_work)
        payments = [
            a_payment(order, 1, status=PaymentStatus.SUCCEEDED),
            a_payment(order, 2, status=PaymentStatus.CANCELLED),
        ]
        refunds = [
            a_refund(order, 100),
            a_refund(order, 200, RefundStatus.SUCCEEDED, provider_refund_id="re_1"),
            replace(a_refund(order, 400, RefundStatus.FAILED), restock=True, reason="broken"),
        ]
        async with storage.unit_of_work() as work:
            for payment in (*reversed(payments), a_payment(other)):
                await work.payments.add(payment)
            for refund in (*reversed(refunds), a_refund(other, 800)):
                await work.payments.add_refund(refund)
            its_own = await work.payments.ledger(order.id)
        async with storage.unit_of_work() as work:
            ledger: Ledger = await work.payments.ledger(order.id)
        for each in (its_own, ledger):
            assert (list(each.payments), list(each.refunds)) == (payments, refunds)
        assert ledger.captured == payments[0]
        assert ledger.left == order.total - 300
        assert ledger.pending_refunds == refunds[:1]


class TestAppliedEvents:
    async def test_recorded_events_are_returned(self, storage: Any) -> None:
        async with storage.unit_of_work() as work:
            for event_id in ("evt_1", "evt_2", "évt"):
                await work.payments.record_event(event_id, NOW)
            assert await work.payments.applied_events(["evt_2", "evt_3"]) == {"evt_2"}
        async with storage.unit_of_work() as work:
            applied = await work.payments.applied_events(["évt", "EVT_1", "evt_1", "evt_1 ", "evt_2"])
            assert applied == {"évt", "evt_1", "evt_2"}
            assert await work.payments.applied_events([]) == set()

    async def test_a_whole_batch_of_event_ids_is_looked_up(self, storage: Any) -> None:
        many = [f"evt_{number}" for number in range(100)]
        async with storage.unit_of_work() as work:
            for event_id in many[::2]:
                await work.payments.record_event(event_id, NOW)
            assert await work.payments.applied_events(many) == set(many[::2])
