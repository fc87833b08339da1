"""Conversion between products and their rows, and of rows to views."""

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
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant, option_values
from shop.domain.money import Currency

VARIANT: Final = "variant_"
"""Prefix of a variant's columns in a row that also has its product's columns."""


def row_of(product: Product) -> dict[str, Any]:
    """Return the product's row of `products`."""
    options = [[name, list(values)] for name, values in product.option_values]
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "slug": product.slug or None,
        "description": product.description,
        "category": product.category,
        "category_ids": list(product.category_ids) or None,
        "vendor": product.vendor,
        "options": options or None,
        "attributes": [list(attribute) for attribute in product.attributes] or None,
        "price": product.price,
        "price_to": product.price_to,
        "compare_at_price": product.compare_at_price,
        "prior_price": product.prior_price,
        "weight": product.weight,
        "variant_count": len(product.visible_variants),
        "image_url": product.image_url,
        "images": [[each.picture_id, each.alt, each.width, each.height] for each in product.images] or None,
        "requires_shipping": product.requires_shipping,
        "tax_class": product.tax_class,
        "withdrawable": product.withdrawable,
        "active": product.active,
        "deleted": product.deleted,
        "version": product.version,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def product_of(row: Row[Any], variants: tuple[Variant, ...]) -> Product:
    """Return the product in a row with all columns of `products`."""
    return Product(
        id=row.id,
        name=row.name,
        slug=row.slug or "",
        variants=variants,
        options=tuple(name for name, _ in row.options or ()),
        description=row.description,
        category=row.category,
        category_ids=tuple(row.category_ids or ()),
        vendor=row.vendor,
        attributes=tuple((name, value) for name, value in row.attributes or ()),
        image_url=row.image_url,
        images=tuple(ProductImage(*image) for image in row.images or ()),
        requires_shipping=row.requires_shipping,
        tax_class=row.tax_class,
        withdrawable=row.withdrawable,
        active=row.active,
        deleted=row.deleted,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def listed_view_of(row: Row[Any], currency: Currency) -> ListedProductView:
    """Return the view of a `products` row with the stock of its active variants as `available`."""
    return ListedProductView(
        **_view_fields(row, currency),
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
        **_view_fields(first, currency),
        options=[OptionView(name, list(values)) for name, values in shown],
        stock=sum(row.available for row, variant in zip(rows, variants, strict=True) if variant.active),
        variants=[
            variant_view(variant, dict(zip(names, variant.options, strict=True)), row.available, currency)
            for row, variant in zip(rows, variants, strict=True)
        ],
    )


def _view_fields(row: Row[Any], currency: Currency) -> dict[str, Any]:
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
