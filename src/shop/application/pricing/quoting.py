"""Prices carts and orders by the shop's settings and selling rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop.application.ports.places import Places, VatIds
from shop.application.ports.unit_of_work import UnitOfWork
from shop.application.pricing.places import PlaceTerms
from shop.application.pricing.shipping_options import option_views
from shop.domain.address import Address, Place
from shop.domain.carts.cart import Cart, CartLine
from shop.domain.catalogue.variant import VariantRequired
from shop.domain.fulfilment.shipping import ShippingNotAvailable, ShippingRequired
from shop.domain.money import Currency
from shop.domain.pricing.quote import Offer, Quote, quote, with_shipping
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.pricing.shipping import ShippingCharge
from shop.domain.pricing.tax import reverse_charge_applies
from shop.domain.promotions.promo_code import PromoCode


@dataclass(frozen=True, slots=True)
class SellingTerms:
    """The settings that affect prices.

    `country` is the shop's own: the place of supply while the buyer's country is unknown. If it is None, no
    tax is charged then.
    """

    currency: Currency
    country: str | None = None
    prices_include_tax: bool = False
    reverse_charge: bool = False
    """Whether businesses of other EU countries buy without tax."""


class Quotes:
    """Prices carts and orders."""

    def __init__(self, terms: SellingTerms, places: Places, vat_ids: VatIds) -> None:
        self._terms = terms
        self._vat_ids = vat_ids
        self._places = PlaceTerms(places)
        self._home = None if terms.country is None else Place(terms.country)
        self.currency = terms.currency
        self.no_goods = self.goods((), {})

    def goods(
        self, lines: Sequence[CartLine], offers: Mapping[str, Offer], promo_code: PromoCode | None = None
    ) -> Quote:
        """Return the quote of goods alone, without shipping and tax. Raises PromoCodeNotApplicable."""
        return quote(lines, offers, promo_code, self.currency)

    def of_cart(
        self, cart: Cart, offers: Mapping[str, Offer], promo_code: PromoCode | None, rules: SellingRules
    ) -> Quote:
        """Return the quote of a cart, taxed at the place of its shipping choice, else in the shop's country.

        A shipping choice that is not available is left out. Raises PromoCodeNotApplicable.
        """
        choice = cart.shipping
        place = self._home if choice is None else choice.place
        taxation = rules.taxation(place, included=self._terms.prices_include_tax)
        if choice is None:
            return quote(cart.lines, offers, promo_code, self.currency, taxation=taxation)
        goods = quote(cart.lines, offers, None, self.currency, taxation=taxation)
        charge = rules.charge(choice.method_id, choice.place, goods) if goods.shipping_required else None
        if promo_code is None:
            return with_shipping(goods, charge, taxation, self.currency)
        return quote(cart.lines, offers, promo_code, self.currency, taxation=taxation, shipping=charge)

    def of_order(
        self,
        lines: Sequence[CartLine],
        offers: Mapping[str, Offer],
        promo_code: PromoCode | None,
        rules: SellingRules,
        *,
        method_id: str | None,
        shipping_address: Address,
        billing_address: Address | None,
        vat_id: str | None,
    ) -> Quote:
        """Return the quote of an order.

        It is taxed at the place of the shipping address, else of the billing address, else in the shop's country.
        If the buyer owes the tax, all prices and the bounds of shipping rates are net.
        Raises ShippingRequired, ShippingNotAvailable, PromoCodeNotApplicable.
        """
        destination = self._place_of(shipping_address)
        place = destination or (self._place_of(billing_address) if billing_address else None) or self._home
        taxation = rules.taxation(
            place,
            included=self._terms.prices_include_tax,
            reverse_charge=self._buyer_owes_tax(place, vat_id),
        )
        goods = quote(lines, offers, None, self.currency, taxation=taxation)
        charge = None
        if goods.shipping_required and (rules.ships or method_id is not None):
            charge = self._charge(goods, rules, method_id, destination)
        if promo_code is None:
            return with_shipping(goods, charge, taxation, self.currency)
        return quote(lines, offers, promo_code, self.currency, taxation=taxation, shipping=charge)

    def _buyer_owes_tax(self, place: Place | None, vat_id: str | None) -> bool:
        return self._terms.reverse_charge and reverse_charge_applies(
            place.country if place else None,
            self._terms.country,
            self._vat_ids.country_of(vat_id) if vat_id else None,
            self._vat_ids.eu_countries,
        )

    def _charge(
        self, goods: Quote, rules: SellingRules, method_id: str | None, destination: Place | None
    ) -> ShippingCharge:
        if method_id is None or destination is None:
            missing = {"shipping_method_id": method_id, "shipping_address.country": destination}
            raise ShippingRequired([field for field, value in missing.items() if value is None])
        charge = rules.charge(method_id, destination, goods)
        if charge is None:
            options = rules.options(destination, goods)
            raise ShippingNotAvailable(option_views(options, self.currency))
        return charge

    def _place_of(self, address: Address) -> Place | None:
        """Return the place of an address; None if it has no country."""
        if address.country is None:
            return None
        return self._places.of_address(address.country, address.region, address.postal_code)


async def ensure_variants_chosen(
    work: UnitOfWork, item_ids: Sequence[str], offers: Mapping[str, Offer], currency: Currency
) -> None:
    """Raise VariantRequired if any item is a product's id but not a current variant's id.

    Reads nothing if every item is a variant.
    """
    unknown = [item_id for item_id in item_ids if (offer := offers.get(item_id)) is None or offer.removed]
    choices = await work.products.choices(unknown) if unknown else ()
    if choices:
        raise VariantRequired([_choice(offer, currency) for offer in choices])


def _choice(offer: Offer, currency: Currency) -> dict[str, object]:
    return {
        "item_id": offer.item_id,
        "product_id": offer.product_id,
        "sku": offer.sku,
        "name": offer.name,
        "options": dict(offer.options),
        "unit_price": currency.to_major(offer.unit_price),
        "available": offer.available,
    }
