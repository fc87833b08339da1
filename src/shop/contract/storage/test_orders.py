"""Contract tests: orders."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import (
    NOW,
    TERM,
    a_snapshot,
    a_taxed_snapshot,
    a_user,
    an_order,
    moved,
    placed,
    rolled_back,
    some_products,
    stored_order,
)
from shop.domain.address import Address
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import Contact
from shop.domain.payments.dispute import Dispute, DisputeStatus
from shop.domain.payments.payment import PaymentMethod

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
CUSTOMER = CancellationReason.CUSTOMER


async def history(storage: Any, order: Order) -> list[StatusChange]:
    async with storage.unit_of_work() as work:
        return list(await work.orders.history(order.id))


class TestSnapshots:
    async def test_a_snapshot_comes_back_as_stored(self, storage: Any) -> None:
        """Its lines keep their order, which is not that of the product ids."""
        user_id = await a_user(storage.unit_of_work)
        snapshot = a_snapshot(user_id, *reversed(await some_products(storage.unit_of_work, 100)))
        await placed(storage.unit_of_work, snapshot)
        async with storage.unit_of_work() as work:
            assert await work.orders.snapshot(snapshot.id) == snapshot

    async def test_a_snapshot_is_read_with_the_username_of_its_owner(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        async with storage.unit_of_work() as work:
            user = await work.users.lock(user_id)
        of_customer = a_snapshot(user_id, *await some_products(storage.unit_of_work))
        of_guest = a_snapshot(None, *await some_products(storage.unit_of_work))
        for snapshot, owner in ((of_customer, user.username), (of_guest, None)):
            await placed(storage.unit_of_work, snapshot)
            async with storage.unit_of_work() as work:
                assert await work.orders.owned_snapshot(snapshot.id) == (snapshot, owner)

    @pytest.mark.parametrize("included", [False, True])
    async def test_shipping_and_tax_come_back_as_stored(self, storage: Any, included: bool) -> None:
        user_id = await a_user(storage.unit_of_work)
        products = await some_products(storage.unit_of_work, 2)
        snapshot = a_taxed_snapshot(user_id, *products, included=included)
        assert snapshot.total == 4_500 + (0 if included else 400)
        await placed(storage.unit_of_work, snapshot)
        async with storage.unit_of_work() as work:
            assert await work.orders.snapshot(snapshot.id) == snapshot
        details = await storage.orders.details(snapshot.id)
        assert details is not None
        assert details.snapshot == snapshot

    @pytest.mark.parametrize("method", PaymentMethod)
    async def test_the_payment_method_comes_back_as_stored(self, storage: Any, method: PaymentMethod) -> None:
        order = await an_order(storage.unit_of_work, payment_method=method)
        assert order.payment_method is method
        details = await storage.orders.details(order.id)
        assert details is not None
        assert details.order.payment_method is method

    async def test_a_free_order_without_contact_comes_back_as_stored(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work), price=0)
        bare = replace(
            snapshot, promo_code=None, contact=Contact(), shipping_address=Address(), billing_address=None
        )
        order = await placed(storage.unit_of_work, bare)
        async with storage.unit_of_work() as work:
            assert await work.orders.snapshot(bare.id) == bare
        assert (order.status, order.history_length) == (OrderStatus.PAID, 2)
        assert await history(storage, order) == [
            StatusChange(OrderStatus.PENDING, NOW),
            StatusChange(OrderStatus.PAID, NOW),
        ]

    @pytest.mark.parametrize("order_id", ["", "none", "01890000-0000-7000-8000-000000000000", "🧾"])
    async def test_an_unknown_order_is_none(self, storage: Any, order_id: str) -> None:
        async with storage.unit_of_work() as work:
            assert await work.orders.snapshot(order_id) is None
            assert await work.orders.owned_snapshot(order_id) is None
            assert await work.orders.lock(order_id) is None
            assert list(await work.orders.history(order_id)) == []
        assert await storage.orders.details(order_id) is None

    async def test_a_rolled_back_order_is_not_stored(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work))
        async with rolled_back(storage.unit_of_work) as work:
            await work.orders.add(snapshot, Order.place(snapshot, NOW))
        async with storage.unit_of_work() as work:
            assert await work.orders.snapshot(snapshot.id) is None
            assert await work.orders.lock(snapshot.id) is None
            assert list(await work.orders.history(snapshot.id)) == []
        assert (await storage.orders.page(user_id, 1, 10, None)).total == 0


class TestProgress:
    async def test_a_new_order_is_pending_with_one_entry_in_its_history(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        assert order == Order(
            id=order.id,
            user_id=order.user_id,
            currency="USD",
            total=5197,
            status=OrderStatus.PENDING,
            placed_at=NOW,
            expires_at=NOW + TERM,
            history_length=1,
        )
        assert await history(storage, order) == [StatusChange(OrderStatus.PENDING, NOW)]

    async def test_only_status_changes_are_added_to_the_history(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        order = await moved(
            storage.unit_of_work,
            order,
            lambda order: order.fail(NOW + SECOND, "declined: 🃏"),
            lambda order: order.next_attempt(),
            lambda order: order.pay(NOW + 2 * SECOND),
            lambda order: order.refund(5000, NOW + 3 * SECOND),
            lambda order: order.ship(NOW + 4 * SECOND).deliver(NOW + 5 * SECOND, "left at the door"),
            lambda order: order.refund(197, NOW + 6 * SECOND),
        )
        assert (order.status, order.refunded_total, order.payment_attempt) == (OrderStatus.REFUNDED, 5197, 2)
        assert await history(storage, order) == [
            StatusChange(OrderStatus.PENDING, NOW),
            StatusChange(OrderStatus.FAILED, NOW + SECOND, "declined: 🃏"),
            StatusChange(OrderStatus.PAID, NOW + 2 * SECOND),
            StatusChange(OrderStatus.SHIPPED, NOW + 4 * SECOND),
            StatusChange(OrderStatus.DELIVERED, NOW + 5 * SECOND, "left at the door"),
            StatusChange(OrderStatus.REFUNDED, NOW + 6 * SECOND),
        ]
        assert order.history_length == 6

    async def test_disputes_come_back_as_stored(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        open_, lost = (
            Dispute.stated(f"dp_{number}", status, 1_000 * number, "not_received 🎁", NOW, NOW + TERM)
            for number, status in ((1, DisputeStatus.UNDER_REVIEW), (2, DisputeStatus.LOST))
        )
        moves = [lambda order: order.pay(NOW), lambda order: order.record_disputes([lost, open_])]
        stored = await moved(storage.unit_of_work, order, *moves)
        assert (stored.disputes, stored.disputes_lost, stored.disputed_at) == ((open_, lost), 2_000, NOW)
        details = await storage.orders.details(order.id)
        assert details.order == stored

    async def test_a_verified_vat_id_comes_back_as_stored(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        assert not order.vat_id_verified
        verified = order.verify_vat_id(verified=True)
        assert await moved(storage.unit_of_work, order, lambda _: verified) == verified
        assert (
            await moved(storage.unit_of_work, order, lambda each: each.verify_vat_id(verified=False)) == order
        )

    async def test_a_cancellation_under_way_comes_back_as_stored(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        begun = order.begin_cancelling(NOW, CUSTOMER)
        assert await moved(storage.unit_of_work, order, lambda _: begun) == begun
        recorded = await moved(storage.unit_of_work, order, lambda order: order.record_cancelling())
        assert recorded.cancelling_recorded
        assert recorded.cancellation == begun.cancellation
        done = await moved(storage.unit_of_work, order, lambda order: order.finish_cancelling(NOW + SECOND))
        assert (done.cancellation, done.cancelling_recorded) == (None, False)
        assert [change.status for change in await history(storage, done)] == [
            OrderStatus.PENDING,
            OrderStatus.CANCELLING,
            OrderStatus.CANCELLED,
        ]

    async def test_a_unit_of_work_sees_its_own_step(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        async with storage.unit_of_work() as work:
            current = await work.orders.lock(order.id)
            await work.orders.save(current.pay(NOW))
            assert len(await work.orders.history(order.id)) == 2
            assert (await work.orders.lock(order.id)).status is OrderStatus.PAID

    async def test_a_rolled_back_step_leaves_no_trace(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        async with rolled_back(storage.unit_of_work) as work:
            current = await work.orders.lock(order.id)
            assert current is not None
            await work.orders.save(current.pay(NOW))
        assert await stored_order(storage.unit_of_work, order.id) == order
        assert len(await history(storage, order)) == 1

    async def test_concurrent_steps_are_serialized(self, storage: Any) -> None:
        order = await moved(
            storage.unit_of_work, await an_order(storage.unit_of_work), lambda order: order.pay(NOW)
        )

        @retry_on_conflict
        async def refund() -> None:
            async with storage.unit_of_work() as work:
                current = await work.orders.lock(order.id)
                await work.orders.save(current.refund(1, NOW))

        await asyncio.gather(*(refund() for _ in range(20)))
        assert (await stored_order(storage.unit_of_work, order.id)).refunded_total == 20

    async def test_one_of_two_conflicting_steps_wins(self, storage: Any) -> None:
        order = await moved(
            storage.unit_of_work, await an_order(storage.unit_of_work), lambda order: order.pay(NOW)
        )

        @retry_on_conflict
        async def step(take: Callable[[Order], Order]) -> None:
            async with storage.unit_of_work() as work:
                await work.orders.save(take(await work.orders.lock(order.id)))

        outcomes = await asyncio.gather(
            *(step(lambda order: order.ship(NOW)) for _ in range(5)),
            *(step(lambda order: order.begin_cancelling(NOW, CUSTOMER)) for _ in range(5)),
            return_exceptions=True,
        )
        assert outcomes.count(None) == 1
        current = await stored_order(storage.unit_of_work, order.id)
        assert len(await history(storage, order)) == current.history_length

    async def test_a_waiting_transaction_sees_the_committed_history(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        has_lock, waits = asyncio.Event(), asyncio.Event()

        async def pays() -> None:
            async with storage.unit_of_work() as work:
                current = await work.orders.lock(order.id)
                has_lock.set()
                await waits.wait()
                await work.orders.save(current.pay(NOW))

        async def looks() -> int:
            await has_lock.wait()
            waits.set()
            async with storage.unit_of_work() as work:
                current = await work.orders.lock(order.id)
                assert current.status is OrderStatus.PAID
                return len(await work.orders.history(order.id))

        assert (await asyncio.gather(pays(), looks()))[1] == 2
