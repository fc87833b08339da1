"""The checkout: turn a cart, or a list of items, into a committed order.

Three steps. T1, one transaction, reserves everything: order, promo use, stock. S1 creates a payment
intent at the provider with no transaction open. T2 stores the intent and the answer; only then is the client secret
returned. If the process dies in between, a retry under the same key, or the worker, continues from S1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shop.application.addresses import AddressTerms
from shop.application.framework.idempotency import InProgress, Outcome, Replayed, claim_steps, lease_for
from shop.application.framework.transactions import Admission, Bulkhead, retry_on_conflict
from shop.application.orders.checkout_terms import CheckoutInput, CheckoutRules, CheckoutTerms, checkout_terms
from shop.application.orders.guest_orders import GuestOrders, NewGuestOrder
from shop.application.orders.order_view import RecordOrderEvents
from shop.application.orders.views import CheckoutAnswer
from shop.application.payments.opening import OpenPayment
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.orders import OrderDetails
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import (
    CommitOutcomeUnknown,
    TransactionConflict,
    UnitOfWork,
    UnitOfWorkFactory,
)
from shop.application.pricing.quoting import ensure_variants_chosen
from shop.domain.address import Address
from shop.domain.carts.buyer import Buyer, Customer
from shop.domain.carts.cart import Cart, CartEmpty, CartLine
from shop.domain.errors import NotFound
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.pricing.quote import Offer, PriceChanged, ensure_available
from shop.domain.promotions.promo_code import CodeUser, PromoCode


@dataclass(frozen=True, slots=True)
class Reserved:
    """What T1 committed. `paid` is the outcome if there was nothing to pay."""

    snapshot: OrderSnapshot
    order: Order
    paid: Outcome[CheckoutAnswer] | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    lines: Sequence[CartLine]
    code: str | None
    code_user: CodeUser


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

    def __init__(  # noqa: PLR0913, PLR0917 (a checkout uses almost every part of the shop)
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
    ) -> Outcome[CheckoutAnswer]:
        """Place the order. `address` is the network address of the buyer."""
        order_id = self._ids.new_id()
        terms = checkout_terms(buyer, request, self._rules, self._addresses, self._providers)
        guest = None
        if not isinstance(buyer, Customer):
            guest = self._guest_orders.begin(order_id, terms.contact, address, key)
        secret = guest.secret if guest is not None else None
        try:
            reserved = await self._reserve(buyer, guest, terms, key, order_id, self._bulkhead.admission())
        except CommitOutcomeUnknown:
            # The response to the commit was lost, but the order may exist: look it up by id.
            if not await self._exists(order_id):
                raise
            self._cache.products_changed()
            return await self._open_payment.finish(order_id, key, secret)
        match reserved:
            case Replayed():
                return reserved if guest is None else self._guest_orders.opened(reserved)
            case InProgress(order_id):
                if guest is not None:
                    secret = await self._guest_orders.reissue_token(order_id)
                return await self._open_payment.finish(order_id, key, secret)
        self._cache.stock_changed(reserved.snapshot.product_ids)
        if reserved.paid is not None:
            self._cache.sales_changed()
            return reserved.paid
        return await self._open_payment.of_new_order(reserved.snapshot, reserved.order, key, secret)

    @retry_on_conflict
    async def _reserve(
        self,
        buyer: Buyer,
        guest: NewGuestOrder | None,
        terms: CheckoutTerms,
        key: IdempotencyKey | None,
        order_id: str,
        admission: Admission,
    ) -> Reserved | Replayed | InProgress:
        """T1. Lock the most contended rows (the code, then the stock) last, to hold them for the shortest time."""
        now = self._clock.now()
        async with admission, self._unit_of_work() as work:
            earlier = await claim_steps(work, key, now, subject_id=order_id, lease=self._lease)
            if earlier is not None:
                return earlier
            cart, wanted, code = None, terms.lines, terms.promo_code
            if wanted is None:
                cart = await _locked_full_cart(work, buyer)
                wanted, code = cart.lines, code or cart.promo_code
            code_user = _code_user(buyer, guest)
            await admission.require([*(line.item_id for line in wanted), *([code] if code else [])])
            snapshot, promo_code = await self._quoted(
                work, buyer, terms, cart, _Wanted(wanted, code, code_user), order_id, now
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
            paid = await self._paid_at_once(work, snapshot, order, key, guest) if order.total == 0 else None
            if promo_code is not None and snapshot.promo_code is not None:
                await work.promo_codes.claim_use(promo_code, order_id, code_user, now)
            await self._events.placed(
                work, snapshot, order, promo_code, buyer.username if isinstance(buyer, Customer) else None
            )
            if not await work.stock.take(snapshot.quantities):
                # Stock has changed since the offers were read. This transaction has already taken units of other
                # lines, so only a retry can report what is left.
                raise TransactionConflict("fewer units than a moment ago")
            await self._events.stock_taken(work, snapshot)
        return Reserved(snapshot, order, paid)

    async def _quoted(
        self,
        work: UnitOfWork,
        buyer: Buyer,
        terms: CheckoutTerms,
        cart: Cart | None,
        wanted: _Wanted,
        order_id: str,
        now: datetime,
    ) -> tuple[OrderSnapshot, PromoCode | None]:
        """Return the order as it can be placed now, and the promo code to claim."""
        offers = await work.products.offers([line.item_id for line in wanted.lines])
        await ensure_variants_chosen(work, [line.item_id for line in wanted.lines], offers, self._currency)
        ensure_available(wanted.lines, offers)
        shipping_address = await _shipping_address(work, buyer, terms)
        promo_code = await _usable_promo_code(work, wanted, offers, now)
        priced = self._quotes.of_order(
            wanted.lines,
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
        return snapshot, promo_code

    def _ensure_agreed(self, total: int, terms: CheckoutTerms) -> None:
        current, expected_total = self._currency.to_major(total), terms.expected_total
        if expected_total is not None and expected_total != current:
            raise PriceChanged(
                f"The total is {current} {self._currency.code}, not {expected_total}.",
                {"expected_total": expected_total, "total": current},
            )
        if total:
            terms.provider.ensure_payable(total, self._currency.code)

    async def _paid_at_once(
        self,
        work: UnitOfWork,
        snapshot: OrderSnapshot,
        order: Order,
        key: IdempotencyKey | None,
        guest: NewGuestOrder | None,
    ) -> Outcome[CheckoutAnswer]:
        await work.sales.record_sale(snapshot, snapshot.created_at)
        await work.products.count_sales(snapshot.lines, snapshot.created_at.date())
        details = OrderDetails(snapshot, order, order.changes, payment=None)
        return await self._open_payment.save(work, key, details, guest.secret if guest else None)

    @retry_on_conflict
    async def _exists(self, order_id: str) -> bool:
        async with self._unit_of_work() as work:
            return await work.orders.snapshot(order_id) is not None


def _code_user(buyer: Buyer, guest: NewGuestOrder | None) -> CodeUser:
    """Return the customer whom the promo code's limits count."""
    if isinstance(buyer, Customer):
        return CodeUser(buyer.user_id)
    assert guest is not None
    return CodeUser(email_digest=guest.email)


async def _locked_full_cart(work: UnitOfWork, buyer: Buyer) -> Cart:
    cart = await work.carts.lock(buyer)
    if cart is None or not cart.lines:
        raise CartEmpty
    return cart


async def _shipping_address(work: UnitOfWork, buyer: Buyer, terms: CheckoutTerms) -> Address:
    if terms.address_id is None or not isinstance(buyer, Customer):
        return terms.shipping_address
    saved = await work.address_books.get(buyer.user_id, terms.address_id)
    if saved is None:
        raise NotFound("address")
    return saved.address


def _chosen_method(cart: Cart | None) -> str | None:
    return cart.shipping.method_id if cart is not None and cart.shipping is not None else None


async def _usable_promo_code(
    work: UnitOfWork, wanted: _Wanted, offers: Mapping[str, Offer], now: datetime
) -> PromoCode | None:
    if wanted.code is None:
        return None
    found = await work.promo_codes.get(
        wanted.code, wanted.code_user, {offer.product_id for offer in offers.values()}
    )
    if found is None:
        raise NotFound("promo code")
    promo_code, used_by_customer = found
    promo_code.ensure_usable(now, used_by_customer)
    return promo_code
