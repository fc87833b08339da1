"""Product inputs, and their conversion to entities in the shop's currency."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.catalogue.fields import (
    Attributes,
    Category,
    CategoryIds,
    Description,
    ImageUrl,
    Name,
    OptionName,
    Sku,
    Slug,
    Stock,
    TaxClass,
    Vendor,
    Weight,
)
from shop.application.catalogue.product_images import Images
from shop.application.catalogue.variant_terms import VariantInput, VariantSet, VariantTerms
from shop.application.catalogue.views import ListedProductView, ProductView, product_view
from shop.application.framework.inputs import MajorUnits, Version, takes_back
from shop.application.limits import CurrencyCode
from shop.domain.catalogue.attributes import attributes_of
from shop.domain.catalogue.picture import ProductImage
from shop.domain.catalogue.product import STANDARD_TAX_CLASS, Product
from shop.domain.catalogue.variant import MAX_OPTIONS, MAX_VARIANTS, Variant
from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency

_Value = TypeVar("_Value")


class ProductInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A new product. Amounts are in major units of the shop's currency, weights in grams.

    Either `stock` is the number of units, or `options` name the attributes in which its `variants` differ; then each
    variant has its own stock and sku, and a variant without a `price` takes the product's.
    """

    name: Name
    slug: Slug | None = None
    price: MajorUnits | UnsetType = UNSET
    sku: Sku | None = None
    description: Description | None = None
    category: Category | None = None
    category_ids: CategoryIds | UnsetType = UNSET
    vendor: Vendor | None = None
    attributes: Attributes = {}
    compare_at_price: MajorUnits | None = None
    currency: CurrencyCode | None = None
    stock: Stock = 0
    weight: Weight | None = None
    requires_shipping: bool = True
    tax_class: TaxClass | None = None
    withdrawable: bool = True
    image_url: ImageUrl | None = None
    images: Images = []
    active: bool = True
    options: Annotated[list[OptionName], msgspec.Meta(max_length=MAX_OPTIONS)] = []
    variants: Annotated[list[VariantInput], msgspec.Meta(max_length=MAX_VARIANTS)] | UnsetType = UNSET


