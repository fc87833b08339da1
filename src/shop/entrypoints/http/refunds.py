"""`/api/admin/orders/{id}/refunds`: give money back."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import post
from litestar.params import FromPath, JSONBody

from shop.application.idempotency import IdempotencyKey
from shop.application.payments.refunding import RefundAnswer, RefundInput, RefundOrder
from shop.domain.errors import NotFound
from shop.domain.order import ForbiddenTransition
from shop.domain.payment import RefundTooLarge
from shop.domain.user import Principal
from shop.entrypoints.http.policies import Policy
from shop.entrypoints.http.responses import answer_response


class RefundsController(Controller):
    path = "/api/admin/orders/{order_id:str}/refunds"
    tags = ("Payments",)

    @post(policy=Policy.ADMIN, errors=(NotFound, ForbiddenTransition, RefundTooLarge))
    async def refund_order(
        self,
        order_id: FromPath[str],
        data: JSONBody[RefundInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        refund_order: NamedDependency[RefundOrder],
    ) -> Response[RefundAnswer]:
        return answer_response(await refund_order(principal, order_id, data, idempotency), 201)
