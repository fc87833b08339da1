"""What every payment provider must do alike: the port `shop.application.ports.payments.PaymentProvider`."""

from typing import Protocol

from shop.application.ports.payments import PaymentProvider
from shop.application.ports.sandbox import SignedEvent
from shop.application.ports.system import Clock


class PaymentAccount(Protocol):
    """An account without a payment at a provider's test server; the fixture `payment_account` gives one.

    `clock` stands still, and is the adapter's and the server's. The amounts are euros and their cents.
    """

    provider: PaymentProvider
    clock: Clock

    async def pay(self, intent_id: str) -> SignedEvent:
        """What a customer with a good card does; the webhook that tells the shop, signed now."""

    async def decline(self, intent_id: str) -> None:
        """What a customer does whose card is declined."""

    def disconnect(self) -> None:
        """From now on the provider can't be reached."""
