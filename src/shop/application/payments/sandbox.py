"""The sandbox's side of a payment: confirm it with a played card, and let the shop hear of it as from any provider."""

from decimal import Decimal

import msgspec

from shop.application.payments.webhooks import ReceiveWebhook
from shop.application.ports.sandbox import CardOutcome, SandboxCard
from shop.domain.errors import NotFound
from shop.domain.money import Currency
from shop.domain.payments.payment import PaymentStatus


class ConfirmationInput(msgspec.Struct, forbid_unknown_fields=True):
    """What the customer's bank is to say."""

    outcome: CardOutcome


class SandboxPaymentView(msgspec.Struct, frozen=True):
    """A sandbox payment as its customer sees it; `amount` in major units."""

    status: PaymentStatus
    amount: Decimal
    currency: str


class GetSandboxPayment:
    """Whoever holds the client secret: how the payment stands. Fails with NOT_FOUND for an unknown secret."""

    def __init__(self, card: SandboxCard) -> None:
        self._card = card

    async def __call__(self, client_secret: str) -> SandboxPaymentView:
        intent = await self._card.lookup(client_secret)
        if intent is None:
            raise NotFound("payment")
        amount = Currency(intent.currency).to_major(intent.amount)
        return SandboxPaymentView(intent.status, amount, intent.currency)


class ConfirmSandboxPayment:
    """Whoever holds the client secret: play the customer's card.

    When the answer comes, the provider's signed webhook has been delivered and applied to the order.
    Fails with NOT_FOUND for an unknown secret, a conflict when the payment is over.
    """

    def __init__(self, card: SandboxCard, receive_webhook: ReceiveWebhook, get: GetSandboxPayment) -> None:
        self._card = card
        self._receive_webhook = receive_webhook
        self._get = get

    async def __call__(self, client_secret: str, outcome: CardOutcome) -> SandboxPaymentView:
        event = await self._card.confirm(client_secret, outcome)
        if event is None:
            raise NotFound("payment")
        await self._receive_webhook(event.provider, event.payload, event.signature)
        return await self._get(client_secret)
