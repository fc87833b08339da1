"""Views of orders."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from shop.application.addresses import AddressView
from shop.application.payments.refund_views import RefundItemView
from shop.application.pricing.views import ShippingView, TaxLineView
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.dispute import DisputeStatus
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import RefundStatus


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
