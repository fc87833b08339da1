"""Figures: sums over the sales ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import NamedTuple, Self, TypeVar

from shop.domain.periods import day_of
from shop.domain.statistics.sales import SalesEntry

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over some of the ledger, in minor units.

    `orders` counts paid orders, `quantity` their units, `gross` is their price before `discount`; `refunded` and
    `disputed` are the amounts refunded and lost in disputes, each on the day of the refund or loss. These are prices
    of goods, with tax only where prices include it. `shipping` and `tax` are collected less returned; `tax_added` is
    the part of `tax` that was added to the prices. Only sums by day have these three; elsewhere they are 0.
    """

    orders: int = 0
    quantity: int = 0
    gross: int = 0
    discount: int = 0
    refunded: int = 0
    disputed: int = 0
    shipping: int = 0
    tax: int = 0
    tax_added: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.orders + other.orders,
            self.quantity + other.quantity,
            self.gross + other.gross,
            self.discount + other.discount,
            self.refunded + other.refunded,
            self.disputed + other.disputed,
            self.shipping + other.shipping,
            self.tax + other.tax,
            self.tax_added + other.tax_added,
        )

    @property
    def captured(self) -> int:
        """Return the amount paid for goods."""
        return self.gross - self.discount

    @property
    def net(self) -> int:
        """Return net revenue: what was paid for goods, less refunds and lost disputes. Negative if these exceed it.

        By day, with `shipping` and `tax_added`, it is exactly the money captured less refunded and lost.
        """
        return self.captured - self.refunded - self.disputed


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """Sales by day, and by promo code."""

    by_day: Mapping[date, Figures]
    by_promo_code: Mapping[str, Figures]

    @property
    def total(self) -> Figures:
        return sum(self.by_day.values(), NOTHING)


class ItemDay(NamedTuple):
    """One item on one day."""

    day: date
    item_id: str
    product_id: str


@dataclass(frozen=True, slots=True)
class DailyFigures:
    """Sums by day, and by day and item or promo code. An item's `orders` are the orders that contain it.

    `product_orders` counts the orders of the item's product. If an order has several variants of the product,
    it is counted for only one of them.
    """

    days: Mapping[date, Figures]
    items: Mapping[ItemDay, Figures]
    product_orders: Mapping[ItemDay, int]
    promo_codes: Mapping[tuple[date, str], Figures]

    @property
    def total(self) -> Figures:
        return sum(self.days.values(), NOTHING)

    @property
    def by_item(self) -> dict[str, Figures]:
        totals: defaultdict[str, Figures] = defaultdict(Figures)
        for key, figures in self.items.items():
            totals[key.item_id] += figures
        return dict(totals)

    @property
    def by_product(self) -> dict[str, Figures]:
        totals: defaultdict[str, Figures] = defaultdict(Figures)
        for key, figures in self.items.items():
            totals[key.product_id] += replace(figures, orders=self.product_orders[key])
        return dict(totals)

    @property
    def by_promo_code(self) -> dict[str, Figures]:
        totals: defaultdict[str, Figures] = defaultdict(Figures)
        for (_, code), figures in self.promo_codes.items():
            totals[code] += figures
        return dict(totals)


def sums(entries: Iterable[SalesEntry], zone: tzinfo) -> DailyFigures:
    """Return the figures of these entries, by days in the zone."""
    days: defaultdict[date, _Sum] = defaultdict(_Sum)
    items: defaultdict[ItemDay, _Sum] = defaultdict(_Sum)
    product_orders: Counter[ItemDay] = Counter()
    promo_codes: defaultdict[tuple[date, str], _Sum] = defaultdict(_Sum)
    for entry in entries:
        day = day_of(entry.at, zone)
        days[day].add(entry, entry.begins_order)
        days[day].collect(entry)
        item = ItemDay(day, entry.item_id, entry.product_id)
        items[item].add(entry, entry.is_sale)
        product_orders[item] += entry.begins_product
        if entry.promo_code is not None:
            promo_codes[day, entry.promo_code].add(entry, entry.begins_order)
    return DailyFigures(_figures(days), _figures(items), product_orders, _figures(promo_codes))


class _Sum:
    """A mutable sum. Adding up Figures would create an object per entry, which is slow for many entries."""

    __slots__ = (
        "discount",
        "disputed",
        "gross",
        "orders",
        "quantity",
        "refunded",
        "shipping",
        "tax",
        "tax_added",
    )

    def __init__(self) -> None:
        self.orders = self.quantity = self.gross = self.discount = self.refunded = self.disputed = 0
        self.shipping = self.tax = self.tax_added = 0

    def add(self, entry: SalesEntry, is_order: bool) -> None:
        self.orders += is_order
        self.quantity += entry.quantity
        self.gross += entry.gross
        self.discount += entry.discount
        self.refunded += entry.refunded
        self.disputed += entry.disputed

    def collect(self, entry: SalesEntry) -> None:
        """Add the entry's shipping and tax."""
        self.shipping += entry.shipping
        self.tax += entry.tax
        self.tax_added += entry.tax_added


def _figures(by_key: Mapping[Key, _Sum]) -> dict[Key, Figures]:
    return {
        key: Figures(
            found.orders,
            found.quantity,
            found.gross,
            found.discount,
            found.refunded,
            found.disputed,
            found.shipping,
            found.tax,
            found.tax_added,
        )
        for key, found in by_key.items()
    }


def merged(one: Mapping[Key, Figures], other: Mapping[Key, Figures]) -> dict[Key, Figures]:
    """Return one mapping with the keys of both; the figures of keys that both have are added up."""
    both = dict(one)
    for key, figures in other.items():
        both[key] = both[key] + figures if key in both else figures
    return both
