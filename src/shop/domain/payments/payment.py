"""Payments and refunds of an order: the shop's ledger of what the provider does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from shop.domain.errors import Kind, ShopError, Unavailable
from shop.domain.money import Currency


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


FINAL_PAYMENT_STATUSES = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED})


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


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


class RefundTooLarge(ShopError):
    """The refund exceeds the captured amount less refunds that are pending or have succeeded."""

    code: ClassVar[str] = "REFUND_TOO_LARGE"

    def __init__(self, amount: int, left: int, currency: str) -> None:
        major = Currency(currency).to_major
        super().__init__(
            f"Only {major(left)} {currency} can still be refunded, not {major(amount)}.",
            {"amount": major(amount), "left": major(left), "currency": currency},
        )


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
        """Return the payment after the provider's statement, with its time; a final status never changes."""
        assert intent.id == self.intent_id
        if self.status in FINAL_PAYMENT_STATUSES:
            return self
        return replace(self, status=intent.status, updated_at=at)


@dataclass(frozen=True, slots=True)
class RefundItem:
    """Units of one of the order's lines."""

    item_id: str
    quantity: int

    def __post_init__(self) -> None:
        assert self.quantity > 0


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund. `id` is also the provider's idempotency key; `amount` in minor units.

    `items` are the refunded items, if stated. `restock` says that they were returned and go back into the stock when
    the refund succeeds. `restocked` are the units that this refund returned to the stock; they stay there if it fails
    later. `failure_reason` is the reason for a failure, if known. `tax` is the part of the amount that is tax; it is
    final once the refund has succeeded.
    """

    id: str
    order_id: str
    intent_id: str
    amount: int
    reason: str | None
    restock: bool
    status: RefundStatus
    created_at: datetime
    provider_refund_id: str | None = None
    items: tuple[RefundItem, ...] = ()
    restocked: tuple[RefundItem, ...] = ()
    failure_reason: str | None = None
    tax: int = 0

    def __post_init__(self) -> None:
        assert self.amount > 0
        assert 0 <= self.tax <= self.amount
        for units in (self.items, self.restocked):
            assert len({item.item_id for item in units}) == len(units), "each line is named once"

    @classmethod
    def of(
        cls,
        refund_id: str,
        payment: Payment,
        amount: int,
        reason: str | None,
        at: datetime,
        *,
        items: tuple[RefundItem, ...] = (),
        restock: bool = False,
        tax: int = 0,
    ) -> Self:
        """Return a new refund of this payment."""
        return cls(
            id=refund_id,
            order_id=payment.order_id,
            intent_id=payment.intent_id,
            amount=amount,
            reason=reason,
            restock=restock,
            status=RefundStatus.PENDING,
            created_at=at,
            items=items,
            tax=tax,
        )

    def settle(
        self, status: RefundStatus, provider_refund_id: str | None, failure_reason: str | None = None
    ) -> Self:
        """Apply the provider's statement about the refund.

        A succeeded refund may fail later, when the bank returns the money. A refund that failed at the provider stays
        failed; a refund that the shop recorded as refused is revived if the provider has it anyway.
        """
        may_become = {
            RefundStatus.PENDING: True,
            RefundStatus.SUCCEEDED: status is RefundStatus.FAILED,
            RefundStatus.FAILED: self.provider_refund_id is None and provider_refund_id is not None,
        }
        if not may_become[self.status]:
            return self
        return replace(
            self,
            status=status,
            provider_refund_id=provider_refund_id or self.provider_refund_id,
            failure_reason=failure_reason if status is RefundStatus.FAILED else None,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """All payments of one order by attempt, and its refunds by age."""

    payments: Sequence[Payment] = ()
    refunds: Sequence[Refund] = ()

    @property
    def captured(self) -> Payment | None:
        """Return the payment that pays for the order: the first to succeed. Any further payment must be refunded."""
        captured = [payment for payment in self.payments if payment.status is PaymentStatus.SUCCEEDED]
        return min(captured, key=lambda payment: payment.updated_at, default=None)

    @property
    def left(self) -> int:
        """Return the captured amount that can still be refunded: less refunds that are pending or have succeeded."""
        paid = self.captured
        if paid is None:
            return 0
        return paid.amount - sum(
            refund.amount
            for refund in self.refunds
            if refund.intent_id == paid.intent_id and refund.status is not RefundStatus.FAILED
        )

    @property
    def pending_refunds(self) -> list[Refund]:
        return [refund for refund in self.refunds if refund.status is RefundStatus.PENDING]

    def payment_of(self, intent_id: str) -> Payment | None:
        return next((payment for payment in self.payments if payment.intent_id == intent_id), None)

    def payment_of_attempt(self, attempt: int) -> Payment | None:
        return next((payment for payment in self.payments if payment.attempt == attempt), None)

    def with_payment(self, payment: Payment) -> Self:
        """Return the ledger with a payment added or updated."""
        others = [present for present in self.payments if present.attempt != payment.attempt]
        return replace(self, payments=tuple(sorted((*others, payment), key=lambda each: each.attempt)))

    def with_refund(self, refund: Refund) -> Self:
        """Return the ledger with a refund added or updated."""
        others = [present for present in self.refunds if present.id != refund.id]
        return replace(self, refunds=tuple(sorted((*others, refund), key=lambda each: each.id)))
