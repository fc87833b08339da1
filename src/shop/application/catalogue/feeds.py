"""Exports of the whole catalogue for other programs: the product feed and the sitemap."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from shop.application.catalogue.views import ProductView, VariantView
from shop.application.ports.catalogue import CatalogueQueries, ProductQuery
from shop.application.ports.pricing import CurrentRules
from shop.domain.catalogue.attributes import spelled
from shop.domain.money import Currency
from shop.domain.places import Place
from shop.domain.pricing.tax import Taxation

BATCH_SIZE: Final = 200
"""Products read at a time: memory does not grow with the catalogue."""
SITEMAP_SIZE: Final = 50_000
"""The most addresses that a sitemap may have (sitemaps.org)."""
_PRICED_WITHOUT_TAX: Final = frozenset({"US", "CA"})
"""Countries whose shops advertise prices without tax."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A variant as advertised. Prices are in major units; `sale_price` is the price while `price` is crossed out."""

    id: str
    slug: str
    title: str
    description: str
    image_url: str
    available: bool
    price: Decimal
    sale_price: Decimal | None
    currency: str
    category: str | None
    group_id: str | None
    """The product's id, if it has several variants to choose from."""
    options: Sequence[tuple[str, str]]
    brand: str | None
    gtin: str | None
    mpn: str | None
    condition: str


@dataclass(frozen=True, slots=True)
class Identifiers:
    """An article's identifiers in other programs: from the product's attributes and its variant's barcode."""

    brand: str | None
    gtin: str | None
    mpn: str | None
    condition: str

    @classmethod
    def of(cls, product: ProductView, variant: VariantView) -> "Identifiers":
        """Return the identifiers of a variant."""
        attributes = {name.casefold(): spelled(value) for name, value in product.attributes.items()}
        return cls(
            brand=attributes.get("brand") or product.vendor,
            gtin=variant.barcode or attributes.get("gtin"),
            mpn=attributes.get("mpn"),
            condition=attributes.get("condition", "new"),
        )


class ProductFeed:
    """Every active variant of every listed product that has a picture."""

    def __init__(
        self,
        queries: CatalogueQueries,
        current_rules: CurrentRules,
        currency: Currency,
        country: str | None,
        *,
        prices_include_tax: bool,
    ) -> None:
        self._queries = queries
        self._current_rules = current_rules
        self._currency = currency
        self._place = None if country is None or country in _PRICED_WITHOUT_TAX else Place(country)
        self._prices_include_tax = prices_include_tax

    async def __call__(self) -> AsyncIterator[list[FeedItem]]:
        """Yield the items in batches, in order of the products' ids."""
        rules = await self._current_rules()
        taxation = rules.taxation(self._place, included=self._prices_include_tax)
        after = ""
        while products := await self._queries.walk(after, BATCH_SIZE, self._currency):
            after = products[-1].id
            yield [
                self._item(product, variant, image_url, taxation)
                for product in products
                for variant in product.for_visitors.variants
                if (image_url := variant.image_url or product.image_url) is not None
            ]

    def _item(
        self, product: ProductView, variant: VariantView, image_url: str, taxation: Taxation
    ) -> FeedItem:
        known = Identifiers.of(product, variant)
        price = self._taxed(variant.price, product.tax_class, taxation)
        former = variant.compare_at_price
        crossed_out = former if former is not None and former > variant.price else None
        return FeedItem(
            id=variant.id,
            slug=product.slug,
            title=" ".join((product.name, *variant.options.values())),
            description=product.description or product.name,
            image_url=image_url,
            available=variant.stock > 0,
            price=price if crossed_out is None else self._taxed(crossed_out, product.tax_class, taxation),
            sale_price=None if crossed_out is None else price,
            currency=product.currency,
            category=product.category,
            group_id=product.id if product.options else None,
            options=list(variant.options.items()),
            brand=known.brand,
            gtin=known.gtin,
            mpn=known.mpn,
            condition=known.condition,
        )

    def _taxed(self, price: Decimal, tax_class: str, taxation: Taxation) -> Decimal:
        """Return the price with the tax of the shop's country."""
        if taxation.included:
            return price
        amount = self._currency.to_minor(price, "price")
        _, tax = taxation.tax_on(amount, tax_class, self._currency.payable_step)
        return self._currency.to_major(amount + tax)


@dataclass(frozen=True, slots=True)
class CatalogueLinks:
    """Absolute addresses of the shop and its products; None without an address that buyers can reach."""

    shop_name: str
    shop_url: str | None
    product: str
    """The template of a product's address, with `{SHOP_URL}` and `{slug}`."""

    def to_product(self, slug: str) -> str:
        """Return the address of a product; `slug` is encoded for addresses."""
        return self.product.format(SHOP_URL=self.shop_url, slug=slug)


class Sitemap:
    """The addresses of all listed products, in files of at most SITEMAP_SIZE."""

    def __init__(self, queries: CatalogueQueries, currency: Currency) -> None:
        self._queries = queries
        self._currency = currency

    async def files(self) -> int:
        """Return the number of files that the addresses need; at least 1."""
        found = await self._queries.page(ProductQuery(page=1, limit=1), self._currency)
        return max(1, -(-found.total // SITEMAP_SIZE))

    async def slugs(self, number: int) -> list[tuple[str, datetime]]:
        """Return the slugs of file `number`, counted from 1, each with the time of the product's last change."""
        return await self._queries.slugs(number, SITEMAP_SIZE)
