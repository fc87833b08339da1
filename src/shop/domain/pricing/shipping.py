"""Shipping in a quote: what a method charges, and the quoted price with its tax."""

from dataclasses import dataclass
from decimal import Decimal

from shop.domain.catalogue.product import STANDARD_TAX_CLASS


@dataclass(frozen=True, slots=True)
class ShippingCharge:
    """What a shipping method costs for certain goods, before any promo code, in minor units.

    The price includes tax if the catalogue's prices do.
    """

    method_id: str
    name: str
    price: int
    tax_class: str = STANDARD_TAX_CLASS


@dataclass(frozen=True, slots=True)
class QuotedShipping:
    """The chosen shipping method: its price and the tax on it, in minor units."""

    method_id: str
    name: str
    price: int
    tax_rate: Decimal | None = None
    tax: int = 0
