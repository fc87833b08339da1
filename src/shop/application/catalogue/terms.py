"""What callers send about products, and how it becomes entities in the shop's currency."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.catalogue.views import ProductView, product_view
from shop.application.framework.inputs import Version, takes_back, text
from shop.application.framework.major_units import MajorUnits
from shop.application.limits import CurrencyCode
from shop.domain.catalogue.product import (
    MAX_CATEGORY,
    MAX_DESCRIPTION,
    MAX_NAME,
    Product,
    simple_product,
)
from shop.domain.catalogue.stock import MAX_STOCK
from shop.domain.catalogue.variant import MAX_IMAGE_URL, MAX_SKU, Variant
from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency

_Value = TypeVar("_Value")

Name = Annotated[str, text(MAX_NAME, 1)]
Sku = Annotated[str, text(MAX_SKU)]
Description = Annotated[str, text(MAX_DESCRIPTION)]
Category = Annotated[str, text(MAX_CATEGORY)]
ImageUrl = Annotated[str, text(MAX_IMAGE_URL, format="uri-reference")]
Stock = Annotated[int, msgspec.Meta(ge=0, le=MAX_STOCK)]


class ProductInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A new product. Amounts are in major units of the shop's currency; `stock` is the number of units there are."""

    name: Name
    price: MajorUnits
    sku: Sku | None = None
    description: Description | None = None
    category: Category | None = None
    compare_at_price: MajorUnits | None = None
    currency: CurrencyCode | None = None
    stock: Stock = 0
    image_url: ImageUrl | None = None
    active: bool = True


@takes_back(ProductView)
class ProductPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What to change; a field left out keeps its value. Read-only fields may come back and are ignored.

    A `version` that is no longer the present one refuses the change. `stock` is refused: an absolute number would
    undo the sales in between.
    """

    name: Name | UnsetType = UNSET
    price: MajorUnits | UnsetType = UNSET
    sku: Sku | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    category: Category | UnsetType | None = UNSET
    compare_at_price: MajorUnits | UnsetType | None = UNSET
    currency: CurrencyCode | UnsetType | None = UNSET
    image_url: ImageUrl | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    version: Version | UnsetType = UNSET
    stock: object = UNSET


class ProductReplacement(ProductPatch, kw_only=True):
    """The product anew; a field left out keeps its value. Read-only fields, `stock` too, are ignored.

    A `version` that is no longer the present one refuses the change.
    """

    name: Name
    price: MajorUnits


class ProductTerms:
    """Turns the wire's terms of a product into the entity's and back."""

    def __init__(self, currency: Currency) -> None:
        self._currency = currency

    def view(self, product: Product, stock: int) -> ProductView:
        return product_view(product, stock, self._currency)

    def create(self, product_id: str, terms: ProductInput, at: datetime) -> Product:
        """Raises ValidationFailed."""
        self._ensure_currency(terms.currency)
        return simple_product(
            id=product_id,
            name=terms.name,
            price=self._price(terms.price),
            sku=terms.sku,
            description=terms.description or "",
            category=terms.category,
            compare_at_price=self._compare_at_price(terms.compare_at_price),
            image_url=terms.image_url,
            active=terms.active,
            created_at=at,
            updated_at=at,
        )

    def revise(self, product: Product, terms: ProductPatch, at: datetime) -> Product:
        """Raises ValidationFailed."""
        if terms.currency is not UNSET:
            self._ensure_currency(terms.currency)
        return product.revise(
            at,
            None if product.options else self._revised_variant(product.variants[0], terms),
            name=_kept(terms.name, product.name),
            description=_kept(terms.description, product.description) or "",
            category=_kept(terms.category, product.category),
            image_url=_kept(terms.image_url, product.image_url),
            active=_kept(terms.active, product.active),
        )

    def _revised_variant(self, variant: Variant, terms: ProductPatch) -> Variant:
        return replace(
            variant,
            price=variant.price if terms.price is UNSET else self._price(terms.price),
            sku=_kept(terms.sku, variant.sku),
            compare_at_price=(
                variant.compare_at_price
                if terms.compare_at_price is UNSET
                else self._compare_at_price(terms.compare_at_price)
            ),
        )

    def _price(self, amount: MajorUnits) -> int:
        return self._currency.price_to_minor(amount, "price")

    def _compare_at_price(self, amount: MajorUnits | None) -> int | None:
        return None if amount is None else self._currency.to_minor(amount, "compareAtPrice")

    def _ensure_currency(self, code: str | None) -> None:
        if code is not None and code != self._currency.code:
            raise ValidationFailed({"currency": f"must be {self._currency.code}, the shop's currency"})


def _kept(value: _Value | UnsetType, present: _Value) -> _Value:
    return present if isinstance(value, UnsetType) else value
