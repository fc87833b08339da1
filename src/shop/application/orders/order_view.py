"""Views of orders, made of snapshot, state, history and payments, and the events that contain such views."""

from collections.abc import Mapping, Sequence

from msgspec import structs

from shop.application.addresses import AddressView
from shop.application.orders.views import (
    AdminOrderRefundView,
    AdminOrderView,
    ContactView,
    DisputeView,
    OrderItemView,
    OrderRefundView,
    OrderView,
    PaymentView,
    StatusChangeView,
)
from shop.application.outbox.recording import RecordEvents
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.refund_views import refund_item_views
from shop.application.ports.orders import OrderDetails
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.unit_of_work import UnitOfWork
from shop.application.pricing.views import ShippingView, TaxLineView, rate_view
from shop.application.promotions.terms import PromoCodeTerms
from shop.domain.money import Currency
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.outbox.event import EventType
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import Payment, PaymentStatus, ProviderAccount
from shop.domain.promotions.promo_code import PromoCode


async def order_details(work: UnitOfWork, order_id: str) -> OrderDetails:
    """Lock the order, which must exist, and return its details."""
    order = await work.orders.lock(order_id)
    snapshot = await work.orders.snapshot(order_id)
    assert order is not None and snapshot is not None
    ledger = await work.payments.ledger(order_id)
    return OrderDetails(snapshot, order, await order_history(work, order), ledger.latest, ledger.refunds)


async def order_history(work: UnitOfWork, order: Order) -> Sequence[StatusChange]:
    """Return the order's history, including changes that this unit of work has saved.

    If only one entry was stored before, it needs no query: the first status is always `pending`.
    """
    if order.history_length == 1:
        return [StatusChange(OrderStatus.PENDING, order.placed_at), *order.changes]
    return await work.orders.history(order.id)


def order_view(details: OrderDetails, providers: PaymentProviders, *, for_owner: bool) -> OrderView:
    """Return the order as its owner sees it or, without the payment's secret, as staff see it.

    The secret of a payment is shown only if its provider still takes the order's payment.
    """
    snapshot, order = details.snapshot, details.order
    provider = providers.of_method(order.payment_method)
    currency = Currency(snapshot.currency)
    major, contact = currency.to_major, snapshot.contact
    return OrderView(
        id=snapshot.id,
        number=snapshot.number,
        status=order.status,
        created_at=snapshot.created_at,
        items=[
            OrderItemView(
                line.item_id,
                line.product_id,
                line.sku,
                line.name,
                dict(line.options),
                line.image_url,
                major(line.unit_price),
                line.quantity,
                major(line.discount),
                major(line.line_total),
                rate_view(line.tax_rate),
                major(line.tax),
            )
            for line in snapshot.lines
        ],
        shipping_required=snapshot.shipping is not None,
        shipping=_shipping_view(snapshot),
        subtotal=major(snapshot.subtotal),
        discount=major(snapshot.discount),
        tax=major(snapshot.tax),
        taxes=TaxLineView.of(snapshot.taxes, currency),
        prices_include_tax=snapshot.prices_include_tax,
        total=major(snapshot.total),
        refunded_total=major(order.refunded_total),
        currency=snapshot.currency,
        promo_code=snapshot.promo_code,
        contact=ContactView(contact.name, contact.email, contact.phone, contact.vat_id),
        vat_id_verified=order.vat_id_verified,
        shipping_address=AddressView.of(snapshot.shipping_address),
        billing_address=None
        if snapshot.billing_address is None
        else AddressView.of(snapshot.billing_address),
        payment=_payment_view(snapshot, order, details.payment, provider, for_owner=for_owner),
        status_history=[
            StatusChangeView(change.status, change.at, change.reason) for change in details.history
        ],
        refunds=[
            OrderRefundView(
                refund.id, major(refund.amount), major(refund.tax), refund.status, refund.created_at
            )
            for refund in details.refunds
        ],
        terms_version=snapshot.terms_version,
    )


def admin_order_view(
    details: OrderDetails, providers: PaymentProviders, *, for_owner: bool
) -> AdminOrderView:
    """Return the order with its refunds in full and its owner's username.

    The payment's secret is shown only if `for_owner`, as in `order_view`.
    """
    view = order_view(details, providers, for_owner=for_owner)
    major = Currency(view.currency).to_major
    refunds = [
        AdminOrderRefundView(
            id=refund.id,
            amount=major(refund.amount),
            tax=major(refund.tax),
            status=refund.status,
            created_at=refund.created_at,
            reason=refund.reason,
            restock=refund.restock,
            items=refund_item_views(refund.items),
            failure_reason=refund.failure_reason,
        )
        for refund in details.refunds
    ]
    return AdminOrderView(**(structs.asdict(view) | {"refunds": refunds}), username=details.username)


