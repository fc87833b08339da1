"""The checkout: turn a cart, or a list of items, into a committed order.

Three steps. T1, one transaction, reserves everything: order, promo use, stock. S1 creates a payment
intent at the provider with no transaction open. T2 stores the intent and the answer; only then is the client secret
returned. If the process dies in between, a retry under the same key, or the worker, continues from S1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, cast

import msgspec

from shop.application.addresses import AddressInput, AddressTerms, ContactInput
from shop.application.catalogue.choices import ensure_variants_chosen
from shop.application.framework.bulkhead import Admission, Bulkhead
from shop.application.framework.idempotency import Answer, IdempotencyKey
from shop.application.framework.idempotent_requests import claim, lease_for
from shop.application.framework.inputs import MAX_ID_LENGTH, Id
from shop.application.framework.major_units import MajorUnits
from shop.application.framework.transactions import run_again
from shop.application.limits import Code, Quantity
from shop.application.orders.guest_orders import GuestOrders, NewGuestOrder
from shop.application.orders.views import CheckoutAnswer, order_view
from shop.application.outbox.order_events import RecordOrderEvents
from shop.application.payments.opening import OpenPayment
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.idempotency import KeyRecord
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import (
    CommitOutcomeUnknown,
    TransactionConflict,
    UnitOfWork,
    UnitOfWorkFactory,
)
from shop.application.pricing.quoting import Quotes
from shop.domain.address import Address
from shop.domain.carts.buyer import Buyer, Customer
from shop.domain.carts.cart import MAX_LINES, Cart, CartEmpty, CartLine, merged
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import Contact, OrderSnapshot
from shop.domain.payments.payment import PaymentMethod
from shop.domain.pricing.quote import Offer, PriceChanged
from shop.domain.promotions.promo_code import CodeUser, PromoCode


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
class _Terms:
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


class PlaceOrder:
    """Buyers: check out the cart, or buy `items` now without touching it.

    Reserves the stock, claims the promo code and returns a pending order and a payment to confirm; a total of 0 is
    paid immediately. If the payment provider can't be reached, the order stands anyway. Fails with CART_EMPTY,
    VARIANT_REQUIRED (with the choices), OUT_OF_STOCK (naming every such line), SHIPPING_REQUIRED,
    SHIPPING_NOT_AVAILABLE (with the current options), PROMO_CODE_NOT_APPLICABLE, PRICE_CHANGED, TOTAL_NOT_PAYABLE,
    NOT_FOUND for an unknown promo code or `addressId`. A failure leaves cart, stock and code unchanged.

    Guests must send `contact.email`, and get an `orderToken`, which only this answer and its replays show: with the
    header `Order-Token` they can see, pay and cancel the order. Fails with GUESTS_OFF if the shop sells only to
    customers with an account, TOO_MANY while too many of the guest's orders are unpaid.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (a checkout touches almost every room)
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        open_payment: OpenPayment,
        clock: Clock,
        ids: Ids,
        cache: CatalogueCache,
        addresses: AddressTerms,
        rules: CheckoutRules,
        bulkhead: Bulkhead,
        guest_orders: GuestOrders,
        events: RecordOrderEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._open_payment = open_payment
        self._clock = clock
        self._ids = ids
        self._cache = cache
        self._addresses = addresses
        self._rules = rules
        self._quotes = rules.quotes
        self._currency = rules.quotes.currency
        self._bulkhead = bulkhead
        self._guest_orders = guest_orders
        self._events = events
        self._lease = lease_for(payment_providers.time_budget)

    async def __call__(
        self, buyer: Buyer, request: CheckoutInput, address: str, key: IdempotencyKey | None = None
    ) -> Answer:
        """`address` is the network address of the buyer."""
        order_id = self._ids.new_id()
        terms = self._terms(buyer, request)
        guest = self._guest_orders.begin(buyer, order_id, terms.contact, address, key)
        secret = guest.secret if guest is not None else None
        try:
            reserved = await self._reserve(buyer, guest, terms, key, order_id, self._bulkhead.admission())
        except CommitOutcomeUnknown:
            # The response to the commit was lost, but the order may exist: look it up by id.
            if not await self._exists(order_id):
                raise
            self._cache.products_changed()
            return await self._open_payment.finish(order_id, key, secret)
        if isinstance(reserved, Answer):
            return self._guest_orders.opened(reserved, guest)
        if isinstance(reserved, KeyRecord):
            order_id = cast(str, reserved.subject_id)
            if guest is not None:
                secret = await self._guest_orders.another_token(order_id)
            return await self._open_payment.finish(order_id, key, secret)
        snapshot, order, answer = reserved
        self._cache.stock_changed(snapshot.product_ids)
        if answer is not None:
            self._cache.sales_changed()
            return answer
        return await self._open_payment.of_new_order(snapshot, order, key, secret)

    @run_again
    async def _reserve(
        self,
        buyer: Buyer,
        guest: NewGuestOrder | None,
        terms: _Terms,
        key: IdempotencyKey | None,
        order_id: str,
        admission: Admission,
    ) -> tuple[OrderSnapshot, Order, Answer | None] | Answer | KeyRecord:
        """T1. Lock the most contended rows (the code, then the stock) last, to hold them for the shortest time."""
        now = self._clock.now()
        async with admission, self._unit_of_work() as work:
            if (earlier := await claim(work, key, now, subject_id=order_id, lease=self._lease)) is not None:
                return earlier
            cart = await _locked_full_cart(work, buyer) if terms.lines is None else None
            wanted = cart.lines if cart is not None else cast("tuple[CartLine, ...]", terms.lines)
            code = terms.promo_code or (cart.promo_code if cart is not None else None)
            await admission.require([*(line.item_id for line in wanted), *([code] if code else [])])
            offers = await work.products.offers([line.item_id for line in wanted])
            await ensure_variants_chosen(work, [line.item_id for line in wanted], offers, self._currency)
            self._quotes.goods(wanted, offers).ensure_available()
            shipping_address = await _shipping_address(work, buyer, terms)
            code_user = self._guest_orders.code_user(buyer, guest)
            promo_code = await _usable_promo_code(work, code, code_user, offers, now)
            priced = self._quotes.of_order(
                wanted,
                offers,
                promo_code,
                await work.selling_rules.read(),
                method_id=terms.shipping_method_id or _chosen_method(cart),
                shipping_address=shipping_address,
                billing_address=terms.billing_address,
                vat_id=terms.contact.vat_id,
            )
            self._ensure_agreed(priced.total, terms)
            snapshot = OrderSnapshot.of_quote(
                priced,
                order_id=order_id,
                user_id=buyer.user_id if isinstance(buyer, Customer) else None,
                at=now,
                currency=self._currency.code,
                contact=terms.contact,
                shipping_address=shipping_address,
                billing_address=terms.billing_address,
                terms_version=self._rules.terms_version,
            )
            expires_at = now + (terms.provider.order_term or self._rules.term)
            order = Order.place(snapshot, expires_at, terms.provider.method)
            if guest is not None and order.is_payable:
                await self._guest_orders.admit(work, guest)
            await work.orders.add(snapshot, order)
            if guest is not None:
                await self._guest_orders.store(work, guest)
            if cart is not None:
                await work.carts.save(cart.clear(), cart, now)
            answer = (
                await self._paid_at_once(work, snapshot, order, terms, key, guest)
                if order.total == 0
                else None
            )
            if promo_code is not None and priced.promo_code is not None:
                await work.promo_codes.claim_use(promo_code, order_id, code_user, now)
            await self._events.placed(work, snapshot, order, promo_code)
            if not await work.stock.take(snapshot.quantities):
                # Stock has changed since the offers were read. This transaction has already taken units of other
                # lines, so only a retry can report what is left.
                raise TransactionConflict("fewer units than a moment ago")
            await self._events.stock_taken(work, snapshot)
        return snapshot, order, answer

    def _terms(self, buyer: Buyer, request: CheckoutInput) -> _Terms:
        """Validate the request without reading stored data. Raises ValidationFailed."""
        if self._rules.terms_version is not None and not request.terms_accepted:
            raise ValidationFailed({"terms_accepted": "must be true: the shop's terms have to be accepted"})
        expected = request.expected_total
        # A total may exceed the maximum of a single price; then it is only compared.
        if expected is not None and expected <= self._currency.to_major(MAX_MINOR_UNITS):
            self._currency.to_minor(expected, "expected_total")
        if request.address_id is not None and request.shipping_address is not None:
            raise ValidationFailed({"address_id": "must not be sent together with an address"})
        if request.address_id is not None and not isinstance(buyer, Customer):
            raise ValidationFailed({"address_id": "must not be sent without an account"})
        if len(request.shipping_method_id or "") > MAX_ID_LENGTH:
            raise ValidationFailed({"shipping_method_id": f"must be at most {MAX_ID_LENGTH} characters"})
        billing = request.billing_address
        return _Terms(
            lines=_lines(request.items) if isinstance(request, BuyNowInput) else None,
            promo_code=request.promo_code,
            expected_total=None if expected is None else Decimal(expected),
            contact=self._addresses.contact(request.contact, "contact"),
            shipping_address=self._addresses.address(request.shipping_address, "shipping_address"),
            billing_address=self._addresses.address(billing, "billing_address") if billing else None,
            address_id=request.address_id,
            provider=self._providers.offered(request.payment_method),
            shipping_method_id=request.shipping_method_id,
        )

    def _ensure_agreed(self, total: int, terms: _Terms) -> None:
        present, expected_total = self._currency.to_major(total), terms.expected_total
        if expected_total is not None and expected_total != present:
            raise PriceChanged(
                f"The total is {present} {self._currency.code}, not {expected_total}.",
                {"expected_total": expected_total, "total": present},
            )
        if total:
            terms.provider.ensure_payable(total, self._currency.code)

    async def _paid_at_once(
        self,
        work: UnitOfWork,
        snapshot: OrderSnapshot,
        order: Order,
        terms: _Terms,
        key: IdempotencyKey | None,
        guest: NewGuestOrder | None,
    ) -> Answer:
        await work.sales.record_sale(snapshot, snapshot.created_at)
        await work.products.count_sales(snapshot.lines, snapshot.created_at.date())
        view = order_view(
            snapshot, order, order.changes, None, refunds=(), provider=terms.provider, for_owner=True
        )
        return await self._open_payment.save(work, key, CheckoutAnswer(view, guest.secret if guest else None))

    @run_again
    async def _exists(self, order_id: str) -> bool:
        async with self._unit_of_work() as work:
            return await work.orders.snapshot(order_id) is not None


