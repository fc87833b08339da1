"""Cancellations: who cancelled an order, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CancellationReason(StrEnum):
    """Who or what requested the cancellation; determines how a payment that still arrives is handled."""

    CUSTOMER = "cancelled by the customer"
    SHOP = "cancelled by the shop"
    EXPIRED = "not paid in time"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A cancellation in progress; `note` is an admin's comment."""

    reason: CancellationReason
    since: datetime
    note: str | None = None

    @property
    def words(self) -> str:
        """Return its text in the history."""
        return self.note or self.reason.value
