"""The cart: read it, change it, see what it costs at this moment."""

from collections.abc import Callable, Mapping
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
from shop.domain.carts.cart import Cart
from shop.domain.errors import NotFound, ShopError
from shop.domain.money import Currency
from shop.domain.pricing.quote import Offer, OutOfStock, Quote, priced_lines, quote
from shop.domain.promotions.promo_code import PromoCode, PromoCodeNotApplicable


class CartItemInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to put into the cart: a variant's id (a product's, if it has no options) and how many of it."""

    item_id: Id
    quantity: Quantity


class CartItemView(msgspec.Struct, frozen=True, rename="camel"):
    """A line at the catalogue's present price; `available: false` could not be bought as it stands."""

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
    """A line's new quantity. The line's other fields may come back and are ignored."""

    quantity: Quantity


class PromoCodeInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The code to apply."""

    promo_code: Code


class PromoCodeProblem(msgspec.Struct, frozen=True):
    """Why the cart's promo code takes nothing off: the error that the checkout would answer with."""

    code: str
    message: str


class CartView(msgspec.Struct, frozen=True, rename="camel"):
    """The whole cart; sums in major units count the available lines only."""

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
    """Prices a cart for its page as the checkout would, but a code that does not apply is shown and not refused."""

    def __init__(self, clock: Clock, currency: Currency) -> None:
        self._clock = clock
        self.currency = currency

    def view(
        self, cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None
    ) -> CartView:
        """The cart with its sums; `promo_code` comes with the customer's earlier uses of it."""
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
        """The cart with the code's discount. Raises PromoCodeNotApplicable below the code's minimum."""
        return quote(cart.lines, offers, promo_code, self.currency)

    def _quote(
        self, cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None
    ) -> tuple[Quote, ShopError | None]:
        """The quote without the code, and the reason, when the code does not apply."""
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
    """The caller's own cart, priced now; an empty one is made on first use."""

    def __init__(
        self, carts: CartQueries, unit_of_work: UnitOfWorkFactory, ids: Ids, pricing: CartPricing
    ) -> None:
        self._carts = carts
        self._unit_of_work = unit_of_work
        self._ids = ids
        self._pricing = pricing

    async def __call__(self, user_id: str) -> CartView:
        contents = await self._carts.contents(user_id)
        if contents is None:
            return self._pricing.view(await self._first_cart(user_id), {}, None)
        return self._pricing.view(contents.cart, contents.offers, contents.promo_code)

    @run_again
    async def _first_cart(self, user_id: str) -> Cart:
        async with self._unit_of_work() as work:
            return await locked_cart(work, user_id, self._ids)


_Ensure = Callable[[Cart, Mapping[str, Offer], tuple[PromoCode, int] | None], None]
"""Refuses the changed cart by what it would cost now."""


class _CartChange:
    """What every change of a cart shares: lock it, change it, store what differs, show the result."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, ids: Ids, pricing: CartPricing) -> None:
        self._unit_of_work = unit_of_work
        self._ids = ids
        self._pricing = pricing

    @run_again
    async def _change(
        self,
        user_id: str,
        expected: ExpectedVersions,
        change: Callable[[Cart], Cart],
        ensure: _Ensure | None = None,
    ) -> CartView:
        async with self._unit_of_work() as work:
            return await self._change_within(work, user_id, expected, change, ensure)

    async def _change_within(
        self,
        work: UnitOfWork,
        user_id: str,
        expected: ExpectedVersions,
        change: Callable[[Cart], Cart],
        ensure: _Ensure | None,
        added: str | None = None,
    ) -> CartView:
        before = await locked_cart(work, user_id, self._ids)
        ensure_expected(before.version, expected)
        cart = change(before)
        offers = await work.products.offers([line.item_id for line in cart.lines]) if cart.lines else {}
        if added is not None:
            await ensure_variants_chosen(work, [added], offers, self._pricing.currency)
        promo_code = await work.promo_codes.get(cart.promo_code, user_id) if cart.promo_code else None
        if ensure is not None:
            ensure(cart, offers, promo_code)
        await work.carts.save(cart, before)
        return self._pricing.view(cart, offers, promo_code)


class AddToCart(_CartChange):
    """Put an item into the caller's cart; what is there already adds up.

    Fails with NOT_FOUND for an unknown item, VARIANT_REQUIRED for a product with options, OUT_OF_STOCK naming what is
    left, CART_FULL, VALIDATION_FAILED outside 1–999.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, ids: Ids, pricing: CartPricing, clock: Clock) -> None:
        super().__init__(unit_of_work, ids, pricing)
        self._clock = clock

    @run_again
    async def __call__(self, user_id: str, item: CartItemInput, key: IdempotencyKey | None = None) -> Answer:
        def ensure(cart: Cart, offers: Mapping[str, Offer], _: object) -> None:
            offer = offers.get(item.item_id)
            if offer is None or not offer.active:
                raise NotFound("product")
            _ensure_enough(cart, offers, item.item_id)

        async with self._unit_of_work() as work:
            if isinstance(earlier := await claim(work, key, self._clock.now()), Answer):
                return earlier
            cart = await self._change_within(
                work, user_id, None, lambda cart: cart.add(item.item_id, item.quantity), ensure, item.item_id
            )
            return await save_answer(work, key, encode(cart))


