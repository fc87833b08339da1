"""Administration of a product's variants."""

from msgspec import UNSET

from shop.application.audit.trail import Audit
from shop.application.catalogue.editing import ProductEditing, locked_product
from shop.application.catalogue.terms import ProductTerms
from shop.application.catalogue.variant_terms import VariantPatch, VariantsReplacement, VariantTerms
from shop.application.catalogue.views import ProductView, VariantView
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.catalogue import CatalogueCache, CatalogueQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.errors import NotFound
from shop.domain.money import Currency
from shop.domain.outbox.event import EventType


class ShowVariant:
    """Admins: one variant, active or not, with the state of its product. Fails with NOT_FOUND when it is unknown."""

    def __init__(self, queries: CatalogueQueries, currency: Currency) -> None:
        self._queries = queries
        self._currency = currency

    async def __call__(self, product_id: str, variant_id: str) -> tuple[VariantView, str]:
        product = await self._queries.product(product_id, self._currency)
        for variant in product.variants if product is not None else ():
            if product is not None and variant.id == variant_id:
                return variant, product.state
        raise NotFound("variant")


class _VariantEdit:
    """Base of the variant edits."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        terms: ProductTerms,
        variant_terms: VariantTerms,
        editing: ProductEditing,
        cache: CatalogueCache,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._terms = terms
        self._variant_terms = variant_terms
        self._editing = editing
        self._cache = cache
        self._audit = audit
        self._record = record

    async def _audited(
        self, work: UnitOfWork, admin: Principal, before: ProductView, after: Product
    ) -> ProductView:
        view = self._terms.view(after, await work.stock.of_product(after.id))
        await self._audit(
            work,
            admin,
            AuditAction.PRODUCT_REVISED,
            after.id,
            before=before.audited,
            after=view.audited,
        )
        await self._record(work, EventType.PRODUCT_UPDATED, after.id, view)
        return view


class ReplaceVariants(_VariantEdit):
    """Admins: replace the options and variants of a product.

    Variants with an `id` are kept, variants without are created, missing variants are removed. Without options there
    is exactly one variant, which has the product's id and is created or restored if necessary. Fails with NOT_FOUND
    for an unknown product, LAST_VARIANT without any variant, SKU_TAKEN, VERSION_CONFLICT for a stale `version`,
    PRECONDITION_FAILED for a stale expected version, VALIDATION_FAILED for a field that breaks its rule (a variant is
    named by its index).
    """

    async def __call__(
        self,
        admin: Principal,
        product_id: str,
        terms: VariantsReplacement,
        expected: ExpectedVersions = None,
    ) -> ProductView:
        view = await self._replace(admin, product_id, terms, expected)
        self._cache.products_changed()
        self._cache.stock_changed((product_id,))
        return view

    @retry_on_conflict
    async def _replace(
        self, admin: Principal, product_id: str, terms: VariantsReplacement, expected: ExpectedVersions
    ) -> ProductView:
        version = None if terms.version is UNSET else terms.version
        async with self._unit_of_work() as work:
            before = await locked_product(work, product_id, expected, version)
            old = self._terms.view(before, await work.stock.of_product(product_id))
            wanted = self._variant_terms.replace(before, terms)
            after = before.set_variants(wanted.options, wanted.variants, self._clock.now())
            after = await self._editing.store(work, before, after, wanted.units)
            if product_id in wanted.units:
                await self._set_restored_stock(work, admin, after, wanted.units[product_id])
            return await self._audited(work, admin, old, after)

    async def _set_restored_stock(
        self, work: UnitOfWork, admin: Principal, product: Product, units: int
    ) -> None:
        """Set the stock of the variant that has the product's id.

        If it was removed before, it still has the stock from then.
        """
        available = await work.stock.lock(product.id)
        assert available is not None
        if available != units:
            await work.stock.adjust(
                StockAdjustment(
                    id=self._ids.new_id(),
                    item_id=product.id,
                    change=units - available,
                    available=units,
                    reason="The variant is back.",
                    made_by=admin.user_id,
                    at=product.updated_at,
                )
            )
            await self._record.stock(work, [(product.id, product.id, units - available)])


class ReviseVariant(_VariantEdit):
    """Admins: change one variant. Its stock has a separate request.

    Fails with NOT_FOUND for an unknown product or variant, SKU_TAKEN, VERSION_CONFLICT for a stale `version` of the
    product, PRECONDITION_FAILED for a stale expected version, VALIDATION_FAILED for a field that breaks its rule.
    """

    async def __call__(
        self,
        admin: Principal,
        product_id: str,
        variant_id: str,
        terms: VariantPatch,
        expected: ExpectedVersions = None,
    ) -> ProductView:
        view = await self._revise(admin, product_id, variant_id, terms, expected)
        self._cache.products_changed()
        return view

    @retry_on_conflict
    async def _revise(
        self,
        admin: Principal,
        product_id: str,
        variant_id: str,
        terms: VariantPatch,
        expected: ExpectedVersions,
    ) -> ProductView:
        version = None if terms.version is UNSET else terms.version
        async with self._unit_of_work() as work:
            before = await locked_product(work, product_id, expected, version)
            variant = before.variant(variant_id)
            if variant is None:
                raise NotFound("variant")
            old = self._terms.view(before, await work.stock.of_product(product_id))
            changed = self._variant_terms.revise(variant, terms)
            after = await self._editing.store(work, before, before.change_variant(changed, self._clock.now()))
            return await self._audited(work, admin, old, after)
