"""The sandbox's side of a payment: confirm it with a simulated card and deliver the webhook to the shop."""

from decimal import Decimal

import msgspec

from shop.application.payments.statements import ReceiveWebhook
from shop.application.ports.payments import CardOutcome, SandboxCard
from shop.domain.errors import NotFound
from shop.domain.money import Currency
from shop.domain.payments.payment import PaymentStatus


class ConfirmationInput(msgspec.Struct, forbid_unknown_fields=True):
    """The simulated answer of the customer's bank."""

    outcome: CardOutcome


class SandboxPaymentView(msgspec.Struct, frozen=True):
    """A sandbox payment as its customer sees it; `amount` in major units."""

    status: PaymentStatus
    amount: Decimal
    currency: str


class GetSandboxPayment:
    """Holders of the client secret: show the payment's state. Fails with NOT_FOUND for an unknown secret."""

    def __init__(self, card: SandboxCard) -> None:
        self._card = card

    async def __call__(self, client_secret: str) -> SandboxPaymentView:
        intent = await self._card.lookup(client_secret)
        if intent is None:
            raise NotFound("payment")
        amount = Currency(intent.currency).to_major(intent.amount)
        return SandboxPaymentView(intent.status, amount, intent.currency)


class ConfirmSandboxPayment:
    """Holders of the client secret: simulate the customer's card.

    The provider's signed webhook is delivered and applied to the order before the response is sent.
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
