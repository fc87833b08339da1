"""What the worker does: finish whatever a chain of transactions and provider calls left undone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shop.application.framework.idempotent_requests import KEPT, lease_for
from shop.application.framework.transactions import run_again
from shop.application.payments import cancelling
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.opening import OpenPayment
from shop.application.payments.statements import SettlePayment
from shop.application.ports.orders import OrderQueries, Unfinished
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.errors import ShopError, Unavailable
from shop.domain.payments.payment import Payment, PaymentRejected, PaymentUnavailable

BATCH: Final = 8
"""Orders that are leased, and brought further at the same time."""
ROUND: Final = 200
"""Orders of one kind of business that one round takes on, at the most."""
REST: Final = timedelta(seconds=10)
"""How long an order that couldn't be brought further is left alone."""
MOST_COUNTED: Final = 1_000
"""How far the backlog of one kind of business is counted."""
_FORGOTTEN_AT_ONCE: Final = 1_000
_QUIET: Final = timedelta(minutes=1)
"""How long a payment may stay unheard of before the provider is asked."""
_EVENTS_KEPT: Final = timedelta(days=30)
"""As long as any provider keeps its events, and longer than it goes on sending them (Stripe: three days)."""

_Step = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Overdue:
    """Orders whose business of one kind is overdue, and for how long the longest."""

    orders: int
    longest: timedelta


class SweepOrders:
    """The worker, over and over: one round over everything that is overdue.

    Orders are leased, so that several workers share them; a worker that dies lets its leases run out. Every step is
    one that a request could have made, and is safe to make twice.
    """

    def __init__(
        self,
        orders: OrderQueries,
        unit_of_work: UnitOfWorkFactory,
        provider: PaymentProvider,
        open_payment: OpenPayment,
        cancel_order: CancelOrder,
        settle: SettlePayment,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._unit_of_work = unit_of_work
        self._provider = provider
        self._settle = settle
        self._clock = clock
        self._lease = lease_for(cancelling.CALLS * provider.time_budget)
        # Payments that were made after all come before expiry, so that no paid order is given up.
        self._steps: dict[Unfinished, tuple[timedelta, _Step]] = {
            Unfinished.WITH_OPEN_PAYMENT: (_QUIET, self._ask_provider),
            Unfinished.EXPIRED: (timedelta(0), cancel_order.expire),
            Unfinished.CANCELLING: (self._lease, cancel_order.advance),
            Unfinished.WITH_PENDING_REFUNDS: (self._lease, settle.send_refunds),
            Unfinished.WITHOUT_PAYMENT: (self._lease, open_payment.catch_up),
        }

    async def __call__(self) -> None:
        """One round.

        Raises Unavailable at its end when some orders could not be brought further for now, an ExceptionGroup when
        that is a fault of ours.
        """
        failures: list[Exception] = []
        for business, (waits, step) in self._steps.items():
            failures += await self._sweep(business, self._clock.now() - waits, step)
        await self._forget_old(self._clock.now())
        if faults := [failure for failure in failures if not isinstance(failure, ShopError)]:
            raise ExceptionGroup("faults among the orders of a round", faults)
        if failures:
            reasons = sorted({type(failure).__name__ for failure in failures})
            raise Unavailable(f"{len(failures)} orders could not be brought further: {', '.join(reasons)}")

    async def overdue(self) -> dict[Unfinished, Overdue]:
        """What a round would find to do now, and what is being done; each kind is counted up to MOST_COUNTED."""
        found = {}
        for business, (waits, _) in self._steps.items():
            since = self._clock.now() - waits
            backlog = await self._orders.backlog(business, since, MOST_COUNTED)
            longest = since - backlog.oldest if backlog.oldest is not None else timedelta(0)
            found[business] = Overdue(backlog.orders, longest)
        return found

    async def _sweep(self, business: Unfinished, since: datetime, step: _Step) -> list[Exception]:
        seen: set[str] = set()
        failures: list[Exception] = []
        while len(seen) < ROUND and (leased := await self._lease_orders(business, since)):
            fresh = [order_id for order_id in leased if order_id not in seen]
            outcomes = await asyncio.gather(*(_outcome(step(order_id)) for order_id in fresh))
            failed = dict(each for each in zip(fresh, outcomes, strict=True) if each[1] is not None)
            failures += [failure for failure in failed.values() if failure is not None]
            is_down = bool(fresh) and all(isinstance(each, PaymentUnavailable) for each in outcomes)
            for order_id in leased:
                # An order that fails alone, or whose business comes up again, lets the others go first.
                rests = order_id in seen or (order_id in failed and not is_down)
                await self._release(order_id, self._clock.now() + (REST if rests else timedelta(0)))
            seen.update(leased)
            if is_down:
                break  # The rest would fare no better.
        return failures

    async def _ask_provider(self, order_id: str) -> None:
        payment = await self._latest_payment(order_id)
        if payment is None:
            return
        intent = await self._provider.intent(payment.intent_id)
        if intent is None:
            raise PaymentRejected(f"The provider knows nothing of the payment of order {order_id}.")
        await self._settle(intent)

    @run_again
    async def _lease_orders(self, business: Unfinished, since: datetime) -> list[str]:
        now = self._clock.now()
        waiting = await self._orders.unfinished(business, since, BATCH, at=now)
        if not waiting:
            return []
        async with self._unit_of_work() as work:
            return await work.orders.lease(waiting, at=now, until=now + self._lease)

    @run_again
    async def _release(self, order_id: str, until: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.orders.release(order_id, until)

    @run_again
    async def _latest_payment(self, order_id: str) -> Payment | None:
        async with self._unit_of_work() as work:
            return await work.payments.latest(order_id)

    @run_again
    async def _forget_old(self, now: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.idempotency_keys.delete_before(now - KEPT, _FORGOTTEN_AT_ONCE)
            await work.payments.forget_events(now - _EVENTS_KEPT, _FORGOTTEN_AT_ONCE)


async def _outcome(step: Awaitable[None]) -> Exception | None:
    try:
        await step
    except Exception as failure:  # noqa: BLE001 (told of at the end: one order must not stop the others)
        return failure
    return None
