"""Contract tests: carts."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.unit_of_work import TransactionConflict
from shop.contract.order_samples import (
    NOW,
    a_cart,
    a_user,
    ids,
    rolled_back,
    some_products,
    stored_promo_code,
)
from shop.domain.address import Place
from shop.domain.carts.buyer import Buyer, Customer
from shop.domain.carts.cart import Cart, ShippingChoice
from shop.domain.pricing.tax import TaxRate

pytestmark = pytest.mark.anyio


async def locked(storage: Any, buyer: Buyer) -> Cart | None:
    async with storage.unit_of_work() as work:
        cart: Cart | None = await work.carts.lock(buyer)
        return cart


async def changed(storage: Any, before: Cart, after: Cart) -> Cart | None:
    """Save `after` and return the cart as stored."""
    async with storage.unit_of_work() as work:
        assert await work.carts.lock(before.buyer) == before
        await work.carts.save(after, before, NOW)
    return await locked(storage, before.buyer)


async def test_a_user_starts_without_a_cart(storage: Any) -> None:
    assert await locked(storage, Customer(await a_user(storage.unit_of_work))) is None


@pytest.mark.parametrize("user_id", ["", "nobody", "X" * 36, "🛒"])
async def test_an_invalid_id_has_no_cart(storage: Any, user_id: str) -> None:
    assert await locked(storage, Customer(user_id)) is None
    assert await storage.carts.contents(Customer(user_id)) is None


async def test_a_cart_comes_back_as_stored(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    first, second = await some_products(storage.unit_of_work, 2)
    cart = Cart(ids.new_id(), Customer(user_id)).add(second, 3).add(first, 999).apply_promo_code("Spring")
    async with storage.unit_of_work() as work:
        await work.carts.add(cart, NOW)
        assert await work.carts.lock(Customer(user_id)) == cart
    assert await locked(storage, Customer(user_id)) == cart


async def test_lines_keep_the_order_in_which_they_were_first_added(storage: Any) -> None:
    a, b, c, d = await some_products(storage.unit_of_work, 4)
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work), c, a, d)
    changes: list[Callable[[Cart], Cart]] = [
        lambda cart: cart.set_quantity(a, 5),
        lambda cart: cart.remove(c),
        lambda cart: cart.add(b, 1),
        lambda cart: cart.add(c, 2),
        lambda cart: cart.remove(d).add(d, 1).set_quantity(a, 7),
        lambda cart: cart.remove(a).remove(b),
        lambda cart: cart.add(b, 1).add(a, 1),
        lambda cart: cart.remove(c).add(c, 9).apply_promo_code("Spring"),
        lambda cart: cart.drop_promo_code(),
    ]
    for change in changes:
        after = change(cart)
        assert await changed(storage, cart, after) == after
        cart = after
    assert [line.item_id for line in cart.lines] == [d, b, a, c]


async def test_the_shipping_choice_comes_back_as_stored(storage: Any) -> None:
    buyer = Customer(await a_user(storage.unit_of_work))
    near = ShippingChoice(ids.new_id(), Place("US", "US-CA", "94 016"))
    cart = Cart(ids.new_id(), buyer).choose_shipping(near)
    async with storage.unit_of_work() as work:
        await work.carts.add(cart, NOW)
    assert await locked(storage, buyer) == cart
    changes: list[Callable[[Cart], Cart]] = [
        lambda cart: cart.choose_shipping(ShippingChoice(ids.new_id(), Place("DE"))),
        lambda cart: cart.apply_promo_code("Spring"),
        lambda cart: cart.drop_shipping(),
        lambda cart: cart.choose_shipping(near),
        lambda cart: cart.clear(),
    ]
    for change in changes:
        after = change(cart)
        assert await changed(storage, cart, after) == after
        cart = after
    assert cart.shipping is None


async def test_the_contents_of_a_cart_come_with_the_selling_rules(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    await a_cart(storage.unit_of_work, user_id)
    rate = TaxRate(id=ids.new_id(), name="VAT", country="DE", rate=Decimal(19))
    async with storage.unit_of_work() as work:
        await work.selling_rules.lock()
        await work.selling_rules.add(rate)
    contents = await storage.carts.contents(Customer(user_id))
    assert contents is not None
    assert rate in contents.rules.tax_rates


async def test_an_emptied_cart_is_kept(storage: Any) -> None:
    products = await some_products(storage.unit_of_work, 3)
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work), *products)
    assert await changed(storage, cart, cart.clear()) == Cart(cart.id, cart.buyer, version=cart.version + 1)


async def test_unchanged_lines_are_not_written(storage: Any) -> None:
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))
    assert await changed(storage, cart, cart) == cart


async def test_a_cart_with_the_maximum_number_of_lines_is_stored(storage: Any) -> None:
    products = await some_products(storage.unit_of_work, 100)
    user_id = await a_user(storage.unit_of_work)
    cart = await a_cart(storage.unit_of_work, user_id, *reversed(products))
    assert await locked(storage, Customer(user_id)) == cart
    assert [line.item_id for line in cart.lines] == products[::-1]


async def test_a_rolled_back_change_leaves_no_trace(storage: Any) -> None:
    first, second = await some_products(storage.unit_of_work, 2)
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work), first)
    async with rolled_back(storage.unit_of_work) as work:
        before = await work.carts.lock(cart.buyer)
        assert before is not None
        await work.carts.save(before.add(second, 1).set_quantity(first, 9), before, NOW)
    assert await locked(storage, cart.buyer) == cart


async def test_carts_are_separate_per_user(storage: Any) -> None:
    products = await some_products(storage.unit_of_work, 2)
    ada, bob = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work)
    adas = await a_cart(storage.unit_of_work, ada, *products)
    bobs = await a_cart(storage.unit_of_work, bob, products[0])
    await changed(storage, adas, adas.clear())
    assert await locked(storage, Customer(bob)) == bobs


async def test_a_second_cart_of_a_user_is_a_conflict(storage: Any) -> None:
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))
    with pytest.raises(TransactionConflict):
        async with storage.unit_of_work() as work:
            await work.carts.add(replace(cart, id=ids.new_id()), NOW)
    assert await locked(storage, cart.buyer) == cart


async def test_concurrently_created_first_carts_become_one(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)

    @retry_on_conflict
    async def first_cart() -> Cart:
        async with storage.unit_of_work() as work:
            cart: Cart | None = await work.carts.lock(Customer(user_id))
            if cart is None:
                cart = Cart(ids.new_id(), Customer(user_id))
                await work.carts.add(cart, NOW)
            return cart

    made = await asyncio.gather(*(first_cart() for _ in range(8)))
    assert len({cart.id for cart in made}) == 1


async def test_concurrent_adds_lose_nothing(storage: Any) -> None:
    product, *others = await some_products(storage.unit_of_work, 21)
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))

    @retry_on_conflict
    async def add(other: str) -> None:
        async with storage.unit_of_work() as work:
            before = await work.carts.lock(cart.buyer)
            await work.carts.save(before.add(product, 1).add(other, 1), before, NOW)

    await asyncio.gather(*(add(other) for other in others))
    after = await locked(storage, cart.buyer)
    assert after is not None
    assert after.quantity_of(product) == 20
    assert {line.item_id for line in after.lines} == {product, *others}
    assert after.version == cart.version + 40


async def test_a_waiting_writer_sees_the_committed_cart(storage: Any) -> None:
    """The lines are as current as the locked cart, even if the transaction has read something before."""
    first, second = await some_products(storage.unit_of_work, 2)
    user_id = await a_user(storage.unit_of_work)
    cart = await a_cart(storage.unit_of_work, user_id, first)
    has_lock, waits = asyncio.Event(), asyncio.Event()

    async def empties() -> None:
        async with storage.unit_of_work() as work:
            before = await work.carts.lock(cart.buyer)
            has_lock.set()
            await waits.wait()
            await work.carts.save(before.clear().add(second, 4), before, NOW)

    async def looks() -> Cart | None:
        await has_lock.wait()
        waits.set()
        async with storage.unit_of_work() as work:
            await work.users.get(user_id)
            seen: Cart | None = await work.carts.lock(cart.buyer)
            return seen

    _, seen = await asyncio.gather(empties(), looks())
    assert seen == cart.clear().add(second, 4)


class TestContents:
    async def test_without_a_cart_there_are_no_contents(self, storage: Any) -> None:
        assert await storage.carts.contents(Customer(await a_user(storage.unit_of_work))) is None

    async def test_a_cart_comes_with_what_its_pricing_needs(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        first, second = await some_products(storage.unit_of_work, 2, stock=7)
        promo_code = await stored_promo_code(storage.unit_of_work, "SPRING")
        cart = await a_cart(storage.unit_of_work, user_id, second, first)
        coded = cart.apply_promo_code("spring")
        await changed(storage, cart, coded)
        contents = await storage.carts.contents(Customer(user_id))
        assert contents.cart == coded
        assert {product_id: offer.available for product_id, offer in contents.offers.items()} == {
            first: 7,
            second: 7,
        }
        assert contents.promo_code == (promo_code, 0)

    async def test_an_empty_cart_needs_nothing(self, storage: Any) -> None:
        cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))
        contents = await storage.carts.contents(cart.buyer)
        assert (contents.cart, contents.offers, contents.promo_code) == (cart, {}, None)

    async def test_a_deleted_code_has_no_terms(self, storage: Any) -> None:
        cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))
        await changed(storage, cart, cart.apply_promo_code("GONE"))
        contents = await storage.carts.contents(cart.buyer)
        assert contents.cart.promo_code == "GONE"
        assert contents.promo_code is None
