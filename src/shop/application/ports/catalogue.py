"""The catalogue's storage: products, their stock, what visitors read, and the cache of what they read."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, runtime_checkable

from shop.application.catalogue.filter_views import FilterCounts
from shop.application.catalogue.views import ListedProductView, ProductView
from shop.application.framework.views import Page
from shop.domain.catalogue.facets import Wanted
from shop.domain.catalogue.prices import PriceChange
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.money import Currency
from shop.domain.orders.snapshot import OrderLine
from shop.domain.pricing.quote import Offer

NO_UNITS: Final[Mapping[str, int]] = MappingProxyType({})
SEARCH_TOTAL_LIMIT: Final = 10_000
"""The count at which a search's total stops."""


@runtime_checkable
class Products(Protocol):
    """The shop's products with their variants. Deleted products are not returned, except as offers."""

    async def get(self, product_id: str) -> Product | None:
        """Return the product, listed or not; None if there is none."""

    async def lock(self, product_id: str) -> Product | None:
        """Return the product, *locked*; None if there is none."""

    async def add(self, product: Product, units: Mapping[str, int]) -> None:
        """Store a new product with the initial stock of its variants, by variant id (default 0).

        Raises SkuTaken or SlugTaken (here or at commit) when a sku or the slug is taken.
        """

    async def free_slug(self, name: str, product_id: str) -> str:
        """Return a slug made from the name that no product has. It may be taken before it is stored."""

    async def id_by_slug(self, slug: str) -> str | None:
        """Return the id of the product that has this slug now; None if there is none."""

    async def sku_owners(self, skus: Sequence[str]) -> Mapping[str, str]:
        """Return the ids of the products whose variants have these skus, by sku; free skus are absent. No locks."""

    async def update(self, before: Product, after: Product, units: Mapping[str, int] = NO_UNITS) -> None:
        """Store a changed or deleted product; `before` is the product that `lock` returned. Raises like `add`.

        A slug that changes is kept as a former slug.

        `units` is the initial stock of new variants, as for `add`. A removed variant can't be sold any more. A
        variant that is restored keeps the stock it had.
        """

    async def record_prices(self, changes: Sequence[PriceChange]) -> None:
        """Append price changes to the price history, which is append-only."""

    async def price_changes(self, item_ids: Sequence[str], since: datetime) -> Sequence[PriceChange]:
        """Return the recorded price changes of these items at or after `since`, unordered."""

    async def offers(self, item_ids: Sequence[str]) -> Mapping[str, Offer]:
        """Return the offers of these items by id; unknown ids are absent. One statement, no locks.

        Deleted items have an inactive offer, so that a cart can still show the name of a deleted item.
        """

    async def known_ids(self, ids: Sequence[str]) -> frozenset[str]:
        """Return which of these ids belong to a product or variant that isn't deleted."""

    async def choices(self, product_ids: Sequence[str]) -> Sequence[Offer]:
        """Return the offers of all active variants of these products, sorted by product id, then variant order."""

    async def ordered(self, item_ids: Sequence[str]) -> frozenset[str]:
        """Return the items that occur in any order, whatever its status."""

    async def count_sales(self, lines: Sequence[OrderLine], day: date) -> None:
        """Add the units sold on `day` to the popularity of the lines' products. Takes row locks."""

    async def purge_sales(self, before: date) -> int:
        """Subtract sales before the day `before` from the popularity of one batch of products, lowest ids first.

        Return the number of products in the batch; 0 when none is left.
        """


@runtime_checkable
class Stock(Protocol):
    """The units of each variant (item) that can be sold. Never negative; rows are locked in item id order."""

    async def take(self, quantities: Mapping[str, int]) -> bool:
        """Subtract units (at least 1 each, by item id) from the stock, in one conditional statement.

        Return False when any item has too few units, is unknown, or is not for sale (it or its product is inactive or
        deleted). The stock is then undefined within this unit of work, which must be rolled back by raising an
        exception. The rows stay *locked*, so call this last.
        """

    async def give_back(self, quantities: Mapping[str, int]) -> None:
        """Return units that `take` subtracted to the stock; unknown items are ignored. The rows stay *locked*."""

    async def of_product(self, product_id: str) -> Mapping[str, int]:
        """Return the units of every current and former variant of the product, by item id. No locks."""

    async def lock(self, item_id: str) -> int | None:
        """Return the available units, *locked*; None for an unknown item."""

    async def adjust(self, adjustment: StockAdjustment) -> None:
        """Apply and record a stock adjustment of an item that this unit of work has locked."""


class SortKey(StrEnum):
    """What a list of products can be sorted by."""

    PRICE = "price"
    NAME = "name"
    CREATED_AT = "created_at"
    POPULARITY = "popularity"


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """A product filter; None means no restriction."""

    categories: tuple[str, ...] | None = None
    """Ids: products in any of these categories, or anywhere below one. No category of the list is below another."""
    min_price: int | None = None
    """Minor units, inclusive."""
    max_price: int | None = None
    """Minor units, inclusive."""
    in_stock: bool | None = None
    """True: with a variant in stock. False: with none."""
    options: Wanted = ()
    attributes: Wanted = ()

    @property
    def chooses_variants(self) -> bool:
        """Return whether a product needs an active variant with these options and a price in this range.

        Then `in_stock` is about these variants, too: True if one of them is in stock, False if none is.
        """
        return bool(self.options) or self.has_price

    @property
    def has_price(self) -> bool:
        return self.min_price is not None or self.max_price is not None


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """One page of the listed products."""

    page: int
    limit: int
    filter: ProductFilter = ProductFilter()
    sort: SortKey | None = None
    """None sorts a search by relevance and a list by creation time."""
    descending: bool = False
    """Reverses `sort` and its ties (by id). By relevance, the best match stays first; only ties are reversed."""
    words: tuple[str, ...] | None = None
    """Search words, folded by `words` of shop.domain.catalogue.search; each must be a prefix of a product's word."""


