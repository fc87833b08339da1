"""The worker's sweep: finish work that an interrupted chain of transactions and provider calls left pending."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shop.application.framework.idempotency import RETENTION, lease_for
from shop.application.framework.transactions import retry_on_conflict
from shop.application.payments import cancelling
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.opening import OpenPayment
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.statements import SettlePayment
from shop.application.ports.orders import OrderQueries, PendingWork
from shop.application.ports.system import BACKLOG_LIMIT, Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.errors import ShopError, Unavailable
from shop.domain.payments.payment import Payment, PaymentUnavailable

BATCH_SIZE: Final = 8
"""The number of orders leased and processed concurrently."""
MAX_ORDERS_PER_ROUND: Final = 200
"""The maximum number of orders per kind of work and round."""
FIRST_PAUSE: Final = timedelta(seconds=10)
"""How long a kind of work is postponed on an order after each of its first two failures; doubles from then on."""
MAX_PAUSE: Final = timedelta(minutes=10)
_PURGE_BATCH_SIZE: Final = 1_000
_GRACE_PERIOD: Final = timedelta(minutes=1)
"""How long after a payment's last provider statement the provider is asked."""
_EVENT_RETENTION: Final = timedelta(days=30)
"""As long as any provider keeps its events, and longer than any provider retries them (Stripe: three days)."""
_FAILURE_RETENTION: Final = timedelta(days=1)
"""How long after its pause a failure still counts towards consecutive failures."""

_Step = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Overdue:
    """The number of orders with overdue work of one kind, and the age of the oldest work."""

    orders: int
    longest: timedelta


