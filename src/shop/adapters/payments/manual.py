"""Payments outside the shop: bank transfer, cash on delivery. Staff confirm that the money has arrived.

There is no remote provider: an intent is only an identifier for what the shop itself has recorded.
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
    WebhookRejected,
)
from shop.domain.payments.refund import Refund, RefundStatus

NUMBER: Final = "{number}"
TOTAL: Final = "{total}"


class ManualPayments:
    """See the PaymentProvider port.

    `instructions` is a text template; `{number}` and `{total}` are replaced by the order's number and total. An
    order waits for its payment for `order_term`.
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
        """Do nothing: there is no remote account."""

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def instructions(self, number: str, total: int, currency: str) -> str:
        amount = f"{Currency(currency).to_major(total)} {currency}"
        return self._instructions.replace(NUMBER, number).replace(TOTAL, amount)

    def ensure_payable(self, amount: int, currency: str) -> None:
        """Accept every amount."""

    def ensure_refundable(self, amount: int, currency: str) -> None:
        """Accept every amount."""

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
        """Return None: an order that is being cancelled can't be marked as paid."""
        return None

    async def refund(self, refund: Refund, currency: str) -> ProviderRefund:  # noqa: ARG002 (the port's)
        """Report the refund as done: the person who requests it sends the money."""
        return ProviderRefund(f"manual_{refund.id}", refund.id, refund.amount, RefundStatus.SUCCEEDED)

    async def refunds_of(self, intent_id: str) -> list[ProviderRefund]:  # noqa: ARG002 (the port's)
        return []

    async def disputes_of(self, intent_id: str) -> list[ProviderDispute]:  # noqa: ARG002 (the port's)
        return []

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:  # noqa: ARG002
        raise WebhookRejected("Manual payments have no webhooks.")

    async def events_since(self, moment: datetime) -> AsyncIterator[ProviderEvent]:  # noqa: ARG002 (the port's)
        no_events: list[ProviderEvent] = []
        for event in no_events:
            yield event
