"""What the figures suggest: rules that look at one variant, or one promo code, and say what could be done.

Each rule is a pure function that finds something or nothing. A suggestion is a request of the shop's own API, ready
to be sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from shop.domain.money import Currency
from shop.domain.statistics.figures import NOTHING, Figures

RECENT_DAYS: Final = 30
"""Sales of so many days, today included, are compared with those of as many days before."""
LOOKED_AT_DAYS: Final = 90
"""How far back a product's sales are looked at; what did not sell in them is dead stock."""
SOON_DAYS: Final = 14
"""What sells out within so many days does so soon."""
_FEWEST_USES: Final = 3


class InsightKind(StrEnum):
    SELLS_OUT_SOON = "sells_out_soon"
    NO_SALE = "no_sale"
    SALE_WITHOUT_EFFECT = "sale_without_effect"
    PRICE_ABOVE_WHAT_SOLD_BETTER = "price_above_what_sold_better"
    DEAD_STOCK = "dead_stock"
    PROMO_CODE_LOSES_MONEY = "promo_code_loses_money"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A request to the shop's API that would act on an insight."""

    method: str
    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Insight:
    """Something worth a look. `item_id` is None where it is about no item; amounts in `evidence` are major units."""

    kind: InsightKind
    item_id: str | None
    message: str
    evidence: Mapping[str, Any]
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Trend:
    """How an item sold lately: in the last RECENT_DAYS, and in as many before.

    `last_sold_on` is the day of the last sale, None if that was LOOKED_AT_DAYS ago or more.
    """

    recent: Figures = NOTHING
    earlier: Figures = NOTHING
    last_sold_on: date | None = None

    def __add__(self, other: Self) -> Self:
        """What both saw, of sales that only one of them saw each."""
        days = [day for day in (self.last_sold_on, other.last_sold_on) if day is not None]
        return type(self)(self.recent + other.recent, self.earlier + other.earlier, max(days, default=None))


def trend_of(sales: Mapping[date, Figures], today: date) -> Trend:
    """The trend that these days' sales make."""
    recent = earlier = NOTHING
    last_sold_on = None
    for day, figures in sales.items():
        age = (today - day).days
        if 0 <= age < RECENT_DAYS:
            recent += figures
        elif RECENT_DAYS <= age < 2 * RECENT_DAYS:
            earlier += figures
        if figures.quantity and 0 <= age < LOOKED_AT_DAYS:
            last_sold_on = max(day, last_sold_on or day)
    return Trend(recent, earlier, last_sold_on)


@dataclass(frozen=True, slots=True)
class ItemSituation:
    """A variant that is for sale today; prices in minor units."""

    item_id: str
    product_id: str
    name: str
    """The product's, and what was chosen of its options."""
    has_options: bool
    price: int
    compare_at_price: int | None
    stock: int
    listed_on: date
    today: date
    trend: Trend

    @property
    def recent(self) -> Figures:
        return self.trend.recent

    @property
    def earlier(self) -> Figures:
        return self.trend.earlier

    @property
    def days_without_sale(self) -> int:
        """Since the last sale, or since it is there; counted up to LOOKED_AT_DAYS."""
        return min((self.today - (self.trend.last_sold_on or self.listed_on)).days, LOOKED_AT_DAYS)


def insights_of_item(item: ItemSituation, currency: Currency) -> Iterator[Insight]:
    """All that is worth a look about the item."""
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
    sold = item.recent.quantity
    if sold <= 0 or item.stock * RECENT_DAYS > sold * SOON_DAYS:
        return None
    left = item.stock * RECENT_DAYS // sold
    when = f"sells out in {left} days" if item.stock else "is sold out"
    return Insight(
        InsightKind.SELLS_OUT_SOON,
        item.item_id,
        f"{item.name} {when}: {item.stock} left, {sold} sold in {RECENT_DAYS} days.",
        {"stock": item.stock, "soldInDays": sold, "days": RECENT_DAYS, "daysOfStockLeft": left},
        Suggestion(
            "POST",
            f"/api/products/{item.product_id}/stock",
            # As much as sold in the time, on top of what is left until it comes.
            {
                **({"variantId": item.item_id} if item.has_options else {}),
                "change": sold,
                "reason": f"Restock for {RECENT_DAYS} days",
            },
        ),
    )


