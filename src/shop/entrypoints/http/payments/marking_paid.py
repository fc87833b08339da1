"""`/api/admin/orders/{id}/mark-paid`: staff confirm that a payment has arrived."""

from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import post
from litestar.params import FromPath, JSONBody

from shop.application.orders.views import OrderView
from shop.application.payments.marking_paid import MarkOrderPaid, MarkPaidInput, PaymentConfirmedByProvider
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.orders.order import OrderNotPayable
from shop.entrypoints.http.framework.responses import answer_response

_EXAMPLE: Final = MarkPaidInput(reference="Bank statement 2026-03-14, line 7")


class MarkPaidController(Controller):
    path = "/api/admin/orders/{order_id:str}/mark-paid"
    tags = ("Payments",)

    @post(
        policy=Permission.ORDERS_WRITE,
        status_code=200,
        errors=(NotFound, OrderNotPayable, PaymentConfirmedByProvider),
        request_example=_EXAMPLE,
    )
    async def mark_order_paid(
        self,
        order_id: FromPath[str],
        data: JSONBody[MarkPaidInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        mark_order_paid: NamedDependency[MarkOrderPaid],
    ) -> Response[OrderView]:
        return answer_response(await mark_order_paid(principal, order_id, data, idempotency), 200)
