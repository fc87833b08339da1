"""Conversion of product and variant rows to views."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from shop.adapters.sql.catalogue.variants import variant_of
from shop.application.catalogue.media_views import ProductImageView
from shop.application.catalogue.views import (
    ListedProductView,
    OptionView,
    ProductView,
    major_or_none,
    variant_view,
)
from shop.domain.catalogue.picture import ProductImage
from shop.domain.catalogue.variant import option_values
from shop.domain.money import Currency

VARIANT: Final = "variant_"
"""Prefix of a variant's columns in a row that also has its product's columns."""


def listed_view_of(row: Row[Any], currency: Currency) -> ListedProductView:
    """Return the view of a `products` row with the stock of its active variants as `available`."""
    return ListedProductView(
        **_fields_of(row, currency),
        options=[OptionView(name, values) for name, values in row.options or ()],
        stock=int(row.available),  # MySQL returns sums as decimals
        price_from=currency.to_major(row.price),
        price_to=currency.to_major(row.price_to),
        variant_count=row.variant_count,
    )


def product_view_of(rows: Sequence[Row[Any]], currency: Currency) -> ProductView:
    """Return the view of `products` rows, one per variant, with its columns and its stock as `available`."""
    first = rows[0]
    variants = [variant_of(row, VARIANT) for row in rows]
    names = [name for name, _ in first.options or ()]
    shown = option_values(names, [variant.options for variant in variants])
    return ProductView(
        **_fields_of(first, currency),
        options=[OptionView(name, list(values)) for name, values in shown],
        stock=sum(row.available for row, variant in zip(rows, variants, strict=True) if variant.active),
        variants=[
            variant_view(variant, dict(zip(names, variant.options, strict=True)), row.available, currency)
            for row, variant in zip(rows, variants, strict=True)
        ],
    )


def _fields_of(row: Row[Any], currency: Currency) -> dict[str, Any]:
    return {
        "id": row.id,
        "sku": row.sku,
        "name": row.name,
        "slug": row.slug or "",
        "description": row.description,
        "category": row.category,
        "category_ids": row.category_ids or [],
        "vendor": row.vendor,
        "attributes": dict(row.attributes or ()),
        "price": currency.to_major(row.price),
        "compare_at_price": major_or_none(row.compare_at_price, currency),
        "prior_price": major_or_none(row.prior_price, currency),
        "currency": currency.code,
        "weight": row.weight,
        "requires_shipping": bool(row.requires_shipping),
        "tax_class": row.tax_class,
        "withdrawable": bool(row.withdrawable),
        "image_url": row.image_url,
        "images": [ProductImageView.of(ProductImage(*image)) for image in row.images or ()],
        "active": bool(row.active),
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
