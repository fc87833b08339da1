"""`/api/admin/orders`: all orders, and the actions that admins take on them."""

from typing import Annotated

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, patch, put
from litestar.params import FromPath, JSONBody, QueryParameter

from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.orders.administration import MoveOrder, OrderStepInput
from shop.application.orders.reading import GetAnyOrder
from shop.application.orders.vat_ids import OrderPatch, VerifyVatId
from shop.application.orders.views import AdminOrderSummary, AdminOrderView, OrderView
from shop.application.ports.orders import AdminOrderQueries, OrdersQuery
from shop.application.statistics.calendar import Calendar
from shop.domain.accounts.credentials import MAX_USERNAME_LENGTH
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.orders.order import ForbiddenTransition, OrderStatus, VatIdMissing
from shop.domain.orders.snapshot import MAX_SEARCH_KEY_LENGTH
from shop.domain.payments.dispute import PaymentDisputed
from shop.entrypoints.http.framework.conditional import respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, From, Limit, Page, To
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse


class AdminOrdersController(Controller):
    path = "/api/admin/orders"
    tags = ("Administration",)

    @get(policy=Permission.ORDERS_READ)
    async def list_all_orders(
        self,
        admin_order_queries: NamedDependency[AdminOrderQueries],
        calendar: NamedDependency[Calendar],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        status: Annotated[
            OrderStatus | None, QueryParameter(description="Only orders of this status.")
        ] = None,
        username: Annotated[
            str | None,
            QueryParameter(
                max_length=MAX_USERNAME_LENGTH, description="Only orders of this user, compared without case."
            ),
        ] = None,
        q: Annotated[
            str | None,
            QueryParameter(
                max_length=MAX_SEARCH_KEY_LENGTH,
                description="Only orders whose number, buyer's name, email address or username begins with this text.",
            ),
        ] = None,
        since: From = None,
        until: To = None,
    ) -> Response[PageOf[AdminOrderSummary]]:
        """Admins: the orders of all customers, newest first.

        `q` is a prefix: of an order's number, of its buyer's email address, or of the buyer's name, starting at any of
        its first six words; also of a user's username, email address or display name, which finds all orders of that
        user. Case and accents are ignored; in numbers, spaces and hyphens too. A blank `q` finds every order. A search
        considers the first 10,000 matches of each kind, and the other filters apply to these.

        `from` and `to` limit the time at which the order was placed: timestamps, or days in the shop's time zone.
        Fails with 400 when `from` is after `to`.
        """
        search = q if q and q.strip() else None
        query = OrdersQuery(page, limit, status, username, calendar.span(since, until), search)
        return BytesResponse(encode(await admin_order_queries.page(query)))

    @get("/{order_id:str}", policy=Permission.ORDERS_READ, versioned=True)
    async def show_any_order(
        self,
        request: ApiRequest,
        order_id: FromPath[str],
        principal: NamedDependency[Principal],
        get_any_order: NamedDependency[GetAnyOrder],
    ) -> Response[AdminOrderView]:
        """Staff: any order, with its owner's username and the reasons that staff gave for refunds."""
        order = await get_any_order(principal, order_id)
        return respond_versioned(request, order, len(order.status_history))

    @put(
        "/{order_id:str}",
        policy=Permission.ORDERS_WRITE,
        versioned=True,
        errors=(NotFound, ForbiddenTransition, PaymentDisputed),
        request_example=OrderStepInput(OrderStatus.SHIPPED, reason="Parcel 00340434161094042557"),
    )
    async def move_order(
        self,
        request: ApiRequest,
        order_id: FromPath[str],
        data: JSONBody[OrderStepInput],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        move_order: NamedDependency[MoveOrder],
    ) -> Response[OrderView]:
        order = await move_order(principal, order_id, data, expected_versions)
        return respond_versioned(request, order, len(order.status_history))

    @patch(
        "/{order_id:str}",
        policy=Permission.ORDERS_WRITE,
        versioned=True,
        errors=(NotFound, VatIdMissing),
        request_example=OrderPatch(vat_id_verified=True),
    )
    async def verify_vat_id(
        self,
        request: ApiRequest,
        order_id: FromPath[str],
        data: JSONBody[OrderPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        verify_vat_id: NamedDependency[VerifyVatId],
    ) -> Response[OrderView]:
        order = await verify_vat_id(principal, order_id, data, expected_versions)
        return respond_versioned(request, order, len(order.status_history))
