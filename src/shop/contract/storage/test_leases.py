"""Contract tests: several workers share orders and tasks."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.orders import PendingWork
from shop.application.ports.system import WorkerTask
from shop.contract.order_samples import (
    NOW,
    TERM,
    a_payment,
    a_snapshot,
    a_user,
    an_order,
    ids,
    moved,
    placed,
    rolled_back,
    some_products,
    stored_order,
)
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import PaymentMethod
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
UNTIL = NOW + 30 * SECOND


async def some_orders(storage: Any, number: int) -> list[str]:
    user_id = await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work)
    return [(await placed(storage.unit_of_work, a_snapshot(user_id, *products))).id for _ in range(number)]


async def leased(
    storage: Any, order_ids: Sequence[str], at: datetime = NOW, until: datetime = UNTIL
) -> list[str]:
    async with storage.unit_of_work() as work:
        ours: list[str] = await work.orders.lease(order_ids, at=at, until=until)
        return ours


async def released(storage: Any, order_id: str, until: datetime) -> None:
    async with storage.unit_of_work() as work:
        await work.orders.release(order_id, until)


class TestOrders:
    async def test_free_orders_are_leased_in_the_order_asked_for(self, storage: Any) -> None:
        first, second, third = await some_orders(storage, 3)
        assert await leased(storage, [third, first]) == [third, first]
        assert await leased(storage, [first, second, third]) == [second]
        assert await leased(storage, [first, second, third]) == []

    async def test_unknown_orders_are_left_out(self, storage: Any) -> None:
        (order_id,) = await some_orders(storage, 1)
        assert await leased(storage, [ids.new_id(), order_id]) == [order_id]

    async def test_an_expired_lease_is_free(self, storage: Any) -> None:
        (order_id,) = await some_orders(storage, 1)
        assert await leased(storage, [order_id]) == [order_id]
        assert await leased(storage, [order_id], at=UNTIL - SECOND, until=UNTIL + TERM) == []
        assert await leased(storage, [order_id], at=UNTIL, until=UNTIL + TERM) == [order_id]
        assert await leased(storage, [order_id], at=UNTIL + SECOND) == []

    async def test_a_released_order_is_free_immediately_or_after_a_pause(self, storage: Any) -> None:
        done, tired = await some_orders(storage, 2)
        await leased(storage, [done, tired])
        await released(storage, done, NOW + SECOND)
        await released(storage, tired, UNTIL + TERM)
        assert await leased(storage, [done, tired], at=NOW + SECOND) == [done]
        assert await leased(storage, [done, tired], at=UNTIL + TERM) == [done, tired]

    async def test_a_rolled_back_lease_is_not_held(self, storage: Any) -> None:
        (order_id,) = await some_orders(storage, 1)
        async with rolled_back(storage.unit_of_work) as work:
            assert await work.orders.lease([order_id], at=NOW, until=UNTIL) == [order_id]
        assert await leased(storage, [order_id]) == [order_id]

    async def test_saving_an_order_keeps_its_lease(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        await leased(storage, [order.id])
        paid = await moved(storage.unit_of_work, order, lambda order: order.pay(NOW))
        assert paid.status is OrderStatus.PAID
        assert await leased(storage, [order.id]) == []
        await released(storage, order.id, NOW)
        assert await stored_order(storage.unit_of_work, order.id) == paid

    @pytest.mark.usefixtures("row_locks")
    async def test_locked_orders_are_skipped_without_waiting(self, storage: Any) -> None:
        moving, leasing, free = await some_orders(storage, 3)
        async with storage.unit_of_work() as mover, storage.unit_of_work() as leaser:
            assert await mover.orders.lock(moving) is not None
            assert await leaser.orders.lease([leasing], at=NOW, until=UNTIL) == [leasing]
            async with asyncio.timeout(2):
                assert await leased(storage, [moving, leasing, free]) == [free]

    async def test_twenty_workers_share_fifty_orders(self, storage: Any) -> None:
        order_ids = await some_orders(storage, 50)

        @retry_on_conflict
        async def take() -> list[str]:
            waiting = await storage.orders.with_pending_work(PendingWork.EXPIRED, NOW + TERM, 4, at=NOW)
            return await leased(storage, waiting) if waiting else []

        async def work() -> list[str]:
            taken: list[str] = []
            while await storage.orders.with_pending_work(PendingWork.EXPIRED, NOW + TERM, 1, at=NOW):
                taken += await take()
            return taken

        shares = await asyncio.gather(*(work() for _ in range(20)))
        assert sorted(order_id for share in shares for order_id in share) == sorted(order_ids)


async def postpone(storage: Any, order_id: str, kind: PendingWork, failures: int, until: datetime) -> None:
    async with storage.unit_of_work() as work:
        await work.orders.release(order_id, NOW)
        await work.postponed_work.postpone(order_id, kind, failures, until)


async def failures_of(storage: Any, order_id: str, kind: PendingWork = PendingWork.EXPIRED) -> int:
    async with storage.unit_of_work() as work:
        return int(await work.postponed_work.failures(order_id, kind))


class TestPostponedWork:
    async def test_failures_are_kept_by_order_and_kind(self, storage: Any) -> None:
        first, second = await some_orders(storage, 2)
        assert await failures_of(storage, first) == 0
        await postpone(storage, first, PendingWork.EXPIRED, 1, UNTIL)
        await postpone(storage, first, PendingWork.EXPIRED, 2, UNTIL + SECOND)
        await postpone(storage, first, PendingWork.CANCELLING, 7, UNTIL)
        assert await failures_of(storage, first) == 2
        assert await failures_of(storage, first, PendingWork.CANCELLING) == 7
        assert await failures_of(storage, second) == 0
        await postpone(storage, first, PendingWork.EXPIRED, 0, NOW)
        assert await failures_of(storage, first) == 0
        assert await failures_of(storage, first, PendingWork.CANCELLING) == 7

    async def test_old_failures_are_purged(self, storage: Any) -> None:
        order_ids = await some_orders(storage, 3)
        for number, order_id in enumerate(order_ids):
            await postpone(storage, order_id, PendingWork.EXPIRED, 1, UNTIL + number * SECOND)

        async def purge(limit: int) -> int:
            async with storage.unit_of_work() as work:
                return int(await work.postponed_work.purge(UNTIL + 2 * SECOND, limit))

        assert [await purge(1), await purge(9), await purge(9)] == [1, 1, 0]
        assert [await failures_of(storage, order_id) for order_id in order_ids] == [0, 0, 1]

    async def test_a_rolled_back_failure_is_not_counted(self, storage: Any) -> None:
        (order_id,) = await some_orders(storage, 1)
        async with rolled_back(storage.unit_of_work) as work:
            await work.orders.release(order_id, NOW)
            await work.postponed_work.postpone(order_id, PendingWork.EXPIRED, 1, UNTIL)
        assert await failures_of(storage, order_id) == 0


class TestPendingWork:
    @pytest.mark.parametrize("kind", PendingWork)
    async def test_leased_orders_are_left_out(self, storage: Any, kind: PendingWork) -> None:
        orders = [await an_order(storage.unit_of_work) for _ in range(3)]
        for order in orders:
            await self.leave_pending_work(storage, order.id, kind)
        mine, resting, free = [order.id for order in orders]
        await leased(storage, [mine, resting])
        await released(storage, resting, UNTIL + SECOND)

        async def found(at: datetime, limit: int = 9) -> list[str]:
            return list(await storage.orders.with_pending_work(kind, NOW + TERM, limit, at=at))

        assert await found(NOW) == await found(UNTIL - SECOND) == [free]
        assert await found(NOW, limit=1) == [free], "leased orders do not count towards the limit"
        assert set(await found(UNTIL)) == {free, mine}
        assert set(await found(UNTIL + SECOND)) == {free, mine, resting}
        await released(storage, resting, NOW)
        assert set(await found(NOW)) == {free, resting}

    @pytest.mark.parametrize("kind", PendingWork)
    async def test_postponed_work_is_left_out_until_its_moment(self, storage: Any, kind: PendingWork) -> None:
        postponed, free = [await an_order(storage.unit_of_work) for _ in range(2)]
        for order in (postponed, free):
            await self.leave_pending_work(storage, order.id, kind)
        await postpone(storage, postponed.id, kind, 3, UNTIL)

        async def found(at: datetime) -> set[str]:
            return set(await storage.orders.with_pending_work(kind, NOW + TERM, 9, at=at))

        assert await found(NOW) == await found(UNTIL - SECOND) == {free.id}
        assert await found(UNTIL) == {postponed.id, free.id}
        assert (await storage.orders.backlog(kind, NOW + TERM, 9)).orders == 2
        for other in set(PendingWork) - {kind}:
            await postpone(storage, free.id, other, 1, UNTIL)
        assert await found(NOW) == {free.id}, "each kind of work is postponed separately"
        await postpone(storage, postponed.id, kind, 0, NOW)
        assert await found(NOW) == {postponed.id, free.id}

    async def test_open_bank_transfers_are_not_refreshed(self, storage: Any) -> None:
        by_card, by_transfer = [
            await an_order(storage.unit_of_work, payment_method=method) for method in PaymentMethod
        ]
        for order in (by_card, by_transfer):
            await self.leave_pending_work(storage, order.id, PendingWork.WITH_OPEN_PAYMENT)
        found = await storage.orders.with_pending_work(PendingWork.WITH_OPEN_PAYMENT, NOW + TERM, 9, at=NOW)
        assert found == [by_card.id]
        expired = await storage.orders.with_pending_work(PendingWork.EXPIRED, NOW + TERM, 9, at=NOW)
        assert set(expired) == {by_card.id, by_transfer.id}

    async def leave_pending_work(self, storage: Any, order_id: str, kind: PendingWork) -> None:
        order = await stored_order(storage.unit_of_work, order_id)
        if kind is PendingWork.CANCELLING:
            await moved(
                storage.unit_of_work,
                order,
                lambda order: order.begin_cancelling(NOW, CancellationReason.CUSTOMER),
            )
        async with storage.unit_of_work() as work:
            if kind is PendingWork.WITH_OPEN_PAYMENT:
                await work.payments.add(a_payment(order))
            if kind is PendingWork.WITH_PENDING_REFUNDS:
                pending = RefundStatus.PENDING
                await work.payments.add_refund(
                    Refund(ids.new_id(), order_id, "pi", 1, None, False, pending, NOW)
                )


class TestWorkerTasks:
    """One worker at a time holds a task."""

    @retry_on_conflict
    async def lease(
        self, storage: Any, name: str = "task", at: datetime = NOW, until: datetime = UNTIL
    ) -> WorkerTask | None:
        async with storage.unit_of_work() as work:
            task: WorkerTask | None = await work.worker_tasks.lease(name, at=at, until=until)
            return task

    async def finish(self, storage: Any, task: WorkerTask, at: datetime, reached: datetime) -> None:
        async with storage.unit_of_work() as work:
            await work.worker_tasks.finish(task, at=at, reached=reached)

    async def test_an_unknown_task_is_free(self, storage: Any) -> None:
        assert await self.lease(storage) == WorkerTask("task", None)
        assert await self.lease(storage) is None
        assert await self.lease(storage, "another") == WorkerTask("another", None)

    async def test_an_expired_lease_is_free(self, storage: Any) -> None:
        await self.lease(storage)
        assert await self.lease(storage, at=UNTIL - SECOND) is None
        assert await self.lease(storage, at=UNTIL, until=UNTIL + TERM) == WorkerTask("task", None)
        assert await self.lease(storage, at=UNTIL + SECOND) is None

    async def test_a_finished_task_stores_the_time_it_reached(self, storage: Any) -> None:
        task = await self.lease(storage)
        assert task is not None
        await self.finish(storage, task, NOW + SECOND, NOW)
        again = await self.lease(storage, at=NOW + SECOND)
        assert again == WorkerTask("task", NOW)
        # A worker that dies leaves the progress unchanged.
        assert await self.lease(storage, at=UNTIL) == again

    async def test_the_time_a_task_reached_is_read_without_a_lease(self, storage: Any) -> None:
        async def reached() -> datetime | None:
            async with storage.unit_of_work() as work:
                return await work.worker_tasks.reached("task")  # type: ignore[no-any-return]

        assert await reached() is None
        task = await self.lease(storage)
        assert task is not None
        assert await reached() is None
        await self.finish(storage, task, NOW + SECOND, NOW)
        assert await reached() == NOW

    async def test_one_of_twenty_workers_gets_a_new_task(self, storage: Any) -> None:
        tasks = await asyncio.gather(*(self.lease(storage) for _ in range(20)))
        assert len([task for task in tasks if task]) == 1

    async def test_one_of_twenty_workers_gets_a_known_task(self, storage: Any) -> None:
        task = await self.lease(storage)
        assert task is not None
        await self.finish(storage, task, NOW, NOW)
        tasks = await asyncio.gather(*(self.lease(storage) for _ in range(20)))
        assert [task for task in tasks if task] == [WorkerTask("task", NOW)]

    async def test_a_rolled_back_lease_is_not_held(self, storage: Any) -> None:
        async with rolled_back(storage.unit_of_work) as work:
            assert await work.worker_tasks.lease("task", at=NOW, until=UNTIL)
        assert await self.lease(storage) == WorkerTask("task", None)
