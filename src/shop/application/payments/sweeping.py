"""What the worker does: finish whatever a chain of transactions and provider calls left undone."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from shop.application.idempotent_requests import KEPT, lease_for
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.opening import OpenPayment
from shop.application.payments.settling import SettlePayment
from shop.application.ports.orders import OrderQueries
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.application.transactions import run_again
from shop.domain.errors import ShopError, Unavailable
from shop.domain.payment import Payment

BATCH: Final = 100
_QUIET: Final = timedelta(minutes=1)
"""How long a payment may stay unheard of before the provider is asked."""
_EVENTS_KEPT: Final = timedelta(days=30)
"""Longer than any provider goes on sending an event (Stripe: three days)."""


class SweepOrders:
    """The worker, over and over: one round over everything that is overdue. Safe to run in several processes.

    Every step is one that a request could have made, and is safe to make twice.
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
        self._open_payment = open_payment
        self._cancel_order = cancel_order
        self._settle = settle
        self._clock = clock
        self._lease = lease_for(provider.time_budget)

    async def __call__(self) -> None:
        """One round.

        Raises Unavailable at its end when some orders could not be brought further for now, an ExceptionGroup when
        that is a fault of ours.
        """
        now = self._clock.now()
        failures: list[Exception] = []
        # Payments that were made after all come before expiry, so that no paid order is given up.
        failures += await self._each(
            await self._orders.with_open_payment(now - _QUIET, BATCH), self._ask_provider
        )
        failures += await self._each(await self._orders.expired(now, BATCH), self._cancel_order.expire)
        left = now - self._lease
        failures += await self._each(await self._orders.cancelling(left, BATCH), self._cancel_order.advance)
        failures += await self._each(
            await self._orders.with_pending_refunds(left, BATCH), self._settle.send_refunds
        )
        failures += await self._each(await self._orders.without_payment(left, BATCH), self._open)
        await self._forget_old(now)
        if faults := [failure for failure in failures if not isinstance(failure, ShopError)]:
            raise ExceptionGroup("faults among the orders of a round", faults)
        if failures:
            raise Unavailable(f"{len(failures)} orders could not be brought further")

    async def _each(self, order_ids: list[str], step: Callable[[str], Awaitable[None]]) -> list[Exception]:
        failures: list[Exception] = []
        for order_id in order_ids:
            try:
                await step(order_id)
            except Exception as failure:  # noqa: BLE001 (told of at the end: one order must not stop the others)
                failures.append(failure)
        return failures

    async def _ask_provider(self, order_id: str) -> None:
        payment = await self._latest_payment(order_id)
        if payment is None:
            return
        intent = await self._provider.intent(payment.intent_id)
        if intent is not None:
            await self._settle(intent)

    @run_again
    async def _latest_payment(self, order_id: str) -> Payment | None:
        async with self._unit_of_work() as work:
            return await work.payments.latest(order_id)

    async def _open(self, order_id: str) -> None:
        await self._open_payment.finish(order_id, key=None)

    @run_again
    async def _forget_old(self, now: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.idempotency_keys.delete_before(now - KEPT, BATCH)
            await work.payments.forget_events(now - _EVENTS_KEPT, BATCH)
