"""S1: the payment intent of an order that stands, made with no transaction open."""

from datetime import timedelta
from typing import Final

from shop.application.framework.transactions import run_again
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.orders.order import Order
from shop.domain.payments.payment import Intent, PaymentAttemptSpoiled, ProviderRefusal

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


class CreateIntent:
    """The intent of an order's present attempt: asked for again, the same one.

    When the provider has spoiled the attempt (it answers this key with a failure for good), the intent that it made
    all the same is taken, or else the next attempt's is made. A refusal may have the same cause: an intent of this
    attempt was made before, in words that the shop no longer uses. Raises PaymentUnavailable, ProviderRefusal,
    OrderNotPayable.
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
        """The intent of the order's present attempt, if the provider says that it made one."""
        provider = self._providers.of_method(order.payment_method)
        made = await provider.intents_of(order.id, order.placed_at - _CLOCKS_DIFFER)
        return next((intent for intent in made if intent.attempt == order.payment_attempt), None)

    async def _create(self, order: Order) -> Intent:
        provider = self._providers.of_method(order.payment_method)
        return await provider.create_intent(order.id, order.payment_attempt, order.total, order.currency)

    @run_again
    async def _next_attempt(self, spoiled: Order) -> Order:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(spoiled.id)
            assert order is not None
            if order.payment_attempt == spoiled.payment_attempt:  # Else somebody was here before.
                order = order.next_attempt()
                await work.orders.save(order)
        return order
