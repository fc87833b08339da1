"""Storage of carts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shop.domain.carts.cart import Cart
from shop.domain.pricing.quote import Offer
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.promotions.promo_code import PromoCode


@runtime_checkable
class Carts(Protocol):
    """One cart per user. A cart is emptied, never replaced."""

    async def lock(self, user_id: str) -> Cart | None:
        """Return the user's cart, locked, its lines in order; None if the user has none yet. One statement."""

    async def add(self, cart: Cart) -> None:
        """Store a user's first cart. Raises TransactionConflict if one was created concurrently: retry and lock it."""

    async def save(self, cart: Cart, before: Cart) -> None:
        """Store the difference between the locked cart `before` and `cart`; unchanged rows cost no statement."""


@dataclass(frozen=True, slots=True)
class CartContents:
    """A cart and the data to price it: its items' offers, its promo code with this user's uses, the selling rules."""

    cart: Cart
    offers: Mapping[str, Offer]
    promo_code: tuple[PromoCode, int] | None
    rules: SellingRules


@runtime_checkable
class CartQueries(Protocol):
    """Reads of carts outside a unit of work."""

    async def contents(self, user_id: str) -> CartContents | None:
        """Return the user's cart and the data to price it; None if the user has none yet. At most four statements."""
