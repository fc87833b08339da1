"""The cart: reading, changing and pricing it."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from shop.application.carts.pricing import CartItemView, CartPricing, CartView
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, Id, ensure_expected, takes_back
from shop.application.framework.transactions import retry_on_conflict
from shop.application.limits import Code, Quantity
from shop.application.ports.carts import CartQueries, code_user
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.application.pricing.quoting import ensure_variants_chosen
from shop.domain.carts.buyer import Buyer, Customer, UnknownCartToken
from shop.domain.carts.cart import Cart
from shop.domain.errors import NotFound
from shop.domain.pricing.quote import Offer, ensure_available
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.promotions.promo_code import PromoCode


class CartItemInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The item to add: a variant's id (or the product's, if it has no options) and the quantity."""

    item_id: Id
    quantity: Quantity


@takes_back(CartItemView)
class QuantityInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A line's new quantity. The line's other fields are accepted and ignored."""

    quantity: Quantity


class PromoCodeInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The code to apply."""

    promo_code: Code


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
            return self._pricing.empty_view(await self._first_cart(buyer))
        return self._pricing.view(contents.cart, contents.offers, contents.promo_code, contents.rules)

    @retry_on_conflict
    async def _first_cart(self, buyer: Buyer) -> Cart:
        async with self._unit_of_work() as work:
            return await locked_cart(work, buyer, self._ids, self._clock.now())


_Ensure = Callable[[Cart, Mapping[str, Offer], tuple[PromoCode, int] | None], None]
"""Checks the changed cart against current offers; raises to refuse it."""


class CartChange:
    """Base of all cart changes: lock the cart, change it, store the difference, return the view."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, ids: Ids, pricing: CartPricing, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._ids = ids
        self._pricing = pricing
        self._clock = clock

    @retry_on_conflict
    async def _change(
        self,
        buyer: Buyer,
        expected: ExpectedVersions,
        change: Callable[[Cart], Cart],
        ensure: _Ensure | None = None,
    ) -> CartView:
        rules = await self._pricing.current_rules()
        async with self._unit_of_work() as work:
            return await self._change_within(work, buyer, expected, change, rules, ensure)

    async def _change_within(
        self,
        work: UnitOfWork,
        buyer: Buyer,
        expected: ExpectedVersions,
        change: Callable[[Cart], Cart],
        rules: SellingRules,
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
        promo_code = None
        if cart.promo_code is not None:
            product_ids = {offer.product_id for offer in offers.values()}
            promo_code = await work.promo_codes.get(cart.promo_code, code_user(buyer), product_ids)
        if ensure is not None:
            ensure(cart, offers, promo_code)
        await work.carts.save(cart, before, now)
        return self._pricing.view(cart, offers, promo_code, rules)


class AddToCart(CartChange):
    """Add an item to the caller's cart. The quantity is added to an existing line of the item.

    Fails with NOT_FOUND for an unknown item, VARIANT_REQUIRED for a product with options, OUT_OF_STOCK naming what is
    left, CART_FULL, VALIDATION_FAILED outside 1–999.
    """

    @retry_on_conflict
    async def __call__(
        self, buyer: Buyer, item: CartItemInput, key: IdempotencyKey | None = None
    ) -> Outcome[CartView]:
        def ensure(cart: Cart, offers: Mapping[str, Offer], _: object) -> None:
            offer = offers.get(item.item_id)
            if offer is None or not offer.active:
                raise NotFound("product")
            _ensure_enough(cart, offers, item.item_id)

        rules = await self._pricing.current_rules()
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return earlier
            cart = await self._change_within(
                work,
                buyer,
                None,
                lambda cart: cart.add(item.item_id, item.quantity),
                rules,
                ensure,
                item.item_id,
            )
            return await save_answer(work, key, cart)


class SetQuantity(CartChange):
    """Set an item's quantity in the caller's cart.

    Fails with NOT_FOUND when the item is not in the cart, OUT_OF_STOCK with the units left, VALIDATION_FAILED outside
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


class RemoveFromCart(CartChange):
    """Remove an item from the caller's cart. Fails with NOT_FOUND when it is not in the cart."""

    async def __call__(self, buyer: Buyer, item_id: str, expected: ExpectedVersions = None) -> CartView:
        return await self._change(buyer, expected, lambda cart: cart.remove(item_id))


class ClearCart(CartChange):
    """Empty the caller's cart and remove its promo code and shipping choice."""

    async def __call__(self, buyer: Buyer, expected: ExpectedVersions = None) -> CartView:
        return await self._change(buyer, expected, lambda cart: cart.clear())


class ApplyPromoCode(CartChange):
    """Apply a promo code to the caller's cart. The code is claimed only at checkout.

    Fails with NOT_FOUND for an unknown code, PROMO_CODE_NOT_APPLICABLE with the reason.
    """

    async def __call__(self, buyer: Buyer, code: str, expected: ExpectedVersions = None) -> CartView:
        now = self._clock.now()

        def ensure(cart: Cart, offers: Mapping[str, Offer], promo_code: tuple[PromoCode, int] | None) -> None:
            if promo_code is None:
                raise NotFound("promo code")
            promo_code[0].ensure_usable(now, used_by_customer=promo_code[1])
            self._pricing.ensure_applicable(cart, offers, promo_code[0])

        return await self._change(buyer, expected, lambda cart: cart.apply_promo_code(code), ensure)


class DropPromoCode(CartChange):
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


def _ensure_enough(cart: Cart, offers: Mapping[str, Offer], item_id: str) -> None:
    ensure_available([line for line in cart.lines if line.item_id == item_id], offers)