async def _locked_full_cart(work: UnitOfWork, buyer: Buyer) -> Cart:
    cart = await work.carts.lock(buyer)
    if cart is None or not cart.lines:
        raise CartEmpty
    return cart


async def _shipping_address(work: UnitOfWork, buyer: Buyer, terms: _Terms) -> Address:
    if terms.address_id is None or not isinstance(buyer, Customer):
        return terms.shipping_address
    saved = await work.address_books.get(buyer.user_id, terms.address_id)
    if saved is None:
        raise NotFound("address")
    return saved.address


def _chosen_method(cart: Cart | None) -> str | None:
    return cart.shipping.method_id if cart is not None and cart.shipping is not None else None


async def _usable_promo_code(
    work: UnitOfWork, code: str | None, user: CodeUser, offers: Mapping[str, Offer], now: datetime
) -> PromoCode | None:
    if code is None:
        return None
    found = await work.promo_codes.get(code, user, {offer.product_id for offer in offers.values()})
    if found is None:
        raise NotFound("promo code")
    promo_code, used_by_customer = found
    promo_code.ensure_usable(now, used_by_customer)
    return promo_code


def _lines(items: list[ItemInput]) -> tuple[CartLine, ...]:
    return merged(tuple(CartLine(item.item_id, item.quantity) for item in items))
