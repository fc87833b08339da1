"""Storage of the sales ledger, queries over it, and the precomputed sums that make them fast."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from shop.domain.catalogue.variant import Choice
from shop.domain.orders.order import OrderStatus
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.periods import Span
from shop.domain.statistics.figures import Figures, SalesFigures
from shop.domain.statistics.insights import Trend
from shop.domain.statistics.sales import SalesEntry


class SoldBy(StrEnum):
    """What sales are grouped by."""

    VARIANT = "variant"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Facts about a variant or a product that are shown next to its figures. Prices in minor units.

    `popularity` is units sold in the last 30 days, 0 for unlisted products; a product's `stock` is the sum over its
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
    """The sort key of sold items: net revenue or units sold."""

    REVENUE = "revenue"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class ItemRanking:
    """The sort order of sold items; ties are broken by id, ascending by default."""

    sort: ItemSort = ItemSort.REVENUE
    ascending: bool = False
    ties_descending: bool = False
    by: SoldBy = SoldBy.VARIANT


@runtime_checkable
class StatisticsQueries(Protocol):
    """Sums over the ledger. They match the committed state exactly, without lag."""

    async def sales(self, span: Span, zone: ZoneInfo) -> SalesFigures:
        """Return all sales and refunds in the span, by days in the zone, from one consistent snapshot.

        Fast when the span starts and ends on day boundaries of the shop's zone: the cost then grows with the number of
        days and of products sold, not with the number of orders.
        """

    async def items(
        self, span: Span, zone: ZoneInfo, ranking: ItemRanking, page: int, limit: int
    ) -> tuple[list[tuple[str, Figures]], int]:
        """Return one page of the items or products that were sold or refunded in the span, and their total number.

        Like `sales`, but by id; `orders` counts the orders that contained the item or product.
        """

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        """Return only the promo code figures of `sales`, at a lower cost."""

    async def trends(self, item_ids: Collection[str], today: date, zone: ZoneInfo) -> Mapping[str, Trend]:
        """Return how these items sold up to `today`, by days in the zone; items without sales are absent."""

    async def sales_of_user(self, user_id: str, span: Span) -> list[SalesEntry]:
        """Return the user's ledger entries in the span, oldest first (ties by order id and number)."""

    async def orders_by_status(self, span: Span) -> Mapping[OrderStatus, int]:
        """Return the number of orders placed in the span by current status; statuses without orders are absent."""

    async def opened_at(self) -> datetime | None:
        """Return when the shop's first user signed up; None without users. Two index reads."""

    async def new_customers(self, span: Span) -> int:
        """Return the number of customers who signed up in the span, closed accounts included."""

    async def facts(self, ids: Collection[str], by: SoldBy = SoldBy.VARIANT) -> Mapping[str, ItemFacts]:
        """Return facts of these items or products by id, including deleted ones."""

    async def selling_out(self, stock: int, days: int, limit: int) -> list[ItemFacts]:
        """Return active variants of listed products with at most `stock` units, or enough for at most `days` days.

        Days of stock are estimated from popularity. Fewest days first, then by stock and id; variants that don't sell
        come last.
        """

    async def insight_candidates(self, limit: int) -> list[str]:
        """Return distinct ids of active variants of listed products: the first `limit` of each of three kinds.

        The kinds: variants in stock whose product has no popularity (the most money tied up first, ties by id);
        variants of products on sale; variants of any product (in both, the most recently changed product first, ties
        by product id, variants in their order).
        """


@dataclass(frozen=True, slots=True)
class Difference:
    """A precomputed figure that is wrong; `key` identifies the row of `where`."""

    where: str
    key: str
    kept: str
    truth: str


@runtime_checkable
class FigureMaintenance(Protocol):
    """Precomputed sums, so that reading them does not slow down as sales grow.

    They affect only speed: readers add the ledger entries that are not folded in yet.
    """

    async def fold(self, zone: ZoneInfo) -> int:
        """Fold one batch of new ledger entries into the figures.

        Return its size; 0 when nothing is left or another process holds the lock. If the figures are in another zone,
        or a rebuild has begun, each call rebuilds one month instead.
        """

    async def begin_rebuilding(self, zone: ZoneInfo) -> list[date]:
        """Make `fold` rebuild the figures. Return the months to rebuild, by first day, in order.

        All figures stay readable and correct during the rebuild; reads are slow only if the zone has changed.
        """

    async def rebuilt_until(self) -> date | None:
        """Return the month to rebuild next; None when no rebuild is in progress."""

    async def differences(self, zone: ZoneInfo) -> list[Difference]:
        """Compare ledger and figures with orders, their histories and refunds, row by row. Slow; changes nothing."""


@runtime_checkable
class SalesLedger(Protocol):
    """An append-only ledger: every sales figure of the shop is a sum over it.

    Entries are written in the unit of work that makes the recorded change. Rows are inserted, and updated only when an
    account claims a guest's order, so writers don't contend for locks.
    """

    async def record_sale(self, snapshot: OrderSnapshot, at: datetime) -> None:
        """Record that the order was paid. Call once per order. One statement for any number of lines."""

    async def give_to(self, order_id: str, user_id: str) -> None:
        """Count the order's entries for this account. The order must be *locked*."""

    async def record_refund(
        self,
        order_id: str,
        refund_id: str,
        amount: int,
        at: datetime,
        prices: Mapping[str, int] | None = None,
    ) -> int:
        """Record a refund of `amount` (minor units), spread over the order's lines and shipping. Return its tax.

        Two statements. `prices` maps lines to the prices of the refunded items, with tax: those lines are charged
        first.

        The order must be *locked*, and refunds must not exceed what was paid. Without a recorded sale, nothing is
        recorded: the payment arrived after the order was cancelled.
        """

    async def tax_of_refund(self, order_id: str, amount: int, prices: Mapping[str, int] | None = None) -> int:
        """Return the tax that `record_refund` would return now; 0 without a recorded sale. One statement."""

    async def record_failed_refund(self, order_id: str, refund_id: str, at: datetime) -> int | None:
        """Reverse the shares of a recorded refund that failed later. The order must be *locked*.

        Return the amount that the refund had recorded (0 if nothing was left when it succeeded), or None without a
        recorded sale.
        """

    async def record_dispute(self, order_id: str, amount: int, at: datetime) -> None:
        """Record `amount` lost to the customer's bank in a dispute; a negative amount was returned by the bank.

        It is spread over the lines like a refund. The order must be *locked*; without a recorded sale, nothing is
        recorded.
        """
