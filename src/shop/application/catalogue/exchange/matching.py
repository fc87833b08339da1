"""Matches the rows of a file with the variants of a product: by sku, else by options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from shop.application.catalogue.exchange.entries import InvalidProduct, ProductEntry, VariantEntry
from shop.application.catalogue.exchange.errors import same_variant
from shop.application.catalogue.exchange.fields import Field
from shop.application.catalogue.variant_terms import VariantReplacement, VariantsReplacement
from shop.domain.catalogue.catalogue_import import RowError
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant
from shop.domain.text import one_line


@dataclass(frozen=True, slots=True)
class Matched:
    """The product's new variants, and the row of each; None for a variant that is not in the file."""

    replacement: VariantsReplacement
    entries: Sequence[VariantEntry | None]
    known: Mapping[str, VariantEntry]
    """The rows of existing variants by their ids."""


def match_variants(product: Product, entry: ProductEntry) -> Matched:
    """Return the variants as the file states them, and those that it leaves out. Raises InvalidProduct."""
    names = product.options if not entry.options else entry.options
    known, new = _matched(product, entry)
    if new and names and not entry.options:
        raise InvalidProduct([_without_options(entry, each) for each in new])
    if new and not names:
        raise InvalidProduct([same_variant(entry, each, entry.variants[0]) for each in new])
    entries: list[VariantEntry | None] = [known.get(variant.id) for variant in product.variants]
    kept = [
        VariantReplacement(id=variant.id, **_fields(entry, names, found))
        for variant, found in zip(product.variants, entries, strict=True)
    ]
    added = [VariantReplacement(stock=each.stock or 0, **_fields(entry, names, each)) for each in new]
    return Matched(
        VariantsReplacement(options=list(names), variants=[*kept, *added]), [*entries, *new], known
    )


def _matched(product: Product, entry: ProductEntry) -> tuple[dict[str, VariantEntry], list[VariantEntry]]:
    by_sku = {variant.sku: variant for variant in product.variants if variant.sku}
    by_options = {_key(product.options, variant.options): variant for variant in product.variants}
    found: dict[str, VariantEntry] = {}
    errors: list[RowError] = []
    left: list[VariantEntry] = []
    new: list[VariantEntry] = []
    for each in entry.variants:
        variant = by_sku.get(each.sku) if each.sku else None
        if variant is None:
            left.append(each)
        elif variant.id in found:
            errors.append(same_variant(entry, each, found[variant.id]))
        else:
            found[variant.id] = each
    for each in left:
        variant = _by_options(product, entry, each, by_options, found)
        if variant is None:
            new.append(each)
        elif variant.id in found:
            errors.append(same_variant(entry, each, found[variant.id]))
        else:
            found[variant.id] = each
    if errors:
        raise InvalidProduct(errors)
    return found, new


def _by_options(
    product: Product,
    entry: ProductEntry,
    row: VariantEntry,
    by_options: Mapping[frozenset[tuple[str, str]], Variant],
    found: Mapping[str, VariantEntry],
) -> Variant | None:
    """Return the variant with the row's options; of a product without options, its only variant.

    If the file adds options to a product without any, its only variant gets those of the first unmatched row.
    """
    if not product.options:
        only = product.variants[0]
        return None if entry.options and only.id in found else only
    if not entry.options:
        return product.variants[0] if len(product.variants) == 1 and len(entry.variants) == 1 else None
    return by_options.get(_key(entry.options, row.values))


def _fields(entry: ProductEntry, names: Sequence[str], row: VariantEntry | None) -> dict[str, Any]:
    if row is None:
        return {}
    chosen = dict(zip(names, row.values, strict=True)) if entry.options and any(row.values) else UNSET
    return {**row.fields, "options": chosen}


def _key(names: Sequence[str], values: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return a key that is equal for equal choices, regardless of the order of the options and of case."""
    return frozenset(
        (one_line(name).casefold(), one_line(value).casefold())
        for name, value in zip(names, values, strict=True)
    )


def _without_options(entry: ProductEntry, row: VariantEntry) -> RowError:
    return entry.error(
        row.line, Field.OPTION1_VALUE, "The product has options: name a value for each, or a variant's sku."
    )
