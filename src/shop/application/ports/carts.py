"""Where carts are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shop.domain.carts.cart import Cart
from shop.domain.pricing.quote import Offer
from shop.domain.promotions.promo_code import PromoCode


@runtime_checkable
class Carts(Protocol):
    """One cart a user, ever: it is emptied, not replaced."""

    async def lock(self, user_id: str) -> Cart | None:
        """The user's cart with its lines in their order, locked; None if there was none yet. One statement."""

    async def add(self, cart: Cart) -> None:
        """Store a user's first cart. Raises TransactionConflict when another one was first: run again and lock."""

    async def save(self, cart: Cart, before: Cart) -> None:
        """Store what changed between the locked cart `before` and `cart`: statements only for what differs."""


@dataclass(frozen=True, slots=True)
class CartContents:
    """A cart with what its pricing needs: the offers of its items, and its promo code with this user's uses."""

    cart: Cart
    offers: Mapping[str, Offer]
    promo_code: tuple[PromoCode, int] | None


@runtime_checkable
class CartQueries(Protocol):
    """Reads of carts outside a unit of work."""

    async def contents(self, user_id: str) -> CartContents | None:
        """The user's cart and what its pricing needs; None if there was none yet. Three statements at most."""
