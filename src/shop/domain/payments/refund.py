"""Refunds: money that goes back to the customer."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from shop.domain.errors import ShopError
from shop.domain.money import Currency
from shop.domain.payments.payment import Payment


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundTooLarge(ShopError):
    """The refund exceeds the captured amount less refunds that are pending or have succeeded."""

    code: ClassVar[str] = "REFUND_TOO_LARGE"

    def __init__(self, amount: int, left: int, currency: str) -> None:
        major = Currency(currency).to_major
        super().__init__(
            f"Only {major(left)} {currency} can still be refunded, not {major(amount)}.",
            {"amount": major(amount), "left": major(left), "currency": currency},
        )


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
        """Return the refund after the provider's statement about it.

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
