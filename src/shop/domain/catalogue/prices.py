"""Price changes, and the prior price that must be shown next to an announced reduction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from shop.domain.catalogue.variant import Variant
from shop.domain.periods import day_of, start_of_day

PRIOR_PRICE_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One change of a variant's price, in minor units."""

    id: str
    item_id: str
    at: datetime
    former_price: int
    price: int

    def __post_init__(self) -> None:
        assert self.price != self.former_price


def prior_price_since(at: datetime, zone: tzinfo) -> datetime:
    """Return the start of the days, in the zone, whose prices count for a reduction at this moment."""
    return start_of_day(day_of(at, zone) - timedelta(days=PRIOR_PRICE_DAYS), zone)


def begins_reduction(before: Variant, after: Variant) -> bool:
    """Return whether the edit announces a reduction, or changes the price during one."""
    return after.is_reduced and (not before.is_reduced or after.price != before.price)


def prior_price(before: Variant, after: Variant, changes: Sequence[PriceChange]) -> int | None:
    """Return the prior price after an edit: the lowest price of the 30 days before the reduction.

    `changes` are the variant's price changes since `prior_price_since` of now, without this edit's change. A
    reduction is announced while the compare-at price is above the price. A new variant has no prior price.
    """
    if not after.is_reduced:
        return None
    if not begins_reduction(before, after):
        return before.prior_price
    return min([before.price, *(change.former_price for change in changes)])
