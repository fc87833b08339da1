"""Contract tests of the port `shop.application.ports.payments.PaymentProvider`."""

from typing import Protocol

from shop.application.ports.payments import PaymentProvider, SignedEvent
from shop.application.ports.system import Clock


class PaymentAccount(Protocol):
    """An account without payments on a provider's test server, supplied by the fixture `payment_account`.

    The adapter and the server share `clock`, which stands still. Amounts are in euro cents.
    """

    provider: PaymentProvider
    clock: Clock

    async def pay(self, intent_id: str) -> SignedEvent:
        """Pay as a customer with a valid card. Return the webhook that notifies the shop, signed now."""

    async def decline(self, intent_id: str) -> None:
        """Pay as a customer whose card is declined."""

    def disconnect(self) -> None:
        """Make the provider unreachable from now on."""
