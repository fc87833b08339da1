"""Orders: the order state, from payment to delivery or refund."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from shop.domain.errors import NotFound, ShopError
from shop.domain.orders.cancellation import Cancellation, CancellationReason
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.dispute import (
    HOLDS_MONEY,
    Dispute,
    DisputeStatus,
    PaymentDisputed,
    merged,
)
from shop.domain.payments.payment import PaymentMethod


class OrderStatus(StrEnum):
    PENDING = "pending"
    FAILED = "failed"
    PAID = "paid"
    CANCELLING = "cancelling"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


_S = OrderStatus
TRANSITIONS: Final[dict[OrderStatus, frozenset[OrderStatus]]] = {
    _S.PENDING: frozenset({_S.PAID, _S.FAILED, _S.CANCELLING}),
    _S.FAILED: frozenset({_S.PAID, _S.CANCELLING}),
    _S.CANCELLING: frozenset({_S.CANCELLED, _S.PAID}),
    _S.PAID: frozenset({_S.SHIPPED, _S.CANCELLING, _S.REFUNDED}),
    _S.SHIPPED: frozenset({_S.DELIVERED, _S.REFUNDED}),
    _S.DELIVERED: frozenset({_S.REFUNDED}),
    _S.CANCELLED: frozenset(),
    _S.REFUNDED: frozenset(),
}
PAYABLE: Final = frozenset({_S.PENDING, _S.FAILED})
REFUNDABLE: Final = frozenset({_S.PAID, _S.SHIPPED, _S.DELIVERED})
"""These are also the statuses to which a refunded order may return when its refund fails later."""
CANCELLABLE: Final = frozenset({_S.PENDING, _S.FAILED, _S.PAID})


class ForbiddenTransition(ShopError):
    """The order's current status does not allow the step."""

    code: ClassVar[str] = "ORDER_STATUS_CONFLICT"

    def __init__(self, current: OrderStatus, step: str) -> None:
        super().__init__(f"An order that is {current} can't be {step}.", {"status": current.value})


class OrderNotPayable(ShopError):
    """The order is paid, being cancelled, or over."""

    code: ClassVar[str] = "ORDER_NOT_PAYABLE"

    def __init__(self, current: OrderStatus) -> None:
        super().__init__(f"An order that is {current} can't be paid any more.", {"status": current.value})


