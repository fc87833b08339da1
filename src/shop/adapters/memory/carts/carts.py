"""Carts in memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.adapters.memory.catalogue.products import MemoryProducts
from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.adapters.memory.pricing.selling_rules import MemorySellingRules
from shop.adapters.memory.promotions.promo_codes import MemoryPromoCodes
from shop.application.ports.carts import CartContents, code_user
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.carts.buyer import Buyer, Customer, Guest
from shop.domain.carts.cart import Cart

CARTS: Final = "carts"
"""Rows are StoredCarts by user id, which enforces one cart per user, or by the id of a guest's cart."""

UNIQUE_KEYS: Final[UniqueKeys] = {CARTS: {"uq_carts_token_digest": lambda row: row.token_digest}}


@dataclass(frozen=True, slots=True)
class StoredCart:
    """A cart and when it was last written."""

    cart: Cart
    touched_at: datetime

    @property
    def token_digest(self) -> bytes | None:
        buyer = self.cart.buyer
        return buyer.token_digest if isinstance(buyer, Guest) else None


class MemoryCarts:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, buyer: Buyer) -> Cart | None:
        await self._transaction.lock(CARTS, key_of(buyer))
        row: StoredCart | None = await self._transaction.get(CARTS, key_of(buyer))
        return row.cart if row else None

    async def add(self, cart: Cart, at: datetime) -> None:
        if not await self._transaction.insert(CARTS, key_of(cart.buyer), StoredCart(cart, at)):
            raise TransactionConflict("another transaction made the user's first cart")

    async def save(self, cart: Cart, before: Cart, at: datetime) -> None:
        assert (cart.id, cart.buyer) == (before.id, before.buyer)
        if cart != before:
            await self._transaction.put(CARTS, key_of(cart.buyer), StoredCart(cart, at))

    async def delete(self, guest: Guest) -> None:
        await self._transaction.delete(CARTS, guest.cart_id)

    async def delete_guests_before(self, moment: datetime, limit: int) -> int:
        rows: list[StoredCart] = await self._transaction.scan(CARTS)
        old = [row for row in rows if row.token_digest is not None and row.touched_at < moment]
        deleted = 0
        for row in sorted(old, key=lambda row: row.touched_at)[:limit]:
            if await self._transaction.try_lock(CARTS, row.cart.id):
                current: StoredCart | None = await self._transaction.get(CARTS, row.cart.id)
                if current is not None and current.touched_at < moment:
                    await self._transaction.delete(CARTS, row.cart.id)
                    deleted += 1
        return deleted


def key_of(buyer: Buyer) -> str:
    """Return the key of the buyer's row."""
    return buyer.user_id if isinstance(buyer, Customer) else buyer.cart_id


class MemoryCartQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def contents(self, buyer: Buyer) -> CartContents | None:
        snapshot = Transaction(self._store)
        row: StoredCart | None = await snapshot.get(CARTS, key_of(buyer))
        if row is None:
            return None
        cart = row.cart
        offers = await MemoryProducts(snapshot).offers([line.item_id for line in cart.lines])
        promo_code = None
        if cart.promo_code is not None:
            promo_code = await MemoryPromoCodes(snapshot).get(
                cart.promo_code, code_user(buyer), {offer.product_id for offer in offers.values()}
            )
        return CartContents(cart, offers, promo_code, await MemorySellingRules(snapshot).read())

    async def guest(self, token_digest: bytes) -> Guest | None:
        rows: list[StoredCart] = await Transaction(self._store).scan(CARTS)
        return next((_guest_of(row.cart) for row in rows if row.token_digest == token_digest), None)


def _guest_of(cart: Cart) -> Guest:
    assert isinstance(cart.buyer, Guest)
    return cart.buyer
