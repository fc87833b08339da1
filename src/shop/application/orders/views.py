"""Views of orders."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import structs

from shop.application.addresses import AddressView
from shop.application.payments.refund_views import RefundItemView, refund_item_views
from shop.application.ports.payments import PaymentProvider
from shop.application.pricing.views import ShippingView, TaxLineView, rate_view
from shop.domain.money import Currency
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.dispute import DisputeStatus
from shop.domain.payments.payment import Payment, PaymentStatus, ProviderAccount, Refund, RefundStatus


class OrderSummary(msgspec.Struct, frozen=True, rename="camel"):
    """A row in a list of orders; amounts in major units."""

    id: str
    number: str
    status: OrderStatus
    created_at: datetime
    subtotal: Decimal
    discount: Decimal
    total: Decimal
    currency: str


class AdminOrderSummary(OrderSummary, frozen=True, rename="camel"):
    """A row in the list of all orders. `username` is null for a guest.

    A closed account has the name it got when it was closed. The contact is what the buyer gave at the checkout.
    """

    username: str | None
    contact_name: str | None
    contact_email: str | None
    refunded_total: Decimal
    item_count: int
    """Units of all lines."""


class OrderItemView(msgspec.Struct, frozen=True, rename="camel"):
    """A line as bought; `discount` is its share of the order's discount, `line_total` the price after it.

    `tax` is on `line_total`, at `tax_rate` per cent; null where no rate applied.
    """

    item_id: str
    product_id: str
    sku: str | None
    name: str
    options: dict[str, str]
    image_url: str | None
    unit_price: Decimal
    quantity: int
    discount: Decimal
    line_total: Decimal
    tax_rate: Decimal | None
    tax: Decimal


class ContactView(msgspec.Struct, frozen=True, rename="camel"):
    name: str | None
    email: str | None
    phone: str | None
    vat_id: str | None


class DisputeView(msgspec.Struct, frozen=True, rename="camel"):
    """A dispute by the customer's bank; `amount` in major units. `closed_at` is null while it is open."""

    status: DisputeStatus
    amount: Decimal
    reason: str
    opened_at: datetime
    closed_at: datetime | None


class PaymentView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The order's payment; `client_secret` is shown only to the owner of an order that can still be paid.

    `disputed_at` is when the customer's bank first disputed the payment; `dispute` is the latest dispute.
    `instructions` say how to pay if payment happens outside the shop.
    """

    provider: str
    status: PaymentStatus
    client_secret: str | None = None
    disputed_at: datetime | None = None
    dispute: DisputeView | None = None
    instructions: str | None = None


class StatusChangeView(msgspec.Struct, frozen=True, omit_defaults=True):
    status: OrderStatus
    at: datetime
    reason: str | None = None


class OrderRefundView(msgspec.Struct, frozen=True, rename="camel"):
    """A refund of the order; `amount`, and `tax` as a part of it, in major units.

    `credit_note_number` is null until the credit note is issued.
    """

    id: str
    amount: Decimal
    tax: Decimal
    status: RefundStatus
    created_at: datetime
    credit_note_number: str | None = None


class AdminOrderRefundView(OrderRefundView, frozen=True, rename="camel", kw_only=True):
    """A refund of the order, with what staff stated about it.

    `items` are the refunded items, if stated; `restock`: they return to the stock. `failure_reason` is the provider's
    reason for a failure, if stated.
    """

    reason: str | None
    restock: bool
    items: list[RefundItemView]
    failure_reason: str | None


class OrderView(msgspec.Struct, frozen=True, rename="camel"):
    """One order: the checkout's snapshot and the current state."""

    id: str
    number: str
    status: OrderStatus
    created_at: datetime
    items: list[OrderItemView]
    shipping_required: bool
    shipping: ShippingView | None
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    taxes: list[TaxLineView]
    prices_include_tax: bool
    total: Decimal
    refunded_total: Decimal
    currency: str
    promo_code: str | None
    contact: ContactView
    vat_id_verified: bool
    shipping_address: AddressView
    billing_address: AddressView | None
    """Null: same as the shipping address."""
    payment: PaymentView
    status_history: list[StatusChangeView]
    refunds: Sequence[OrderRefundView]
    terms_version: str | None


class AdminOrderView(OrderView, frozen=True, rename="camel", kw_only=True):
    """One order as staff see it. `username` is the account that owns it, null for a guest's order."""

    username: str | None
    refunds: Sequence[AdminOrderRefundView]


class OrderAnswer(msgspec.Struct, frozen=True):
    """The answer of everything that makes or changes an order."""

    order: OrderView


class CheckoutAnswer(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The answer to a checkout. `order_token` is a guest's only."""

    order: OrderView
    order_token: str | None = None


def order_view(
    snapshot: OrderSnapshot,
    order: Order,
    history: Sequence[StatusChange],
    payment: Payment | None,
    *,
    refunds: Sequence[Refund],
    provider: PaymentProvider,
    for_owner: bool,
) -> OrderView:
    """The order as the owner (or, without the payment's secret, an administrator) sees it.

    `provider` is where it is paid now: the secret of a payment made elsewhere is of no use there, and not shown.
    """
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
        payment=_payment_view(snapshot, order, payment, provider, for_owner=for_owner),
        status_history=[StatusChangeView(change.status, change.at, change.reason) for change in history],
        refunds=[
            OrderRefundView(
                refund.id, major(refund.amount), major(refund.tax), refund.status, refund.created_at
            )
            for refund in refunds
        ],
        terms_version=snapshot.terms_version,
    )


def admin_order_view(view: OrderView, refunds: Sequence[Refund], username: str | None) -> AdminOrderView:
    """Return the order's view with its refunds in full and the username of its owner."""
    currency = Currency(view.currency)
    shown = [
        AdminOrderRefundView(
            id=refund.id,
            amount=currency.to_major(refund.amount),
            tax=currency.to_major(refund.tax),
            status=refund.status,
            created_at=refund.created_at,
            reason=refund.reason,
            restock=refund.restock,
            items=refund_item_views(refund.items),
            failure_reason=refund.failure_reason,
        )
        for refund in refunds
    ]
    return AdminOrderView(**(structs.asdict(view) | {"refunds": shown}), username=username)


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
        # Being cancelled, there may be a payment that the provider's answer never told us of.
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
    """Whether the payment has paid for the order, or is the one that can still do so, where payments are made now."""
    if payment.status is PaymentStatus.SUCCEEDED:
        return True
    is_spent = order.status is OrderStatus.CANCELLED or (
        order.is_payable and payment.status is PaymentStatus.CANCELLED
    )
    return payment.attempt == order.payment_attempt and account.may_have(payment) and not is_spent
