"""The public dashboard."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from shop.application.catalogue.category_views import TreeCategoryView, category_view
from shop.application.catalogue.views import ListedProductView
from shop.application.framework.views import Page, encode
from shop.application.ports.catalogue import (
    CachedAnswer,
    CatalogueCache,
    CatalogueQueries,
    ProductFilter,
    ProductQuery,
    SortKey,
)
from shop.application.ports.categories import CategoryQueries
from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.statistics import SoldBy, StatisticsQueries
from shop.application.ports.system import Clock
from shop.application.promotions.terms import worth
from shop.domain.money import Currency
from shop.domain.promotions.promo_code import Discount, PromoCode

_PRODUCTS_SHOWN: Final = 10
_CODES_SHOWN: Final = 20
_KEY: Final = b"dashboard"
"""The key in the catalogue's cache."""


class PublicPromoCodeView(msgspec.Struct, frozen=True, rename="camel"):
    """A code that anyone may use now: `value` is per cent or, for a fixed one, an amount; none for free shipping."""

    code: str
    type: Discount
    value: Decimal | None
    currency: str
    min_subtotal: Decimal | None
    ends_at: datetime | None


class CatalogueAtAGlance(msgspec.Struct, frozen=True, rename="camel"):
    """`products_available`: how many products can be bought now. `top_sellers` cover the last 30 days."""

    currency: str
    products_available: int
    top_sellers: list[ListedProductView]
    newest: list[ListedProductView]
    on_sale: list[ListedProductView]

    @property
    def product_ids(self) -> set[str]:
        """Return the ids of all products shown."""
        return {product.id for product in (*self.top_sellers, *self.newest, *self.on_sale)}


class HomeView(msgspec.Struct, frozen=True):
    """The public dashboard as views."""

    glance: CatalogueAtAGlance
    promo_codes: list[PublicPromoCodeView]


class PublicDashboard(msgspec.Struct, frozen=True):
    """`glance` is an encoded CatalogueAtAGlance. It changes only when the catalogue does."""

    glance: bytes
    promo_codes: list[PublicPromoCodeView]


class ShowPublicDashboard:
    """Anyone: available products, top sellers, new products, products on sale, and public promo codes."""

    def __init__(
        self,
        catalogue: CatalogueQueries,
        statistics: StatisticsQueries,
        promo_codes: PromoCodeQueries,
        cache: CatalogueCache,
        clock: Clock,
        currency: Currency,
    ) -> None:
        self._catalogue = catalogue
        self._statistics = statistics
        self._promo_codes = promo_codes
        self._cache = cache
        self._clock = clock
        self._currency = currency

    async def __call__(self) -> PublicDashboard:
        glance = await self._cache.load(_KEY, self._glance)
        codes = await self._promo_codes.public(self._clock.now(), _CODES_SHOWN)
        return PublicDashboard(glance.body, [self._code_view(code) for code in codes])

    async def view(self) -> "HomeView":
        """Return the dashboard, not from the cache."""
        glance = await self._view()
        codes = await self._promo_codes.public(self._clock.now(), _CODES_SHOWN)
        return HomeView(glance, [self._code_view(code) for code in codes])

    async def _glance(self) -> CachedAnswer:
        glance = await self._view()
        return CachedAnswer(encode(glance), glance.product_ids, depends_on_stock=True, depends_on_sales=True)

    async def _view(self) -> CatalogueAtAGlance:
        available = await self._page(1, ProductFilter(in_stock=True), SortKey.CREATED_AT)
        sellers = (await self._page(_PRODUCTS_SHOWN, ProductFilter(), SortKey.POPULARITY)).items
        facts = await self._statistics.facts([product.id for product in sellers], SoldBy.PRODUCT)
        return CatalogueAtAGlance(
            currency=self._currency.code,
            products_available=available.total,
            top_sellers=[product for product in sellers if facts[product.id].popularity],
            newest=(await self._page(_PRODUCTS_SHOWN, ProductFilter(), SortKey.CREATED_AT)).items,
            on_sale=await self._catalogue.on_sale(_PRODUCTS_SHOWN, self._currency),
        )

    async def _page(self, limit: int, which: ProductFilter, sort: SortKey) -> Page[ListedProductView]:
        return await self._catalogue.page(
            ProductQuery(1, limit, which, sort, descending=True), self._currency
        )

    def _code_view(self, code: PromoCode) -> PublicPromoCodeView:
        major = self._currency.to_major
        return PublicPromoCodeView(
            code=code.code,
            type=code.type,
            value=worth(code, self._currency),
            currency=self._currency.code,
            min_subtotal=None if code.min_subtotal is None else major(code.min_subtotal),
            ends_at=code.ends_at,
        )


class HomePage(msgspec.Struct, frozen=True):
    """What the home page shows; `categories` are the root categories that have products."""

    dashboard: HomeView
    categories: list[TreeCategoryView]


class ShowHomePage:
    """Anyone: the home page."""

    def __init__(
        self, show_public_dashboard: ShowPublicDashboard, categories: CategoryQueries, cache: CatalogueCache
    ) -> None:
        self._show_public_dashboard = show_public_dashboard
        self._categories = categories
        self._cache = cache

    async def __call__(self, key: bytes, render: Callable[[HomePage], bytes]) -> CachedAnswer:
        """Return the rendered page. Equal keys must mean equal renderings."""

        async def load() -> CachedAnswer:
            dashboard = await self._show_public_dashboard.view()
            tree, counts = await self._categories.tree(), await self._categories.counts()
            roots = [category_view(each, counts) for each in tree.children(None) if counts.get(each.id)]
            return CachedAnswer(
                render(HomePage(dashboard, roots)),
                dashboard.glance.product_ids,
                depends_on_stock=True,
                depends_on_sales=True,
            )

        return await self._cache.load(key, load)
