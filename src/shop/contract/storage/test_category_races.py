"""Contract tests: concurrent edits of the category tree."""

import asyncio
from dataclasses import replace

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.storage import Storage
from shop.contract.product_samples import LATER, a_product, names, store
from shop.contract.storage.test_categories import change, in_all, plant, reindex, shown
from shop.domain.catalogue.category import Category
from shop.domain.catalogue.product import Product

pytestmark = pytest.mark.anyio


async def test_writers_of_the_tree_wait_for_each_other(storage: Storage) -> None:
    root = await plant(storage, "Root")

    @retry_on_conflict
    async def rename(letter: str) -> None:
        async with storage.unit_of_work() as work:
            tree = await work.categories.lock()
            current = tree.categories[root.id]
            for changed in tree.place(replace(current, name=current.name + letter), None):
                await work.categories.save(changed)

    await asyncio.gather(*(rename(letter) for letter in "abcdef"))
    (category,) = (await storage.categories.tree()).ordered()
    assert sorted(category.name.removeprefix("Root")) == list("abcdef")
    assert category.version == 7


async def test_concurrent_edits_moves_and_reindexing_end_in_one_state(storage: Storage) -> None:
    roots = [await plant(storage, name) for name in ("One", "Two")]
    leaf = await plant(storage, "Leaf", roots[0])
    products = [in_all(a_product(f"p{number}"), leaf) for number in range(6)]
    await store(storage.unit_of_work, *products)

    @retry_on_conflict
    async def edit(product: Product, wanted: tuple[Category, ...]) -> None:
        async with storage.unit_of_work() as work:
            before = await work.products.lock(product.id)
            assert before is not None
            tree = await work.categories.share()
            place = tree.placement(category.id for category in wanted)
            after = before.revise(LATER, category=place.name, category_ids=place.category_ids)
            await work.products.update(before, after)

    @retry_on_conflict
    async def move(name: str, parent: Category) -> None:
        await change(storage, leaf, name=name, parent_id=parent.id)
        await reindex(storage)

    await asyncio.gather(
        *(edit(product, (leaf, roots[0])) for product in products[:3]),
        move("Moved", roots[1]),
        move("Moved", roots[1]),
        *(edit(product, (roots[0],)) for product in products[3:5]),
        reindex(storage),
    )
    await reindex(storage)
    assert await shown(storage, roots[1]) == await shown(storage, leaf) == ["p0", "p1", "p2", "p5"]
    assert await shown(storage, roots[0]) == ["p0", "p1", "p2", "p3", "p4"]
    assert sorted(await names(storage.catalogue, search="moved")) == ["p0", "p1", "p2", "p5"]