def _shipping_view(snapshot: OrderSnapshot) -> ShippingView | None:
    shipping = snapshot.shipping
    if shipping is None:
        return None
    major = Currency(snapshot.currency).to_major
    return ShippingView(shipping.method_id, shipping.name, major(shipping.price), major(shipping.tax))


def _payment_view(
    snapshot: OrderSnapshot,
    order: Order,
    payment: Payment | None,
    provider: PaymentProvider,
    *,
    for_owner: bool,
) -> PaymentView:
    if order.total == 0:
        return PaymentView(provider.name, PaymentStatus.NONE)
    if payment is None or not _is_current(payment, order, provider.account):
        # While the order is being cancelled, it may have a payment whose creation was never confirmed.
        is_unknown = order.is_payable or order.status is OrderStatus.CANCELLING
        status = PaymentStatus.UNAVAILABLE if is_unknown else PaymentStatus.CANCELLED
        return PaymentView(provider.name, status, disputed_at=order.disputed_at, dispute=_dispute_view(order))
    can_be_paid = order.is_payable and payment.status in {PaymentStatus.PENDING, PaymentStatus.FAILED}
    return PaymentView(
        payment.provider,
        payment.status,
        (payment.client_secret or None) if for_owner and can_be_paid else None,
        order.disputed_at,
        _dispute_view(order),
        provider.instructions(snapshot.number, order.total, order.currency) if can_be_paid else None,
    )


def _dispute_view(order: Order) -> DisputeView | None:
    if not order.disputes:
        return None
    latest = order.disputes[-1]
    amount = Currency(order.currency).to_major(latest.amount)
    return DisputeView(latest.status, amount, latest.reason, latest.opened_at, latest.closed_at)


def _is_current(payment: Payment, order: Order, account: ProviderAccount) -> bool:
    """Return whether the payment has paid for the order, or can still do so in the provider's account."""
    if payment.status is PaymentStatus.SUCCEEDED:
        return True
    is_spent = order.status is OrderStatus.CANCELLED or (
        order.is_payable and payment.status is PaymentStatus.CANCELLED
    )
    return payment.attempt == order.payment_attempt and account.may_have(payment) and not is_spent


class RecordOrderEvents:
    """Stores events about orders and the stock and promo codes they use, in the transaction of the change."""

    def __init__(
        self, record: RecordEvents, payment_providers: PaymentProviders, promo_code_terms: PromoCodeTerms
    ) -> None:
        self._record = record
        self._providers = payment_providers
        self._promo_code_terms = promo_code_terms

    async def placed(
        self,
        work: UnitOfWork,
        snapshot: OrderSnapshot,
        order: Order,
        promo_code: PromoCode | None,
        username: str | None,
    ) -> None:
        """Store the events of a new order. Call it after the use of its promo code was claimed.

        `username` is the buyer's; None for a guest.
        """
        details = OrderDetails(snapshot, order, order.changes, payment=None, username=username)
        view = admin_order_view(details, self._providers, for_owner=False)
        await self._record(work, EventType.ORDER_PLACED, order.id, view)
        if order.status is OrderStatus.PAID:
            await self._record(work, EventType.ORDER_PAID, order.id, view)
        if promo_code is not None and promo_code.usage_limit is not None:
            used_up = self._promo_code_terms.view(promo_code.used_up())
            event = self._record.event(EventType.PROMO_CODE_EXHAUSTED, promo_code.code, used_up)
            await work.events.add_if_used_up(event, promo_code.id)

    async def stock_taken(self, work: UnitOfWork, snapshot: OrderSnapshot) -> None:
        """Store the events of stock levels that a new order crossed."""
        changes = {item_id: -quantity for item_id, quantity in snapshot.quantities.items()}
        await self.stock_changed(work, snapshot, changes)

    async def stock_changed(
        self, work: UnitOfWork, snapshot: OrderSnapshot, changes: Mapping[str, int]
    ) -> None:
        """Store the events of stock levels that were crossed. `changes` are units added, by the order's items."""
        product_ids = {line.item_id: line.product_id for line in snapshot.lines}
        await self._record.stock(
            work, [(item_id, product_ids[item_id], change) for item_id, change in changes.items()]
        )

    async def changed(
        self,
        work: UnitOfWork,
        types: Sequence[EventType],
        snapshot: OrderSnapshot,
        order: Order,
        ledger: Ledger,
        username: str | None,
    ) -> None:
        """Store events of these types for a locked order after its change was stored.

        `username` is the owner's.
        """
        history = await order_history(work, order)
        details = OrderDetails(snapshot, order, history, ledger.latest, ledger.refunds, username)
        view = admin_order_view(details, self._providers, for_owner=False)
        for event_type in types:
            await self._record(work, event_type, order.id, view)