@dataclass(frozen=True, slots=True)
class SlugOwner:
    """A product and its current slug."""

    product_id: str
    slug: str


@runtime_checkable
class CatalogueQueries(Protocol):
    """Reads for visitors: committed state, no transaction.

    At most two statements per list, three per search; a few more with filters by price, option or attribute.

    Amounts are returned in the shop's `currency`.
    """

    async def page(self, query: ProductQuery, currency: Currency) -> Page[ListedProductView]:
        """Return one page of the listed products, in a total order.

        A search's total stops at SEARCH_TOTAL_LIMIT. An empty `words` (`()`) matches nothing. Names are sorted by
        `shop.domain.catalogue.search.name_key`.
        """

    async def filters(self, wanted: ProductFilter, words: tuple[str, ...] | None) -> FilterCounts:
        """Return what a list (a search with `words`) with this filter can be filtered by.

        Every count is the number of products that `page` finds with that value added. Names and values are
        compared by `facet_key`. They are spelled as in the earliest listed product (by creation time, then
        id) and in its first active variant.
        """

    async def count_by_word(self, words: Collection[str]) -> Mapping[str, int]:
        """Return how many listed products have each of these words; words without products are absent."""

    async def has_product_with(self, word: str, prefixes: Collection[str], among: int) -> bool:
        """Return whether one of `among` listed products with the word also has words with each of the prefixes.

        If more products have the word, which of them are checked is undefined.
        """

    async def known_prefixes(self, words: Collection[str]) -> frozenset[str]:
        """Return those of the given texts that are prefixes of a listed product's words."""

    async def product(self, product_id: str, currency: Currency) -> ProductView | None:
        """Return one product, listed or not, with all its variants; None if unknown. One statement."""

    async def walk(self, after: str, limit: int, currency: Currency) -> list[ProductView]:
        """Return the next listed products with an id above `after` (`""`: the first), by id, with all variants.

        For reads of the whole catalogue in batches: late batches are as fast as early ones.
        """

    async def slugs(self, page: int, limit: int) -> list[tuple[str, datetime]]:
        """Return one page of the listed products' slugs by product id, each with the time of its last change."""

    async def slug(self, slug: str) -> SlugOwner | None:
        """Return the product that has this slug, else the last one that gave it up; None if unknown or deleted."""

    async def on_sale(self, limit: int, currency: Currency) -> list[ListedProductView]:
        """Return listed products priced below their `compare_at_price`, most recently changed first (ties by id)."""


@dataclass(frozen=True, slots=True)
class AdminProductsQuery:
    """One page of all products, listed or not; `active` selects only active or only inactive products."""

    page: int
    limit: int
    active: bool | None = None


@runtime_checkable
class AdminProductQueries(Protocol):
    """Reads of all products for admins. Amounts are returned in the shop's `currency`."""

    async def page(self, query: AdminProductsQuery, currency: Currency) -> Page[ListedProductView]:
        """Return one page of the products that aren't deleted, most recently changed first (ties by id, descending).

        The page includes the total. Two statements.
        """

    async def walk(self, after: str, limit: int, currency: Currency) -> list[ProductView]:
        """Return the next products that aren't deleted with an id above `after` (`""`: the first), by id."""


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """An encoded answer and what invalidates it."""

    body: bytes
    product_ids: Collection[str]
    """The products shown."""
    state: str = ""
    """The product's `ProductView.state`, for answers that show one."""
    depends_on_stock: bool = False
    """Whether the answer depends on any product's stock (a stock filter)."""
    depends_on_sales: bool = False
    """Whether the answer's content or order depends on popularity."""


@runtime_checkable
class CatalogueCache(Protocol):
    """A cache of encoded answers to frequent reads.

    An answer lives for less than a second from the start of its load, which bounds the delay of another instance's
    writes. This instance's writes show immediately: every writer reports its change here **after the commit and before
    responding**. An answer whose load began before a reported change is not cached, and not returned to any request
    that arrived after the change.
    """

    def get(self, key: bytes) -> CachedAnswer | None:
        """Return the answer cached under `key`, if it is still valid."""

    async def load(self, key: bytes, load: Callable[[], Awaitable[CachedAnswer]]) -> CachedAnswer:
        """Return the answer under `key`, loading it on a miss; concurrent misses share one load."""

    def products_changed(self) -> None:
        """Invalidate answers after a product was created, changed or deleted."""

    def stock_changed(self, product_ids: Collection[str]) -> None:
        """Invalidate answers after the stock of these products changed."""

    def sales_changed(self) -> None:
        """Invalidate answers after popularity changed (`Products.count_sales`, `Products.purge_sales`)."""
