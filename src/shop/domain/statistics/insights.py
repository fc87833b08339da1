"""Insights: rules that look at the figures of one item or promo code and suggest an action.

Each rule is a pure function that returns an insight or None. It considers no time before the item or the shop
existed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from shop.domain.money import Currency
from shop.domain.statistics.figures import NOTHING, Figures
from shop.domain.statistics.remedies import Deactivate, EndSale, LowerPrice, Restock

RECENT_DAYS: Final = 30
"""Sales of this many days, today included, are compared with sales of the same number of days before."""
HISTORY_DAYS: Final = 90
"""How many days of sales are considered; a product without sales in them is dead stock."""
SOON_DAYS: Final = 14
"""An item that sells out within this many days sells out soon."""
_MIN_USES: Final = 3


class InsightKind(StrEnum):
    SELLS_OUT_SOON = "sells_out_soon"
    NO_SALE = "no_sale"
    SALE_WITHOUT_EFFECT = "sale_without_effect"
    PRICE_ABOVE_WHAT_SOLD_BETTER = "price_above_what_sold_better"
    DEAD_STOCK = "dead_stock"
    PROMO_CODE_LOSES_MONEY = "promo_code_loses_money"


Action = Restock | LowerPrice | EndSale | Deactivate


@dataclass(frozen=True, slots=True)
class Insight:
    """A suggestion based on the figures. `item_id` is None if it is not about an item.

    Amounts in `evidence` are major units.
    """

    kind: InsightKind
    item_id: str | None
    message: str
    evidence: Mapping[str, Any]
    action: Action


@dataclass(frozen=True, slots=True)
class Trend:
    """How an item sold in the last RECENT_DAYS, and in the same number of days before.

    `last_sold_on` is the day of the last sale, None if that was HISTORY_DAYS ago or more.
    """

    recent: Figures = NOTHING
    earlier: Figures = NOTHING
    last_sold_on: date | None = None

    def __add__(self, other: Self) -> Self:
        """Return the trend of the sales of both, which must not overlap."""
        days = [day for day in (self.last_sold_on, other.last_sold_on) if day is not None]
        return type(self)(self.recent + other.recent, self.earlier + other.earlier, max(days, default=None))


def trend_of(sales: Mapping[date, Figures], today: date) -> Trend:
    """Return the trend of these sales by day."""
    recent = earlier = NOTHING
    last_sold_on = None
    for day, figures in sales.items():
        age = (today - day).days
        if 0 <= age < RECENT_DAYS:
            recent += figures
        elif RECENT_DAYS <= age < 2 * RECENT_DAYS:
            earlier += figures
        if figures.quantity and 0 <= age < HISTORY_DAYS:
            last_sold_on = max(day, last_sold_on or day)
    return Trend(recent, earlier, last_sold_on)


@dataclass(frozen=True, slots=True)
class ItemSituation:
    """A listed item today; prices in minor units. `since` is the first day on which item and shop existed."""

    product_id: str
    item_id: str
    has_options: bool
    name: str
    price: int
    compare_at_price: int | None
    stock: int
    since: date
    today: date
    trend: Trend

    @property
    def variant_id(self) -> str | None:
        """Return the item's id if its product has options."""
        return self.item_id if self.has_options else None

    @property
    def recent(self) -> Figures:
        return self.trend.recent

    @property
    def earlier(self) -> Figures:
        return self.trend.earlier

    @property
    def age(self) -> int:
        """Return the number of days since `since`, both ends included."""
        return max((self.today - self.since).days, 0) + 1

    @property
    def recent_days(self) -> int:
        """Return the number of days that `recent` covers."""
        return min(self.age, RECENT_DAYS)

    @property
    def can_be_compared(self) -> bool:
        """Return whether the item existed during both periods that a trend compares."""
        return self.age >= 2 * RECENT_DAYS

    @property
    def days_without_sale(self) -> int:
        """Return the days since the last sale, or else since `since`; at most HISTORY_DAYS."""
        return min((self.today - (self.trend.last_sold_on or self.since)).days, HISTORY_DAYS)


def insights_of_item(item: ItemSituation, currency: Currency) -> Iterator[Insight]:
    """Yield all insights about an item."""
    for rule in (
        _sells_out_soon,
        _dead_stock,
        _no_sale,
        _sale_without_effect,
        _price_above_what_sold_better,
    ):
        if (insight := rule(item, currency)) is not None:
            yield insight


def _sells_out_soon(item: ItemSituation, currency: Currency) -> Insight | None:  # noqa: ARG001
    sold, days = item.recent.quantity, item.recent_days
    if sold <= 0 or item.stock * days > sold * SOON_DAYS:
        return None
    left = item.stock * days // sold
    when = f"sells out in {_days(left)}" if item.stock else "is sold out"
    return Insight(
        InsightKind.SELLS_OUT_SOON,
        item.item_id,
        f"{item.name} {when}: {item.stock} left, {sold} sold in {_days(days)}.",
        {"stock": item.stock, "sold_in_days": sold, "days": days, "days_of_stock_left": left},
        Restock(item.product_id, item.variant_id),
    )


