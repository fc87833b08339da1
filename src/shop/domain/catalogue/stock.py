"""Adjustments of the stock: how many units of a variant there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.rules import checked_reason

MAX_STOCK: Final = 1_000_000_000


class StockTooLow(ShopError):
    """The stock can't become negative; `details.available` is the current stock."""

    code: ClassVar[str] = "STOCK_TOO_LOW"

    def __init__(self, available: int, change: int) -> None:
        super().__init__(
            f"There are only {available} units: {-change} can't be removed.", {"available": available}
        )


class StockMismatch(ShopError):
    """The stock is not as the caller expected; `details.available` is the current stock."""

    code: ClassVar[str] = "STOCK_MISMATCH"

    def __init__(self, expected: int, available: int) -> None:
        super().__init__(
            f"The stock is {available}, not {expected}.", {"expected": expected, "available": available}
        )


@dataclass(frozen=True, slots=True)
class StockAdjustment:
    """A stock change other than a sale: units received, damaged or recounted."""

    id: str
    item_id: str
    change: int
    available: int
    """The stock after the adjustment."""
    reason: str | None
    made_by: str
    """The id of the user who adjusted the stock."""
    at: datetime

    def __post_init__(self) -> None:
        if self.available < 0:
            raise StockTooLow(self.available - self.change, self.change)
        ensure_possible_stock(self.available, "change", "leave a stock")
        object.__setattr__(self, "reason", checked_reason(self.reason))


def ensure_possible_stock(units: int, field: str, verb: str = "be") -> None:
    """Raise ValidationFailed for `field` unless `units` is within 0–MAX_STOCK.

    `verb` completes the message: "must be between …".
    """
    if not 0 <= units <= MAX_STOCK:
        raise ValidationFailed({field: f"must {verb} between 0 and {MAX_STOCK}"})


def change_to(units: int, expected: int, available: int) -> int:
    """Return the change that makes the stock `units`. Raises StockMismatch unless it is as expected."""
    if available != expected:
        raise StockMismatch(expected, available)
    return units - available
