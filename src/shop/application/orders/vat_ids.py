"""The result of staff's check of a buyer's VAT id."""

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.audit.trail import Audit, AuditedVatId
from shop.application.framework.inputs import ExpectedVersions, ensure_expected, takes_back
from shop.application.framework.transactions import retry_on_conflict
from shop.application.orders.reading import GetOrder
from shop.application.orders.views import AdminOrderSummary, OrderView
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.order import VatIdMissing


@takes_back(OrderView, AdminOrderSummary)
class OrderPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change. Read-only fields may come back and are ignored."""

    vat_id_verified: bool | UnsetType = UNSET


class VerifyVatId:
    """Staff: record whether an order's VAT id is registered. The order's price stays.

    Fails with NOT_FOUND for an unknown order, VAT_ID_MISSING for one without a VAT id, PRECONDITION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, get_order: GetOrder, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._get_order = get_order
        self._audit = audit

    async def __call__(
        self, staff: Principal, order_id: str, patch: OrderPatch, expected: ExpectedVersions = None
    ) -> OrderView:
        await self._verify(staff, order_id, patch.vat_id_verified, expected)
        return await self._get_order(OrderAccess(staff), order_id)

    @retry_on_conflict
    async def _verify(
        self, staff: Principal, order_id: str, verified: bool | UnsetType, expected: ExpectedVersions
    ) -> None:
        async with self._unit_of_work() as work:
            before = await work.orders.lock(order_id)
            snapshot = await work.orders.snapshot(order_id)
            if before is None or snapshot is None:
                raise NotFound("order")
            ensure_expected(before.history_length, expected)
            if verified is UNSET or verified == before.vat_id_verified:
                return
            if snapshot.contact.vat_id is None:
                raise VatIdMissing
            await work.orders.save(before.verify_vat_id(verified=verified))
            await self._audit(
                work,
                staff,
                AuditAction.ORDER_VAT_ID_VERIFIED,
                order_id,
                before=AuditedVatId(before.vat_id_verified),
                after=AuditedVatId(verified),
            )
