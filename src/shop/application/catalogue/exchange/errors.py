"""Turns broken rules of products into errors of rows and columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from shop.application.catalogue.exchange.entries import InvalidProduct, ProductEntry, VariantEntry
from shop.application.catalogue.exchange.fields import FIELDS_BY_NAME, VARIANT_FIELDS_BY_NAME, Field
from shop.domain.catalogue.catalogue_import import RowError
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import MAX_VARIANTS
from shop.domain.errors import ValidationFailed

_OF_VARIANT: Final = re.compile(r"variants\[(\d+)\](?:\.(\w+))?")

VariantRows = Sequence[VariantEntry | None]
"""The row of each variant of the product; None for a variant that is not in the file."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """The skus that a dry run would have moved. It stores nothing, so the database does not know them."""

    taken: dict[str, str] = field(default_factory=dict)
    """The handles of the new owners, by sku."""
    given_up: set[str] = field(default_factory=set)


@contextmanager
def entry_errors(entry: ProductEntry, rows: VariantRows) -> Iterator[None]:
    """Raise InvalidProduct for a ValidationFailed, with the row and the column of each field."""
    try:
        yield
    except ValidationFailed as error:
        found = [_row_error(entry, rows, name, reason) for name, reason in error.details.items()]
        raise InvalidProduct(found) from error


def same_variant(entry: ProductEntry, row: VariantEntry, first: VariantEntry) -> RowError:
    """Return the error of a row that describes the same variant as an earlier row."""
    return entry.error(row.line, None, f"The row describes the same variant as row {first.line}.")


def added_skus(before: Product | None, after: Product) -> list[str]:
    """Return the skus that the product has after the change, but not before."""
    old = {variant.sku for variant in (before.variants if before else ())}
    return [variant.sku for variant in after.variants if variant.sku and variant.sku not in old]


def ensure_skus_free(
    owners: Mapping[str, str],
    before: Product | None,
    after: Product,
    entry: ProductEntry,
    rows: VariantRows,
    dry_run: DryRun | None,
) -> None:
    """Raise InvalidProduct, naming the rows, if a sku of the product belongs to another variant.

    `owners` are product ids by sku. A sku that is taken concurrently raises SkuTaken when the product is
    stored.
    """
    old = {variant.sku for variant in (before.variants if before else ()) if variant.sku}
    new = [variant.sku for variant in after.variants if variant.sku]
    added = added_skus(before, after)
    taken = {sku for sku, owner in owners.items() if owner != after.id}
    if dry_run is not None:
        taken -= dry_run.given_up
        taken |= {sku for sku in added if dry_run.taken.get(sku, entry.handle) != entry.handle}
    taken |= {sku for sku in new if new.count(sku) > 1}
    if taken:
        raise InvalidProduct(
            [
                entry.error(row.line, Field.SKU, f"Another variant has the sku {sku}.")
                for row, sku in _rows_with_skus(entry, rows)
                if sku in taken
            ]
            or [entry.error(entry.line, Field.SKU, "Another variant has this sku.")]
        )
    if dry_run is not None:
        dry_run.given_up.update(old.difference(new))
        dry_run.given_up.difference_update(added)
        dry_run.taken.update(dict.fromkeys(added, entry.handle))


def _rows_with_skus(entry: ProductEntry, rows: VariantRows) -> list[tuple[VariantEntry, str]]:
    return [(row, row.sku) for row in rows or entry.variants if row is not None and row.sku]


def _row_error(entry: ProductEntry, rows: VariantRows, name: str, reason: str) -> RowError:
    """Return the error with its row and column. `name` is its field's name, such as `variants[0].price`."""
    if name == "variants" and len(rows) > MAX_VARIANTS:
        return entry.error(entry.line, None, _too_many(len(rows)))
    reason = _OF_VARIANT.sub(lambda found: _row_name(rows, int(found[1])), reason)
    line, of = entry.line, FIELDS_BY_NAME.get(name)
    if of is None and name in VARIANT_FIELDS_BY_NAME:  # of a product without options
        of = VARIANT_FIELDS_BY_NAME[name]
        line = next((row.line for row in rows if row is not None), line)
    if (variant := _OF_VARIANT.fullmatch(name)) is not None:
        row = rows[int(variant[1])] if int(variant[1]) < len(rows) else None
        line = entry.line if row is None else row.line
        of = VARIANT_FIELDS_BY_NAME.get(variant[2] or "")
    return entry.error(line, of, f"{entry.layout.column(of) if of else name} {reason}.")


def _too_many(variants: int) -> str:
    return (
        f"The product would have {variants} variants, and a product can have at most {MAX_VARIANTS}:"
        " give some of its rows another handle, so that they become a second product."
    )


def _row_name(rows: VariantRows, index: int) -> str:
    row = rows[index] if index < len(rows) else None
    return "another variant" if row is None else f"row {row.line}"
