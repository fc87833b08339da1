"""Updates one product from a file, within a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import msgspec
from msgspec import UNSET

from shop.application.audit.trail import Audit
from shop.application.catalogue.category_assignment import CategoryAssignment, WantedCategories
from shop.application.catalogue.editing import ProductEditing
from shop.application.catalogue.exchange.entries import InvalidProduct, ProductEntry
from shop.application.catalogue.exchange.errors import (
    DryRun,
    added_skus,
    ensure_skus_free,
    entry_errors,
    same_variant,
)
from shop.application.catalogue.exchange.fields import Field
from shop.application.catalogue.exchange.matching import Matched, match_variants
from shop.application.catalogue.terms import ProductInput, ProductPatch, ProductTerms
from shop.application.catalogue.variant_terms import VariantInput, VariantTerms
from shop.application.catalogue.views import ProductView
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.catalogue import NO_UNITS
from shop.application.ports.imports import Existing
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWork
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.catalogue_import import ProductChange, ProductOutcome
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.outbox.event import EventType

_REASON: Final = "Set by an import."
_DERIVED_FIELDS: Final = frozenset(("version", "updated_at", "price_from", "price_to"))
"""Fields that are derived from others, so a change of them is not reported."""


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """How products are imported, and by whom (`by`; None for the command line)."""

    by: Principal | None
    set_stock: bool
    dry_run: DryRun | None
    """None if the changes are stored."""


class OutdatedRead(Exception):
    """The product that had the entry's handle when it was read no longer has it."""


class ApplyProduct:
    """Creates or updates the product with the entry's handle from the entry's columns."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        terms: ProductTerms,
        variant_terms: VariantTerms,
        editing: ProductEditing,
        assign_categories: CategoryAssignment,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._terms = terms
        self._variant_terms = variant_terms
        self._editing = editing
        self._assign_categories = assign_categories
        self._audit = audit
        self._record = record

    async def __call__(
        self, work: UnitOfWork, entry: ProductEntry, how: ImportTerms, existing: Existing | None
    ) -> ProductChange | None:
        """Return the change; None if there is nothing to change. Raises InvalidProduct.

        `existing` is what the shop had when the file was read ahead; it saves queries. If it is stale, this
        raises OutdatedRead, SlugTaken or SkuTaken (here or at commit): call it again without `existing`.
        """
        if existing is None:
            product_id = await work.products.id_by_slug(entry.handle)
        else:
            product_id = existing.product_ids.get(entry.handle)
        known_skus = None if existing is None else existing.skus
        if product_id is None:
            return await self._create(work, entry, how, known_skus)
        before = await work.products.lock(product_id)
        if before is None or before.slug != entry.handle:
            raise (
                TransactionConflict("the product was changed meanwhile") if existing is None else OutdatedRead
            )
        return await self._update(work, before, entry, how, known_skus)

    async def _create(
        self, work: UnitOfWork, entry: ProductEntry, how: ImportTerms, known_skus: frozenset[str] | None
    ) -> ProductChange:
        product_id = self._ids.new_id()
        with entry_errors(entry, entry.variants):
            terms = _product_input(entry)
            product, units = self._terms.create(product_id, terms, self._clock.now())
        product = await self._categorised(work, product, entry)
        owners = await _owners(work, None, product, known_skus)
        ensure_skus_free(owners, None, product, entry, entry.variants, how.dry_run)
        if how.dry_run is None:
            view = self._terms.view(product, units)
            await work.products.add(product, units)
            await self._audit(
                work, how.by, AuditAction.PRODUCT_CREATED, product_id, before=None, after=view.audited
            )
            await self._record(work, EventType.PRODUCT_CREATED, product_id, view)
        return ProductChange(entry.line, entry.handle, ProductOutcome.CREATED)

    async def _update(
        self,
        work: UnitOfWork,
        before: Product,
        entry: ProductEntry,
        how: ImportTerms,
        known_skus: frozenset[str] | None,
    ) -> ProductChange | None:
        now = self._clock.now()
        with entry_errors(entry, ()):
            after = self._terms.revise(before, ProductPatch(**entry.fields), before.images, now)
        units, matched = NO_UNITS, None
        if entry.variants:
            matched = match_variants(before, entry)
            with entry_errors(entry, matched.entries):
                wanted = self._variant_terms.replace(after, matched.replacement)
                after, units = after.set_variants(wanted.options, wanted.variants, now), wanted.units
        after = await self._categorised(work, after, entry)
        after = replace(after, version=before.version + 1)
        is_same = replace(after, version=before.version, updated_at=before.updated_at) == before
        if is_same and not how.set_stock:
            return None
        stock = await work.stock.of_product(before.id)
        counted = _counted(matched, stock) if how.set_stock and matched is not None else {}
        if is_same and not counted:
            return None
        rows = () if matched is None else matched.entries
        owners = await _owners(work, before, after, known_skus)
        ensure_skus_free(owners, before, after, entry, rows, how.dry_run)
        if how.dry_run is None:
            after = await self._editing.store(work, before, after, units)
            await self._set_stock(work, after, counted, how)
        old = self._terms.view(before, stock)
        new = self._terms.view(after, {**stock, **units, **counted})
        if how.dry_run is None:
            await self._audit(
                work, how.by, AuditAction.PRODUCT_REVISED, after.id, before=old.audited, after=new.audited
            )
            await self._record(work, EventType.PRODUCT_UPDATED, after.id, new)
        return ProductChange(entry.line, entry.handle, ProductOutcome.UPDATED, _changed_fields(old, new))

    async def _categorised(self, work: UnitOfWork, product: Product, entry: ProductEntry) -> Product:
        if entry.paths is None and entry.category is None:
            return product
        wanted = WantedCategories(
            name=UNSET if entry.category is None else entry.category,
            paths=UNSET if entry.paths is None else entry.paths,
        )
        try:
            return await self._assign_categories(work, product, wanted)
        except ShopError as error:
            column = Field.CATEGORY if entry.paths is None else Field.CATEGORIES
            raise InvalidProduct([entry.error(entry.line, column, error.message)]) from error

    async def _set_stock(
        self, work: UnitOfWork, product: Product, counted: Mapping[str, int], how: ImportTerms
    ) -> None:
        """Set the stock of existing variants to the file's units (`counted`, by variant id)."""
        changes = []
        for item_id, units in sorted(counted.items()):
            assert how.by is not None
            available = await work.stock.lock(item_id)
            assert available is not None
            if available != units:
                adjustment = StockAdjustment(
                    id=self._ids.new_id(),
                    item_id=item_id,
                    change=units - available,
                    available=units,
                    reason=_REASON,
                    made_by=how.by.user_id,
                    at=product.updated_at,
                )
                await work.stock.adjust(adjustment)
                changes.append((item_id, product.id, adjustment.change))
        await self._record.stock(work, changes)


