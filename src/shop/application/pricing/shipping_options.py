"""Views of shipping options: the methods that ship certain goods to a place."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

import msgspec

from shop.domain.fulfilment.shipping import (
    MAX_DELIVERY_DAYS,
    ShippingMethod,
    ShippingOption,
)
from shop.domain.money import Currency

Days = Annotated[int, msgspec.Meta(ge=0, le=MAX_DELIVERY_DAYS)]


class DeliveryDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fewest and most days that a delivery takes."""

    min: Days
    max: Days


class ShippingOptionView(msgspec.Struct, frozen=True, rename="camel"):
    """A method that ships the goods; `price` in major units, as the catalogue's prices, before promo codes."""

    method_id: str
    name: str
    price: Decimal
    delivery_days: DeliveryDays | None


class ShippingOptionsView(msgspec.Struct, frozen=True):
    """The methods that ship the cart's goods to a place, cheapest first."""

    items: list[ShippingOptionView]


def delivery_days_view(method: ShippingMethod) -> DeliveryDays | None:
    """Return the days that the method's deliveries take."""
    return None if method.delivery_days is None else DeliveryDays(*method.delivery_days)


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
