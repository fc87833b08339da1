"""The order service of `/compat/microservices`."""

from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, post, put
from litestar.params import FromPath, JSONBody

from shop.application.framework.inputs import ExpectedVersions
from shop.application.orders.administration import MoveOrder, OrderStepInput
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.reading import GetOrder
from shop.application.orders.views import OrderView
from shop.application.payments.cancelling import CancelOrder
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.orders import OrderQueries
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import Forbidden, NotFound
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.order import ForbiddenTransition, OrderStatus
from shop.domain.payments.payment import TotalNotPayable
from shop.domain.pricing.quote import OutOfStock
from shop.entrypoints.http.compat.dialect import (
    Message,
    answer,
    projection,
    read,
    translated,
)
from shop.entrypoints.http.compat.microservices_shapes import (
    NewOrder,
    Order,
    OrderStep,
    StoredAnswer,
    StoredOrder,
)
from shop.entrypoints.http.compat.sharing import order_now
from shop.entrypoints.http.framework.parameters import Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest

_ORDERS_PER_PAGE: Final = 50


class MicroservicesOrders(Controller):
    path = "/orders"
    tags = ("Orders",)

    @post(
        "/create_order",
        policy=Policy.USER,
        errors=(OutOfStock, TotalNotPayable),
        like="POST /api/orders",
        checkout=True,
    )
    async def create_order(
        self,
        request: ApiRequest,
        data: JSONBody[NewOrder],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        place_order: NamedDependency[PlaceOrder],
    ) -> Response[Order]:
        placed = await order_now(request, place_order, principal, data.product_list, idempotency)
        return translated(placed, read(placed, StoredAnswer).order.shown(principal.user_id))

    @get(policy=Policy.USER, like="GET /api/orders")
    async def list_orders(
        self,
        principal: NamedDependency[Principal],
        order_queries: NamedDependency[OrderQueries],
        get_order: NamedDependency[GetOrder],
        page: Page = 1,
    ) -> Response[list[Order]]:
        """Users: up to 50 of their own orders, newest first."""
        found = await order_queries.page(principal.user_id, page, _ORDERS_PER_PAGE, None)
        views = [await get_order(OrderAccess(principal), order.id) for order in found.items]
        return answer([_shown(view, principal.user_id) for view in views])

    @get("/{order_id:str}", policy=Policy.USER, errors=(NotFound,), like="GET /api/orders/{order_id}")
    async def show_order(
        self,
        order_id: FromPath[str],
        principal: NamedDependency[Principal],
        get_order: NamedDependency[GetOrder],
        order_queries: NamedDependency[OrderQueries],
    ) -> Response[Order]:
        view = await get_order(OrderAccess(principal), order_id)
        return answer(_shown(view, await _buyer(order_queries, order_id)))

    @put(
        "/{order_id:str}",
        policy=Policy.USER,
        errors=(NotFound, Forbidden, ForbiddenTransition),
        like="PUT /api/admin/orders/{order_id}",
    )
    async def move_order(
        self,
        order_id: FromPath[str],
        data: JSONBody[OrderStep],
        principal: NamedDependency[Principal],
        get_order: NamedDependency[GetOrder],
        cancel_order: NamedDependency[CancelOrder],
        move_order: NamedDependency[MoveOrder],
        order_queries: NamedDependency[OrderQueries],
    ) -> Response[Order]:
        """Buyers: cancel an order. Staff: also mark it as shipped or delivered."""
        if principal.may(Permission.ORDERS_WRITE):
            await move_order(principal, order_id, OrderStepInput(data.status))
        else:
            await get_order(OrderAccess(principal), order_id)  # other users' orders give 404
            if data.status is not OrderStatus.CANCELLED:
                raise Forbidden("You may cancel your order; only staff may change its status otherwise.")
            await cancel_order(OrderAccess(principal), order_id)
        view = await get_order(OrderAccess(principal), order_id)
        return answer(_shown(view, await _buyer(order_queries, order_id)))

    @delete(
        "/{order_id:str}",
        policy=Policy.USER,
        status_code=200,
        errors=(NotFound, ForbiddenTransition),
        like="DELETE /api/orders/{order_id}",
    )
    async def delete_order(
        self,
        order_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        cancel_order: NamedDependency[CancelOrder],
    ) -> Response[Message]:
        await cancel_order(OrderAccess(principal), order_id, expected=expected_versions)
        return answer(Message("The order was cancelled."))


def _shown(view: OrderView, user_id: str) -> Order:
    return projection(view, StoredOrder).shown(user_id)


async def _buyer(queries: OrderQueries, order_id: str) -> str:
    details = await queries.details(order_id)
    if details is None:
        raise NotFound("order")
    return details.order.user_id or ""  # a guest's order has no user
