"""Reading orders."""

from shop.application.orders.order_view import admin_order_view, order_view
from shop.application.orders.views import AdminOrderView, OrderView
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.orders import OrderQueries
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.orders.access import OrderAccess


class GetOrder:
    """The order's owner, and staff who may read orders: get one order.

    Fails with NOT_FOUND for another user's order, as if it did not exist.
    """

    def __init__(self, orders: OrderQueries, payment_providers: PaymentProviders) -> None:
        self._orders = orders
        self._providers = payment_providers

    async def __call__(self, access: OrderAccess, order_id: str) -> OrderView:
        details = await self._orders.details(order_id)
        if details is None:
            raise NotFound("order")
        is_owner = access.owns(details.order)
        if not is_owner and not access.may(Permission.ORDERS_READ):
            raise NotFound("order")
        return order_view(details, self._providers, for_owner=is_owner)


class GetAnyOrder:
    """Staff who may read orders: get one order with its owner's username. Fails with NOT_FOUND for an unknown order."""

    def __init__(self, orders: OrderQueries, payment_providers: PaymentProviders) -> None:
        self._orders = orders
        self._providers = payment_providers

    async def __call__(self, staff: Principal, order_id: str) -> AdminOrderView:
        details = await self._orders.details(order_id)
        if details is None:
            raise NotFound("order")
        # Staff see the payment's secret of their own orders only.
        for_owner = OrderAccess(staff).owns(details.order)
        return admin_order_view(details, self._providers, for_owner=for_owner)
