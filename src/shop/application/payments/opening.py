"""S1 and T2: create a payment intent for a committed order; return its client secret once the intent is stored."""

from contextlib import suppress
from datetime import timedelta
from typing import Final

from shop.application.framework.idempotency import Outcome, Replayed, claim, save_answer, stored_answer
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.framework.transactions import retry_on_conflict
from shop.application.orders.order_view import order_history, order_view
from shop.application.orders.views import CheckoutAnswer
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.statements import SettlePayment
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.orders import OrderDetails
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.errors import NotFound, ShopError
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.order import Order, OrderNotPayable
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import (
    Intent,
    Payment,
    PaymentAttemptSpoiled,
    PaymentUnavailable,
    ProviderRefusal,
)

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


class CreateIntent:
    """Creates the intent of an order's current attempt. Idempotent.

    If the attempt is spoiled (the provider permanently answers its key with a failure), it uses the intent
    that the provider created anyway, or else creates one for the next attempt. After a refusal, it uses an
    intent that was created earlier with other parameters, or else raises the refusal. Raises
    PaymentUnavailable, ProviderRefusal, OrderNotPayable.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, payment_providers: PaymentProviders) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers

    async def __call__(self, order: Order) -> Intent:
        try:
            return await self._create(order)
        except (PaymentAttemptSpoiled, ProviderRefusal) as failure:
            made = await self.find(order)
            if made is not None and (made.amount, made.currency) == (order.total, order.currency):
                return made
            if isinstance(failure, ProviderRefusal):
                raise
        return await self._create(await self._next_attempt(order))

    async def find(self, order: Order) -> Intent | None:
        """Return the intent of the order's current attempt, if the provider has one."""
        provider = self._providers.of_method(order.payment_method)
        made = await provider.intents_of(order.id, order.placed_at - _CLOCKS_DIFFER)
        return next((intent for intent in made if intent.attempt == order.payment_attempt), None)

    async def _create(self, order: Order) -> Intent:
        provider = self._providers.of_method(order.payment_method)
        return await provider.create_intent(order.id, order.payment_attempt, order.total, order.currency)

    @retry_on_conflict
    async def _next_attempt(self, spoiled: Order) -> Order:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(spoiled.id)
            assert order is not None
            if order.payment_attempt == spoiled.payment_attempt:  # Else another process has advanced it.
                order = order.next_attempt()
                await work.orders.save(order)
        return order


