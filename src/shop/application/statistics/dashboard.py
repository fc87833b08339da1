"""The dashboard for admins."""

from asyncio import gather
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shop.application.ports.statistics import ItemFacts, ItemRanking, StatisticsQueries
from shop.application.ports.system import Clock
from shop.application.statistics.amounts import average, days_left
from shop.application.statistics.calendar import Calendar
from shop.application.statistics.insights import FindInsights
from shop.application.statistics.items import SoldItemView, sold_item_view
from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency
from shop.domain.orders.order import OrderStatus
from shop.domain.periods import Granularity, Span, day_of, period_of, periods
from shop.domain.statistics.figures import NOTHING, Figures, SalesFigures
from shop.domain.statistics.insights import Insight

_TOP_ITEMS: Final = 10
_LOW_STOCK: Final = 5
_LOW_DAYS: Final = 14
_MAX_LOW_STOCK_ITEMS: Final = 20
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_DAYS: Final = {Granularity.DAY: 3_660, Granularity.WEEK: 36_600, Granularity.MONTH: 36_600}
"""The maximum length of a series, in days."""


class TotalsView(msgspec.Struct, frozen=True, rename="camel"):
    """`net_revenue` is gross less discounts, refunds and what was lost in disputes: the goods' share of each.

    `shipping` and `tax` are collected less returned; `tax_added` is the part of `tax` that was added to the prices.
    `net_revenue`, `shipping` and `tax_added` add up to the money captured, less refunded and lost.
    `average_order` is the amount paid per order, rounded half up to the minor unit; null without orders.
    """

    orders: int
    items_sold: int
    gross_revenue: Decimal
    discounts: Decimal
    refunds: Decimal
    disputes_lost: Decimal
    net_revenue: Decimal
    shipping: Decimal
    tax: Decimal
    tax_added: Decimal
    average_order: Decimal | None
    new_customers: int


class PeriodView(msgspec.Struct, frozen=True, rename="camel"):
    """A day (`2026-02-14`), an ISO week (`2026-W07`) or a month (`2026-02`) in the shop's time zone."""

    period: str
    orders: int
    items_sold: int
    gross_revenue: Decimal
    discounts: Decimal
    refunds: Decimal
    disputes_lost: Decimal
    net_revenue: Decimal
    shipping: Decimal
    tax: Decimal
    tax_added: Decimal


class LowStockView(msgspec.Struct, frozen=True, rename="camel"):
    """A variant with few units, or few days of stock at the rate of the last 30 days."""

    item_id: str
    product_id: str
    sku: str | None
    name: str
    options: dict[str, str]
    stock: int
    sold_in_30_days: int
    days_of_stock_left: int | None


class PromoCodeUseView(msgspec.Struct, frozen=True, rename="camel"):
    """Paid orders with a promo code: the discounts, and the revenue less refunds and lost disputes."""

    code: str
    orders: int
    discount: Decimal
    revenue: Decimal


