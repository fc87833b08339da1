"""Payments of an order: payment intents as the provider states them, and the shop's records of them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from shop.domain.errors import Kind, ShopError, Unavailable


class PaymentStatus(StrEnum):
    """`NONE`: nothing to pay. `UNAVAILABLE`: the provider could not be reached yet; the shop retries."""

    NONE = "none"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"
    PROCESSING = "processing"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class PaymentMethod(StrEnum):
    """How a buyer pays. `TRANSFER`: outside the shop; staff confirm the payment."""

    CARD = "card"
    TRANSFER = "transfer"


FINAL_PAYMENT_STATUSES: Final = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED})


class PaymentUnavailable(Unavailable):
    """The payment provider can't be reached or is failing; the outcome of the request is unknown."""

    code: ClassVar[str] = "PAYMENT_PROVIDER_UNAVAILABLE"


class PaymentAttemptSpoiled(PaymentUnavailable):
    """The provider failed and replays that failure for this attempt's key: only a new attempt can succeed.

    Whether it created an intent anyway can be looked up by the order's id.
    """


class ProviderRefusal(ShopError):
    """The provider permanently refuses a request: it did nothing, and a retry would not help."""

    code: ClassVar[str] = "PAYMENT_REFUSED"


class PaymentDeclined(ProviderRefusal):
    """The customer's bank, or the provider's rules, refuse to move this money."""

    code: ClassVar[str] = "PAYMENT_DECLINED"


class PaymentRejected(ProviderRefusal):
    """The provider permanently refuses the shop's request: a bug or misconfiguration that should raise an alert."""

    code: ClassVar[str] = "PAYMENT_REJECTED"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class TotalNotPayable(ProviderRefusal):
    """The provider does not support this amount."""

    code: ClassVar[str] = "TOTAL_NOT_PAYABLE"


class PaymentNotConfirmable(ShopError):
    """The payment is final: it was cancelled or has succeeded."""

    code: ClassVar[str] = "PAYMENT_NOT_CONFIRMABLE"

    def __init__(self, status: PaymentStatus) -> None:
        super().__init__(f"A payment that is {status} can't be confirmed.", {"status": status.value})


class WebhookRejected(ShopError):
    """The webhook's signature is missing, wrong or too old."""

    code: ClassVar[str] = "WEBHOOK_REJECTED"
    kind: ClassVar[Kind] = Kind.REJECTED


class PaymentMismatch(ShopError):
    """The provider's amount or currency differs from the order's: nothing is applied; check it manually."""

    code: ClassVar[str] = "PAYMENT_MISMATCH"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment intent as the provider states it. `amount` in minor units.

    `order_id` and `attempt` come from its metadata; an intent that the shop did not create has no `order_id`.
    """

    id: str
    status: PaymentStatus
    amount: int
    currency: str
    order_id: str | None
    attempt: int
    client_secret: str | None = None
    decline_reason: str | None = None
    disputed: bool = False
    """Whether the customer's bank has disputed the payment."""
    refunded: int | None = None
    """The amount refunded, including pending refunds; None if the provider did not state it."""


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A provider's name and the shop's account there, as far as known.

    `account` is None (unknown), or words separated by colons, of which the first may be known before the others:
    `live`, then `live:acct_1A2`.
    """

    provider: str
    account: str | None = None

    def may_have(self, payment: "Payment") -> bool:
        """Return whether the payment may belong to this account, as far as both are known."""
        if payment.provider != self.provider:
            return False
        known, other = (account.split(":") if account else [] for account in (self.account, payment.account))
        return all(one == another for one, another in zip(known, other, strict=False))


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to collect an order's total: the shop's side of a provider's payment intent.

    `account` is the provider's account in which the intent was created, as in ProviderAccount.
    """

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
    account: str | None = None

    @classmethod
    def opened(cls, order_id: str, intent: Intent, account: ProviderAccount, at: datetime) -> Self:
        """Return the payment of a new, unconfirmed intent."""
        return cls(
            order_id=order_id,
            attempt=intent.attempt,
            provider=account.provider,
            account=account.account,
            intent_id=intent.id,
            client_secret=intent.client_secret or "",
            status=PaymentStatus.PENDING,
            amount=intent.amount,
            currency=intent.currency,
            created_at=at,
            updated_at=at,
        )

    def observe(self, intent: Intent, at: datetime) -> Self:
        """Return the payment after the provider's statement at this time. A final status never changes."""
        assert intent.id == self.intent_id
        if self.status in FINAL_PAYMENT_STATUSES:
            return self
        return replace(self, status=intent.status, updated_at=at)
