"""Views of shipping and tax in carts and orders."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Self

import msgspec

from shop.domain.money import Currency
from shop.domain.pricing.tax import TaxLine


class ShippingView(msgspec.Struct, frozen=True, rename="camel"):
    """The chosen shipping method; `price` after promo codes and `tax` in major units."""

    method_id: str
    name: str
    price: Decimal
    tax: Decimal


class TaxLineView(msgspec.Struct, frozen=True):
    """The total of one tax rate; amounts in major units."""

    name: str
    rate: Decimal
    net: Decimal
    tax: Decimal

    @classmethod
    def of(cls, lines: Iterable[TaxLine], currency: Currency) -> list[Self]:
        """Return the views of these lines."""
        major = currency.to_major
        return [cls(line.name, plain(line.rate), major(line.net), major(line.tax)) for line in lines]


def rate_view(rate: Decimal | None) -> Decimal | None:
    """Return a line's tax rate without trailing zeros; None if no rate applies."""
    return None if rate is None else plain(rate)


def plain(rate: Decimal) -> Decimal:
    """Return the number without trailing zeros and without an exponent: 19.0000 is 19, 100 stays 100."""
    short = rate.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