class VatIdMissing(ShopError):
    """The buyer gave no VAT id."""

    code: ClassVar[str] = "VAT_ID_MISSING"

    def __init__(self) -> None:
        super().__init__("This order has no VAT id to verify.")


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One entry of an order's history; `at` in UTC."""

    status: OrderStatus
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The order state. Every method returns the order after the step, or refuses it.

    `user_id` is the account that owns it: None for a guest's order that no account has claimed. `changes` are
    the history entries made since it was loaded; `history_length` counts those stored before. `cancellation`
    is set exactly while the status is `cancelling`. `disputed_at` is when the customer's bank first disputed
    the payment; `disputes` are ordered oldest first. Amounts are minor units.
    """

    id: str
    user_id: str | None
    currency: str
    total: int
    status: OrderStatus
    placed_at: datetime
    expires_at: datetime
    refunded_total: int = 0
    payment_attempt: int = 1
    history_length: int = 0
    cancellation: Cancellation | None = None
    cancelling_recorded: bool = False
    disputed_at: datetime | None = None
    disputes: tuple[Dispute, ...] = ()
    disputes_lost: int = 0
    payment_method: PaymentMethod = PaymentMethod.CARD
    vat_id_verified: bool = False
    """Whether staff found the buyer's VAT id to be registered."""
    changes: tuple[StatusChange, ...] = ()

    def __post_init__(self) -> None:
        assert 0 <= self.refunded_total <= self.total
        assert 0 <= self.disputes_lost <= self.total - self.refunded_total
        assert (self.cancellation is not None) == (self.status is OrderStatus.CANCELLING)
        assert not self.cancelling_recorded or self.cancellation is not None
        assert self.status not in PAYABLE or self.refunded_total == 0, "an unpaid order with refunds"
        assert self.status is not OrderStatus.REFUNDED or self.refunded_total == self.total

    @classmethod
    def place(
        cls,
        snapshot: OrderSnapshot,
        expires_at: datetime,
        payment_method: PaymentMethod = PaymentMethod.CARD,
    ) -> Self:
        """Return the order of a new snapshot: pending, or paid immediately when the total is 0."""
        order = cls(
            id=snapshot.id,
            user_id=snapshot.user_id,
            currency=snapshot.currency,
            total=snapshot.total,
            status=OrderStatus.PENDING,
            placed_at=snapshot.created_at,
            expires_at=expires_at,
            payment_method=payment_method,
            changes=(StatusChange(OrderStatus.PENDING, snapshot.created_at),),
        )
        return order if snapshot.total else order.pay(snapshot.created_at)

    def claim(self, user_id: str) -> Self:
        """Give a guest's order to an account. Raises NotFound if it belongs to another account."""
        if self.user_id not in {None, user_id}:
            raise NotFound("order")
        return replace(self, user_id=user_id)

    @property
    def is_payable(self) -> bool:
        return self.status in PAYABLE

    def ensure_payable(self) -> None:
        """Raise OrderNotPayable unless the order can be paid."""
        if not self.is_payable:
            raise OrderNotPayable(self.status)

    def pay(self, at: datetime, reason: str | None = None) -> Self:
        """Mark the order as paid (also if the payment arrived during a cancellation)."""
        if self.status is OrderStatus.CANCELLING:
            return self.record_cancelling()._move(OrderStatus.PAID, at, "the payment came first")
        return self._move(OrderStatus.PAID, at, reason)

    def fail(self, at: datetime, reason: str) -> Self:
        """Mark the payment as declined; the buyer can try again."""
        return self._move(OrderStatus.FAILED, at, reason)

    def begin_cancelling(self, at: datetime, reason: CancellationReason, note: str | None = None) -> Self:
        """Freeze the order during the provider call. Only `record_cancelling` adds this to the history."""
        if self.status not in CANCELLABLE:
            raise ForbiddenTransition(self.status, "cancelled")
        return replace(
            self,
            status=OrderStatus.CANCELLING,
            cancellation=Cancellation(reason, at, note),
            cancelling_recorded=False,
        )

    def record_cancelling(self) -> Self:
        """Record in the history that the provider has not answered yet. Idempotent."""
        assert self.cancellation is not None
        if self.cancelling_recorded:
            return self
        change = StatusChange(OrderStatus.CANCELLING, self.cancellation.since, self.cancellation.words)
        return replace(self, cancelling_recorded=True, changes=(*self.changes, change))

    def finish_cancelling(self, at: datetime) -> Self:
        """Finish the cancellation: the provider confirmed that the shop keeps no money."""
        if self.cancellation is None:
            raise ForbiddenTransition(self.status, "cancelled")
        return self._move(OrderStatus.CANCELLED, at, self.cancellation.words)

    def keep_after_failed_refund(self, at: datetime) -> Self:
        """Return the order to `paid`: the refund of its cancellation failed, so the shop still has the money."""
        if self.cancellation is None:
            raise ForbiddenTransition(self.status, "kept")
        return self.record_cancelling()._move(OrderStatus.PAID, at, "the refund failed")

    def ensure_refundable(self) -> None:
        """Raise ForbiddenTransition unless the order is paid, shipped or delivered."""
        if self.status not in REFUNDABLE:
            raise ForbiddenTransition(self.status, "refunded")

    def refund(self, amount: int, at: datetime) -> Self:
        """Record a refund. Raises ForbiddenTransition for an unpaid order, and when nothing remains to refund.

        An order that isn't cancelled or being cancelled becomes `refunded` when all its money is refunded.
        """
        if self.is_payable or self.status is OrderStatus.REFUNDED:
            raise ForbiddenTransition(self.status, "refunded")
        assert 0 < amount <= self.refundable_amount
        refunded = replace(self, refunded_total=self.refunded_total + amount)
        if refunded.refunded_total == self.total and self.status in REFUNDABLE:
            return refunded._move(OrderStatus.REFUNDED, at)
        return refunded

    def reverse_refund(self, amount: int, at: datetime, before: OrderStatus) -> Self:
        """Reverse a refund that succeeded and failed later: the shop has the money again.

        A refunded order gets the status that it had `before`; any other keeps its status.
        """
        assert 0 < amount <= self.refunded_total
        left = self.refunded_total - amount
        if self.status is not OrderStatus.REFUNDED:
            return replace(self, refunded_total=left)
        change = StatusChange(before, at, "the refund failed")
        assert before in REFUNDABLE
        return replace(self, status=before, refunded_total=left, changes=(*self.changes, change))

    @property
    def refundable_amount(self) -> int:
        """Return the amount paid, less refunds and amounts lost in disputes."""
        return self.total - self.refunded_total - self.disputes_lost

    def ensure_not_disputed(self) -> None:
        """Raise PaymentDisputed while the customer's bank holds the money."""
        for dispute in self.disputes:
            if dispute.status in HOLDS_MONEY:
                raise PaymentDisputed(dispute)

    def record_disputes(self, stated: Sequence[Dispute]) -> Self:
        """Return the order with the stated disputes; the amount lost is at most the amount not refunded."""
        disputes = merged(self.disputes, stated)
        lost = sum(dispute.amount for dispute in disputes if dispute.status is DisputeStatus.LOST)
        since = [dispute.opened_at for dispute in disputes] + ([self.disputed_at] if self.disputed_at else [])
        return replace(
            self,
            disputes=disputes,
            disputes_lost=min(lost, self.total - self.refunded_total),
            disputed_at=min(since, default=None),
        )

    def mark_disputed(self, at: datetime) -> Self:
        """Mark the payment as disputed by the customer's bank, at the latest since `at`. Only the first call counts."""
        return self if self.disputed_at else replace(self, disputed_at=at)

    def ship(self, at: datetime, reason: str | None = None) -> Self:
        return self._move(OrderStatus.SHIPPED, at, reason)

    def deliver(self, at: datetime, reason: str | None = None) -> Self:
        return self._move(OrderStatus.DELIVERED, at, reason)

    def verify_vat_id(self, *, verified: bool) -> Self:
        """Record whether the buyer's VAT id was found to be registered."""
        return replace(self, vat_id_verified=verified)

    def next_attempt(self) -> Self:
        """Start the next payment attempt, with its own key: the provider can't complete the last one."""
        self.ensure_payable()
        return replace(self, payment_attempt=self.payment_attempt + 1)

    def _move(self, status: OrderStatus, at: datetime, reason: str | None = None) -> Self:
        if status not in TRANSITIONS[self.status]:
            raise ForbiddenTransition(self.status, status.value)
        return replace(
            self,
            status=status,
            cancellation=None,
            cancelling_recorded=False,
            changes=(*self.changes, StatusChange(status, at, reason)),
        )
