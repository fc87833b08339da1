"""What admins do with products."""

from msgspec import UNSET

from shop.application.audit.trail import Audit
from shop.application.catalogue.terms import ProductInput, ProductPatch, ProductTerms
from shop.application.catalogue.views import ProductView
from shop.application.framework.idempotency import Answer, IdempotencyKey
from shop.application.framework.idempotent_requests import claim, save_answer
from shop.application.framework.preconditions import ExpectedVersions, ensure_expected
from shop.application.framework.transactions import run_again
from shop.application.framework.views import encode
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import ensure_possible_stock
from shop.domain.errors import NotFound, VersionConflict


class CreateProduct:
    """Admins: put a new product into the catalogue, with its first stock.

    Fails with SKU_TAKEN, VALIDATION_FAILED for a field that breaks its rule or another currency than the shop's.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        terms: ProductTerms,
        cache: CatalogueCache,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._terms = terms
        self._cache = cache
        self._audit = audit

    async def __call__(
        self, admin: Principal, terms: ProductInput, idempotency: IdempotencyKey | None = None
    ) -> Answer:
        now = self._clock.now()
        product = self._terms.create(self._ids.new_id(), terms, now)
        ensure_possible_stock(terms.stock, "stock")
        answer = await self._create(admin, product, terms.stock, idempotency)
        self._cache.products_changed()
        return answer

    @run_again
    async def _create(
        self, admin: Principal, product: Product, stock: int, key: IdempotencyKey | None
    ) -> Answer:
        async with self._unit_of_work() as work:
            if isinstance(earlier := await claim(work, key, product.created_at), Answer):
                return earlier
            await work.products.add(product, {product.id: stock})
            view = self._terms.view(product, stock)
            await self._audit(work, admin, AuditAction.PRODUCT_CREATED, product.id, before=None, after=view)
            return await save_answer(work, key, encode(view))


class ReviseProduct:
    """Admins: change a product. Its stock has a request of its own.

    Fails with NOT_FOUND for an unknown product, VERSION_CONFLICT for a stale `version` and PRECONDITION_FAILED for a
    stale expected version (nothing is changed then), SKU_TAKEN, VALIDATION_FAILED for a field that breaks its rule.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        terms: ProductTerms,
        cache: CatalogueCache,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._terms = terms
        self._cache = cache
        self._audit = audit

    async def __call__(
        self, admin: Principal, product_id: str, terms: ProductPatch, expected: ExpectedVersions = None
    ) -> ProductView:
        view = await self._revise(admin, product_id, terms, expected)
        self._cache.products_changed()
        return view

    @run_again
    async def _revise(
        self, admin: Principal, product_id: str, terms: ProductPatch, expected: ExpectedVersions
    ) -> ProductView:
        async with self._unit_of_work() as work:
            before = await locked_product(work, product_id)
            ensure_expected(before.version, expected)
            if terms.version is not UNSET and terms.version != before.version:
                raise VersionConflict(terms.version, before.version)
            after = self._terms.revise(before, terms, self._clock.now())
            await work.products.update(before, after)
            stock = await units_of(work, after)
            old, new = self._terms.view(before, stock), self._terms.view(after, stock)
            await self._audit(work, admin, AuditAction.PRODUCT_REVISED, product_id, before=old, after=new)
        return new


class DeleteProduct:
    """Admins: take a product out of the catalogue for good; orders keep their copy, its sku is free again.

    Fails with NOT_FOUND for an unknown product, PRECONDITION_FAILED for a stale expected version.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        terms: ProductTerms,
        cache: CatalogueCache,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._terms = terms
        self._cache = cache
        self._audit = audit

    async def __call__(self, admin: Principal, product_id: str, expected: ExpectedVersions = None) -> None:
        await self._delete(admin, product_id, expected)
        self._cache.products_changed()

    @run_again
    async def _delete(self, admin: Principal, product_id: str, expected: ExpectedVersions) -> None:
        async with self._unit_of_work() as work:
            before = await locked_product(work, product_id)
            ensure_expected(before.version, expected)
            await work.products.update(before, before.delete(self._clock.now()))
            stock = await units_of(work, before)
            old = self._terms.view(before, stock)
            await self._audit(work, admin, AuditAction.PRODUCT_DELETED, product_id, before=old, after=None)


async def units_of(work: UnitOfWork, product: Product) -> int:
    """The product's stock: the sum over its active variants."""
    units = await work.stock.of_product(product.id)
    return sum(units[variant.id] for variant in product.visible_variants)


async def locked_product(work: UnitOfWork, product_id: str) -> Product:
    product = await work.products.lock(product_id)
    if product is None:
        raise NotFound("product")
    return product
