"""Sums over the sales ledger: asking for them, and keeping them ready."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from shop.domain.catalogue.variant import Choice
from shop.domain.orders.order import OrderStatus
from shop.domain.statistics.figures import Figures, SalesFigures
from shop.domain.statistics.insights import Trend
from shop.domain.statistics.periods import Span
from shop.domain.statistics.sales import SalesEntry


class SoldBy(StrEnum):
    """What sales are added up by."""

    VARIANT = "variant"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What figures are shown beside, of a variant or a product. Prices in minor units.

    `popularity` is units sold in the last 30 days, 0 for what isn't listed; `stock` of a product is the sum over its
    active variants.
    """

    id: str
    product_id: str
    name: str
    sku: str | None
    options: Choice
    """Empty for a product."""
    price: int
    compare_at_price: int | None
    listed: bool
    created_at: datetime
    stock: int
    popularity: int


class ItemSort(StrEnum):
    """What sold items are sorted by: net revenue, or units sold."""

    REVENUE = "revenue"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class ItemRanking:
    """How sold items are sorted; ties go by id, ascending unless told otherwise."""

    sort: ItemSort = ItemSort.REVENUE
    ascending: bool = False
    ties_descending: bool = False
    by: SoldBy = SoldBy.VARIANT


@runtime_checkable
class StatisticsQueries(Protocol):
    """What the ledger adds up to: equalities, without a lag, of committed state."""

    async def sales(self, span: Span, zone: ZoneInfo) -> SalesFigures:
        """All that was sold and refunded in the span, by the days of the zone; one moment's view.

        Quick where the span begins and ends with days of the shop's zone: its cost is that of the days and
        products that were sold, not of the orders.
        """

    async def items(
        self, span: Span, zone: ZoneInfo, ranking: ItemRanking, page: int, limit: int
    ) -> tuple[list[tuple[str, Figures]], int]:
        """One page of the items or products that were sold or refunded in the span, and their number.

        As `sales`, by id; `orders` are those that had the item or product.
        """

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        """That of `sales`, alone and for less."""

    async def trends(self, item_ids: Collection[str], today: date, zone: ZoneInfo) -> Mapping[str, Trend]:
        """How these items sold up to `today`, by the days of the zone; absent are those that didn't at all."""

    async def sales_of_user(self, user_id: str, span: Span) -> list[SalesEntry]:
        """The user's part of the ledger, oldest first (ties by order id and number)."""

    async def orders_by_status(self, span: Span) -> Mapping[OrderStatus, int]:
        """How many of the orders that were placed in the span have a status now; those that none has are absent."""

    async def opened_at(self) -> datetime | None:
        """When the shop's first user signed up; None without any. Two reads of an index."""

    async def new_customers(self, span: Span) -> int:
        """How many customers signed up in the span, closed accounts included."""

    async def facts(self, ids: Collection[str], by: SoldBy = SoldBy.VARIANT) -> Mapping[str, ItemFacts]:
        """Facts of these items, or products, by id, deleted ones too."""

    async def selling_out(self, stock: int, days: int, limit: int) -> list[ItemFacts]:
        """Active variants of listed products with at most `stock` units, or that last at most `days`.

        How long they last is told by their popularity. Those that last the shortest first, then by stock and id; what
        doesn't sell at all lasts longest.
        """

    async def insight_candidates(self, limit: int) -> list[str]:
        """Ids of active variants of listed products, each once: of every kind the first `limit`.

        In stock while the product has no popularity (the most money tied up first, ties by id); of a product that is
        on sale; of any product (both: the last changed product first, ties by its id, its variants in their order).
        """


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept figure that isn't what it should be; `key` says which row of `where`."""

    where: str
    key: str
    kept: str
    truth: str


@runtime_checkable
class FigureKeeping(Protocol):
    """The sums that are kept ready, so that reading them does not take longer the more was sold.

    Nothing depends on them but speed: what isn't in them yet is added by whoever reads.
    """

    async def fold(self, zone: ZoneInfo) -> int:
        """Take a batch of what is new into the figures; how much it was, 0 when there is nothing left to do.

        Figures in another zone are rebuilt, a month a call, and so goes a rebuilding on that was begun. When
        another process is at it, that is left to it: 0.
        """

    async def begin_rebuilding(self, zone: ZoneInfo) -> list[date]:
        """From now on `fold` rebuilds; the months (by their first days) that it will look at, in turn.

        Every figure can be read meanwhile, and is right: slowly only if the zone is a new one.
        """

    async def rebuilt_until(self) -> date | None:
        """The month that is rebuilt next; None when no rebuilding is under way."""

    async def differences(self, zone: ZoneInfo) -> list[Difference]:
        """Compare ledger and figures with orders, their histories and refunds, row by row. Slow; changes nothing."""