class DashboardFigures(msgspec.Struct, frozen=True, rename="camel"):
    """Figures of a period. `orders_by_status` counts the orders placed in it by their current status.

    `low_stock` is always current, regardless of the period.
    """

    currency: str
    time_zone: str
    granularity: Granularity
    totals: TotalsView
    series: list[PeriodView]
    orders_by_status: dict[str, int]
    top_items: list[SoldItemView]
    low_stock: list[LowStockView]
    promo_codes: list[PromoCodeUseView]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The figures of a period, and current insights."""

    figures: DashboardFigures
    insights: list[Insight]


class GetDashboard:
    """Admins: sales from `from` to `to` in total, per period and per item, and what needs attention.

    Days are in the shop's time zone, both ends included; timestamps are used as given. Orders and gross revenue count
    on the day of payment, even if cancelled or refunded later; refunds and lost disputes count on the day on which they
    succeeded or were lost. The series includes empty periods; if it would be too long, it runs from the first sale to
    the last. Fails with VALIDATION_FAILED when `from` is after `to`, or when even that series is too long.
    """

    def __init__(
        self,
        queries: StatisticsQueries,
        find_insights: FindInsights,
        clock: Clock,
        zone: ZoneInfo,
        currency: Currency,
    ) -> None:
        self._queries = queries
        self._find_insights = find_insights
        self._clock = clock
        self._zone = zone
        self._currency = currency

    async def __call__(
        self, since: str | None = None, until: str | None = None, granularity: Granularity = Granularity.DAY
    ) -> Dashboard:
        span = Calendar(self._zone).span(since, until)
        # The reads run concurrently: the slowest one determines the total time.
        sales, statuses, top_items, selling_out, new_customers, insights = await gather(
            self._queries.sales(span, self._zone),
            self._queries.orders_by_status(span),
            self._top_items(span),
            self._queries.selling_out(_LOW_STOCK, _LOW_DAYS, _MAX_LOW_STOCK_ITEMS),
            self._queries.new_customers(span),
            self._find_insights(),
        )
        figures = DashboardFigures(
            currency=self._currency.code,
            time_zone=self._zone.key,
            granularity=granularity,
            totals=self._totals(sales.total, new_customers),
            series=self._series(span, sales, granularity),
            orders_by_status={status.value: statuses.get(status, 0) for status in OrderStatus},
            top_items=top_items,
            low_stock=[_low_stock_view(variant) for variant in selling_out],
            promo_codes=self._promo_codes(sales.by_promo_code),
        )
        return Dashboard(figures, insights)

    async def _top_items(self, span: Span) -> list[SoldItemView]:
        top, _ = await self._queries.items(span, self._zone, ItemRanking(), 1, _TOP_ITEMS)
        facts = await self._queries.facts([item_id for item_id, _ in top])
        return [
            sold_item_view(item_id, figures, facts.get(item_id), self._currency) for item_id, figures in top
        ]

    def _days(self, span: Span, sales: SalesFigures) -> tuple[date | None, date]:
        """Return the first and last day of the series. The defaults are the first sale and today."""
        last = day_of(self._clock.now(), self._zone)
        if span.until is not None:
            last = day_of(span.until - _MICROSECOND, self._zone)
        elif sales.by_day:
            last = max(last, *sales.by_day)
        if span.since is not None:
            first = day_of(span.since, self._zone)
        elif sales.by_day:
            first = min(sales.by_day)
        else:
            return None, last
        return (first, last) if first <= last else (None, last)

    def _totals(self, total: Figures, new_customers: int) -> TotalsView:
        major = self._currency.to_major
        mean = average(total.captured, total.orders)
        return TotalsView(
            orders=total.orders,
            items_sold=total.quantity,
            gross_revenue=major(total.gross),
            discounts=major(total.discount),
            refunds=major(total.refunded),
            disputes_lost=major(total.disputed),
            net_revenue=major(total.net),
            shipping=major(total.shipping),
            tax=major(total.tax),
            tax_added=major(total.tax_added),
            average_order=None if mean is None else major(mean),
            new_customers=new_customers,
        )

    def _series(self, span: Span, sales: SalesFigures, granularity: Granularity) -> list[PeriodView]:
        first, last = self._days(span, sales)
        max_length = timedelta(days=_MAX_DAYS[granularity])
        if first is not None and last - first > max_length:
            first, last = min(sales.by_day, default=None), max(sales.by_day, default=last)
        if first is None:
            return []
        if last - first > max_length:
            raise ValidationFailed({"from": f"must be at most {max_length.days} days before `to`"})
        found = dict.fromkeys(periods(first, last, granularity), NOTHING)
        for day, figures in sales.by_day.items():
            found[period_of(day, granularity)] += figures
        major = self._currency.to_major
        return [
            PeriodView(
                period=period,
                orders=figures.orders,
                items_sold=figures.quantity,
                gross_revenue=major(figures.gross),
                discounts=major(figures.discount),
                refunds=major(figures.refunded),
                disputes_lost=major(figures.disputed),
                net_revenue=major(figures.net),
                shipping=major(figures.shipping),
                tax=major(figures.tax),
                tax_added=major(figures.tax_added),
            )
            for period, figures in found.items()
        ]

    def _promo_codes(self, by_promo_code: Mapping[str, Figures]) -> list[PromoCodeUseView]:
        major = self._currency.to_major
        return [
            PromoCodeUseView(code, figures.orders, major(figures.discount), major(figures.net))
            for code, figures in sorted(by_promo_code.items(), key=lambda item: (-item[1].orders, item[0]))
        ]


def _low_stock_view(variant: ItemFacts) -> LowStockView:
    return LowStockView(
        item_id=variant.id,
        product_id=variant.product_id,
        sku=variant.sku,
        name=variant.name,
        options=dict(variant.options),
        stock=variant.stock,
        sold_in_30_days=variant.popularity,
        days_of_stock_left=days_left(variant.stock, variant.popularity),
    )
