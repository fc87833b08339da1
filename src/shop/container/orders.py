"""Wiring of the orders room."""

from dependency_injector import providers

from shop.application.carts.guests import GuestRules
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.framework.transactions import Bulkhead
from shop.application.orders.administration import MoveOrder
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.checkout_terms import CheckoutRules
from shop.application.orders.claiming import ClaimOrder
from shop.application.orders.exporting import ExportOrders
from shop.application.orders.guest_orders import FindOrderToken, GuestOrders
from shop.application.orders.notes import AddOrderNote, ListOrderNotes
from shop.application.orders.order_view import RecordOrderEvents
from shop.application.orders.reading import GetAnyOrder, GetOrder
from shop.application.orders.vat_ids import VerifyVatId
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.opening import OpenPayment
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.orders import AdminOrderQueries, OrderQueries, OrderTokenQueries
from shop.application.pricing.quoting import Quotes
from shop.container.room import Room


class Orders(Room):
    """Checkouts and orders."""

    payment_providers = providers.Dependency(instance_of=PaymentProviders)
    open_payment = providers.Dependency(instance_of=OpenPayment)
    order_queries = providers.Dependency(instance_of=OrderQueries)
    cancel_order = providers.Dependency(instance_of=CancelOrder)
    order_events = providers.Dependency(instance_of=RecordOrderEvents)
    admin_order_queries = providers.Dependency(instance_of=AdminOrderQueries)
    order_token_queries = providers.Dependency(instance_of=OrderTokenQueries)
    guest_rules = providers.Dependency(instance_of=GuestRules)
    secret_answers = providers.Dependency(instance_of=SecretAnswers)
    quotes = providers.Dependency(instance_of=Quotes)

    bulkhead = providers.Singleton(Bulkhead.of_pool, Room.settings.provided.database_pool_size)
    checkout_rules = providers.Singleton(
        CheckoutRules,
        quotes=quotes,
        term=Room.settings.provided.order_ttl,
        terms_version=Room.settings.provided.terms_version,
    )
    guest_orders = providers.Singleton(
        GuestOrders,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        digests=Room.digests,
        secret_answers=secret_answers,
        rules=guest_rules,
        max_unpaid=Room.settings.provided.unpaid_guest_orders,
    )
    find_order_token = providers.Singleton(FindOrderToken, order_tokens=order_token_queries)
    claim_order = providers.Singleton(
        ClaimOrder, unit_of_work=Room.unit_of_work, payment_providers=payment_providers, clock=Room.clock
    )
    place_order = providers.Singleton(
        PlaceOrder,
        unit_of_work=Room.unit_of_work,
        payment_providers=payment_providers,
        open_payment=open_payment,
        clock=Room.clock,
        ids=Room.ids,
        cache=Room.catalogue_cache,
        addresses=Room.address_terms,
        rules=checkout_rules,
        bulkhead=bulkhead,
        guest_orders=guest_orders,
        events=order_events,
    )
    get_any_order = providers.Singleton(
        GetAnyOrder, orders=order_queries, payment_providers=payment_providers
    )
    get_order = providers.Singleton(GetOrder, orders=order_queries, payment_providers=payment_providers)
    move_order = providers.Singleton(
        MoveOrder,
        unit_of_work=Room.unit_of_work,
        cancel_order=cancel_order,
        get_order=get_order,
        clock=Room.clock,
        audit=Room.audit,
    )
    verify_vat_id = providers.Singleton(
        VerifyVatId, unit_of_work=Room.unit_of_work, get_order=get_order, audit=Room.audit
    )
    add_order_note = providers.Singleton(
        AddOrderNote, unit_of_work=Room.unit_of_work, clock=Room.clock, ids=Room.ids, audit=Room.audit
    )
    list_order_notes = providers.Singleton(ListOrderNotes, unit_of_work=Room.unit_of_work)
    export_orders = providers.Singleton(ExportOrders, queries=admin_order_queries)
