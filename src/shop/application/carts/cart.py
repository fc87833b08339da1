"""The cart: reading, changing and pricing it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from shop.application.catalogue.choices import ensure_variants_chosen
from shop.application.framework.idempotency import Answer, IdempotencyKey
from shop.application.framework.idempotent_requests import claim, save_answer
from shop.application.framework.inputs import Id, takes_back
from shop.application.framework.preconditions import ExpectedVersions, ensure_expected
from shop.application.framework.transactions import run_again
from shop.application.framework.views import encode
from shop.application.limits import Code, Quantity
from shop.application.ports.carts import CartQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.carts.buyer import Buyer, Customer, UnknownCartToken
from shop.domain.carts.cart import Cart
from shop.domain.errors import NotFound, ShopError
from shop.domain.money import Currency
from shop.domain.pricing.quote import Offer, OutOfStock, Quote, priced_lines, quote
from shop.domain.promotions.promo_code import PromoCode, PromoCodeNotApplicable


class CartItemInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The item to add: a variant's id (or the product's, if it has no options) and the quantity."""

    item_id: Id
    quantity: Quantity


class CartItemView(msgspec.Struct, frozen=True, rename="camel"):
    """A line at the catalogue's current price; with `available: false` it can't be bought as it is."""

    item_id: str
    product_id: str | None
    sku: str | None
    name: str
    options: dict[str, str]
    image_url: str | None
    unit_price: Decimal
    quantity: int
    line_total: Decimal
    available: bool


@takes_back(CartItemView)
class QuantityInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A line's new quantity. The line's other fields are accepted and ignored."""

    quantity: Quantity


class PromoCodeInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The code to apply."""

    promo_code: Code


class PromoCodeProblem(msgspec.Struct, frozen=True):
    """Why the cart's promo code gives no discount: the error that the checkout would return."""

    code: str
    message: str


class CartView(msgspec.Struct, frozen=True, rename="camel"):
    """The whole cart; sums are in major units and count only available lines."""

    id: str
    status: Literal["active"]
    items: list[CartItemView]
    promo_code: str | None
    promo_code_problem: PromoCodeProblem | None
    subtotal: Decimal
    discount: Decimal
    total: Decimal
    currency: str
    version: int


class CartPricing:
    """Prices a cart like the checkout, except that an inapplicable promo code is reported instead of refused."""

    def __init__(self, clock: Clock, currency: Currency) -> None:
        self._clock = clock
        self.currency = currency

    def view(
        self, cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None
    ) -> CartView:
        """Return the cart with its sums; `promo_code` includes the number of the customer's earlier uses."""
        priced, problem = self._quote(cart, offers, promo_code)
        major = self.currency.to_major
        return CartView(
            id=cart.id,
            status="active",
            items=[
                CartItemView(
                    line.item_id,
                    line.product_id,
                    line.sku,
                    line.name,
                    dict(line.options),
                    line.image_url,
                    major(line.unit_price),
                    line.quantity,
                    major(line.gross),
                    line.available,
                )
                for line in priced.lines
            ],
            promo_code=promo_code[0].code if promo_code else cart.promo_code,
            promo_code_problem=None if problem is None else PromoCodeProblem(problem.code, problem.message),
            subtotal=major(priced.subtotal),
            discount=major(priced.discount),
            total=major(priced.total),
            currency=self.currency.code,
            version=cart.version,
        )

    def quote(self, cart: Cart, offers: Mapping[str, Offer], promo_code: PromoCode | None) -> Quote:
        """Return the quote with the code's discount. Raises PromoCodeNotApplicable below the code's minimum."""
        return quote(cart.lines, offers, promo_code, self.currency)

    def _quote(
        self, cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None
    ) -> tuple[Quote, ShopError | None]:
        """Return the quote; if the code does not apply, the quote without it and the reason."""
        problem: ShopError | None = None
        if promo_code is not None:
            code, used_by_customer = promo_code
            try:
                code.ensure_usable(self._clock.now(), used_by_customer)
                return self.quote(cart, offers, code), None
            except PromoCodeNotApplicable as refusal:
                problem = refusal
        elif cart.promo_code is not None:
            problem = NotFound("promo code")
        return self.quote(cart, offers, None), problem


class GetCart:
    """Buyers: get their own cart at current prices. A customer's empty cart is created on first use."""

    def __init__(
        self,
        carts: CartQueries,
        unit_of_work: UnitOfWorkFactory,
        ids: Ids,
        pricing: CartPricing,
        clock: Clock,
    ) -> None:
        self._carts = carts
        self._unit_of_work = unit_of_work
        self._ids = ids
        self._pricing = pricing
        self._clock = clock

    async def __call__(self, buyer: Buyer) -> CartView:
        contents = await self._carts.contents(buyer)
        if contents is None:
            return self._pricing.view(await self._first_cart(buyer), {}, None)
        return self._pricing.view(contents.cart, contents.offers, contents.promo_code)

    @run_again
    async def _first_cart(self, buyer: Buyer) -> Cart:
        async with self._unit_of_work() as work:
            return await locked_cart(work, buyer, self._ids, self._clock.now())


_Ensure = Callable[[Cart, Mapping[str, Offer], tuple[PromoCode, int] | None], None]
"""Checks the changed cart against current offers; raises to refuse it."""


