"""Sales by item, for admins."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from shop.application.catalogue.browsing import SortOrder
from shop.application.framework.views import Page
from shop.application.ports.statistics import ItemFacts, ItemRanking, ItemSort, SoldBy, StatisticsQueries
from shop.application.statistics.amounts import days_left
from shop.application.statistics.calendar import Calendar
from shop.domain.money import Currency
from shop.domain.statistics.figures import Figures


class SoldItemView(msgspec.Struct, frozen=True, rename="camel"):
    """Sales of a variant, or of a product with all its variants.

    `revenue` is net: `gross_revenue` less the item's shares of `discounts`, `refunds` and `disputes_lost`.
    `days_of_stock_left` is at the rate of the last 30 days, rounded down; null when nothing was sold in them.
    """

    item_id: str
    product_id: str
    sku: str | None
    name: str
    options: dict[str, str]
    orders: int
    quantity: int
    gross_revenue: Decimal
    discounts: Decimal
    refunds: Decimal
    disputes_lost: Decimal
    revenue: Decimal
    currency: str
    stock: int
    days_of_stock_left: int | None


def sold_item_view(
    item_id: str, figures: Figures, facts: ItemFacts | None, currency: Currency
) -> SoldItemView:
    major = currency.to_major
    return SoldItemView(
        item_id=item_id,
        product_id=facts.product_id if facts else item_id,
        sku=facts.sku if facts else None,
        name=facts.name if facts else "",
        options=dict(facts.options) if facts else {},
        orders=figures.orders,
        quantity=figures.quantity,
        gross_revenue=major(figures.gross),
        discounts=major(figures.discount),
        refunds=major(figures.refunded),
        disputes_lost=major(figures.disputed),
        revenue=major(figures.net),
        currency=currency.code,
        stock=facts.stock if facts else 0,
        days_of_stock_left=days_left(facts.stock, facts.popularity) if facts else None,
    )


class GetItemStatistics:
    """Admins: sales per variant or, with `by=product`, per product, the best first unless `order=asc`.

    Sorted by net revenue or by units sold; ties are sorted by id, which only `order=desc` reverses.

    Figures cover the period from `from` to `to` (days in the shop's time zone, both included, or timestamps), or all
    time. Fails with VALIDATION_FAILED when `from` is after `to`.
    """

    def __init__(self, queries: StatisticsQueries, zone: ZoneInfo, currency: Currency) -> None:
        self._queries = queries
        self._zone = zone
        self._currency = currency

    async def __call__(
        self,
        page: int,
        limit: int,
        sort: ItemSort,
        order: SortOrder | None,
        by: SoldBy,
        since: str | None,
        until: str | None,
    ) -> Page[SoldItemView]:
        ranking = ItemRanking(
            sort,
            ascending=order is SortOrder.ASCENDING,
            ties_descending=order is SortOrder.DESCENDING,
            by=by,
        )
        span = Calendar(self._zone).span(since, until)
        shown, total = await self._queries.items(span, self._zone, ranking, page, limit)
        facts = await self._queries.facts([item_id for item_id, _ in shown], by)
        views = [
            sold_item_view(item_id, figures, facts.get(item_id), self._currency) for item_id, figures in shown
        ]
        return Page(page, limit, total, views)
