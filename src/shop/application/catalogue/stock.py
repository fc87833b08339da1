"""Stock adjustments other than sales, and the expiry of old sales from popularity."""

from datetime import timedelta
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.audit.trail import Audit, AuditedStock
from shop.application.catalogue.fields import Stock
from shop.application.catalogue.terms import ProductTerms
from shop.application.catalogue.views import ProductView
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import Id
from shop.application.framework.transactions import retry_on_conflict
from shop.application.limits import Reason
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import MAX_STOCK, StockAdjustment, change_to
from shop.domain.errors import NotFound, ValidationFailed

POPULARITY_DAYS: Final = 30
"""Popularity counts the units sold in this many days up to and including today, in UTC."""


class StockInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Either `change`, the units to add (negative to remove), or `set`, the new stock if it is still `expected`.

    `variant_id` may be omitted if the product has only one variant.
    """

    change: Annotated[int, msgspec.Meta(ge=-MAX_STOCK, le=MAX_STOCK)] | UnsetType = UNSET
    set: Stock | UnsetType = UNSET
    expected: Stock | UnsetType = UNSET
    variant_id: Id | UnsetType = UNSET
    reason: Reason | None = None


class AdjustStock:
    """Admins: add, remove or recount units of a variant. The user, time and reason are recorded.

    Fails with NOT_FOUND for an unknown product or variant, STOCK_TOO_LOW when more units would be removed than there
    are, STOCK_MISMATCH when the stock isn't `expected`, VALIDATION_FAILED unless exactly one of the two forms is sent,
    or when `variantId` is missing and there are several variants.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        terms: ProductTerms,
        cache: CatalogueCache,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._terms = terms
        self._cache = cache
        self._audit = audit
        self._record = record

    async def __call__(
        self,
        admin: Principal,
        product_id: str,
        request: StockInput,
        idempotency: IdempotencyKey | None = None,
    ) -> Outcome[ProductView]:
        _ensure_one_form(request)
        answer = await self._adjust(admin, product_id, request, idempotency)
        self._cache.stock_changed((product_id,))
        return answer

    @retry_on_conflict
    async def _adjust(
        self, admin: Principal, product_id: str, request: StockInput, key: IdempotencyKey | None
    ) -> Outcome[ProductView]:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return earlier
            product = await work.products.get(product_id)
            if product is None:
                raise NotFound("product")
            item_id = _item_id(product, request)
            available = await work.stock.lock(item_id)
            assert available is not None
            change = _change(request, available)
            adjustment = StockAdjustment(
                id=self._ids.new_id(),
                item_id=item_id,
                change=change,
                available=available + change,
                reason=request.reason,
                made_by=admin.user_id,
                at=now,
            )
            await work.stock.adjust(adjustment)
            await self._record.stock(work, [(item_id, product_id, change)])
            await self._audit(
                work,
                admin,
                AuditAction.PRODUCT_STOCK_ADJUSTED,
                product_id,
                before=AuditedStock(available),
                after=AuditedStock(
                    adjustment.available, adjustment.reason, item_id if product.options else None
                ),
            )
            view = self._terms.view(product, await work.stock.of_product(product_id))
            return await save_answer(work, key, view)


class PurgeOldSales:
    """The worker: remove sales from popularity once they are POPULARITY_DAYS old."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, cache: CatalogueCache) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._cache = cache

    async def __call__(self) -> int:
        """Process all batches. Return the number of products processed."""
        products = 0
        while some := await self._purge_batch():
            products += some
        if products:
            self._cache.sales_changed()
        return products

    @retry_on_conflict
    async def _purge_batch(self) -> int:
        first_day = self._clock.now().date() - timedelta(days=POPULARITY_DAYS - 1)
        async with self._unit_of_work() as work:
            return await work.products.purge_sales(before=first_day)


def _ensure_one_form(request: StockInput) -> None:
    if (request.change is UNSET) == (request.set is UNSET):
        raise ValidationFailed({"change": "must be given, or `set` with `expected`, and not both"})
    if (request.set is UNSET) != (request.expected is UNSET):
        raise ValidationFailed({"expected": "must be given with `set`, and only with it"})


def _item_id(product: Product, request: StockInput) -> str:
    if request.variant_id is UNSET:
        if len(product.variants) > 1:
            raise ValidationFailed({"variant_id": "must not be missing where there are several variants"})
        return product.variants[0].id
    if product.variant(request.variant_id) is None:
        raise NotFound("variant")
    return request.variant_id


def _change(request: StockInput, available: int) -> int:
    if request.set is not UNSET and request.expected is not UNSET:
        return change_to(request.set, request.expected, available)
    assert request.change is not UNSET
    return request.change
