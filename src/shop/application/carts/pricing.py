"""Views of carts at current prices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from shop.application.ports.pricing import CurrentRules
from shop.application.ports.system import Clock
from shop.application.pricing.quoting import Quotes
from shop.application.pricing.views import ShippingView, TaxLineView, rate_view
from shop.domain.carts.cart import Cart
from shop.domain.errors import NotFound, ShopError
from shop.domain.pricing.quote import Offer, PricedLine, Quote
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.promotions.promo_code import PromoCode, PromoCodeNotApplicable, Refusal


class CartItemView(msgspec.Struct, frozen=True, rename="camel"):
    """A line at the catalogue's current price; with `available: false` it can't be bought as it is.

    `tax_rate` is in per cent, null where no rate applies; `tax` is on the line's price after its discount.
    """

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
    tax_rate: Decimal | None
    tax: Decimal


class PromoCodeProblem(msgspec.Struct, frozen=True):
    """Why the cart's promo code gives no discount: an error's code and message.

    The checkout would return this error, or leave the code out if it covers no item.
    """

    code: str
    message: str


class CartShippingView(ShippingView, frozen=True, rename="camel"):
    """The chosen shipping method at its current price, and where the goods go."""

    country: str
    region: str | None
    postal_code: str | None


class CartView(msgspec.Struct, frozen=True, rename="camel"):
    """The whole cart; sums are in major units and count only available lines."""

    id: str
    status: Literal["active"]
    items: list[CartItemView]
    promo_code: str | None
    promo_code_problem: PromoCodeProblem | None
    shipping_required: bool
    shipping: CartShippingView | None
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    taxes: list[TaxLineView]
    prices_include_tax: bool
    total: Decimal
    currency: str
    version: int


class CartPricing:
    """Prices a cart like the checkout, except that what the checkout would refuse is left out.

    An inapplicable promo code is reported, and a shipping method that is not available is not shown.
    """

    def __init__(self, clock: Clock, quotes: Quotes, current_rules: CurrentRules) -> None:
        self._clock = clock
        self._quotes = quotes
        self.current_rules = current_rules
        self.currency = quotes.currency

    def view(
        self,
        cart: Cart,
        offers: Mapping[str, Offer],
        promo_code: tuple[PromoCode, int] | None,
        rules: SellingRules,
    ) -> CartView:
        """Return the cart with its sums; `promo_code` includes the number of the customer's earlier uses."""
        priced, problem = self._quote(cart, offers, promo_code, rules)
        major = self.currency.to_major
        return CartView(
            id=cart.id,
            status="active",
            items=[self._item(line) for line in priced.lines],
            promo_code=promo_code[0].code if promo_code else cart.promo_code,
            promo_code_problem=None if problem is None else PromoCodeProblem(problem.code, problem.message),
            shipping_required=rules.ships and priced.shipping_required,
            shipping=self._shipping(cart, priced),
            subtotal=major(priced.subtotal),
            discount=major(priced.discount),
            tax=major(priced.tax),
            taxes=TaxLineView.of(priced.taxes, self.currency),
            prices_include_tax=priced.prices_include_tax,
            total=major(priced.total),
            currency=self.currency.code,
            version=cart.version,
        )

    def empty_view(self, cart: Cart) -> CartView:
        """Return a cart without lines."""
        return self.view(cart, {}, None, SellingRules())

    def ensure_applicable(self, cart: Cart, offers: Mapping[str, Offer], promo_code: PromoCode) -> None:
        """Raise PromoCodeNotApplicable below the code's minimum."""
        self._quotes.goods(cart.lines, offers, promo_code)

    def _item(self, line: PricedLine) -> CartItemView:
        major = self.currency.to_major
        return CartItemView(
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
            rate_view(line.tax_rate),
            major(line.tax),
        )

    def _shipping(self, cart: Cart, priced: Quote) -> CartShippingView | None:
        shipping, choice = priced.shipping, cart.shipping
        if shipping is None or choice is None:
            return None
        major, place = self.currency.to_major, choice.place
        return CartShippingView(
            shipping.method_id,
            shipping.name,
            major(shipping.price),
            major(shipping.tax),
            place.country,
            place.region,
            place.postal_code,
        )

    def _quote(
        self,
        cart: Cart,
        offers: Mapping[str, Offer],
        promo_code: tuple[PromoCode, int] | None,
        rules: SellingRules,
    ) -> tuple[Quote, ShopError | None]:
        """Return the quote; if the code gives no discount, the quote without it and the reason.

        For an empty cart, COVERS_NO_ITEM is no reason: the code may cover the items that are added next.
        """
        problem: ShopError | None = None
        if promo_code is not None:
            code, used_by_customer = promo_code
            try:
                code.ensure_usable(self._clock.now(), used_by_customer)
                priced = self._quotes.of_cart(cart, offers, code, rules)
                if cart.lines and priced.promo_code is None:
                    problem = PromoCodeNotApplicable(code.code, Refusal.COVERS_NO_ITEM)
                return priced, problem
            except PromoCodeNotApplicable as refusal:
                problem = refusal
        elif cart.promo_code is not None:
            problem = NotFound("promo code")
        return self._quotes.of_cart(cart, offers, None, rules), problem
