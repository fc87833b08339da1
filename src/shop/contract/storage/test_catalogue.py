"""Contract tests: products and their stock."""

import asyncio

import pytest

from shop.application.catalogue.views import product_view
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.storage import Storage
from shop.contract.order_samples import a_user
from shop.contract.product_samples import (
    NOW,
    USD,
    a_product,
    ensure_category,
    ids,
    in_category,
    names,
    page,
    remove,
    revise,
    revised,
    store,
)
from shop.domain.catalogue.product import SkuTaken
from shop.domain.catalogue.stock import StockAdjustment

pytestmark = pytest.mark.anyio


class Failed(Exception):
    """Makes a unit of work roll back."""


async def available(storage: Storage, product_id: str) -> int:
    async with storage.unit_of_work() as work:
        return (await work.products.offers([product_id]))[product_id].available


# Products


async def test_a_product_comes_back_as_it_was_stored(storage: Storage) -> None:
    product = in_category(
        a_product(
            "Öko-Lämpchen 😀",
            sku="ÖK-1",
            description="Zwei\nZeilen \\ 'mit' \"Zeichen\" % _",
            category="Büro",
            price=10**10,
            compare_at_price=10**10,
            image_url="https://images.example.com/ö.jpg",
            active=False,
        )
    )
    async with storage.unit_of_work() as work:
        await ensure_category(work, product.category)
    await store(storage.unit_of_work, product, stock=7)
    async with storage.unit_of_work() as work:
        assert await work.products.get(product.id) == product
        assert await work.products.lock(product.id) == product
    assert await storage.catalogue.product(product.id, USD) == product_view(product, {product.id: 7}, USD)


@pytest.mark.parametrize("unknown", ["01890a5d-ac96-774b-bcce-b302099a8057", "", "nonsense", "\x00", "😀"])
async def test_unknown_products_are_none(storage: Storage, unknown: str) -> None:
    async with storage.unit_of_work() as work:
        assert await work.products.get(unknown) is None
        assert await work.products.lock(unknown) is None
        assert await work.stock.lock(unknown) is None
        assert await work.products.offers([unknown]) == {}
    assert await storage.catalogue.product(unknown, USD) is None


async def test_a_rolled_back_product_leaves_no_trace(storage: Storage) -> None:
    product = a_product()

    async def add_and_fail() -> None:
        async with storage.unit_of_work() as work:
            await work.products.add(product, {product.id: 1})
            raise Failed

    with pytest.raises(Failed):
        await add_and_fail()
    assert await storage.catalogue.product(product.id, USD) is None
    assert await page(storage.catalogue) == await page(storage.catalogue, search="lamp")


async def test_skus_are_unique_per_product(storage: Storage) -> None:
    await store(storage.unit_of_work, a_product(sku="A-1"), a_product(sku="a-1"), a_product(), a_product())
    with pytest.raises(SkuTaken):
        await store(storage.unit_of_work, a_product(sku="A-1"))
    other = a_product(sku="B")
    await store(storage.unit_of_work, other)
    with pytest.raises(SkuTaken):
        await revise(storage.unit_of_work, other, sku="A-1")
    assert (await page(storage.catalogue)).total == 5


async def test_the_sku_of_a_deleted_product_is_free(storage: Storage) -> None:
    first = a_product(sku="A")
    await store(storage.unit_of_work, first)
    await remove(storage.unit_of_work, first)
    await store(storage.unit_of_work, a_product(sku="A"))


async def test_concurrent_edits_are_serialized(storage: Storage) -> None:
    product = a_product(price=0)
    await store(storage.unit_of_work, product)

    @retry_on_conflict
    async def raise_price() -> None:
        async with storage.unit_of_work() as work:
            before = await work.products.lock(product.id)
            assert before is not None
            after = revised(before, price=before.price + 1)
            await work.products.update(before, after)

    await asyncio.gather(*(raise_price() for _ in range(10)))
    view = await storage.catalogue.product(product.id, USD)
    assert view is not None
    assert (view.version, view.price) == (11, USD.to_major(10))


