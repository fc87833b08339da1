"""Disputes: the customer's bank challenges a payment and may withdraw the money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from shop.domain.errors import ShopError


class DisputeStatus(StrEnum):
    """As Stripe names them. A `warning` is an inquiry: the bank asks, and has taken nothing yet."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    PREVENTED = "prevented"
    WON = "won"
    LOST = "lost"


_S = DisputeStatus
CLOSED: Final = frozenset({_S.WARNING_CLOSED, _S.PREVENTED, _S.WON, _S.LOST})
HOLDS_MONEY: Final = frozenset({_S.NEEDS_RESPONSE, _S.UNDER_REVIEW})
"""The bank holds the money until it decides: a refund would pay the customer twice."""


class PaymentDisputed(ShopError):
    """A refund, or a cancellation that needs one, was requested while the customer's bank holds the money."""

    code: ClassVar[str] = "PAYMENT_DISPUTED"

    def __init__(self, dispute: "Dispute") -> None:
        super().__init__(
            "The customer's bank disputes this payment and holds its money: it cannot be refunded before the dispute"
            " is closed.",
            {"status": dispute.status.value, "opened_at": dispute.opened_at},
        )


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute of an order's payment; `id` is the provider's, `amount` in minor units of the order's currency."""

    id: str
    status: DisputeStatus
    amount: int
    reason: str
    opened_at: datetime
    closed_at: datetime | None = None

    def __post_init__(self) -> None:
        assert self.amount >= 0
        assert (self.closed_at is not None) == (self.status in CLOSED)

    @classmethod
    def stated(
        cls,
        dispute_id: str,
        status: DisputeStatus,
        amount: int,
        reason: str,
        opened_at: datetime,
        at: datetime,
    ) -> Self:
        """Return the dispute as the provider states it at this time."""
        return cls(dispute_id, status, amount, reason, opened_at, at if status in CLOSED else None)

    def observe(self, stated: Self) -> Self:
        """Return the dispute after a later statement; it is closed at the time of the first closing statement."""
        if stated.closed_at is not None and self.closed_at is not None:
            return replace(stated, closed_at=self.closed_at)
        return stated


def merged(known: Sequence[Dispute], stated: Sequence[Dispute]) -> tuple[Dispute, ...]:
    """Return all disputes of a payment, oldest first: the stated ones and known ones that were not stated."""
    by_id = {dispute.id: dispute for dispute in known}
    for dispute in stated:
        by_id[dispute.id] = by_id[dispute.id].observe(dispute) if dispute.id in by_id else dispute
    return tuple(sorted(by_id.values(), key=lambda dispute: (dispute.opened_at, dispute.id)))
