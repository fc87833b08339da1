"""Administration of products."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from msgspec import UNSET

from shop.application.audit.trail import Audit
from shop.application.catalogue.category_assignment import CategoryAssignment, WantedCategories
from shop.application.catalogue.editing import ProductEditing, locked_product
from shop.application.catalogue.product_images import product_images
from shop.application.catalogue.terms import ProductInput, ProductPatch, ProductReplacement, ProductTerms
from shop.application.catalogue.views import ProductView
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.categories import CurrentCategories
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.slug import SlugTaken
from shop.domain.errors import ValidationFailed
from shop.domain.outbox.event import EventType


class CreateProduct:
    """Admins: create a product with its variants and their initial stock.

    An unknown `category` makes a root category. Without a `slug`, one is made from the name. Fails with SKU_TAKEN,
    SLUG_TAKEN, CATEGORY_AMBIGUOUS, VALIDATION_FAILED for a field that breaks its rule (a variant is named by its index)
    or for a currency other than the shop's.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        terms: ProductTerms,
        assign_categories: CategoryAssignment,
        categories: CurrentCategories,
        cache: CatalogueCache,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._terms = terms
        self._assign_categories = assign_categories
        self._categories = categories
        self._cache = cache
        self._audit = audit
        self._record = record

    async def __call__(
        self, admin: Principal, terms: ProductInput, idempotency: IdempotencyKey | None = None
    ) -> Outcome[ProductView]:
        product, units = self._terms.create(self._ids.new_id(), terms, self._clock.now())
        answer = await self._create(admin, product, units, terms, idempotency)
        self._categories.changed()
        self._cache.products_changed()
        return answer

    @retry_on_conflict
    async def _create(
        self,
        admin: Principal,
        product: Product,
        units: Mapping[str, int],
        terms: ProductInput,
        key: IdempotencyKey | None,
    ) -> Outcome[ProductView]:
        try:
            return await self._store(admin, product, units, terms, key)
        except SlugTaken as taken:
            if product.slug:
                raise
            raise TransactionConflict("another new product has taken the slug made from the name") from taken

    async def _store(
        self,
        admin: Principal,
        product: Product,
        units: Mapping[str, int],
        terms: ProductInput,
        key: IdempotencyKey | None,
    ) -> Outcome[ProductView]:
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, product.created_at)) is not None:
                return earlier
            product = replace(product, images=await product_images(work, terms.images))
            product = await self._assign_categories(
                work, product, WantedCategories(terms.category, terms.category_ids)
            )
            if not product.slug:
                product = replace(product, slug=await work.products.free_slug(product.name, product.id))
            await work.products.add(product, units)
            view = self._terms.view(product, units)
            await self._audit(
                work, admin, AuditAction.PRODUCT_CREATED, product.id, before=None, after=view.audited
            )
            await self._record(work, EventType.PRODUCT_CREATED, product.id, view)
            return await save_answer(work, key, view)


class BelongsToVariants(ValidationFailed):
    """The fields belong to the variants because the product has options."""

    def __init__(self, fields: Iterable[str]) -> None:
        super().__init__(dict.fromkeys(fields, "belongs to the variants while there are options"))


class ReviseProduct:
    """Admins: change a product. Stock has a separate request; so have variants if the product has options.

    Fails with NOT_FOUND for an unknown product, VERSION_CONFLICT for a stale `version` and PRECONDITION_FAILED for a
    stale expected version (nothing is changed then), SKU_TAKEN, SLUG_TAKEN, CATEGORY_AMBIGUOUS, VALIDATION_FAILED for
    a field that breaks its rule.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        terms: ProductTerms,
        editing: ProductEditing,
        assign_categories: CategoryAssignment,
        categories: CurrentCategories,
        cache: CatalogueCache,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._terms = terms
        self._editing = editing
        self._assign_categories = assign_categories
        self._categories = categories
        self._cache = cache
        self._audit = audit
        self._record = record

    async def __call__(
        self, admin: Principal, product_id: str, terms: ProductPatch, expected: ExpectedVersions = None
    ) -> ProductView:
        view = await self._revise(admin, product_id, terms, expected)
        self._categories.changed()
        self._cache.products_changed()
        return view

    @retry_on_conflict
    async def _revise(
        self, admin: Principal, product_id: str, terms: ProductPatch, expected: ExpectedVersions
    ) -> ProductView:
        version = None if terms.version is UNSET else terms.version
        async with self._unit_of_work() as work:
            before = await locked_product(work, product_id, expected, version)
            if before.options and not isinstance(terms, ProductReplacement):
                _ensure_not_of_variants(terms)
            images = before.images if terms.images is UNSET else await product_images(work, terms.images)
            after = self._terms.revise(before, terms, images, self._clock.now())
            after = await self._assign_categories(
                work, after, WantedCategories(terms.category, terms.category_ids)
            )
            after = await self._editing.store(work, before, after)
            units = await work.stock.of_product(product_id)
            old, new = self._terms.view(before, units), self._terms.view(after, units)
            await self._audit(
                work,
                admin,
                AuditAction.PRODUCT_REVISED,
                product_id,
                before=old.audited,
                after=new.audited,
            )
            await self._record(work, EventType.PRODUCT_UPDATED, product_id, new)
        return new


class DeleteProduct:
    """Admins: delete a product permanently. Orders keep their copies; its skus become available.

    Fails with NOT_FOUND for an unknown product, PRECONDITION_FAILED for a stale expected version.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        terms: ProductTerms,
        cache: CatalogueCache,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._terms = terms
        self._cache = cache
        self._audit = audit
        self._record = record

    async def __call__(self, admin: Principal, product_id: str, expected: ExpectedVersions = None) -> None:
        await self._delete(admin, product_id, expected)
        self._cache.products_changed()

    @retry_on_conflict
    async def _delete(self, admin: Principal, product_id: str, expected: ExpectedVersions) -> None:
        async with self._unit_of_work() as work:
            before = await locked_product(work, product_id, expected)
            await work.products.update(before, before.delete(self._clock.now()))
            old = self._terms.view(before, await work.stock.of_product(product_id))
            await self._audit(
                work, admin, AuditAction.PRODUCT_DELETED, product_id, before=old.audited, after=None
            )
            await self._record.deletion(work, EventType.PRODUCT_DELETED, product_id)


def _ensure_not_of_variants(terms: ProductPatch) -> None:
    of_variants = {
        "price": terms.price,
        "compare_at_price": terms.compare_at_price,
        "sku": terms.sku,
        "weight": terms.weight,
    }
    if refused := [field for field, value in of_variants.items() if value is not UNSET]:
        raise BelongsToVariants(refused)
