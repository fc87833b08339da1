"""Contract tests: counts of filters after changes of products, categories and stock."""

import random
from dataclasses import replace

import pytest

from shop.application.ports.catalogue import ProductFilter
from shop.application.ports.storage import Storage
from shop.contract.filter_samples import (
    KITCHEN,
    OFFICE,
    TREE,
    Stocked,
    a_random_catalogue,
    a_random_filter,
    a_random_product,
    passes,
    plant,
)
from shop.contract.order_samples import a_user
from shop.contract.product_samples import LATER, NOW, a_product, ids, page, remove, revise, store
from shop.contract.storage.test_filters import additions, fields_of, filters
from shop.domain.catalogue.facets import wanted_of
from shop.domain.catalogue.stock import StockAdjustment

pytestmark = pytest.mark.anyio


async def test_counts_follow_every_change(storage: Storage) -> None:
    chance = random.Random(9)
    made = await a_random_catalogue(storage, chance, size=20)
    await filters(storage, ProductFilter())
    for number in range(30):
        index = chance.randrange(len(made))
        before = made[index].product
        after = a_random_product(chance)
        if chance.random() < 0.2:
            await remove(storage.unit_of_work, before)
            await store(storage.unit_of_work, a := a_product(f"new {number}"), stock=0)
            made[index] = Stocked(a, {a.id: 0})
        else:
            variants = after.product.variants
            if not after.product.options:
                variants = (replace(variants[0], id=before.id),)
            edited = before.set_variants(after.product.options, variants, LATER)
            edited = replace(
                edited,
                attributes=after.product.attributes,
                active=after.product.active,
                category=after.product.category,
                category_ids=after.product.category_ids,
            )
            async with storage.unit_of_work() as work:
                await work.products.lock(before.id)
                await work.products.update(before, edited, after.units)
                units = dict(await work.stock.of_product(before.id))
            made[index] = Stocked(edited, units)
        wanted = a_random_filter(chance)
        shown = await page(storage.catalogue, **fields_of(wanted))
        assert {item.id for item in shown.items} == {
            each.product.id for each in made if passes(each, wanted, None)
        }
        for added, count in additions(await filters(storage, ProductFilter()), ProductFilter()):
            assert count == sum(passes(each, added, None) for each in made)


async def test_counts_follow_a_moved_category(storage: Storage) -> None:
    await plant(storage)
    lamp = a_product("Lamp", category=KITCHEN.name, category_ids=(KITCHEN.id,))
    await store(storage.unit_of_work, lamp)

    async def counts() -> dict[str, int]:
        found = await storage.catalogue.filters(ProductFilter(), None)
        return {each.slug: found.categories.get(each.id, 0) for each in TREE.ordered()}

    assert await counts() == {"home": 1, "kitchen": 1, "office": 0}
    async with storage.unit_of_work() as work:
        tree = await work.categories.lock()
        for changed in tree.place(replace(tree.categories[KITCHEN.id], parent_id=OFFICE.id), None):
            await work.categories.save(changed)
        await work.categories.queue_reindexing([KITCHEN.id])
    async with storage.unit_of_work() as work:
        assert await work.categories.reindex()
    assert await counts() == {"home": 0, "kitchen": 1, "office": 1}


async def test_counts_follow_the_stock(storage: Storage) -> None:
    lamp = a_product("Lamp", attributes=(("Material", "Wool"),))
    await store(storage.unit_of_work, lamp, stock=2)
    assert (await filters(storage, ProductFilter())).in_stock == 1
    async with storage.unit_of_work() as work:
        assert await work.stock.take({lamp.id: 2})
    shown = await filters(storage, ProductFilter(in_stock=False))
    assert (shown.in_stock, shown.attributes[0].values[0].count) == (0, 1)
    assert (await filters(storage, ProductFilter(in_stock=True))).attributes == []
    async with storage.unit_of_work() as work:
        await work.stock.give_back({lamp.id: 1})
    assert (await filters(storage, ProductFilter())).in_stock == 1


async def test_a_changed_attribute_is_found_immediately(storage: Storage) -> None:
    lamp = a_product("Lamp", attributes=(("Material", "Wool"),))
    await store(storage.unit_of_work, lamp)
    wool, silk = (wanted_of([("Material", value)]) for value in ("Wool", "Silk"))
    assert (await page(storage.catalogue, attributes=wool)).total == 1
    await revise(storage.unit_of_work, lamp, attributes=(("Material", "Silk"),))
    assert (await page(storage.catalogue, attributes=wool)).total == 0
    assert (await page(storage.catalogue, attributes=silk)).total == 1
    assert (await page(storage.catalogue, search="silk")).total == 1


async def test_a_rolled_back_change_is_not_counted(storage: Storage) -> None:
    lamp = a_product("Lamp", attributes=(("Material", "Wool"),))

    async def fail() -> None:
        async with storage.unit_of_work() as work:
            await work.products.add(lamp, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await filters(storage, ProductFilter())).attributes == []


async def test_stock_that_an_admin_adjusts_is_counted(storage: Storage) -> None:
    user_id = await a_user(storage.unit_of_work)
    lamp = a_product("Lamp")
    await store(storage.unit_of_work, lamp, stock=0)
    assert (await filters(storage, ProductFilter())).in_stock == 0
    async with storage.unit_of_work() as work:
        assert await work.stock.lock(lamp.id) == 0
        await work.stock.adjust(StockAdjustment(ids.new_id(), lamp.id, 5, 5, None, user_id, NOW))
    assert (await filters(storage, ProductFilter())).in_stock == 1
