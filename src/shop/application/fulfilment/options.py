"""Views of shipping options: the methods that ship certain goods to a place."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from shop.application.fulfilment.shipping_methods import DeliveryDays, delivery_days_view
from shop.domain.fulfilment.shipping import ShippingOption
from shop.domain.money import Currency


class ShippingOptionView(msgspec.Struct, frozen=True, rename="camel"):
    """A method that ships the goods; `price` in major units, as the catalogue's prices, before promo codes."""

    method_id: str
    name: str
    price: Decimal
    delivery_days: DeliveryDays | None


class ShippingOptionsView(msgspec.Struct, frozen=True):
    """The methods that ship the cart's goods to a place, cheapest first."""

    items: list[ShippingOptionView]


def option_views(options: Iterable[ShippingOption], currency: Currency) -> list[ShippingOptionView]:
    """Return the views of these options, in their order."""
    return [
        ShippingOptionView(
            option.method.id,
            option.method.name,
            currency.to_major(option.price),
            delivery_days_view(option.method),
        )
        for option in options
    ]
