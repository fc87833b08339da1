"""Contract tests: guests' carts, which are purged some time after their last change."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.contract.order_samples import (
    NOW,
    a_cart,
    a_user,
    ids,
    some_products,
)
from shop.contract.storage.test_carts import changed, locked
from shop.domain.carts.buyer import Guest
from shop.domain.carts.cart import Cart

pytestmark = pytest.mark.anyio


def a_guest() -> Guest:
    return Guest(ids.new_id(), secrets.token_bytes(32))


async def a_guests_cart(storage: Any, *product_ids: str, at: datetime = NOW) -> Cart:
    """Store a guest's cart, last written at this moment, with one unit of each product."""
    guest = a_guest()
    cart = Cart(guest.cart_id, guest)
    async with storage.unit_of_work() as work:
        await work.carts.add(cart, at)
        filled = cart
        for product_id in product_ids:
            filled = filled.add(product_id, 1)
        await work.carts.save(filled, cart, at)
    return filled


class TestGuests:
    async def test_a_guests_cart_comes_back_as_stored(self, storage: Any) -> None:
        cart = await a_guests_cart(storage, *await some_products(storage.unit_of_work, 2))
        assert await locked(storage, cart.buyer) == cart
        assert (await storage.carts.contents(cart.buyer)).cart == cart
        changed_cart = cart.apply_promo_code("Spring")
        assert await changed(storage, cart, changed_cart) == changed_cart

    async def test_a_guest_is_found_by_the_digest_of_the_token(self, storage: Any) -> None:
        cart, _ = await a_guests_cart(storage), await a_guests_cart(storage)
        assert isinstance(cart.buyer, Guest)
        assert await storage.carts.guest(cart.buyer.token_digest) == cart.buyer
        assert await storage.carts.guest(bytes(32)) is None

    async def test_a_customers_cart_is_not_a_guests(self, storage: Any) -> None:
        cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))
        assert await locked(storage, Guest(cart.id, bytes(32))) is None
        assert await storage.carts.contents(Guest(cart.id, bytes(32))) is None

    async def test_deleting_a_cart_deletes_its_lines(self, storage: Any) -> None:
        cart = await a_guests_cart(storage, *await some_products(storage.unit_of_work))
        other = await a_guests_cart(storage)
        assert isinstance(cart.buyer, Guest)
        async with storage.unit_of_work() as work:
            await work.carts.lock(cart.buyer)
            await work.carts.delete(cart.buyer)
        assert await locked(storage, cart.buyer) is None
        assert await storage.carts.contents(cart.buyer) is None
        assert await storage.carts.guest(cart.buyer.token_digest) is None
        assert await locked(storage, other.buyer) == other

    async def test_old_carts_of_guests_are_purged_oldest_first(self, storage: Any) -> None:
        products = await some_products(storage.unit_of_work)
        oldest, older, old = [
            await a_guests_cart(storage, *products, at=NOW + timedelta(seconds=number)) for number in range(3)
        ]
        customers = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work), *products)

        async def purged(limit: int) -> int:
            async with storage.unit_of_work() as work:
                number: int = await work.carts.delete_guests_before(NOW + timedelta(seconds=2), limit)
                return number

        assert [await purged(1), await locked(storage, oldest.buyer)] == [1, None]
        assert [await purged(9), await locked(storage, older.buyer)] == [1, None]
        assert await purged(9) == 0
        assert await locked(storage, old.buyer) == old
        assert await locked(storage, customers.buyer) == customers

    async def test_a_change_extends_a_guests_carts_lifetime(self, storage: Any) -> None:
        cart = await a_guests_cart(storage, *await some_products(storage.unit_of_work))
        async with storage.unit_of_work() as work:
            await work.carts.save(cart.clear(), cart, NOW + timedelta(days=1))
        async with storage.unit_of_work() as work:
            assert await work.carts.delete_guests_before(NOW + timedelta(days=1), 9) == 0
