"""Variant inputs, and their conversion to entities in the shop's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.catalogue.fields import (
    Barcode,
    Choices,
    ImageUrl,
    OptionName,
    Sku,
    Stock,
    Weight,
)
from shop.application.catalogue.views import VariantView
from shop.application.framework.inputs import Id, MajorUnits, Version, takes_back
from shop.application.ports.system import Ids
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import MAX_OPTIONS, MAX_VARIANTS, LastVariant, Variant, option_names_rule
from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency
from shop.domain.text import one_line


class _VariantFields(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    sku: Sku | UnsetType | None = UNSET
    price: MajorUnits | UnsetType = UNSET
    compare_at_price: MajorUnits | UnsetType | None = UNSET
    weight: Weight | UnsetType | None = UNSET
    barcode: Barcode | UnsetType | None = UNSET
    image_url: ImageUrl | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class VariantInput(_VariantFields, kw_only=True):
    """A new variant: a value for every option of the product. Without a `price` it takes the product's."""

    options: Choices = {}
    stock: Stock = 0


@takes_back(VariantView)
class VariantPatch(_VariantFields, kw_only=True):
    """The fields to change; an omitted field keeps its value. Read-only fields are accepted and ignored.

    A stale `version` of the product is refused. `stock` is refused.
    """

    stock: object = UNSET
    version: Version | UnsetType = UNSET


@takes_back(VariantView)
class VariantReplacement(_VariantFields, kw_only=True):
    """A variant of the new set: with `id`, an existing variant, whose omitted fields keep their values; else a new one.

    `stock` applies only to new variants.
    """

    id: Id | UnsetType = UNSET
    options: Choices | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET


class OptionReference(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """An option as a product shows it; `values` are ignored."""

    name: OptionName
    values: object = UNSET


class VariantsReplacement(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """All options and variants of a product. A stale `version` is refused."""

    options: Annotated[list[OptionName | OptionReference], msgspec.Meta(max_length=MAX_OPTIONS)]
    variants: Annotated[list[VariantReplacement], msgspec.Meta(max_length=MAX_VARIANTS)]
    version: Version | UnsetType = UNSET

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the options."""
        return tuple(option if isinstance(option, str) else option.name for option in self.options)


@dataclass(frozen=True, slots=True)
class VariantSet:
    """Options, variants in order, and the initial stock of new variants by id."""

    options: tuple[str, ...]
    variants: tuple[Variant, ...]
    units: Mapping[str, int]


class VariantTerms:
    """Converts variant inputs to entities. Errors name a variant by its index."""

    def __init__(self, currency: Currency, ids: Ids) -> None:
        self._currency = currency
        self._ids = ids

    def create(
        self, product_id: str, names: Sequence[str], variants: Sequence[VariantInput], default: Variant
    ) -> VariantSet:
        """Return the variants of a new product; omitted fields are taken from `default`. Raises ValidationFailed."""
        _ensure_names(names)
        made, units = [], {}
        for index, terms in enumerate(variants):
            where = f"variants[{index}]."
            values = _values(names, terms.options, where)
            variant_id = self._ids.new_id() if names else product_id
            start = replace(default, id=variant_id, options=values)
            if terms.price is not UNSET:
                start = replace(start, compare_at_price=None)  # it belongs to the default's price
            made.append(self._revised(start, terms, where))
            units[variant_id] = terms.stock
        return VariantSet(tuple(names), tuple(made), units)

    def replace(self, product: Product, terms: VariantsReplacement) -> VariantSet:
        """Return the product's new variants. Raises ValidationFailed, LastVariant."""
        if not terms.variants:
            raise LastVariant
        _ensure_names(terms.names)
        made, units = [], {}
        for index, each in enumerate(terms.variants):
            where = f"variants[{index}]."
            before = self._replaced(product, terms.names, each, where)
            kept = before if before is not None else self._new(product, terms.names)
            if each.options is not UNSET or len(kept.options) != len(terms.names):
                chosen = {} if each.options is UNSET else each.options
                kept = replace(kept, options=_values(terms.names, chosen, where))
            made.append(self._revised(kept, each, where))
            if before is None:
                units[kept.id] = 0 if each.stock is UNSET else each.stock
        variant_ids = [variant.id for variant in made]
        for index, variant_id in enumerate(variant_ids):
            if variant_id in variant_ids[:index]:
                raise ValidationFailed({f"variants[{index}].id": "must not be repeated"})
        return VariantSet(terms.names, tuple(made), units)

    def revise(self, variant: Variant, terms: VariantPatch) -> Variant:
        """Return the changed variant. Raises ValidationFailed."""
        return self._revised(variant, terms, "")

    def _replaced(
        self, product: Product, names: Sequence[str], terms: VariantReplacement, where: str
    ) -> Variant | None:
        """Return the existing variant that the input refers to, unchanged; None for a new variant."""
        if not names:
            if terms.id is not UNSET and terms.id != product.id:
                raise ValidationFailed({f"{where}id": "must be the product's without options"})
            return product.variant(product.id)
        if terms.id is UNSET:
            return None
        if (variant := product.variant(terms.id)) is None:
            raise ValidationFailed({f"{where}id": "is not a variant of this product"})
        return variant

    def _new(self, product: Product, names: Sequence[str]) -> Variant:
        return Variant(id=self._ids.new_id() if names else product.id, price=product.price)

    def _revised(self, variant: Variant, terms: _VariantFields, where: str) -> Variant:
        changes: dict[str, object] = {
            name: value
            for name in ("sku", "weight", "barcode", "image_url", "active")
            if (value := getattr(terms, name)) is not UNSET
        }
        if terms.price is not UNSET:
            changes["price"] = self._currency.price_to_minor(terms.price, f"{where}price")
        if terms.compare_at_price is not UNSET:
            changes["compare_at_price"] = (
                None
                if terms.compare_at_price is None
                else self._currency.to_minor(terms.compare_at_price, f"{where}compare_at_price")
            )
        return replace(variant, **changes)  # type: ignore[arg-type]


def _ensure_names(names: Sequence[str]) -> None:
    if reason := option_names_rule([one_line(name) for name in names]):
        raise ValidationFailed({"options": reason})


def _values(names: Sequence[str], chosen: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Return the chosen values in option order; names are compared without case."""
    by_name = {one_line(name).casefold(): value for name, value in chosen.items()}
    wanted = [one_line(name).casefold() for name in names]
    if len(by_name) < len(chosen) or by_name.keys() != set(wanted):
        raise ValidationFailed({f"{where}options": "must have a value for every option, and no other"})
    return tuple(by_name[name] for name in wanted)
