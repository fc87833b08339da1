"""How products are shown."""

from datetime import datetime
from decimal import Decimal

import msgspec

from shop.domain.catalogue.product import Product
from shop.domain.money import Currency


class ProductView(msgspec.Struct, frozen=True, rename="camel"):
    """A product; amounts are in major units of `currency`, `stock` is what can be sold now."""

    id: str
    sku: str | None
    name: str
    description: str
    category: str | None
    price: Decimal
    compare_at_price: Decimal | None
    currency: str
    stock: int
    image_url: str | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> str:
        """What its ETag tells apart: the version, which edits move, and the stock, which sales move."""
        return f"{self.version}-{self.stock}"


class CategoryView(msgspec.Struct, frozen=True):
    """A category, and how many products visitors see in it."""

    category: str
    products: int


class CategoriesView(msgspec.Struct, frozen=True):
    """All categories that visitors see something in, by name."""

    items: list[CategoryView]


def product_view(product: Product, stock: int, currency: Currency) -> ProductView:
    compare_at = product.compare_at_price
    return ProductView(
        id=product.id,
        sku=product.sku,
        name=product.name,
        description=product.description,
        category=product.category,
        price=currency.to_major(product.price),
        compare_at_price=None if compare_at is None else currency.to_major(compare_at),
        currency=currency.code,
        stock=stock,
        image_url=product.image_url,
        active=product.active,
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
