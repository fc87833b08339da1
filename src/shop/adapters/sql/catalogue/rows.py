"""Conversion between products and their rows."""

from typing import Any

from sqlalchemy import Row

from shop.domain.catalogue.picture import ProductImage
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant


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
