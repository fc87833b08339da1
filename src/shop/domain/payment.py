"""Payments and refunds of an order: the shop's ledger of what the provider does."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from shop.domain.errors import Kind, ShopError, Unavailable
from shop.domain.order import Order, OrderStatus


class PaymentStatus(StrEnum):
    """`NONE`: nothing to pay. `UNAVAILABLE`: the provider could not be reached yet, it is tried again."""

    NONE = "none"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"
    PROCESSING = "processing"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


FINAL_PAYMENT_STATUSES = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED})


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PaymentUnavailable(Unavailable):
    """The payment provider can't be reached or is failing; nothing is known of what it did."""

    code: ClassVar[str] = "PAYMENT_PROVIDER_UNAVAILABLE"


class PaymentRejected(ShopError):
    """The provider refuses a request of ours for good: a fault of ours, worth an alarm."""

    code: ClassVar[str] = "PAYMENT_REJECTED"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class TotalNotPayable(ShopError):
    """The provider takes no payment of this amount."""

    code: ClassVar[str] = "TOTAL_NOT_PAYABLE"


class PaymentNotConfirmable(ShopError):
    """The payment is over: it was cancelled, or it has succeeded already."""

    code: ClassVar[str] = "PAYMENT_NOT_CONFIRMABLE"

    def __init__(self, status: PaymentStatus) -> None:
        super().__init__(f"A payment that is {status} can't be confirmed.", {"status": status.value})


class WebhookRejected(ShopError):
    """The webhook's signature is missing, wrong or too old."""

    code: ClassVar[str] = "WEBHOOK_REJECTED"
    kind: ClassVar[Kind] = Kind.REJECTED


class PaymentMismatch(ShopError):
    """The provider's amount or currency is not the order's: nothing is applied, somebody must look."""

    code: ClassVar[str] = "PAYMENT_MISMATCH"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment intent as the provider states it. `amount` in minor units.

    `order_id` and `attempt` come from its metadata; an intent that isn't ours has none.
    """

    id: str
    status: PaymentStatus
    amount: int
    currency: str
    order_id: str | None
    attempt: int
    client_secret: str | None = None
    decline_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to collect an order's total: the shop's side of a provider's payment intent."""

    order_id: str
    attempt: int
    provider: str
    intent_id: str
    client_secret: str
    status: PaymentStatus
    amount: int
    currency: str
    created_at: datetime
    updated_at: datetime

    def observe(self, intent: Intent, at: datetime) -> Self:
        """What we know after the provider's statement, and when we heard it; a final status never changes."""
        assert intent.id == self.intent_id
        if self.status in FINAL_PAYMENT_STATUSES:
            return self
        return replace(self, status=intent.status, updated_at=at)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. `id` is also the provider's idempotency key; `amount` in minor units."""

    id: str
    order_id: str
    intent_id: str
    amount: int
    reason: str | None
    restock: bool
    status: RefundStatus
    created_at: datetime
    provider_refund_id: str | None = None

    def __post_init__(self) -> None:
        assert self.amount > 0

    @classmethod
    def owe(
        cls, refund_id: str, order: Order, intent_id: str, amount: int, reason: str, at: datetime
    ) -> Self:
        """Money of the order's that has to go back; the goods go back into the stock if the order is cancelled."""
        return cls(
            id=refund_id,
            order_id=order.id,
            intent_id=intent_id,
            amount=amount,
            reason=reason,
            restock=order.status is OrderStatus.CANCELLING,
            status=RefundStatus.PENDING,
            created_at=at,
        )

    def settle(self, status: RefundStatus, provider_refund_id: str | None) -> Self:
        """The provider's verdict; what has succeeded or failed stays so."""
        if self.status is not RefundStatus.PENDING:
            return self
        return replace(self, status=status, provider_refund_id=provider_refund_id)