def _dead_stock(item: ItemSituation, currency: Currency) -> Insight | None:
    if not item.stock or item.days_without_sale < LOOKED_AT_DAYS:
        return None
    tied_up = currency.to_major(item.stock * item.price)
    return Insight(
        InsightKind.DEAD_STOCK,
        item.item_id,
        f"{item.name} has not sold for {LOOKED_AT_DAYS} days: "
        f"{item.stock} units worth {tied_up} {currency.code}.",
        {"stock": item.stock, "daysWithoutSale": LOOKED_AT_DAYS, "worth": tied_up},
        _cut(item, currency, 30),
    )


def _no_sale(item: ItemSituation, currency: Currency) -> Insight | None:
    days = item.days_without_sale
    if not item.stock or not RECENT_DAYS <= days < LOOKED_AT_DAYS:
        return None
    price = currency.to_major(item.price)
    return Insight(
        InsightKind.NO_SALE,
        item.item_id,
        f"{item.name} has not sold for {days} days at {price} {currency.code}, with {item.stock} in stock.",
        {"stock": item.stock, "daysWithoutSale": days, "price": price},
        _cut(item, currency, 10),
    )


def _sale_without_effect(item: ItemSituation, currency: Currency) -> Insight | None:
    recent, earlier = item.recent, item.earlier
    if item.compare_at_price is None or item.compare_at_price <= item.price:
        return None
    # There must be something to compare with: sales before, and at a higher price.
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
            "compareAtPrice": regular,
            "soldInDays": recent.quantity,
            "soldInDaysBefore": earlier.quantity,
            "days": RECENT_DAYS,
        },
        _change(item, {"price": regular, "compareAtPrice": None}),
    )


def _price_above_what_sold_better(item: ItemSituation, currency: Currency) -> Insight | None:
    recent, earlier = item.recent, item.earlier
    if not recent.quantity < earlier.quantity:
        return None
    better = int(_unit_price(earlier))
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
            "averagePriceBefore": lower,
            "soldInDays": recent.quantity,
            "soldInDaysBefore": earlier.quantity,
            "revenue": brought,
            "revenueBefore": brought_earlier,
            "days": RECENT_DAYS,
        },
        _change(item, {"price": lower}),
    )


def promo_code_loses_money(code: str, uses: Figures, currency: Currency) -> Insight | None:
    """Whether a code that can still be used takes off more than its orders bring; `uses` are the recent ones."""
    if uses.orders < _FEWEST_USES or uses.discount <= uses.net:
        return None
    discount, net = currency.to_major(uses.discount), currency.to_major(uses.net)
    return Insight(
        InsightKind.PROMO_CODE_LOSES_MONEY,
        None,
        f"{code} took {discount} {currency.code} off {uses.orders} orders in {RECENT_DAYS} days, which brought {net}.",
        {"code": code, "orders": uses.orders, "discount": discount, "revenue": net, "days": RECENT_DAYS},
        Suggestion("PATCH", f"/api/promo-codes/{code}", {"active": False}),
    )


def _unit_price(figures: Figures) -> Decimal:
    """Before discounts, in minor units."""
    return Decimal(figures.gross) / figures.quantity if figures.quantity else Decimal(0)


def _cut(item: ItemSituation, currency: Currency, percent: int) -> Suggestion:
    """So much off, shown as a sale."""
    price = item.price * (100 - percent) // 100
    regular = max(item.price, item.compare_at_price or 0)
    return _change(item, {"price": currency.to_major(price), "compareAtPrice": currency.to_major(regular)})


def _change(item: ItemSituation, body: Mapping[str, Any]) -> Suggestion:
    path = f"/api/products/{item.product_id}"
    return Suggestion("PATCH", f"{path}/variants/{item.item_id}" if item.has_options else path, body)