def _dead_stock(item: ItemSituation, currency: Currency) -> Insight | None:
    if not item.stock or item.days_without_sale < HISTORY_DAYS:
        return None
    if (cut := _cut(item, currency, 30)) is None:
        return None
    tied_up = currency.to_major(item.stock * item.price)
    return Insight(
        InsightKind.DEAD_STOCK,
        item.item_id,
        f"{item.name} has not sold for {HISTORY_DAYS} days: {item.stock} units worth {tied_up} {currency.code}.",
        {"stock": item.stock, "days_without_sale": HISTORY_DAYS, "worth": tied_up},
        cut,
    )


def _no_sale(item: ItemSituation, currency: Currency) -> Insight | None:
    days = item.days_without_sale
    if not item.stock or not RECENT_DAYS <= days < HISTORY_DAYS:
        return None
    if (cut := _cut(item, currency, 10)) is None:
        return None
    price = currency.to_major(item.price)
    return Insight(
        InsightKind.NO_SALE,
        item.item_id,
        f"{item.name} has not sold for {days} days at {price} {currency.code}, with {item.stock} in stock.",
        {"stock": item.stock, "days_without_sale": days, "price": price},
        cut,
    )


def _sale_without_effect(item: ItemSituation, currency: Currency) -> Insight | None:
    recent, earlier = item.recent, item.earlier
    if item.compare_at_price is None or item.compare_at_price <= item.price or not item.can_be_compared:
        return None
    # Compare only with earlier sales at a higher price.
    if not 0 < recent.quantity <= earlier.quantity or not _unit_price(recent) < _unit_price(earlier):
        return None
    price, regular = currency.to_major(item.price), currency.to_major(item.compare_at_price)
    return Insight(
        InsightKind.SALE_WITHOUT_EFFECT,
        item.item_id,
        f"{item.name} is on sale for {price} instead of {regular} {currency.code} and sells no better: "
        f"{recent.quantity} in {RECENT_DAYS} days, {earlier.quantity} in the {RECENT_DAYS} before.",
        {
            "price": price,
            "compare_at_price": regular,
            "sold_in_days": recent.quantity,
            "sold_in_days_before": earlier.quantity,
            "days": RECENT_DAYS,
        },
        EndSale(item.product_id, item.variant_id, item.compare_at_price),
    )


def _price_above_what_sold_better(item: ItemSituation, currency: Currency) -> Insight | None:
    recent, earlier = item.recent, item.earlier
    if not recent.quantity < earlier.quantity or not item.can_be_compared:
        return None
    better = _chargeable(int(_unit_price(earlier)), currency)
    if not 0 < better < item.price or recent.captured >= earlier.captured:
        return None
    price, lower = currency.to_major(item.price), currency.to_major(better)
    brought, brought_earlier = currency.to_major(recent.captured), currency.to_major(earlier.captured)
    return Insight(
        InsightKind.PRICE_ABOVE_WHAT_SOLD_BETTER,
        item.item_id,
        f"{item.name} costs {price} {currency.code} and sold {recent.quantity} in {RECENT_DAYS} days; "
        f"at about {lower} it sold {earlier.quantity} in the {RECENT_DAYS} before.",
        {
            "price": price,
            "average_price_before": lower,
            "sold_in_days": recent.quantity,
            "sold_in_days_before": earlier.quantity,
            "revenue": brought,
            "revenue_before": brought_earlier,
            "days": RECENT_DAYS,
        },
        LowerPrice(item.product_id, item.variant_id, better),
    )


def promo_code_loses_money(code: str, uses: Figures, currency: Currency, age: int) -> Insight | None:
    """Return an insight if a code that can still be used takes off more than its orders bring.

    `uses` are the uses in the last RECENT_DAYS; `age` is the number of days that both the code and the shop exist.
    """
    if uses.orders < _MIN_USES or uses.discount <= uses.net:
        return None
    days = min(age, RECENT_DAYS)
    discount, net = currency.to_major(uses.discount), currency.to_major(uses.net)
    return Insight(
        InsightKind.PROMO_CODE_LOSES_MONEY,
        None,
        f"{code} took {discount} {currency.code} off {uses.orders} orders in {_days(days)}, which brought {net}.",
        {"code": code, "orders": uses.orders, "discount": discount, "revenue": net, "days": days},
        Deactivate(code),
    )


def _unit_price(figures: Figures) -> Decimal:
    """Return the price per unit before discounts, in minor units."""
    return Decimal(figures.gross) / figures.quantity if figures.quantity else Decimal(0)


def _cut(item: ItemSituation, currency: Currency, percent: int) -> LowerPrice | None:
    """Return the action of selling the item for this many per cent less, shown as a sale.

    None if nothing would be left of the price.
    """
    price = _chargeable(item.price * (100 - percent) // 100, currency)
    if not price:
        return None
    return LowerPrice(item.product_id, item.variant_id, price, max(item.price, item.compare_at_price or 0))


def _chargeable(amount: int, currency: Currency) -> int:
    """Return the amount, rounded down to the currency's payable step."""
    return amount - amount % currency.payable_step


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