async def test_only_existing_products_have_offers(storage: Storage) -> None:
    sold, inactive, gone = a_product(sku="A", price=5), a_product(active=False), a_product()
    await store(storage.unit_of_work, sold, inactive, gone, stock=3)
    await remove(storage.unit_of_work, gone)
    async with storage.unit_of_work() as work:
        offers = await work.products.offers([gone.id, inactive.id, ids.new_id(), sold.id, "?"])
        assert await work.products.offers([]) == {}
    assert offers.keys() == {sold.id, inactive.id, gone.id}
    offer = offers[sold.id]
    assert (offer.product_id, offer.sku, offer.name, offer.unit_price) == (sold.id, "A", "Lamp", 5)
    assert (offer.active, offer.available) == (True, 3)
    assert not offers[inactive.id].active
    assert (offers[gone.id].name, offers[gone.id].active) == ("Lamp", False)


async def test_a_deleted_product_is_not_found(storage: Storage) -> None:
    product = a_product()
    await store(storage.unit_of_work, product)
    await remove(storage.unit_of_work, product)
    async with storage.unit_of_work() as work:
        assert await work.products.get(product.id) is None
        assert await work.products.lock(product.id) is None
    assert await storage.catalogue.product(product.id, USD) is None
    assert (await page(storage.catalogue)).total == 0
    assert await names(storage.catalogue, search="lamp") == []


# Stock


async def test_stock_is_taken_for_all_lines_or_the_caller_rolls_back(storage: Storage) -> None:
    lamp, desk = a_product(), a_product("Desk")
    await store(storage.unit_of_work, lamp, desk, stock=5)
    async with storage.unit_of_work() as work:
        assert await work.stock.take({desk.id: 5, lamp.id: 2})

    async def take_too_much(quantities: dict[str, int]) -> None:
        async with storage.unit_of_work() as work:
            assert not await work.stock.take(quantities)
            raise Failed

    for quantities in ({desk.id: 1, lamp.id: 1}, {lamp.id: 4}, {lamp.id: 1, ids.new_id(): 1}, {"?": 1}):
        with pytest.raises(Failed):
            await take_too_much(quantities)
    assert [await available(storage, product.id) for product in (lamp, desk)] == [3, 0]
    async with storage.unit_of_work() as work:
        await work.stock.give_back({desk.id: 5, ids.new_id(): 1, lamp.id: 1})
        await work.stock.give_back({})
    assert [await available(storage, product.id) for product in (lamp, desk)] == [4, 5]


async def test_concurrent_buyers_never_take_more_than_the_stock(storage: Storage) -> None:
    product, other = a_product(), a_product("Desk")
    await store(storage.unit_of_work, product, stock=5)
    await store(storage.unit_of_work, other, stock=100)
    taken = 0

    @retry_on_conflict
    async def buy(number: int) -> None:
        nonlocal taken
        lines = {product.id: 1, other.id: 1} if number % 2 else {other.id: 1, product.id: 1}
        async with storage.unit_of_work() as work:
            if not await work.stock.take(lines):
                raise Failed
        taken += 1

    outcomes = await asyncio.gather(*(buy(number) for number in range(20)), return_exceptions=True)
    assert sum(isinstance(outcome, Failed) for outcome in outcomes) == 15
    assert taken == 5
    assert [await available(storage, sold.id) for sold in (product, other)] == [0, 95]


async def test_concurrent_adjustments_all_count(storage: Storage) -> None:
    product = a_product()
    await store(storage.unit_of_work, product, stock=0)
    user_id = await a_user(storage.unit_of_work)

    @retry_on_conflict
    async def add_one() -> None:
        async with storage.unit_of_work() as work:
            units = await work.stock.lock(product.id)
            assert units is not None
            await work.stock.adjust(
                StockAdjustment(ids.new_id(), product.id, 1, units + 1, "counted", user_id, NOW)
            )

    await asyncio.gather(*(add_one() for _ in range(10)))
    assert await available(storage, product.id) == 10