class SweepOrders:
    """The worker, repeatedly: run one round over all overdue work.

    Orders are leased so that several workers can share the work; a dead worker's leases expire. Every step is also
    made by requests, and is idempotent. Failed work is postponed with growing pauses, separately per kind of work:
    an order still expires even if its payment's state can't be fetched.
    """

    def __init__(
        self,
        orders: OrderQueries,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        open_payment: OpenPayment,
        cancel_order: CancelOrder,
        settle: SettlePayment,
        clock: Clock,
        *,
        batch_size: int = BATCH_SIZE,
        max_orders_per_round: int = MAX_ORDERS_PER_ROUND,
    ) -> None:
        self._orders = orders
        self._unit_of_work = unit_of_work
        self._settle = settle
        self._clock = clock
        self._batch_size = batch_size
        self._max_orders_per_round = max_orders_per_round
        self._lease = lease_for(cancelling.MAX_PROVIDER_CALLS * payment_providers.time_budget)
        # Refresh payments before expiring orders. Expiry asks the provider again: an order paid in time stays paid.
        self._steps: dict[PendingWork, tuple[timedelta, _Step]] = {
            PendingWork.WITH_OPEN_PAYMENT: (_GRACE_PERIOD, self._ask_provider),
            PendingWork.EXPIRED: (timedelta(0), cancel_order.expire),
            PendingWork.CANCELLING: (self._lease, cancel_order.advance),
            PendingWork.WITH_PENDING_REFUNDS: (self._lease, settle.send_refunds),
            PendingWork.WITHOUT_PAYMENT: (self._lease, open_payment.create_missing_payment),
        }

    async def __call__(self) -> None:
        """Run one round: take batches of each kind in turn.

        The round ends when nothing is due, or when each kind has had its maximum of orders. At its end,
        it raises Unavailable if some orders could not be advanced for now, and an ExceptionGroup if the cause
        is a bug.
        """
        failures: list[Exception] = []
        seen: dict[PendingWork, set[str]] = {kind: set() for kind in self._steps}
        waiting = list(self._steps)
        while waiting:
            for kind in tuple(waiting):
                if not await self._take_turn(kind, seen[kind], failures):
                    waiting.remove(kind)
        await self._purge_old(self._clock.now())
        if faults := [failure for failure in failures if not isinstance(failure, ShopError)]:
            raise ExceptionGroup("internal errors in a round", faults)
        if failures:
            reasons = sorted({type(failure).__name__ for failure in failures})
            raise Unavailable(f"{len(failures)} orders could not be advanced: {', '.join(reasons)}")

    async def overdue(self) -> dict[PendingWork, Overdue]:
        """Return the overdue work, including work in progress. Each kind is counted up to BACKLOG_LIMIT."""
        found = {}
        for kind, (waits, _) in self._steps.items():
            since = self._clock.now() - waits
            backlog = await self._orders.backlog(kind, since, BACKLOG_LIMIT)
            longest = since - backlog.oldest if backlog.oldest is not None else timedelta(0)
            found[kind] = Overdue(backlog.orders, longest)
        return found

    async def _take_turn(self, kind: PendingWork, seen: set[str], failures: list[Exception]) -> bool:
        """Work on one batch of the kind, adding to `seen` and `failures`. Return whether it may have another turn."""
        waits, step = self._steps[kind]
        leased = await self._lease_orders(kind, self._clock.now() - waits)
        fresh = [order_id for order_id in leased if order_id not in seen]
        outcomes = await asyncio.gather(*(_outcome(step(order_id)) for order_id in fresh))
        failed = {order_id: outcome for order_id, outcome in zip(fresh, outcomes, strict=True) if outcome}
        failures.extend(failed.values())
        is_down = bool(fresh) and all(isinstance(each, PaymentUnavailable) for each in outcomes)
        for order_id in leased:
            # An order that fails, or becomes due again, must not delay the other orders.
            progressed = order_id in fresh and order_id not in failed
            await self._release(order_id, kind, progressed=progressed, is_down=is_down)
        seen.update(leased)
        # If the provider is down, the remaining orders would fail, too.
        return bool(leased) and not is_down and len(seen) < self._max_orders_per_round

    async def _ask_provider(self, order_id: str) -> None:
        payment = await self._latest_payment(order_id)
        if payment is not None:
            await self._settle.refresh(payment)

    @retry_on_conflict
    async def _lease_orders(self, kind: PendingWork, since: datetime) -> list[str]:
        now = self._clock.now()
        waiting = await self._orders.with_pending_work(kind, since, self._batch_size, at=now)
        if not waiting:
            return []
        async with self._unit_of_work() as work:
            return await work.orders.lease(waiting, at=now, until=now + self._lease)

    @retry_on_conflict
    async def _release(self, order_id: str, kind: PendingWork, *, progressed: bool, is_down: bool) -> None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            await work.orders.release(order_id, now)
            failures = await work.postponed_work.failures(order_id, kind)
            if not progressed:
                pause = pause_after(failures + 1, is_down=is_down)
                await work.postponed_work.postpone(order_id, kind, failures + 1, now + pause)
            elif failures:
                await work.postponed_work.postpone(order_id, kind, 0, now)

    @retry_on_conflict
    async def _latest_payment(self, order_id: str) -> Payment | None:
        async with self._unit_of_work() as work:
            return await work.payments.latest(order_id)

    @retry_on_conflict
    async def _purge_old(self, now: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.idempotency_keys.delete_before(now - RETENTION, _PURGE_BATCH_SIZE)
            await work.payments.purge_events(now - _EVENT_RETENTION, _PURGE_BATCH_SIZE)
            await work.postponed_work.purge(now - _FAILURE_RETENTION, _PURGE_BATCH_SIZE)


def pause_after(failures: int, *, is_down: bool) -> timedelta:
    """Return how long to postpone a kind of work on an order after this many consecutive failures.

    The first failure adds no pause while the provider is down: the order is probably not the cause.
    """
    if failures == 1:
        return timedelta(0) if is_down else FIRST_PAUSE
    doubled: int = 2 ** min(failures - 2, 16)
    return min(FIRST_PAUSE * doubled, MAX_PAUSE)


async def _outcome(step: Awaitable[None]) -> Exception | None:
    try:
        await step
    except Exception as failure:  # noqa: BLE001 (reported at the end: one order must not stop the others)
        return failure
    return None
