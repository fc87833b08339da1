"""Views of products."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from shop.application.catalogue.media_views import ProductImageView
from shop.domain.catalogue.attributes import AttributeValue
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant, option_values
from shop.domain.money import Currency


class OptionView(msgspec.Struct, frozen=True):
    """An option of a product, and its values in order of first appearance."""

    name: str
    values: list[str]


class VariantView(msgspec.Struct, frozen=True, rename="camel"):
    """A variant; amounts are in major units, `stock` is the units that can be sold now, `weight` is in grams.

    `prior_price` is the lowest price of the 30 days before the reduction that `compare_at_price` announces.
    """

    id: str
    sku: str | None
    options: dict[str, str]
    price: Decimal
    compare_at_price: Decimal | None
    prior_price: Decimal | None
    stock: int
    weight: int | None
    barcode: str | None
    image_url: str | None
    active: bool


class _ProductFields(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    sku: str | None
    name: str
    slug: str
    description: str
    category: str | None
    category_ids: list[str]
    vendor: str | None
    options: list[OptionView]
    attributes: dict[str, AttributeValue]
    price: Decimal
    compare_at_price: Decimal | None
    prior_price: Decimal | None
    currency: str
    stock: int
    weight: int | None
    requires_shipping: bool
    tax_class: str
    withdrawable: bool
    image_url: str | None
    images: list[ProductImageView]
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ListedProductView(_ProductFields, frozen=True, rename="camel"):
    """A product in a list; amounts are in major units of `currency`, `stock` is the units that can be sold now.

    `price`, `compare_at_price` and `prior_price` come from the cheapest active variant, `stock` is the sum over active
    variants, `sku` and `weight` come from the only variant.
    """

    price_from: Decimal
    price_to: Decimal
    variant_count: int
    """The number of active variants."""


class FoundProductsView(msgspec.Struct, frozen=True, rename="camel"):
    """One page of a search's products, like any page. `corrected_query` is the spelling searched for, if another."""

    page: int
    limit: int
    total: int
    items: list[ListedProductView]
    corrected_query: str | None


class ProductView(_ProductFields, frozen=True, rename="camel"):
    """A product with its variants; amounts are in major units of `currency`, `stock` is the units that can be sold now.

    `price`, `compare_at_price` and `prior_price` come from the cheapest active variant, `stock` is the sum over active
    variants, `sku` and `weight` come from the only variant.
    """

    variants: list[VariantView]

    @property
    def state(self) -> str:
        """Return the state that its ETag encodes."""
        return product_state(self.version, self.stock, [variant.stock for variant in self.variants])

    @property
    def for_visitors(self) -> "ProductView":
        """Return the product without its inactive variants."""
        if all(variant.active for variant in self.variants):
            return self
        shown = [variant for variant in self.variants if variant.active]
        chosen = [tuple(variant.options.values()) for variant in shown]
        names = [option.name for option in self.options]
        return msgspec.structs.replace(self, variants=shown, options=_option_views(names, chosen))

    @property
    def audited(self) -> "ProductView":
        """Return the product for the audit trail, without a variant that only repeats the product's fields."""
        first = self.variants[0]
        if self.options or first.barcode or first.image_url or not first.active:
            return self
        return msgspec.structs.replace(self, variants=[])


class CategoryView(msgspec.Struct, frozen=True):
    """A category's name, and the number of active products in it and below it."""

    category: str
    products: int


class CategoriesView(msgspec.Struct, frozen=True):
    """The names of all categories with active products."""

    items: list[CategoryView]


class VariantStock(msgspec.Struct):
    """The stock of a variant."""

    stock: int


class ProductState(msgspec.Struct):
    """The fields of a product's view that its state depends on."""

    id: str
    version: int
    stock: int
    variants: list[VariantStock]

    @property
    def state(self) -> str:
        """Return the state that the product's ETag encodes."""
        return product_state(self.version, self.stock, [variant.stock for variant in self.variants])


def product_state(version: int, stock: int, units: Sequence[int]) -> str:
    """Return the state that a product's ETag encodes: its version and the stock of each variant."""
    if len(units) == 1:
        return f"{version}-{stock}"
    digest = blake2b(",".join(map(str, units)).encode(), digest_size=7).digest()
    return f"{version}-{int.from_bytes(digest)}"


def product_view(product: Product, units: Mapping[str, int], currency: Currency) -> ProductView:
    """Return the view of a product with all its variants. `units` is the stock by variant id."""
    return ProductView(
        **_fields(product, units, currency),
        variants=[
            variant_view(variant, dict(product.choice(variant)), units[variant.id], currency)
            for variant in product.variants
        ],
    )


def listed_product_view(product: Product, units: Mapping[str, int], currency: Currency) -> ListedProductView:
    """Return the view of a product in a list. `units` is the stock by variant id."""
    fields = _fields(product, units, currency)
    fields["options"] = [OptionView(name, list(values)) for name, values in product.option_values]
    return ListedProductView(
        **fields,
        price_from=currency.to_major(product.price),
        price_to=currency.to_major(product.price_to),
        variant_count=len(product.visible_variants),
    )


def variant_view(variant: Variant, options: dict[str, str], stock: int, currency: Currency) -> VariantView:
    return VariantView(
        id=variant.id,
        sku=variant.sku,
        options=options,
        price=currency.to_major(variant.price),
        compare_at_price=currency.to_major_if_any(variant.compare_at_price),
        prior_price=currency.to_major_if_any(variant.prior_price),
        stock=stock,
        weight=variant.weight,
        barcode=variant.barcode,
        image_url=variant.image_url,
        active=variant.active,
    )


def _fields(product: Product, units: Mapping[str, int], currency: Currency) -> dict[str, Any]:
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "slug": product.slug,
        "description": product.description,
        "category": product.category,
        "category_ids": list(product.category_ids),
        "vendor": product.vendor,
        "options": _option_views(product.options, [variant.options for variant in product.variants]),
        "attributes": dict(product.attributes),
        "price": currency.to_major(product.price),
        "compare_at_price": currency.to_major_if_any(product.compare_at_price),
        "prior_price": currency.to_major_if_any(product.prior_price),
        "currency": currency.code,
        "stock": sum(units[variant.id] for variant in product.visible_variants),
        "weight": product.weight,
        "requires_shipping": product.requires_shipping,
        "tax_class": product.tax_class,
        "withdrawable": product.withdrawable,
        "image_url": product.image_url,
        "images": [ProductImageView.of(image) for image in product.images],
        "active": product.active,
        "version": product.version,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def _option_views(names: Sequence[str], chosen: Sequence[Sequence[str]]) -> list[OptionView]:
    return [OptionView(name, list(values)) for name, values in option_values(names, chosen)]
