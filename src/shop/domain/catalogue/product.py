"""The product: what the catalogue shows, with the variants that are sold."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Self, TypedDict, Unpack

from shop.domain.catalogue.attributes import Attributes, attributes_rule, spelled, tidied
from shop.domain.catalogue.category import MAX_CATEGORIES_PER_PRODUCT, MAX_CATEGORY
from shop.domain.catalogue.picture import ProductImage, images_rule, picture_id_of
from shop.domain.catalogue.slug import slug_rule
from shop.domain.catalogue.variant import (
    MAX_IMAGE_URL,
    Choice,
    LastVariant,
    Variant,
    broken_rules_of_variants,
    option_names_rule,
    option_values,
)
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.rules import address_rule, length_rule, shown_rule
from shop.domain.text import has_visible_text, one_line, paragraphs, tidy
from shop.domain.versions import FIRST_VERSION

MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 10_000
MAX_VENDOR: Final = 100
MAX_TAX_CLASS: Final = 40
STANDARD_TAX_CLASS: Final = "standard"
FALLBACK_SLUG: Final = "product"
"""The slug of a product whose name has neither letters nor digits."""


class SkuTaken(ShopError):
    """Another variant in the shop has this sku."""

    code: ClassVar[str] = "SKU_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another product or variant has this sku.", {"sku": "is taken"})


class ProductChanges(TypedDict, total=False):
    """The product's own fields that an edit can set; omitted fields keep their values."""

    name: str
    slug: str
    description: str
    category: str | None
    category_ids: tuple[str, ...]
    vendor: str | None
    attributes: Attributes
    image_url: str | None
    images: tuple[ProductImage, ...]
    active: bool
    requires_shipping: bool
    tax_class: str
    withdrawable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with its variants. Their stock is kept apart: sales move it, edits don't.

    `slug` names the product in URLs and is unique in the shop; it is empty if the product is deleted or not
    stored yet. `category` is the name of the main category, the first of `category_ids`. `options` are names.
    A product without options has exactly one variant, which has the product's id.

    Every text is normalized, control characters are dropped except from identifiers and picture URLs, and an
    optional text without visible characters becomes None. Construction raises ValidationFailed, naming every
    field that breaks its rule; with options, a variant's fields are named like `variants[0].price`. Changes
    return the next version.
    """

    id: str
    name: str
    variants: tuple[Variant, ...]
    created_at: datetime
    updated_at: datetime
    options: tuple[str, ...] = ()
    slug: str = ""
    description: str = ""
    category: str | None = None
    category_ids: tuple[str, ...] = ()
    vendor: str | None = None
    attributes: Attributes = ()
    image_url: str | None = None
    """The first of `images`, if there are any."""
    images: tuple[ProductImage, ...] = ()
    active: bool = True
    requires_shipping: bool = True
    tax_class: str = STANDARD_TAX_CLASS
    withdrawable: bool = True
    deleted: bool = False
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        texts = {
            "name": one_line(self.name),
            "description": paragraphs(self.description),
            "slug": tidy(self.slug),
            "category": _shown(one_line(self.category or "")),
            "vendor": _shown(one_line(self.vendor or "")),
            "image_url": self.images[0].url if self.images else tidy(self.image_url or "") or None,
            "tax_class": one_line(self.tax_class),
            "options": tuple(map(one_line, self.options)),
            "attributes": tidied(self.attributes),
        }
        for field, text in texts.items():
            object.__setattr__(self, field, text)
        reasons = {field: reason for field, reason in self._broken_rules() if reason}
        if reasons := reasons | broken_rules_of_variants(self.options, self.variants):
            raise ValidationFailed(reasons)
        assert self.version >= 1
        assert self.options or self.variants[0].id == self.id, (
            "the variant of a product without options has its id"
        )
        assert len({variant.id for variant in self.variants}) == len(self.variants)
        assert not (self.deleted and any(variant.sku for variant in self.variants)), (
            "a deleted product has no sku"
        )

    @property
    def listed(self) -> bool:
        """Return whether visitors see the product."""
        return self.active and not self.deleted

    @property
    def visible_variants(self) -> tuple[Variant, ...]:
        """Return the active variants."""
        return tuple(variant for variant in self.variants if variant.active)

    @property
    def cheapest(self) -> Variant:
        """Return the active variant with the lowest price (ties: the first); if none is active, of all variants."""
        return min(self.visible_variants or self.variants, key=lambda variant: variant.price)

    @property
    def price(self) -> int:
        return self.cheapest.price

    @property
    def price_to(self) -> int:
        """Return the highest price of an active variant; if none is active, of all variants."""
        return max(variant.price for variant in self.visible_variants or self.variants)

    @property
    def compare_at_price(self) -> int | None:
        return self.cheapest.compare_at_price

    @property
    def prior_price(self) -> int | None:
        return self.cheapest.prior_price

    @property
    def sku(self) -> str | None:
        """Return the sku of the only variant; None if there are several."""
        return self.variants[0].sku if len(self.variants) == 1 else None

    @property
    def weight(self) -> int | None:
        """Return the weight of the only variant in grams; None if there are several."""
        return self.variants[0].weight if len(self.variants) == 1 else None

    @property
    def picture_ids(self) -> frozenset[str]:
        """Return the ids of the shop's own pictures that the product or its variants show; none once deleted."""
        if self.deleted:
            return frozenset()
        urls = (self.image_url, *(variant.image_url for variant in self.variants))
        shown = {picture_id for url in urls if (picture_id := picture_id_of(url)) is not None}
        return frozenset(shown | {image.picture_id for image in self.images})

    @property
    def labels(self) -> str:
        """Return additional search terms: skus and option values of the variants, and attribute values."""
        texts = [text for variant in self.variants for text in (variant.sku, *variant.options) if text]
        texts += [spelled(value) for _, value in self.attributes if not isinstance(value, bool)]
        return " ".join(dict.fromkeys(texts))

    @property
    def option_values(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return each option's name and the values of active variants; if none is active, of all variants."""
        variants = self.visible_variants or self.variants
        return option_values(self.options, [variant.options for variant in variants])

    @property
    def on_sale(self) -> bool:
        """Return whether it is listed at a price below its compare-at price."""
        return self.listed and self.cheapest.is_reduced

    def variant(self, variant_id: str) -> Variant | None:
        """Return the variant with this id; None if there is none."""
        return next((variant for variant in self.variants if variant.id == variant_id), None)

    def choice(self, variant: Variant) -> Choice:
        """Return the variant's options by name."""
        return tuple(zip(self.options, variant.options, strict=True))

    def revise(self, at: datetime, variant: Variant | None = None, **changes: Unpack[ProductChanges]) -> Self:
        """Change the product's own fields.

        `variant` replaces the only variant of a product without options. Raises ValidationFailed.
        """
        assert not self.deleted
        assert variant is None or (not self.options and variant.id == self.id)
        return self._next(at, variants=self.variants if variant is None else (variant,), **changes)

    def set_variants(self, options: tuple[str, ...], variants: tuple[Variant, ...], at: datetime) -> Self:
        """Replace options and variants. Raises LastVariant for no variants, ValidationFailed."""
        assert not self.deleted
        if not variants:
            raise LastVariant
        return self._next(at, options=options, variants=variants)

    def change_variant(self, changed: Variant, at: datetime) -> Self:
        """Replace the variant that has this id. Raises ValidationFailed, which names the variant's own fields."""
        assert not self.deleted
        assert self.variant(changed.id) is not None
        if reasons := changed.broken_rules():
            raise ValidationFailed(reasons)
        variants = tuple(changed if variant.id == changed.id else variant for variant in self.variants)
        return self._next(at, variants=variants)

    def delete(self, at: datetime) -> Self:
        """Delete the product permanently. Its skus become available; orders keep their own copies."""
        assert not self.deleted
        variants = tuple(replace(variant, sku=None) for variant in self.variants)
        return self._next(at, deleted=True, variants=variants, slug="", category_ids=())

    def _next(self, at: datetime, **changes: object) -> Self:
        return replace(self, updated_at=at, version=self.version + 1, **changes)  # type: ignore[arg-type]

    def _broken_rules(self) -> list[tuple[str, str | None]]:
        return [
            ("name", shown_rule(self.name, MAX_NAME)),
            ("slug", slug_rule(self.slug) if self.slug else None),
            ("category", length_rule(self.category, MAX_CATEGORY)),
            ("category_ids", _category_ids_rule(self.category_ids)),
            ("vendor", length_rule(self.vendor, MAX_VENDOR)),
            ("description", length_rule(self.description, MAX_DESCRIPTION)),
            ("image_url", address_rule(self.image_url, MAX_IMAGE_URL)),
            ("images", images_rule(self.images)),
            ("tax_class", shown_rule(self.tax_class, MAX_TAX_CLASS)),
            ("options", option_names_rule(self.options)),
            ("attributes", attributes_rule(self.attributes)),
        ]


def simple_product(
    *,
    id: str,  # noqa: A002
    price: int,
    sku: str | None = None,
    compare_at_price: int | None = None,
    weight: int | None = None,
    **fields: Any,
) -> Product:
    """Return a product without options from its own and its variant's fields. Raises ValidationFailed."""
    variant = Variant(id=id, price=price, sku=sku, compare_at_price=compare_at_price, weight=weight)
    return Product(id=id, variants=(variant,), **fields)


def _category_ids_rule(category_ids: tuple[str, ...]) -> str | None:
    if len(category_ids) > MAX_CATEGORIES_PER_PRODUCT:
        return f"must be at most {MAX_CATEGORIES_PER_PRODUCT}"
    return "must not name a category twice" if len(set(category_ids)) < len(category_ids) else None


def _shown(text: str) -> str | None:
    return text if has_visible_text(text) else None
