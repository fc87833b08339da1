"""The cart's shipping: which methods are available, and the buyer's choice."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from shop.application.carts.cart import CartChange
from shop.application.carts.pricing import CartPricing, CartShippingView, CartView
from shop.application.framework.inputs import ExpectedVersions, Id, takes_back, text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.carts import CartQueries
from shop.application.ports.places import Places
from shop.application.ports.pricing import SellingRulesQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.application.pricing.places import MAX_POSTAL_CODE, PlaceTerms
from shop.application.pricing.quoting import Quotes
from shop.application.pricing.shipping_options import ShippingOptionsView, option_views
from shop.application.pricing.tax_rates import CountryCode, RegionCode
from shop.domain.carts.buyer import Buyer
from shop.domain.carts.cart import Cart, ShippingChoice
from shop.domain.errors import NotFound
from shop.domain.fulfilment.shipping import ShippingNotAvailable
from shop.domain.pricing.quote import Offer

PostalCode = Annotated[str, text(MAX_POSTAL_CODE)]


@takes_back(CartShippingView)
class ShippingChoiceInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The shipping method, and where the goods go. The choice's other fields are accepted and ignored."""

    method_id: Id
    country: CountryCode
    region: RegionCode | None = None
    postal_code: PostalCode | None = None


class ListShippingOptions:
    """Buyers: list the methods that ship the goods in their own cart to a place, cheapest first.

    Fails with VALIDATION_FAILED for a country or region that does not exist.
    """

    def __init__(
        self, carts: CartQueries, selling_rules: SellingRulesQueries, quotes: Quotes, places: Places
    ) -> None:
        self._carts = carts
        self._selling_rules = selling_rules
        self._quotes = quotes
        self._places = PlaceTerms(places)

    async def __call__(
        self, buyer: Buyer, country: str, region: str | None, postal_code: str | None
    ) -> ShippingOptionsView:
        place = self._places.place(country, region, postal_code)
        contents = await self._carts.contents(buyer)
        rules = await self._selling_rules.read()
        goods = (
            self._quotes.goods(contents.cart.lines, contents.offers) if contents else self._quotes.no_goods
        )
        return ShippingOptionsView(option_views(rules.options(place, goods), self._quotes.currency))


class ChooseShipping(CartChange):
    """Choose a shipping method and a place for the caller's cart. The cart keeps the choice, never the price.

    Fails with NOT_FOUND for an unknown method, SHIPPING_NOT_AVAILABLE with the current options if the method does not
    ship these goods to this place, VALIDATION_FAILED for a country or region that does not exist.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        ids: Ids,
        pricing: CartPricing,
        clock: Clock,
        quotes: Quotes,
        places: Places,
    ) -> None:
        super().__init__(unit_of_work, ids, pricing, clock)
        self._quotes = quotes
        self._places = PlaceTerms(places)

    @retry_on_conflict
    async def __call__(
        self, buyer: Buyer, given: ShippingChoiceInput, expected: ExpectedVersions = None
    ) -> CartView:
        place = self._places.place(given.country, given.region, given.postal_code)
        choice = ShippingChoice(given.method_id, place)
        async with self._unit_of_work() as work:
            rules = await work.selling_rules.read()
            if all(method.id != choice.method_id for method in rules.methods):
                raise NotFound("shipping method")

            def ensure(cart: Cart, offers: Mapping[str, Offer], _: object) -> None:
                goods = self._quotes.goods(cart.lines, offers)
                if rules.charge(choice.method_id, place, goods) is None:
                    options = rules.options(place, goods)
                    raise ShippingNotAvailable(option_views(options, self._quotes.currency))

            return await self._change_within(
                work, buyer, expected, lambda cart: cart.choose_shipping(choice), rules, ensure
            )


class DropShipping(CartChange):
    """Remove the shipping choice from the caller's cart, if it has one."""

    async def __call__(self, buyer: Buyer, expected: ExpectedVersions = None) -> CartView:
        return await self._change(buyer, expected, lambda cart: cart.drop_shipping())
