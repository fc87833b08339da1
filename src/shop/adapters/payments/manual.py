"""Payments outside of the shop: bank transfer, cash on delivery. A person says when the money has come.

There is nobody to ask: an intent is no more than a name for what the shop has written down itself.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from shop.application.ports.payments import ProviderDispute, ProviderEvent, ProviderRefund
from shop.domain.money import Currency
from shop.domain.payments.payment import (
    Intent,
    PaymentMethod,
    PaymentStatus,
    ProviderAccount,
    Refund,
    RefundStatus,
    WebhookRejected,
)

NUMBER: Final = "{number}"
TOTAL: Final = "{total}"


class ManualPayments:
    """See the PaymentProvider port.

    `instructions` is a text in which the order's number and its total stand for `{number}` and `{total}`; an order
    waits for its payment as long as `order_term`.
    """

    name = "manual"
    method = PaymentMethod.TRANSFER
    keeps_books = False
    time_budget = timedelta(0)
    account = ProviderAccount(name)

    def __init__(self, instructions: str, order_term: timedelta) -> None:
        self.order_term = order_term
        self._instructions = instructions

    async def open(self) -> None:
        """Nothing to learn."""

    async def close(self) -> None:
        """Nothing to close."""

    def instructions(self, number: str, total: int, currency: str) -> str:
        amount = f"{Currency(currency).to_major(total)} {currency}"
        return self._instructions.replace(NUMBER, number).replace(TOTAL, amount)

    def ensure_payable(self, amount: int, currency: str) -> None:
        """Every amount can be transferred."""

    def ensure_refundable(self, amount: int, currency: str) -> None:
        """Every amount can be transferred back."""

    async def create_intent(self, order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        return Intent(
            f"manual_{order_id}_{attempt}", PaymentStatus.PENDING, amount, currency, order_id, attempt
        )

    async def intent(self, intent_id: str) -> Intent | None:  # noqa: ARG002 (the port's)
        return None

    async def intents_of(self, order_id: str, since: datetime) -> list[Intent]:  # noqa: ARG002 (the port's)
        return []

    async def intents_between(self, start: datetime, end: datetime) -> AsyncIterator[Intent]:  # noqa: ARG002
        no_intents: list[Intent] = []
        for intent in no_intents:
            yield intent

    async def cancel_intent(self, intent_id: str) -> Intent | None:  # noqa: ARG002 (the port's)
        """None: once the order is being cancelled, nobody can mark it as paid."""
        return None

    async def refund(self, refund: Refund, currency: str) -> ProviderRefund:  # noqa: ARG002 (the port's)
        """Taken for done: whoever asks for the refund sends the money."""
        return ProviderRefund(f"manual_{refund.id}", refund.id, refund.amount, RefundStatus.SUCCEEDED)

    async def refunds_of(self, intent_id: str) -> list[ProviderRefund]:  # noqa: ARG002 (the port's)
        return []

    async def disputes_of(self, intent_id: str) -> list[ProviderDispute]:  # noqa: ARG002 (the port's)
        return []

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:  # noqa: ARG002
        raise WebhookRejected("Nobody sends webhooks about payments by hand.")

    async def events_since(self, moment: datetime) -> AsyncIterator[ProviderEvent]:  # noqa: ARG002 (the port's)
        no_events: list[ProviderEvent] = []
        for event in no_events:
            yield event
