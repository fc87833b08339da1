"""S1: create the payment intent of a committed order, with no transaction open."""

from datetime import timedelta
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.orders.order import Order
from shop.domain.payments.payment import Intent, PaymentAttemptSpoiled, ProviderRefusal

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


class CreateIntent:
    """Create the intent of an order's current attempt. Idempotent.

    If the attempt is spoiled (the provider permanently answers its key with a failure), use the intent that the
    provider created anyway, or create one for the next attempt. A refusal is handled alike: this attempt's intent may
    have been created earlier with different parameters. Raises PaymentUnavailable, ProviderRefusal, OrderNotPayable.
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
