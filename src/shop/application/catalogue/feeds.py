"""Exports of the whole catalogue for other programs: the product feed and the sitemap."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from shop.application.catalogue.views import ProductView, VariantView
from shop.application.ports.catalogue import CatalogueQueries, ProductQuery
from shop.application.ports.categories import CategoryQueries, CurrentCategories
from shop.application.ports.pricing import CurrentRules
from shop.domain.address import Place
from shop.domain.catalogue.attributes import spelled
from shop.domain.catalogue.category import CategoryTree
from shop.domain.catalogue.variant import is_gtin
from shop.domain.money import Currency
from shop.domain.pricing.tax import Taxation

BATCH_SIZE: Final = 200
"""Products read at a time: memory does not grow with the catalogue."""
SITEMAP_SIZE: Final = 50_000
"""The maximum number of URLs in a sitemap (sitemaps.org)."""
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
    more_image_urls: Sequence[str]
    available: bool
    price: Decimal
    sale_price: Decimal | None
    currency: str
    categories: Sequence[str]
    """The names on the path to the main category, from the root."""
    product_id: str
    weight: int | None
    """In grams."""
    options: Sequence[tuple[str, str]]
    brand: str | None
    gtin: str | None
    mpn: str | None
    condition: str


@dataclass(frozen=True, slots=True)
class Identifiers:
    """A variant's identifiers outside the shop, from its barcode and its product's attributes."""

    brand: str | None
    gtin: str | None
    mpn: str | None
    condition: str

    @classmethod
    def of(cls, product: ProductView, variant: VariantView) -> "Identifiers":
        """Return the identifiers of a variant."""
        attributes = {name.casefold(): spelled(value) for name, value in product.attributes.items()}
        codes = (variant.barcode, attributes.get("gtin"))
        return cls(
            brand=attributes.get("brand") or product.vendor,
            gtin=next((code for code in codes if code and is_gtin(code)), None),
            mpn=attributes.get("mpn"),
            condition=attributes.get("condition", "new"),
        )


class ProductFeed:
    """Every active variant of every listed product that has a picture and a price above 0."""

    def __init__(
        self,
        queries: CatalogueQueries,
        categories: CurrentCategories,
        current_rules: CurrentRules,
        currency: Currency,
        country: str | None,
        *,
        prices_include_tax: bool,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self._queries = queries
        self._categories = categories
        self._current_rules = current_rules
        self._currency = currency
        self._place = None if country is None or country in _PRICED_WITHOUT_TAX else Place(country)
        self._prices_include_tax = prices_include_tax
        self._batch_size = batch_size

    async def __call__(self) -> AsyncIterator[list[FeedItem]]:
        """Yield the items in batches, in order of the products' ids."""
        rules = await self._current_rules()
        taxation = rules.taxation(self._place, included=self._prices_include_tax)
        after = ""
        while products := await self._queries.walk(after, self._batch_size, self._currency):
            after = products[-1].id
            tree = await self._categories()
            yield [
                self._item(product, variant, image_url, tree, taxation)
                for product in products
                for variant in product.for_visitors.variants
                if variant.price > 0 and (image_url := variant.image_url or product.image_url) is not None
            ]

    def _item(
        self,
        product: ProductView,
        variant: VariantView,
        image_url: str,
        tree: CategoryTree,
        taxation: Taxation,
    ) -> FeedItem:
        known = Identifiers.of(product, variant)
        price = self._taxed(variant.price, product.tax_class, taxation)
        former = variant.compare_at_price
        full_price = price if former is None else self._taxed(former, product.tax_class, taxation)
        return FeedItem(
            id=variant.id,
            slug=product.slug,
            title=" ".join((product.name, *variant.options.values())),
            description=product.description or product.name,
            image_url=image_url,
            more_image_urls=[image.url for image in product.images if image.url != image_url],
            available=variant.stock > 0,
            price=max(full_price, price),
            sale_price=price if price < full_price else None,
            currency=product.currency,
            categories=_path_of(tree, product),
            product_id=product.id,
            weight=variant.weight,
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


def _path_of(tree: CategoryTree, product: ProductView) -> Sequence[str]:
    if product.category_ids and product.category_ids[0] in tree.categories:
        return [tree.categories[each].name for each in tree.path(product.category_ids[0])]
    return [] if product.category is None else [product.category]


@dataclass(frozen=True, slots=True)
class CatalogueLinks:
    """The URLs of the shop and its pages. `shop_url` is None if the shop has no URL that buyers can reach.

    Slugs passed to the methods must be URL-encoded.
    """

    shop_name: str
    shop_url: str | None
    product: str
    """The template of a product's URL, with `{SHOP_URL}` and `{slug}`."""
    category: str
    """The template of a category's URL, with `{SHOP_URL}` and `{slug}`."""
    pages: Sequence[str] = ()
    """The slugs of the pages that the footer links to."""

    def to_product(self, slug: str) -> str:
        return self.product.format(SHOP_URL=self.shop_url, slug=slug)

    def to_variant(self, slug: str, variant_id: str) -> str:
        """Return the URL of the product's page with this variant selected."""
        address, _, fragment = self.to_product(slug).partition("#")
        separator = "&" if "?" in address else "?"
        return f"{address}{separator}variant={variant_id}{'#' if fragment else ''}{fragment}"

    def to_category(self, slug: str) -> str:
        return self.category.format(SHOP_URL=self.shop_url, slug=slug)


class Sitemap:
    """The sitemap: listed products, in files of at most `size` URLs, and categories that show products."""

    def __init__(
        self,
        queries: CatalogueQueries,
        categories: CategoryQueries,
        currency: Currency,
        *,
        size: int = SITEMAP_SIZE,
    ) -> None:
        self._queries = queries
        self._categories = categories
        self._currency = currency
        self._size = size

    async def files(self, others: int) -> int:
        """Return the number of product files; 0 if all products and `others` other URLs fit into one file."""
        found = await self._queries.page(ProductQuery(page=1, limit=1), self._currency)
        return 0 if found.total + others <= self._size else -(-found.total // self._size)

    async def categories(self) -> list[str]:
        """Return the slugs of the categories that show a product, in tree order."""
        tree, counts = await self._categories.tree(), await self._categories.counts()
        return [category.slug for category in tree.ordered() if counts.get(category.id)]

    async def slugs(self, number: int) -> list[tuple[str, datetime]]:
        """Return the slugs of file `number`, counted from 1, each with the time of the product's last change."""
        return await self._queries.slugs(number, self._size)
