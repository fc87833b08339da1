"""Figures: sums over the sales ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Self, TypeVar

from shop.domain.periods import day_of
from shop.domain.sales import SalesEntry

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over some of the ledger, in minor units.

    `orders` are those that were paid, `quantity` their units, `gross` what those cost before `discount`; `refunded`
    is what was sent back, on the day on which it was.
    """

    orders: int = 0
    quantity: int = 0
    gross: int = 0
    discount: int = 0
    refunded: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.orders + other.orders,
            self.quantity + other.quantity,
            self.gross + other.gross,
            self.discount + other.discount,
            self.refunded + other.refunded,
        )

    @property
    def captured(self) -> int:
        """What was paid."""
        return self.gross - self.discount

    @property
    def net(self) -> int:
        """Net revenue: what was paid less what was sent back. Below zero in a period that mostly refunds."""
        return self.captured - self.refunded


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """Sales by day, and those with a promo code by that."""

    by_day: Mapping[date, Figures]
    by_promo_code: Mapping[str, Figures]

    @property
    def total(self) -> Figures:
        return sum(self.by_day.values(), NOTHING)


@dataclass(frozen=True, slots=True)
class DailyFigures:
    """Sums by day, and by day and product or promo code. A product's `orders` are those that had it."""

    days: Mapping[date, Figures]
    products: Mapping[tuple[date, str], Figures]
    promo_codes: Mapping[tuple[date, str], Figures]

    @property
    def total(self) -> Figures:
        return sum(self.days.values(), NOTHING)

    @property
    def by_product(self) -> dict[str, Figures]:
        return _over_days(self.products)

    @property
    def by_promo_code(self) -> dict[str, Figures]:
        return _over_days(self.promo_codes)


def sums(entries: Iterable[SalesEntry], zone: tzinfo) -> DailyFigures:
    """The figures of these entries, by the days of the zone."""
    days: defaultdict[date, Figures] = defaultdict(Figures)
    products: defaultdict[tuple[date, str], Figures] = defaultdict(Figures)
    promo_codes: defaultdict[tuple[date, str], Figures] = defaultdict(Figures)
    for entry in entries:
        day = day_of(entry.at, zone)
        orders = int(entry.begins_order)
        figures = Figures(orders, entry.quantity, entry.gross, entry.discount, entry.refunded)
        days[day] += figures
        if entry.promo_code is not None:
            promo_codes[day, entry.promo_code] += figures
        products[day, entry.product_id] += Figures(
            int(entry.is_sale), entry.quantity, entry.gross, entry.discount, entry.refunded
        )
    return DailyFigures(days, products, promo_codes)


def merged(one: Mapping[Key, Figures], other: Mapping[Key, Figures]) -> dict[Key, Figures]:
    """The sums of two mappings."""
    both = dict(one)
    for key, figures in other.items():
        both[key] = both[key] + figures if key in both else figures
    return both


def _over_days(by_day: Mapping[tuple[date, str], Figures]) -> dict[str, Figures]:
    totals: defaultdict[str, Figures] = defaultdict(Figures)
    for (_, key), figures in by_day.items():
        totals[key] += figures
    return dict(totals)
