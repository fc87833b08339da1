"""Contract tests: payments, refunds and events."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import NOW, a_payment, an_order, ids, refused_write, rolled_back
from shop.domain.orders.order import Order
from shop.domain.payments.payment import Payment, PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(seconds=1)


def a_refund(order: Order, amount: int = 100, **fields: Any) -> Refund:
    defaults = {"reason": None, "restock": False, "status": RefundStatus.PENDING, "created_at": NOW}
    return Refund(
        id=ids.new_id(), order_id=order.id, intent_id="pi_1", amount=amount, **{**defaults, **fields}
    )


async def added(storage: Any, *payments: Payment) -> list[bool]:
    async with storage.unit_of_work() as work:
        return [await work.payments.add(payment) for payment in payments]


async def payments_of(storage: Any, order: Order) -> list[Payment]:
    async with storage.unit_of_work() as work:
        payments = list((await work.payments.ledger(order.id)).payments)
        assert await work.payments.latest(order.id) == (payments[-1] if payments else None)
        return payments


async def refunds_of(storage: Any, order: Order) -> list[Refund]:
    async with storage.unit_of_work() as work:
        return list((await work.payments.ledger(order.id)).refunds)


class TestPayments:
    async def test_a_new_order_has_no_payments(self, storage: Any) -> None:
        assert await payments_of(storage, await an_order(storage.unit_of_work)) == []

    async def test_payments_come_back_as_stored_by_attempt(self, storage: Any) -> None:
        order, other = await an_order(storage.unit_of_work), await an_order(storage.unit_of_work)
        payments = [
            a_payment(order, attempt, status=status, updated_at=LATER)
            for attempt, status in (
                (10, PaymentStatus.PROCESSING),
                (2, PaymentStatus.FAILED),
                (1, PaymentStatus.CANCELLED),
            )
        ]
        assert await added(storage, *payments, a_payment(other)) == [True] * 4
        assert await payments_of(storage, order) == payments[::-1]

    @pytest.mark.parametrize("account", [None, "live", "live:acct_1A2b3C"])
    async def test_the_account_comes_back_as_stored(self, storage: Any, account: str | None) -> None:
        order = await an_order(storage.unit_of_work)
        payment = a_payment(order, account=account)
        await added(storage, payment)
        assert await payments_of(storage, order) == [payment]
        details = await storage.orders.details(order.id)
        assert details is not None
        assert details.payment == payment

    async def test_an_attempt_has_one_payment(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        first = a_payment(order)
        assert await added(storage, first) == [True]
        assert await added(storage, first) == [False]
        assert await added(storage, a_payment(order, intent_id="another"), a_payment(order, 2)) == [
            False,
            True,
        ]
        assert await payments_of(storage, order) == [first, a_payment(order, 2)]

    async def test_one_of_twenty_payments_of_an_attempt_is_stored(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)

        @retry_on_conflict
        async def add(number: int) -> list[bool]:
            async with storage.unit_of_work() as work:
                assert await work.orders.lock(order.id) is not None
                return [await work.payments.add(a_payment(order, intent_id=f"pi_{number}"))]

        outcomes = await asyncio.gather(*(add(number) for number in range(20)))
        assert outcomes.count([True]) == 1
        assert len(await payments_of(storage, order)) == 1

    async def test_an_intent_pays_for_one_order(self, storage: Any) -> None:
        order, other = await an_order(storage.unit_of_work), await an_order(storage.unit_of_work)
        await added(storage, a_payment(order, intent_id="pi"))
        with refused_write():
            await added(storage, a_payment(other, intent_id="pi"))
        assert await payments_of(storage, other) == []

    async def test_a_status_is_stored_with_its_time(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        first, second = a_payment(order, 1), a_payment(order, 2)
        await added(storage, first, second)
        paid = replace(second, status=PaymentStatus.SUCCEEDED, updated_at=LATER)
        async with storage.unit_of_work() as work:
            await work.payments.save(paid)
        assert await payments_of(storage, order) == [first, paid]

    async def test_rolled_back_payments_leave_no_trace(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        async with rolled_back(storage.unit_of_work) as work:
            assert await work.payments.add(a_payment(order))
            await work.payments.add_refund(a_refund(order))
            assert await work.payments.record_event("evt", NOW)
        assert await payments_of(storage, order) == []
        assert await refunds_of(storage, order) == []
        assert await added(storage, a_payment(order)) == [True]
        async with storage.unit_of_work() as work:
            assert await work.payments.record_event("evt", NOW)

    async def test_a_waiting_transaction_sees_the_committed_payments(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        has_lock, waits = asyncio.Event(), asyncio.Event()

        async def adds() -> None:
            async with storage.unit_of_work() as work:
                await work.orders.lock(order.id)
                has_lock.set()
                await waits.wait()
                await work.payments.add(a_payment(order))
                await work.payments.add_refund(a_refund(order))

        async def looks() -> tuple[int, int]:
            await has_lock.wait()
            waits.set()
            async with storage.unit_of_work() as work:
                await work.orders.lock(order.id)
                ledger = await work.payments.ledger(order.id)
                return len(ledger.payments), len(ledger.refunds)

        assert (await asyncio.gather(adds(), looks()))[1] == (1, 1)


class TestRefunds:
    async def test_refunds_come_back_as_stored_oldest_first(self, storage: Any) -> None:
        order, other = await an_order(storage.unit_of_work), await an_order(storage.unit_of_work)
        refunds = [
            a_refund(order, 5197, reason="damaged 📦", restock=True),
            a_refund(order, 1, status=RefundStatus.SUCCEEDED, provider_refund_id="re_1"),
        ]
        async with storage.unit_of_work() as work:
            for refund in (*refunds, a_refund(other)):
                await work.payments.add_refund(refund)
            assert list((await work.payments.ledger(order.id)).refunds) == refunds
        assert await refunds_of(storage, order) == refunds

    @pytest.mark.parametrize("provider_refund_id", ["re_1", None])
    async def test_a_refunds_result_is_stored(self, storage: Any, provider_refund_id: str | None) -> None:
        order = await an_order(storage.unit_of_work)
        first, second = a_refund(order), a_refund(order)
        settled = replace(first.settle(RefundStatus.FAILED, provider_refund_id), tax=1)
        async with storage.unit_of_work() as work:
            await work.payments.add_refund(first)
            await work.payments.add_refund(second)
            await work.payments.save_refund(settled)
        assert await refunds_of(storage, order) == [settled, second]


class TestEvents:
    async def test_an_event_is_applied_once(self, storage: Any) -> None:
        for expected in (True, False, False):
            async with storage.unit_of_work() as work:
                assert await work.payments.record_event("evt_1", NOW) is expected

    @pytest.mark.parametrize("other", ["EVT_1", "evt_1 ", "evt_", "évt_1", "e" * 255])
    async def test_event_ids_compare_by_bytes(self, storage: Any, other: str) -> None:
        async with storage.unit_of_work() as work:
            assert await work.payments.record_event("evt_1", NOW)
            assert await work.payments.record_event(other, NOW)

    async def test_a_unit_of_work_continues_after_a_known_event(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        async with storage.unit_of_work() as work:
            assert await work.payments.record_event("evt_1", NOW)
        async with storage.unit_of_work() as work:
            assert not await work.payments.record_event("evt_1", NOW)
            assert await work.payments.add(a_payment(order))
        assert len(await payments_of(storage, order)) == 1

    async def test_one_of_twenty_concurrent_deliveries_is_applied(self, storage: Any) -> None:
        @retry_on_conflict
        async def deliver() -> bool:
            async with storage.unit_of_work() as work:
                new: bool = await work.payments.record_event("evt_1", NOW)
                return new

        assert sum(await asyncio.gather(*(deliver() for _ in range(20)))) == 1

    async def test_a_delivery_that_fails_leaves_the_event_to_the_next(self, storage: Any) -> None:
        @retry_on_conflict
        async def deliver(number: int) -> bool:
            async with storage.unit_of_work() as work:
                new: bool = await work.payments.record_event("evt_1", NOW)
                if new and number < 3:
                    raise ZeroDivisionError
                return new

        outcomes = await asyncio.gather(*(deliver(number) for number in range(6)), return_exceptions=True)
        assert outcomes.count(True) == 1

    async def test_old_events_are_deleted_oldest_first_up_to_the_limit(self, storage: Any) -> None:
        async with storage.unit_of_work() as work:
            for age in range(6):
                await work.payments.record_event(f"evt_{age}", NOW - timedelta(days=age))
        before = NOW - timedelta(days=1)
        for expected in (3, 1, 0):
            async with storage.unit_of_work() as work:
                assert await work.payments.purge_events(before, 3) == expected
        async with storage.unit_of_work() as work:
            known = [not await work.payments.record_event(f"evt_{age}", NOW) for age in range(6)]
        assert known == [True, True, False, False, False, False]