class OpenPayment:
    """Buyers: get a payment to confirm for their own unpaid order: the current payment if still valid, else a new one.

    Fails with NOT_FOUND for another user's order, a conflict when it can't be paid any more, UNAVAILABLE when the
    payment provider can't be reached.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        create_intent: CreateIntent,
        settle: SettlePayment,
        clock: Clock,
        secret_answers: SecretAnswers,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._create_intent = create_intent
        self._settle = settle
        self._clock = clock
        self._secret_answers = secret_answers

    async def __call__(
        self, access: OrderAccess, order_id: str, key: IdempotencyKey | None = None
    ) -> Outcome[CheckoutAnswer]:
        current = await self._current_payment(access, order_id, key)
        if isinstance(current, Replayed):
            return current
        if current is not None:
            # The stored status may be stale: ask the provider whether this payment is still unconfirmed.
            await self._settle.refresh(current)
        snapshot, order = await self._loaded(order_id)
        order.ensure_payable()
        return await self._attach(snapshot, await self._create_intent(order), key, claims_key=True)

    async def of_new_order(
        self, snapshot: OrderSnapshot, order: Order, key: IdempotencyKey | None, secret: str | None
    ) -> Outcome[CheckoutAnswer]:
        """Run S1 and T2 for an order just placed under `key`. The order stands even if the provider fails.

        `secret` is the token of a guest's order, for the answer.
        """
        return await self._attach(snapshot, await self._intent_if_any(order), key, secret, claims_key=False)

    async def finish(
        self, order_id: str, key: IdempotencyKey | None, secret: str | None = None
    ) -> Outcome[CheckoutAnswer]:
        """Run S1 and T2 for an order whose request died or was abandoned after T1."""
        snapshot, order = await self._loaded(order_id)
        intent = await self._intent_if_any(order) if order.is_payable else None
        return await self._attach(snapshot, intent, key, secret, claims_key=False)

    async def create_missing_payment(self, order_id: str) -> None:
        """The worker: create an order's missing payment. Raises PaymentUnavailable, ProviderRefusal."""
        snapshot, order = await self._loaded(order_id)
        if order.is_payable:
            await self._attach(snapshot, await self._create_intent(order), None, claims_key=False)

    async def _intent_if_any(self, order: Order) -> Intent | None:
        try:
            return await self._create_intent(order)
        except (PaymentUnavailable, ProviderRefusal, OrderNotPayable):
            return None

    async def _attach(
        self,
        snapshot: OrderSnapshot,
        intent: Intent | None,
        key: IdempotencyKey | None,
        secret: str | None = None,
        *,
        claims_key: bool,
    ) -> Outcome[CheckoutAnswer]:
        answer, cancelling = await self._store(snapshot, intent, key, secret, claims_key=claims_key)
        if cancelling is not None and intent is not None:
            # The order was cancelled while the intent was created, so cancel the intent. If that fails, nobody
            # can pay it, since its secret was never returned, and the order's cancellation cancels it, too.
            with suppress(ShopError):
                cancelled = await cancelling.cancel_intent(intent.id)
                if cancelled is not None:
                    await self._settle(cancelled, cancelling)
        return answer

    @retry_on_conflict
    async def _store(
        self,
        snapshot: OrderSnapshot,
        intent: Intent | None,
        key: IdempotencyKey | None,
        secret: str | None,
        *,
        claims_key: bool,
    ) -> tuple[Outcome[CheckoutAnswer], PaymentProvider | None]:
        """T2. Return the answer and, if the order is no longer payable, the provider to cancel the intent at.

        `claims_key` is False if T1 has claimed the key, or there is none.
        """
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if claims_key and (earlier := await claim(work, key, now)) is not None:
                return earlier, None
            order = await work.orders.lock(snapshot.id)
            assert order is not None
            payment, provider = None, self._providers.of_method(order.payment_method)
            if intent is not None and order.is_payable and intent.attempt == order.payment_attempt:
                payment = Payment.opened(order.id, intent, provider.account, now)
                if not await work.payments.add(payment):
                    payment = await work.payments.latest(order.id)
            elif intent is not None or not order.is_payable:
                payment = await work.payments.latest(order.id)
            refunds = () if order.is_payable else (await work.payments.ledger(order.id)).refunds
            details = OrderDetails(snapshot, order, await order_history(work, order), payment, refunds)
            answer = await self.save(work, key, details, secret)
        return answer, None if order.is_payable else provider

    async def save(
        self, work: UnitOfWork, key: IdempotencyKey | None, details: OrderDetails, secret: str | None
    ) -> Outcome[CheckoutAnswer]:
        """Store the answer under the key, encrypted if it contains `secret`, the token of a guest's order."""
        answer = CheckoutAnswer(order_view(details, self._providers, for_owner=True), secret)
        if secret is None:
            return await save_answer(work, key, answer)
        return await self._secret_answers.save(work, key, answer)

    @retry_on_conflict
    async def _current_payment(
        self, access: OrderAccess, order_id: str, key: IdempotencyKey | None
    ) -> Replayed | Payment | None:
        async with self._unit_of_work() as work:
            if (answer := await stored_answer(work, key, self._clock.now())) is not None:
                return answer
            order = await work.orders.lock(order_id)
            if order is None or not access.owns(order):
                raise NotFound("order")
            order.ensure_payable()
            return await work.payments.latest(order_id)

    @retry_on_conflict
    async def _loaded(self, order_id: str) -> tuple[OrderSnapshot, Order]:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            snapshot = await work.orders.snapshot(order_id)
        if order is None or snapshot is None:
            raise NotFound("order")
        return snapshot, order
