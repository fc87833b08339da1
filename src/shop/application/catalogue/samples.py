"""Removing the sample products that a new shop comes with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from shop.application.audit.trail import Audit
from shop.application.catalogue.category_views import category_view
from shop.application.catalogue.terms import ProductTerms
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.categories import CurrentCategories
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.audit import AuditAction
from shop.domain.catalogue.category import CategoryTree
from shop.domain.catalogue.product import Product
from shop.domain.outbox.event import EventType

_SAMPLES: Final = 24
_FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _sample_id(number: int) -> str:
    """Return the id that the migrations give to a sample: a UUIDv7 of its hour."""
    milliseconds = int((_FIRST + timedelta(hours=number)).timestamp() * 1000)
    text = f"{milliseconds:012x}70008000{number:012x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


SAMPLE_IDS: Final = tuple(map(_sample_id, range(_SAMPLES)))
"""The ids of the sample products that the migrations make."""


@dataclass(frozen=True, slots=True)
class RemovedSamples:
    """The numbers of samples that were removed, and of samples that were kept: changed or bought ones."""

    removed: int
    kept: int


class RemoveSamples:
    """The command line: delete the sample products that were neither changed nor ordered.

    Categories of removed samples are deleted too, if they are unchanged and empty.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        terms: ProductTerms,
        categories: CurrentCategories,
        cache: CatalogueCache,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._terms = terms
        self._categories = categories
        self._cache = cache
        self._audit = audit
        self._record = record

    async def __call__(self) -> RemovedSamples:
        removed, kept = await self._remove()
        self._categories.changed()
        self._cache.products_changed()
        return RemovedSamples(removed, kept)

    @retry_on_conflict
    async def _remove(self) -> tuple[int, int]:
        async with self._unit_of_work() as work:
            samples = [
                sample for each in SAMPLE_IDS if (sample := await work.products.lock(each)) is not None
            ]
            untouched = await _untouched(work, samples)
            for sample in untouched:
                await work.products.update(sample, sample.delete(self._clock.now()))
                old = self._terms.view(sample, await work.stock.of_product(sample.id))
                await self._audit(
                    work, None, AuditAction.PRODUCT_DELETED, sample.id, before=old.audited, after=None
                )
                await self._record.deletion(work, EventType.PRODUCT_DELETED, sample.id)
            await self._remove_empty_categories(work, untouched)
        return len(untouched), len(samples) - len(untouched)

    async def _remove_empty_categories(self, work: UnitOfWork, removed: Sequence[Product]) -> None:
        tree = await work.categories.lock()
        was_in = {each for sample in removed for each in sample.category_ids}
        for category_id in _deepest_first(tree, was_in):
            category = tree.categories[category_id]
            in_use = tree.children(category_id) or await work.categories.count_products([category_id], 1)
            if category.version == 1 and not in_use and category_id not in tree.successors.values():
                await work.categories.delete(category, None)
                view = category_view(category, {})
                await self._audit(
                    work, None, AuditAction.CATEGORY_DELETED, category_id, before=view, after=None
                )
                tree = await work.categories.read()


async def _untouched(work: UnitOfWork, samples: Sequence[Product]) -> list[Product]:
    item_ids = [variant.id for sample in samples for variant in sample.variants]
    ordered = await work.products.ordered(item_ids)
    return [
        sample
        for sample in samples
        if sample.version == 1 and ordered.isdisjoint(variant.id for variant in sample.variants)
    ]


def _deepest_first(tree: CategoryTree, category_ids: set[str]) -> list[str]:
    known = [each for each in category_ids if each in tree.categories]
    return sorted(known, key=lambda each: (-len(tree.path(each)), each))
