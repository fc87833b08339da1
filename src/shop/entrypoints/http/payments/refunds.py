"""`/api/admin/orders/{id}/refunds`: refund an order; `/api/admin/refunds`: list all refunds."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.payments.refund_views import AdminRefundView, RefundItemView
from shop.application.payments.refunding import RefundAnswer, RefundInput, RefundOrder
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.payments import RefundQueries, RefundsQuery
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.orders.order import ForbiddenTransition
from shop.domain.orders.returned_units import ItemsNotRefundable
from shop.domain.payments.dispute import PaymentDisputed
from shop.domain.payments.payment import TotalNotPayable
from shop.domain.payments.refund import RefundStatus, RefundTooLarge
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response

_EXAMPLE: Final = AdminRefundView(
    id="0199d3a1-9b7e-7a10-8c5d-2e4f6a8b0c1d",
    order_id="0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11",
    order_number="7K3Q-M9XH-TD2P",
    username="ada",
    amount=Decimal("11.25"),
    currency="USD",
    status=RefundStatus.SUCCEEDED,
    reason="One mug arrived broken",
    restock=True,
    created_at=datetime(2026, 3, 14, 9, 26, 53, 589793, UTC),
    items=[RefundItemView("0199d3a1-7c3e-7b1d-8a2f-4c5e6f708192", 1)],
    failure_reason=None,
)


class RefundsController(Controller):
    path = "/api/admin/orders/{order_id:str}/refunds"
    tags = ("Payments",)

    @post(
        policy=Permission.ORDERS_WRITE,
        errors=(
            NotFound,
            ForbiddenTransition,
            PaymentDisputed,
            RefundTooLarge,
            ItemsNotRefundable,
            TotalNotPayable,
        ),
    )
    async def refund_order(
        self,
        order_id: FromPath[str],
        data: JSONBody[RefundInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        refund_order: NamedDependency[RefundOrder],
    ) -> Response[RefundAnswer]:
        return answer_response(await refund_order(principal, order_id, data, idempotency), 201)


class AdminRefundsController(Controller):
    path = "/api/admin/refunds"
    tags = ("Payments",)

    @get(policy=Permission.ORDERS_READ, response_example=PageOf(1, DEFAULT_LIMIT, 1, [_EXAMPLE]))
    async def list_all_refunds(
        self,
        refund_queries: NamedDependency[RefundQueries],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        status: Annotated[
            RefundStatus | None, QueryParameter(description="Only refunds of this status.")
        ] = None,
    ) -> Response[PageOf[AdminRefundView]]:
        """Admins: all refunds, including pending ones, newest first (ties by id).

        A refund comes from an admin, from a cancellation, or directly from the payment provider's dashboard.
        """
        return BytesResponse(encode(await refund_queries.page(RefundsQuery(page, limit, status))))