class SetQuantity(_CartChange):
    """Set how many of an item the caller's cart holds.

    Fails with NOT_FOUND when the item is not in the cart, OUT_OF_STOCK naming what is left, VALIDATION_FAILED outside
    1–999.
    """

    async def __call__(
        self, user_id: str, item_id: str, quantity: int, expected: ExpectedVersions = None
    ) -> CartView:
        return await self._change(
            user_id,
            expected,
            lambda cart: cart.set_quantity(item_id, quantity),
            lambda cart, offers, _: _ensure_enough(cart, offers, item_id),
        )


class RemoveFromCart(_CartChange):
    """Take an item out of the caller's cart. Fails with NOT_FOUND when it is not in it."""

    async def __call__(self, user_id: str, item_id: str, expected: ExpectedVersions = None) -> CartView:
        return await self._change(user_id, expected, lambda cart: cart.remove(item_id))


class ClearCart(_CartChange):
    """Take everything out of the caller's cart, its promo code included."""

    async def __call__(self, user_id: str, expected: ExpectedVersions = None) -> CartView:
        return await self._change(user_id, expected, lambda cart: cart.clear())


class ApplyPromoCode(_CartChange):
    """Show a promo code's discount in the caller's cart; it is claimed only by the checkout.

    Fails with NOT_FOUND for an unknown code, PROMO_CODE_NOT_APPLICABLE with the reason.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, ids: Ids, pricing: CartPricing, clock: Clock) -> None:
        super().__init__(unit_of_work, ids, pricing)
        self._clock = clock

    async def __call__(self, user_id: str, code: str, expected: ExpectedVersions = None) -> CartView:
        now = self._clock.now()

        def ensure(cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None) -> None:
            if promo_code is None:
                raise NotFound("promo code")
            promo_code[0].ensure_usable(now, used_by_customer=promo_code[1])
            self._pricing.quote(cart, offers, promo_code[0])

        return await self._change(user_id, expected, lambda cart: cart.apply_promo_code(code), ensure)


class DropPromoCode(_CartChange):
    """Take the promo code off the caller's cart, if there is one."""

    async def __call__(self, user_id: str, expected: ExpectedVersions = None) -> CartView:
        return await self._change(user_id, expected, lambda cart: cart.drop_promo_code())


async def locked_cart(work: UnitOfWork, user_id: str, ids: Ids) -> Cart:
    """The user's cart, locked; made on first use."""
    cart = await work.carts.lock(user_id)
    if cart is None:
        cart = Cart(ids.new_id(), user_id)
        await work.carts.add(cart)
    return cart


def _ensure_enough(cart: Cart, offers: Mapping[str, Offer], item_id: str) -> None:
    lines = [line for line in cart.lines if line.item_id == item_id]
    if missing := [line for line in priced_lines(lines, offers) if not line.available]:
        raise OutOfStock(missing)
