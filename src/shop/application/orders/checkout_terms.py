"""What a checkout asks for: its inputs, and their validation."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import msgspec

from shop.application.addresses import AddressInput, AddressTerms, ContactInput
from shop.application.framework.inputs import MAX_ID_LENGTH, Id, MajorUnits
from shop.application.limits import Code, Quantity
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.payments import PaymentProvider
from shop.application.pricing.quoting import Quotes
from shop.domain.address import Address
from shop.domain.carts.buyer import Buyer, Customer
from shop.domain.carts.cart import MAX_LINES, CartLine, merged
from shop.domain.errors import ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.orders.snapshot import Contact
from shop.domain.payments.payment import PaymentMethod


class CheckoutInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """All fields are optional. `promo_code` and `shipping_method_id` override the cart's.

    Any total other than `expected_total` is refused.

    `address_id` is one of the caller's saved addresses, instead of `shipping_address`. `billing_address` defaults to
    the shipping address.
    `payment_method` is one that the shop offers; the default is its preferred method. `terms_accepted` must be true if
    the shop requires it.
    """

    promo_code: Code | None = None
    expected_total: MajorUnits | None = None
    contact: ContactInput | None = None
    shipping_address: AddressInput | None = None
    billing_address: AddressInput | None = None
    address_id: Id | None = None
    payment_method: PaymentMethod | None = None
    terms_accepted: bool = False
    shipping_method_id: Id | None = None


class ItemInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A variant's id (or the product's, if it has no options) and the quantity."""

    item_id: Id
    quantity: Quantity


class BuyNowInput(CheckoutInput, kw_only=True):
    """A checkout of these items instead of the cart's."""

    items: Annotated[list[ItemInput], msgspec.Meta(min_length=1, max_length=MAX_LINES)]


@dataclass(frozen=True, slots=True)
class CheckoutRules:
    """The shop's rules for checkouts: `quotes` prices them.

    `term` is how long an order may stay unpaid, unless its payment provider has its own term; `terms_version` is the
    version of the terms that buyers must accept, None if there are none.
    """

    quotes: Quotes
    term: timedelta
    terms_version: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutTerms:
    """A validated request. `lines` is None for a checkout of the cart."""

    lines: tuple[CartLine, ...] | None
    promo_code: str | None
    expected_total: Decimal | None
    contact: Contact
    shipping_address: Address
    billing_address: Address | None
    address_id: str | None
    """The user's saved address that replaces `shipping_address`."""
    provider: PaymentProvider
    shipping_method_id: str | None


def checkout_terms(
    buyer: Buyer,
    request: CheckoutInput,
    rules: CheckoutRules,
    addresses: AddressTerms,
    providers: PaymentProviders,
) -> CheckoutTerms:
    """Validate the request without reading stored data. Raises ValidationFailed."""
    if rules.terms_version is not None and not request.terms_accepted:
        raise ValidationFailed({"terms_accepted": "must be true: the shop's terms have to be accepted"})
    currency, expected = rules.quotes.currency, request.expected_total
    # A total may exceed the maximum of a single price; then it is only compared.
    if expected is not None and expected <= currency.to_major(MAX_MINOR_UNITS):
        currency.to_minor(expected, "expected_total")
    if request.address_id is not None and request.shipping_address is not None:
        raise ValidationFailed({"address_id": "must not be sent together with an address"})
    if request.address_id is not None and not isinstance(buyer, Customer):
        raise ValidationFailed({"address_id": "must not be sent without an account"})
    if len(request.shipping_method_id or "") > MAX_ID_LENGTH:
        raise ValidationFailed({"shipping_method_id": f"must be at most {MAX_ID_LENGTH} characters"})
    billing = request.billing_address
    return CheckoutTerms(
        lines=_lines(request.items) if isinstance(request, BuyNowInput) else None,
        promo_code=request.promo_code,
        expected_total=None if expected is None else Decimal(expected),
        contact=addresses.contact(request.contact, "contact"),
        shipping_address=addresses.address(request.shipping_address, "shipping_address"),
        billing_address=addresses.address(billing, "billing_address") if billing else None,
        address_id=request.address_id,
        provider=providers.offered(request.payment_method),
        shipping_method_id=request.shipping_method_id,
    )


def _lines(items: list[ItemInput]) -> tuple[CartLine, ...]:
    return merged(tuple(CartLine(item.item_id, item.quantity) for item in items))
