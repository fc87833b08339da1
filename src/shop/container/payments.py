"""Wiring of the payments room."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

from dependency_injector import providers

from shop.adapters.metrics.payments import PrometheusPaymentOutcomes, ProviderCalls
from shop.adapters.payments.manual import ManualPayments
from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.sandbox_ledger import MemorySandboxLedger, SandboxLedger
from shop.adapters.payments.stripe import StripePayments
from shop.application.framework.marks import SetMark
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.orders.order_view import RecordOrderEvents
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.marking_paid import MarkOrderPaid
from shop.application.payments.missed_events import ReplayMissedEvents
from shop.application.payments.opening import CreateIntent, OpenPayment
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.reconciling import Reconcile
from shop.application.payments.refunding import RefundOrder
from shop.application.payments.sandbox import ConfirmSandboxPayment, GetSandboxPayment
from shop.application.payments.statements import ReceiveWebhook, SettlePayment
from shop.application.payments.sweeping import SweepOrders
from shop.application.ports.orders import OrderQueries
from shop.application.ports.payments import PaymentProvider, RefundQueries
from shop.application.ports.storage import Storage
from shop.application.promotions.terms import PromoCodeTerms
from shop.container.resources import closed_with
from shop.container.room import Dependencies, Room
from shop.settings import Payments as Provider


@runtime_checkable
class HasSandboxLedger(Protocol):
    """A storage that also stores the sandbox's payments."""

    sandbox_ledger: SandboxLedger


def sandbox_ledger_of(storage: Storage) -> SandboxLedger:
    """Return the storage's sandbox ledger, or an in-memory one."""
    return storage.sandbox_ledger if isinstance(storage, HasSandboxLedger) else MemorySandboxLedger()


def _chosen(
    names: Sequence[Provider], made: Mapping[Provider, Callable[[], PaymentProvider]]
) -> PaymentProviders:
    return PaymentProviders(*(made[name]() for name in names))


class Payments(Room):
    """Payments, refunds and cancellations, and the worker's jobs for them."""

    sandbox_ledger = providers.Dependency(instance_of=SandboxLedger)
    order_queries = providers.Dependency(instance_of=OrderQueries)
    refund_queries = providers.Dependency(instance_of=RefundQueries)

    secret_answers = providers.Singleton(SecretAnswers, box=Room.secret_box)
    sandbox_payments = providers.Singleton(
        SandboxPayments, ledger=sandbox_ledger, clock=Room.clock, ids=Room.ids
    )
    provider_calls = providers.Singleton(ProviderCalls, Room.registry)
    stripe_payments = providers.Singleton(
        closed_with,
        Room.resources,
        providers.Factory(
            StripePayments,
            secret_key=Room.settings.provided.stripe_secret_key,
            webhook_secrets=Room.settings.provided.stripe_webhook_secrets,
            payment_method_types=Room.settings.provided.stripe_payment_method_types,
            api_base=Room.settings.provided.stripe_api_base,
            clock=Room.clock,
            observe=provider_calls,
        ),
    )
    manual_payments = providers.Singleton(
        ManualPayments,
        instructions=Room.settings.provided.transfer_instructions,
        order_term=Room.settings.provided.transfer_term,
    )
    payment_providers = providers.Singleton(
        _chosen,
        Room.settings.provided.payments,
        providers.Dict(
            {
                Provider.SANDBOX: sandbox_payments.provider,
                Provider.STRIPE: stripe_payments.provider,
                Provider.MANUAL: manual_payments.provider,
            }
        ),
    )
    payment_outcomes = providers.Singleton(
        PrometheusPaymentOutcomes, Room.registry, providers=Room.settings.provided.payments
    )
    promo_code_terms = providers.Singleton(
        PromoCodeTerms, clock=Room.clock, currency=Room.settings.provided.currency
    )
    order_events = providers.Singleton(
        RecordOrderEvents,
        record=Room.record_events,
        payment_providers=payment_providers,
        promo_code_terms=promo_code_terms,
    )
    _changing_orders: Final[Dependencies] = {
        "unit_of_work": Room.unit_of_work,
        "payment_providers": payment_providers,
        "clock": Room.clock,
        "ids": Room.ids,
        "events": order_events,
    }

    settle_payment = providers.Singleton(
        SettlePayment, **_changing_orders, cache=Room.catalogue_cache, outcomes=payment_outcomes
    )
    create_intent = providers.Singleton(
        CreateIntent, unit_of_work=Room.unit_of_work, payment_providers=payment_providers
    )
    open_payment = providers.Singleton(
        OpenPayment,
        unit_of_work=Room.unit_of_work,
        payment_providers=payment_providers,
        create_intent=create_intent,
        settle=settle_payment,
        clock=Room.clock,
        secret_answers=secret_answers,
    )
    cancel_order = providers.Singleton(
        CancelOrder,
        **_changing_orders,
        create_intent=create_intent,
        settle=settle_payment,
        cache=Room.catalogue_cache,
        audit=Room.audit,
    )
    refund_order = providers.Singleton(
        RefundOrder, **_changing_orders, settle=settle_payment, audit=Room.audit
    )
    mark_order_paid = providers.Singleton(
        MarkOrderPaid,
        **_changing_orders,
        create_intent=create_intent,
        settle=settle_payment,
        audit=Room.audit,
    )
    receive_webhook = providers.Singleton(
        ReceiveWebhook,
        payment_providers=payment_providers,
        settle=settle_payment,
        clock=Room.clock,
        outcomes=payment_outcomes,
        set_mark=providers.Singleton(SetMark, unit_of_work=Room.unit_of_work, clock=Room.clock),
    )
    get_sandbox_payment = providers.Singleton(GetSandboxPayment, card=sandbox_payments)
    confirm_sandbox_payment = providers.Singleton(
        ConfirmSandboxPayment, card=sandbox_payments, receive_webhook=receive_webhook, get=get_sandbox_payment
    )
    replay_missed_events = providers.Singleton(
        ReplayMissedEvents,
        unit_of_work=Room.unit_of_work,
        payment_providers=payment_providers,
        receive_webhook=receive_webhook,
        clock=Room.clock,
    )
    sweep_orders = providers.Singleton(
        SweepOrders,
        orders=order_queries,
        unit_of_work=Room.unit_of_work,
        payment_providers=payment_providers,
        open_payment=open_payment,
        cancel_order=cancel_order,
        settle=settle_payment,
        clock=Room.clock,
    )
    reconcile = providers.Singleton(
        Reconcile, orders=order_queries, payment_providers=payment_providers, settle=settle_payment
    )
