"""Storage of carts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.carts.buyer import Buyer, Customer, Guest
from shop.domain.carts.cart import Cart
from shop.domain.pricing.quote import Offer
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.promotions.promo_code import CodeUser, PromoCode


@runtime_checkable
class Carts(Protocol):
    """One cart per buyer. A customer's cart is emptied, never deleted; a guest's is deleted when merged or old."""

    async def lock(self, buyer: Buyer) -> Cart | None:
        """Return the buyer's cart, *locked*, its lines in order. One statement.

        None if a customer has no cart yet, or a guest's cart is gone.
        """

    async def add(self, cart: Cart, at: datetime) -> None:
        """Store a buyer's first cart. Raises TransactionConflict if one was created concurrently: retry and lock it."""

    async def save(self, cart: Cart, before: Cart, at: datetime) -> None:
        """Store the difference between the locked cart `before` and `cart`; unchanged rows cost no statement.

        A guest's cart that changes is kept from now on as if it were new.
        """

    async def delete(self, guest: Guest) -> None:
        """Delete a guest's locked cart with its lines."""

    async def delete_guests_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` guests' carts that were last written before the moment. Return their number.

        Carts that another transaction has locked are skipped.
        """


def code_user(buyer: Buyer) -> CodeUser:
    """Return as whom a buyer uses promo codes. A guest's email address is known only at the checkout."""
    return CodeUser(buyer.user_id) if isinstance(buyer, Customer) else CodeUser()


@dataclass(frozen=True, slots=True)
class CartContents:
    """A cart and the data to price it: its items' offers, its promo code with this buyer's uses, the selling rules."""

    cart: Cart
    offers: Mapping[str, Offer]
    promo_code: tuple[PromoCode, int] | None
    rules: SellingRules


@runtime_checkable
class CartQueries(Protocol):
    """Reads of carts outside a unit of work."""

    async def contents(self, buyer: Buyer) -> CartContents | None:
        """Return the buyer's cart and the data to price it. At most four statements.

        None if a customer has no cart yet, or a guest's cart is gone.
        """

    async def guest(self, token_digest: bytes) -> Guest | None:
        """Return the guest whose cart's token has this digest; None if there is none."""
