"""Carts in memory."""

from typing import Final

from shop.adapters.memory.catalogue.products import MemoryProducts
from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.adapters.memory.pricing.selling_rules import MemorySellingRules
from shop.adapters.memory.promotions.promo_codes import MemoryPromoCodes
from shop.application.ports.carts import CartContents
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.carts.cart import Cart

CARTS: Final = "carts"
"""Rows are Carts by user id, which enforces one cart per user."""

UNIQUE_KEYS: Final[UniqueKeys] = {}


class MemoryCarts:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, user_id: str) -> Cart | None:
        await self._transaction.lock(CARTS, user_id)
        return await self._transaction.get(CARTS, user_id)

    async def add(self, cart: Cart) -> None:
        if not await self._transaction.insert(CARTS, cart.user_id, cart):
            raise TransactionConflict("another transaction made the user's first cart")

    async def save(self, cart: Cart, before: Cart) -> None:
        assert (cart.id, cart.user_id) == (before.id, before.user_id)
        await self._transaction.put(CARTS, cart.user_id, cart)


class MemoryCartQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def contents(self, user_id: str) -> CartContents | None:
        snapshot = Transaction(self._store)
        cart: Cart | None = await snapshot.get(CARTS, user_id)
        if cart is None:
            return None
        offers = await MemoryProducts(snapshot).offers([line.item_id for line in cart.lines])
        promo_code = None
        if cart.promo_code is not None:
            promo_code = await MemoryPromoCodes(snapshot).get(cart.promo_code, user_id)
        return CartContents(cart, offers, promo_code, await MemorySellingRules(snapshot).read())
