"""Wiring of the orders room."""

from dependency_injector import providers

from shop.application.framework.bulkhead import Bulkhead
from shop.application.orders.administration import MoveOrder
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.reading import GetOrder
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.opening import OpenPayment
from shop.application.ports.orders import AdminOrderQueries, OrderQueries
from shop.application.ports.payments import PaymentProvider
from shop.container.room import Room


class Orders(Room):
    """Checkouts and orders."""

    payment_provider = providers.Dependency(instance_of=PaymentProvider)
    open_payment = providers.Dependency(instance_of=OpenPayment)
    order_queries = providers.Dependency(instance_of=OrderQueries)
    cancel_order = providers.Dependency(instance_of=CancelOrder)
    admin_order_queries = providers.Dependency(instance_of=AdminOrderQueries)

    bulkhead = providers.Singleton(Bulkhead.of_pool, Room.settings.provided.database_pool_size)
    place_order = providers.Singleton(
        PlaceOrder,
        unit_of_work=Room.unit_of_work,
        provider=payment_provider,
        open_payment=open_payment,
        clock=Room.clock,
        ids=Room.ids,
        cache=Room.catalogue_cache,
        currency=Room.settings.provided.currency,
        addresses=Room.address_terms,
        term=Room.settings.provided.order_ttl,
        bulkhead=bulkhead,
    )
    get_order = providers.Singleton(GetOrder, orders=order_queries, provider=payment_provider)
    move_order = providers.Singleton(
        MoveOrder,
        unit_of_work=Room.unit_of_work,
        cancel_order=cancel_order,
        get_order=get_order,
        clock=Room.clock,
        audit=Room.audit,
    )