@takes_back(ProductView, ListedProductView)
class ProductPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The fields to change; an omitted field keeps its value. Read-only fields are accepted and ignored.

    A stale `version` is refused. `stock` is refused: an absolute number would undo concurrent sales. `price`,
    `compareAtPrice`, `sku` and `weight` are refused while the product has options.
    """

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    price: MajorUnits | UnsetType = UNSET
    sku: Sku | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    category: Category | UnsetType | None = UNSET
    category_ids: CategoryIds | UnsetType = UNSET
    vendor: Vendor | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET
    compare_at_price: MajorUnits | UnsetType | None = UNSET
    currency: CurrencyCode | UnsetType | None = UNSET
    weight: Weight | UnsetType | None = UNSET
    requires_shipping: bool | UnsetType = UNSET
    tax_class: TaxClass | UnsetType = UNSET
    withdrawable: bool | UnsetType = UNSET
    image_url: ImageUrl | UnsetType | None = UNSET
    images: Images | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    version: Version | UnsetType = UNSET
    stock: object = UNSET


class ProductReplacement(ProductPatch, kw_only=True):
    """The replaced product; an omitted field keeps its value. Read-only fields, including `stock`, are ignored.

    A stale `version` is refused. While the product has options, `price`, `compareAtPrice`, `sku` and `weight` belong to
    the variants and are ignored.
    """

    name: Name
    price: MajorUnits


class ProductTerms:
    """Converts product inputs to entities and entities to views."""

    def __init__(self, currency: Currency, variant_terms: VariantTerms) -> None:
        self._currency = currency
        self._variant_terms = variant_terms

    def view(self, product: Product, units: Mapping[str, int]) -> ProductView:
        """Return the view; `units` is the stock by variant id."""
        return product_view(product, units, self._currency)

    def create(self, product_id: str, terms: ProductInput, at: datetime) -> tuple[Product, Mapping[str, int]]:
        """Return the product and the initial stock of its variants. Raises ValidationFailed."""
        self._ensure_currency(terms.currency)
        made = self._variants(product_id, terms)
        product = Product(
            id=product_id,
            name=terms.name,
            slug="" if terms.slug is None else _wanted_slug(terms.slug),
            options=made.options,
            variants=made.variants,
            description=terms.description or "",
            category=terms.category,
            vendor=terms.vendor,
            attributes=attributes_of(terms.attributes),
            image_url=terms.image_url,
            active=terms.active,
            requires_shipping=terms.requires_shipping,
            tax_class=STANDARD_TAX_CLASS if terms.tax_class is None else terms.tax_class,
            withdrawable=terms.withdrawable,
            created_at=at,
            updated_at=at,
        )
        return product, made.units

    def _variants(self, product_id: str, terms: ProductInput) -> VariantSet:
        only = Variant(
            id=product_id,
            price=0 if terms.price is UNSET else self._price(terms.price),
            sku=terms.sku,
            compare_at_price=self._compare_at_price(terms.compare_at_price),
            weight=terms.weight,
        )
        variants = terms.variants
        if variants is UNSET:
            if terms.options:
                raise ValidationFailed({"variants": "must not be missing where there are options"})
            variants = []
        elif terms.sku is not None or terms.stock:
            field = "stock" if terms.sku is None else "sku"
            raise ValidationFailed({field: "is given with each of the `variants`"})
        if terms.price is UNSET and (not variants or any(each.price is UNSET for each in variants)):
            raise ValidationFailed({"price": "must not be missing"})
        if terms.variants is UNSET:
            return VariantSet((), (only,), {product_id: terms.stock})
        return self._variant_terms.create(product_id, terms.options, variants, only)

    def revise(
        self, product: Product, terms: ProductPatch, images: tuple[ProductImage, ...], at: datetime
    ) -> Product:
        """Return the changed product, with these pictures. Raises ValidationFailed."""
        if terms.currency is not UNSET:
            self._ensure_currency(terms.currency)
        return product.revise(
            at,
            None if product.options else self._revised_variant(product.variants[0], terms),
            name=_kept(terms.name, product.name),
            slug=_wanted_slug(_kept(terms.slug, product.slug)),
            description=_kept(terms.description, product.description) or "",
            category=_kept(terms.category, product.category),
            vendor=_kept(terms.vendor, product.vendor),
            attributes=(product.attributes if terms.attributes is UNSET else attributes_of(terms.attributes)),
            image_url=_kept(terms.image_url, None if product.images else product.image_url),
            images=images,
            active=_kept(terms.active, product.active),
            requires_shipping=_kept(terms.requires_shipping, product.requires_shipping),
            tax_class=_kept(terms.tax_class, product.tax_class),
            withdrawable=_kept(terms.withdrawable, product.withdrawable),
        )

    def _revised_variant(self, variant: Variant, terms: ProductPatch) -> Variant:
        return replace(
            variant,
            price=variant.price if terms.price is UNSET else self._price(terms.price),
            sku=_kept(terms.sku, variant.sku),
            weight=_kept(terms.weight, variant.weight),
            compare_at_price=(
                variant.compare_at_price
                if terms.compare_at_price is UNSET
                else self._compare_at_price(terms.compare_at_price)
            ),
        )

    def _price(self, amount: MajorUnits) -> int:
        return self._currency.price_to_minor(amount, "price")

    def _compare_at_price(self, amount: MajorUnits | None) -> int | None:
        return None if amount is None else self._currency.to_minor(amount, "compare_at_price")

    def _ensure_currency(self, code: str | None) -> None:
        if code is not None and code != self._currency.code:
            raise ValidationFailed({"currency": f"must be {self._currency.code}, the shop's currency"})


def _wanted_slug(slug: str) -> str:
    if not slug.strip():
        raise ValidationFailed({"slug": "must not be blank"})
    return slug


def _kept(value: _Value | UnsetType, current: _Value) -> _Value:
    return current if isinstance(value, UnsetType) else value