class _CartChange:
    """Base of all cart changes: lock the cart, change it, store the difference, return the view."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, ids: Ids, pricing: CartPricing, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._ids = ids
        self._pricing = pricing
        self._clock = clock

    @run_again
    async def _change(
        self,
        buyer: Buyer,
        expected: ExpectedVersions,
        change: Callable[[Cart], Cart],
        ensure: _Ensure | None = None,
    ) -> CartView:
        async with self._unit_of_work() as work:
            return await self._change_within(work, buyer, expected, change, ensure)

    async def _change_within(
        self,
        work: UnitOfWork,
        buyer: Buyer,
        expected: ExpectedVersions,
        change: Callable[[Cart], Cart],
        ensure: _Ensure | None,
        added: str | None = None,
    ) -> CartView:
        now = self._clock.now()
        before = await locked_cart(work, buyer, self._ids, now)
        ensure_expected(before.version, expected)
        cart = change(before)
        offers = await work.products.offers([line.item_id for line in cart.lines]) if cart.lines else {}
        if added is not None:
            await ensure_variants_chosen(work, [added], offers, self._pricing.currency)
        promo_code = await work.promo_codes.get(cart.promo_code, _user_id(buyer)) if cart.promo_code else None
        if ensure is not None:
            ensure(cart, offers, promo_code)
        await work.carts.save(cart, before, now)
        return self._pricing.view(cart, offers, promo_code)


class AddToCart(_CartChange):
    """Add an item to the caller's cart. The quantity is added to an existing line of the item.

    Fails with NOT_FOUND for an unknown item, VARIANT_REQUIRED for a product with options, OUT_OF_STOCK naming what is
    left, CART_FULL, VALIDATION_FAILED outside 1–999.
    """

    @run_again
    async def __call__(self, buyer: Buyer, item: CartItemInput, key: IdempotencyKey | None = None) -> Answer:
        def ensure(cart: Cart, offers: Mapping[str, Offer], _: object) -> None:
            offer = offers.get(item.item_id)
            if offer is None or not offer.active:
                raise NotFound("product")
            _ensure_enough(cart, offers, item.item_id)

        async with self._unit_of_work() as work:
            if isinstance(earlier := await claim(work, key, self._clock.now()), Answer):
                return earlier
            cart = await self._change_within(
                work, buyer, None, lambda cart: cart.add(item.item_id, item.quantity), ensure, item.item_id
            )
            return await save_answer(work, key, encode(cart))


class SetQuantity(_CartChange):
    """Set an item's quantity in the caller's cart.

    Fails with NOT_FOUND when the item is not in the cart, OUT_OF_STOCK naming what is left, VALIDATION_FAILED outside
    1–999.
    """

    async def __call__(
        self, buyer: Buyer, item_id: str, quantity: int, expected: ExpectedVersions = None
    ) -> CartView:
        return await self._change(
            buyer,
            expected,
            lambda cart: cart.set_quantity(item_id, quantity),
            lambda cart, offers, _: _ensure_enough(cart, offers, item_id),
        )


class RemoveFromCart(_CartChange):
    """Remove an item from the caller's cart. Fails with NOT_FOUND when it is not in the cart."""

    async def __call__(self, buyer: Buyer, item_id: str, expected: ExpectedVersions = None) -> CartView:
        return await self._change(buyer, expected, lambda cart: cart.remove(item_id))


class ClearCart(_CartChange):
    """Empty the caller's cart and remove its promo code."""

    async def __call__(self, buyer: Buyer, expected: ExpectedVersions = None) -> CartView:
        return await self._change(buyer, expected, lambda cart: cart.clear())


class ApplyPromoCode(_CartChange):
    """Apply a promo code to the caller's cart. The code is claimed only at checkout.

    Fails with NOT_FOUND for an unknown code, PROMO_CODE_NOT_APPLICABLE with the reason.
    """

    async def __call__(self, buyer: Buyer, code: str, expected: ExpectedVersions = None) -> CartView:
        now = self._clock.now()

        def ensure(cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None) -> None:
            if promo_code is None:
                raise NotFound("promo code")
            promo_code[0].ensure_usable(now, used_by_customer=promo_code[1])
            self._pricing.quote(cart, offers, promo_code[0])

        return await self._change(buyer, expected, lambda cart: cart.apply_promo_code(code), ensure)


class DropPromoCode(_CartChange):
    """Remove the promo code from the caller's cart, if it has one."""

    async def __call__(self, buyer: Buyer, expected: ExpectedVersions = None) -> CartView:
        return await self._change(buyer, expected, lambda cart: cart.drop_promo_code())


async def locked_cart(work: UnitOfWork, buyer: Buyer, ids: Ids, at: datetime) -> Cart:
    """Return the buyer's cart, locked; create a customer's on first use. Raises UnknownCartToken."""
    cart = await work.carts.lock(buyer)
    if cart is None:
        if not isinstance(buyer, Customer):
            raise UnknownCartToken
        cart = Cart(ids.new_id(), buyer)
        await work.carts.add(cart, at)
    return cart


def _user_id(buyer: Buyer) -> str:
    return buyer.user_id if isinstance(buyer, Customer) else ""


def _ensure_enough(cart: Cart, offers: Mapping[str, Offer], item_id: str) -> None:
    lines = [line for line in cart.lines if line.item_id == item_id]
    if missing := [line for line in priced_lines(lines, offers) if not line.available]:
        raise OutOfStock(missing)
