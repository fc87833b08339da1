"""Figures of a customer's own purchases."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shop.application.framework.views import Page
from shop.application.ports.accounts import UserQueries
from shop.application.ports.statistics import SoldBy, StatisticsQueries
from shop.application.statistics.amounts import average
from shop.application.statistics.calendar import Calendar
from shop.domain.errors import NotFound
from shop.domain.money import Currency
from shop.domain.periods import Granularity, period_of, periods
from shop.domain.statistics.figures import NOTHING, DailyFigures, Figures, sums
from shop.domain.statistics.sales import SalesEntry

_TOP_ITEMS: Final = 5


class OwnMonthView(msgspec.Struct, frozen=True, rename="camel"):
    """A month (`2026-02`) in the shop's time zone."""

    month: str
    orders: int
    spent: Decimal
    refunded: Decimal


class OwnItemView(msgspec.Struct, frozen=True, rename="camel"):
    """Purchases of one variant or product. `average_unit_price` is the price per unit, rounded half up."""

    item_id: str
    product_id: str
    sku: str | None
    name: str
    options: dict[str, str]
    orders: int
    quantity: int
    spent: Decimal
    refunded: Decimal
    average_unit_price: Decimal
    last_purchased_at: datetime


class OwnStatisticsView(msgspec.Struct, frozen=True, rename="camel"):
    """Sums over paid orders, including those cancelled or refunded later; each counts at its time of payment.

    `spent` is the amount captured, `saved` the discounts, `refunded` the refunds. `average_order` is `spent` per order,
    rounded half up to the minor unit; it and the times are null without orders. `by_month` includes empty months.
    """

    orders: int
    items: int
    spent: Decimal
    saved: Decimal
    refunded: Decimal
    average_order: Decimal | None
    currency: str
    first_order_at: datetime | None
    last_order_at: datetime | None
    by_month: list[OwnMonthView]
    top_items: list[OwnItemView]


class _OwnFigures:
    """Base of the use cases that read a customer's ledger entries."""

    def __init__(self, queries: StatisticsQueries, zone: ZoneInfo, currency: Currency) -> None:
        self._queries = queries
        self._zone = zone
        self._currency = currency

    async def _entries(self, user_id: str, since: str | None, until: str | None) -> list[SalesEntry]:
        return await self._queries.sales_of_user(user_id, Calendar(self._zone).span(since, until))

    async def _views(
        self, entries: Sequence[SalesEntry], shown: Sequence[tuple[str, Figures]], by: SoldBy
    ) -> list[OwnItemView]:
        facts = await self._queries.facts([item_id for item_id, _ in shown], by)
        last = {
            entry.product_id if by is SoldBy.PRODUCT else entry.item_id: entry.at
            for entry in entries
            if entry.is_sale
        }
        major = self._currency.to_major
        return [
            OwnItemView(
                item_id=item_id,
                product_id=facts[item_id].product_id,
                sku=facts[item_id].sku,
                name=facts[item_id].name,
                options=dict(facts[item_id].options),
                orders=figures.orders,
                quantity=figures.quantity,
                spent=major(figures.captured),
                refunded=major(figures.refunded),
                average_unit_price=major(average(figures.captured, figures.quantity) or 0),
                last_purchased_at=last[item_id],
            )
            for item_id, figures in shown
        ]


def _items(found: DailyFigures, by: SoldBy) -> list[tuple[str, Figures]]:
    """Return the items bought, highest spending first (ties by id)."""
    sold = found.by_product if by is SoldBy.PRODUCT else found.by_item
    bought = [(item_id, figures) for item_id, figures in sold.items() if figures.quantity]
    return sorted(bought, key=lambda item: (-item[1].captured, item[0]))


class GetOwnStatistics(_OwnFigures):
    """Users: their own purchases in total, by month and with the items that they spent most on.

    Paid orders count, even if cancelled or refunded later. `from` and `to` are days in the shop's time zone, both
    included, or timestamps. Fails with VALIDATION_FAILED when `from` is after `to`.
    """

    async def __call__(
        self, user_id: str, since: str | None = None, until: str | None = None
    ) -> OwnStatisticsView:
        entries = await self._entries(user_id, since, until)
        found = sums(entries, self._zone)
        total = found.total
        paid_at = [entry.at for entry in entries if entry.begins_order]
        mean = average(total.captured, total.orders)
        major = self._currency.to_major
        return OwnStatisticsView(
            orders=total.orders,
            items=total.quantity,
            spent=major(total.captured),
            saved=major(total.discount),
            refunded=major(total.refunded),
            average_order=None if mean is None else major(mean),
            currency=self._currency.code,
            first_order_at=min(paid_at, default=None),
            last_order_at=max(paid_at, default=None),
            by_month=self._by_month(found.days),
            top_items=await self._views(entries, _items(found, SoldBy.VARIANT)[:_TOP_ITEMS], SoldBy.VARIANT),
        )

    def _by_month(self, days: Mapping[date, Figures]) -> list[OwnMonthView]:
        if not days:
            return []
        months = dict.fromkeys(periods(min(days), max(days), Granularity.MONTH), NOTHING)
        for day, figures in days.items():
            months[period_of(day, Granularity.MONTH)] += figures
        major = self._currency.to_major
        return [
            OwnMonthView(month, found.orders, major(found.captured), major(found.refunded))
            for month, found in months.items()
        ]


class GetCustomerStatistics:
    """Staff who may read customers: one customer's purchases, as the customer sees them.

    Fails with NOT_FOUND for an unknown user, VALIDATION_FAILED when `from` is after `to`.
    """

    def __init__(self, users: UserQueries, get_own_statistics: GetOwnStatistics) -> None:
        self._users = users
        self._get_own_statistics = get_own_statistics

    async def __call__(
        self, username: str, since: str | None = None, until: str | None = None
    ) -> OwnStatisticsView:
        user = await self._users.user_by_username(username)
        if user is None:
            raise NotFound("user")
        return await self._get_own_statistics(user.id, since, until)


class GetOwnItemStatistics(_OwnFigures):
    """Users: their own purchases by variant or, with `by=product`, by product, highest spending first.

    `from` and `to` as for the totals."""

    async def __call__(
        self,
        user_id: str,
        page: int,
        limit: int,
        by: SoldBy,
        since: str | None = None,
        until: str | None = None,
    ) -> Page[OwnItemView]:
        entries = await self._entries(user_id, since, until)
        items = _items(sums(entries, self._zone), by)
        shown = items[(page - 1) * limit : page * limit]
        return Page(page, limit, len(items), await self._views(entries, shown, by))
