"""The catalogue's storage: products, their stock, what visitors read, and the cache of what they read."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, runtime_checkable

from shop.application.catalogue.views import CategoryView, ListedProductView, ProductView
from shop.application.framework.views import Page
from shop.domain.catalogue.prices import PriceChange
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.money import Currency
from shop.domain.orders.snapshot import OrderLine
from shop.domain.pricing.quote import Offer

NO_UNITS: Final[Mapping[str, int]] = MappingProxyType({})


@runtime_checkable
class Products(Protocol):
    """The products of the shop with their variants. Deleted ones are as good as gone, but for their offers."""

    async def get(self, product_id: str) -> Product | None:
        """The product, listed or not."""

    async def lock(self, product_id: str) -> Product | None:
        """The product, *locked*; None if there is none."""

    async def add(self, product: Product, units: Mapping[str, int]) -> None:
        """Store a new product with the first units of its variants, by variant id; those left out have none.

        A taken sku raises SkuTaken (here or at commit).
        """

    async def update(self, before: Product, after: Product, units: Mapping[str, int] = NO_UNITS) -> None:
        """Store a changed or deleted product; `before` is what `lock` gave. SkuTaken as for `add`.

        `units` are the first ones of new variants, as for `add`. A variant that is gone can't be sold any more. One
        that was gone and is back has the stock it had.
        """

    async def record_prices(self, changes: Sequence[PriceChange]) -> None:
        """Append price changes to the record, which only grows."""

    async def price_changes(self, item_ids: Sequence[str], since: datetime) -> Sequence[PriceChange]:
        """The recorded price changes of these items at this moment or later, in no order."""

    async def offers(self, item_ids: Sequence[str]) -> Mapping[str, Offer]:
        """The offers of these items by id, in one statement, nothing locked; unknown ids are absent.

        What was deleted has one, too, which isn't active: whoever has it in the cart must be told what is gone.
        """

    async def choices(self, product_ids: Sequence[str]) -> Sequence[Offer]:
        """The offers of all active variants of these products, by product id and in the order of the variants."""

    async def count_sales(self, lines: Sequence[OrderLine], day: date) -> None:
        """Add what was sold on `day` to the popularity of the lines' products. Takes row locks."""

    async def forget_sales(self, before: date) -> int:
        """Take what some products sold on days before `before` out of their popularity; how many products.

        A bounded number of products at a time, those with the lowest ids first: 0 says that none is left.
        """


@runtime_checkable
class Stock(Protocol):
    """The units of each variant (item) that can be sold. Never below zero; everything happens in item id order."""

    async def take(self, quantities: Mapping[str, int]) -> bool:
        """Take units (at least 1 each, by item id) out of the stock, in one conditional statement.

        False when any item has fewer left, is unknown, or is not for sale (it or its product is inactive or
        deleted): then the stock is in an undefined state within this unit of work, which must be left by an
        exception. The rows stay *locked*: to be called last.
        """

    async def give_back(self, quantities: Mapping[str, int]) -> None:
        """Put units back that `take` took; unknown items are passed over. The rows stay *locked*."""

    async def of_product(self, product_id: str) -> Mapping[str, int]:
        """The units of every variant that the product has or had, by item id; nothing locked."""

    async def lock(self, item_id: str) -> int | None:
        """The units available, *locked*; None for an unknown item."""

    async def adjust(self, adjustment: StockAdjustment) -> None:
        """Apply and record an adjustment of an item whose stock this unit of work has locked."""


SEARCH_TOTAL_LIMIT: Final = 10_000
"""How far a search counts what it found."""


class SortKey(StrEnum):
    """What a list of products can be sorted by."""

    PRICE = "price"
    NAME = "name"
    CREATED_AT = "created_at"
    POPULARITY = "popularity"


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products to show; a None lets everything pass."""

    category: str | None = None
    """Compared exactly."""
    min_price: int | None = None
    """Minor units, inclusive."""
    max_price: int | None = None
    """Minor units, inclusive."""
    in_stock: bool | None = None


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """One page of the listed products."""

    page: int
    limit: int
    filter: ProductFilter = ProductFilter()
    sort: SortKey | None = None
    """None: a search by relevance, a list by the time of creation."""
    descending: bool = False
    """Turns `sort` and its ties (by id) round. By relevance the best always comes first and only the ties turn."""
    words: tuple[str, ...] | None = None
    """Folded, as `words` of shop.domain.catalogue.search, for a search; each must begin a word of the product."""


@runtime_checkable
class CatalogueQueries(Protocol):
    """What visitors read: committed state, no transaction; two statements at most a list, three a search.

    Amounts are shown in the shop's `currency`.
    """

    async def page(self, query: ProductQuery, currency: Currency) -> Page[ListedProductView]:
        """One page of the listed products, in total order.

        The total of a search stops counting at SEARCH_TOTAL_LIMIT. No words (`()`): nothing is found. By name:
        the order of `shop.domain.catalogue.search.name_key`.
        """

    async def product(self, product_id: str, currency: Currency) -> ProductView | None:
        """One product, listed or not, with all its variants. One statement."""

    async def categories(self) -> list[CategoryView]:
        """Every category with a listed product, by name in the order of its code points."""

    async def on_sale(self, limit: int, currency: Currency) -> list[ListedProductView]:
        """Listed products that cost less than their `compare_at_price`, those changed last first (ties by id)."""


@dataclass(frozen=True, slots=True)
class AdminProductsQuery:
    """One page of what is in the shop, listed or not; `active` picks what is switched on, or off."""

    page: int
    limit: int
    active: bool | None = None


@runtime_checkable
class AdminProductQueries(Protocol):
    """What admins read of all products. Amounts are shown in the shop's `currency`."""

    async def page(self, query: AdminProductsQuery, currency: Currency) -> Page[ListedProductView]:
        """One page of the products that aren't deleted, those changed last first (ties by id, descending).

        Their number comes with it. Two statements.
        """


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """Ready bytes, and what decides how long they stay true."""

    body: bytes
    product_ids: Collection[str]
    """The products shown."""
    state: str = ""
    """The product's `ProductView.state`, for answers that show one."""
    depends_on_stock: bool = False
    """Whether any product's stock decides what is shown (a filter on it)."""
    depends_on_sales: bool = False
    """Whether popularity decides what is shown, or in which order."""


@runtime_checkable
class CatalogueCache(Protocol):
    """Ready answers for what many visitors read.

    An answer lives for less than a second from the start of its load, so another instance's writes show in time.
    Own writes show at once: whoever changed something tells it here **after the commit and before answering**. An
    answer whose load began before such a change is never kept after it, and never given to anybody who asked
    after it.
    """

    def get(self, key: bytes) -> CachedAnswer | None:
        """The answer kept under `key`, if it is still true."""

    async def load(self, key: bytes, load: Callable[[], Awaitable[CachedAnswer]]) -> CachedAnswer:
        """The answer under `key`, loaded if need be; callers who miss together share one load."""

    def products_changed(self) -> None:
        """Some product was created, changed or deleted."""

    def stock_changed(self, product_ids: Collection[str]) -> None:
        """Units of these products were taken, given back or adjusted."""

    def sales_changed(self) -> None:
        """Popularity was counted anew (`Products.count_sales`, `Products.forget_sales`)."""
