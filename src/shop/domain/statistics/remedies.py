"""Remedies: what an insight suggests to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Restock:
    """Add the received units of an item; a person enters the number."""

    product_id: str
    variant_id: str | None
    """None for a product without options."""


@dataclass(frozen=True, slots=True)
class LowerPrice:
    """Sell an item for less, in minor units; with `compare_at_price`, shown as a sale."""

    product_id: str
    variant_id: str | None
    price: int
    compare_at_price: int | None = None


@dataclass(frozen=True, slots=True)
class EndSale:
    """Sell an item at its regular price again, in minor units."""

    product_id: str
    variant_id: str | None
    price: int


@dataclass(frozen=True, slots=True)
class Deactivate:
    """Switch a promo code off."""

    code: str