async def _owners(
    work: UnitOfWork, before: Product | None, after: Product, known_skus: frozenset[str] | None
) -> Mapping[str, str]:
    """Return the ids of the products that have the skus added to this one, by sku.

    Without any of them in `known_skus`, no query is made.
    """
    added = added_skus(before, after)
    if not added or (known_skus is not None and known_skus.isdisjoint(added)):
        return {}
    return await work.products.sku_owners(added)


def _product_input(entry: ProductEntry) -> ProductInput:
    if "name" not in entry.fields:
        raise ValidationFailed({"name": "must not be missing where the product is new"})
    names = entry.options or ()
    if not names and len(entry.variants) > 1:
        first, *others = entry.variants
        raise InvalidProduct([same_variant(entry, each, first) for each in others])
    variants = [
        VariantInput(options=dict(zip(names, each.values, strict=True)), stock=each.stock or 0, **each.fields)
        for each in entry.variants
    ]
    return ProductInput(slug=entry.handle, options=list(names), variants=variants or UNSET, **entry.fields)


def _counted(matched: Matched, stock: Mapping[str, int]) -> dict[str, int]:
    """Return the file's stock of existing variants where it differs from the current stock."""
    return {
        item_id: row.stock
        for item_id, row in matched.known.items()
        if row.stock is not None and row.stock != stock[item_id]
    }


_fields = cache(msgspec.structs.fields)


def _changed_fields(old: ProductView, new: ProductView) -> tuple[str, ...]:
    """Return the names, as clients know them, of the fields in which the two differ."""
    before, after = old.audited, new.audited
    return tuple(
        field.encode_name
        for field in _fields(type(after))
        if field.name not in _DERIVED_FIELDS and getattr(before, field.name) != getattr(after, field.name)
    )
