"""Contract tests: the category tree, and the lists and counts that follow it."""

from dataclasses import replace
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.catalogue import SortKey
from shop.application.ports.storage import Storage
from shop.contract.product_samples import LATER, NOW, a_product, ids, lines_of, names, page, revise, store
from shop.domain.catalogue.category import Category
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.slug import SlugTaken

pytestmark = pytest.mark.anyio


async def plant(storage: Storage, name: str, parent: Category | None = None) -> Category:
    """Store a category below another one, after its siblings."""
    async with storage.unit_of_work() as work:
        tree = await work.categories.lock()
        category_id = ids.new_id()
        slug = tree.slug_for(category_id, name)
        new = Category(id=category_id, name=name, slug=slug, parent_id=None if parent is None else parent.id)
        (placed,) = tree.place(new, None)
        await work.categories.add(placed)
    return placed


async def change(storage: Storage, category: Category, **changes: Any) -> None:
    """Rename or move a category, and queue its products."""
    async with storage.unit_of_work() as work:
        tree = await work.categories.lock()
        for changed in tree.place(replace(tree.categories[category.id], **changes), None):
            await work.categories.save(changed)
        await work.categories.queue_reindexing(tree.below(category.id))


async def remove(storage: Storage, category: Category, successor: Category | None) -> None:
    async with storage.unit_of_work() as work:
        tree = await work.categories.lock()
        await work.categories.queue_reindexing([category.id])
        await work.categories.delete(
            tree.categories[category.id], None if successor is None else successor.id
        )


async def reindex(storage: Storage) -> None:
    @retry_on_conflict
    async def batch() -> bool:
        async with storage.unit_of_work() as work:
            return await work.categories.reindex()

    while await batch():
        pass


def in_all(product: Product, *categories: Category) -> Product:
    return replace(
        product, category=categories[0].name, category_ids=tuple(category.id for category in categories)
    )


async def shown(storage: Storage, *categories: Category, **wanted: Any) -> list[str]:
    """Return the sorted names of the products in any of the categories. Assert that the totals agree."""
    wanted = {"categories": tuple(category.id for category in categories), **wanted}
    found = await page(storage.catalogue, **wanted)
    assert found.total == len(found.items)
    if len(categories) == 1 and len(wanted) == 1:
        assert (await storage.categories.counts()).get(categories[0].id, 0) == found.total
    return sorted(product.name for product in found.items)


async def test_the_tree_comes_back_as_stored(storage: Storage) -> None:
    assert list((await storage.categories.tree()).ordered()) == []
    clothes, shoes = await plant(storage, "Clothes"), await plant(storage, "Shoes")
    shirts = await plant(storage, "Shirts", clothes)
    tree = await storage.categories.tree()
    assert list(tree.ordered()) == [clothes, shirts, shoes]
    async with storage.unit_of_work() as work:
        assert await work.categories.read() == await work.categories.share() == tree


async def test_a_unit_of_work_reads_what_it_has_written(storage: Storage) -> None:
    clothes = await plant(storage, "Clothes")
    async with storage.unit_of_work() as work:
        await work.categories.lock()
        await work.categories.save(replace(clothes, name="Clothing", version=2))
        assert [each.name for each in (await work.categories.read()).ordered()] == ["Clothing"]


async def test_the_shared_tree_is_the_committed_one(storage: Storage) -> None:
    async def shared() -> list[str]:
        async with storage.unit_of_work() as work:
            tree = await work.categories.share()
            assert await work.categories.read() == tree
        return [category.name for category in tree.ordered()]

    async def rolled_back() -> None:
        async with storage.unit_of_work() as work:
            tree = await work.categories.lock()
            new = Category(id=ids.new_id(), name="Never", slug="never")
            for placed in tree.place(new, None):
                await work.categories.add(placed)
            assert "Never" in [category.name for category in (await work.categories.share()).ordered()]
            raise LookupError

    first = await plant(storage, "First")
    assert await shared() == ["First"]
    with pytest.raises(LookupError):
        await rolled_back()
    assert await shared() == ["First"]
    await plant(storage, "Second")
    assert await shared() == ["First", "Second"]
    await change(storage, first, name="Renamed")
    assert await shared() == ["Renamed", "Second"]
    await remove(storage, first, None)
    assert await shared() == ["Second"]


async def test_slugs_are_unique(storage: Storage) -> None:
    clothes = await plant(storage, "Clothes")

    async def add_twin() -> None:
        async with storage.unit_of_work() as work:
            await work.categories.lock()
            await work.categories.add(Category(id=ids.new_id(), name="Other", slug=clothes.slug))

    with pytest.raises(SlugTaken):
        await add_twin()
    assert list((await storage.categories.tree()).ordered()) == [clothes]


async def test_a_category_lists_its_own_and_lower_products_once(storage: Storage) -> None:
    clothes = await plant(storage, "Clothes")
    shirts, trousers = await plant(storage, "Shirts", clothes), await plant(storage, "Trousers", clothes)
    sale = await plant(storage, "Sale")
    await store(
        storage.unit_of_work,
        in_all(a_product("shirt", price=3), shirts),
        in_all(a_product("suit", price=9), trousers, shirts, sale),
        in_all(a_product("voucher", price=5), clothes),
        in_all(a_product("hidden", active=False), shirts),
        a_product("mug"),
    )
    assert await shown(storage, clothes) == ["shirt", "suit", "voucher"]
    assert await shown(storage, shirts) == ["shirt", "suit"]
    assert await shown(storage, trousers) == await shown(storage, sale) == ["suit"]
    assert await shown(storage, shirts, sale) == ["shirt", "suit"]
    assert await shown(storage, clothes, min_price=4) == ["suit", "voucher"]
    assert await shown(storage, shirts, sale, min_price=4, in_stock=True) == ["suit"]
    assert await shown(storage, clothes, search="s") == ["shirt", "suit"]
    assert await shown(storage, shirts, sale, search="su") == ["suit"]
    assert (await page(storage.catalogue, categories=())).total == 0
    assert (await page(storage.catalogue)).total == 4


async def test_lists_of_a_category_follow_every_edit(storage: Storage) -> None:
    clothes, sale = await plant(storage, "Clothes"), await plant(storage, "Sale")
    product = in_all(a_product("shirt", price=3), clothes, sale)
    uow = storage.unit_of_work
    await store(uow, product, in_all(a_product("aaa", price=5), clothes))
    async with uow() as work:
        await work.products.count_sales(lines_of({product.id: 2}), NOW.date())
    await revise(uow, product, name="zzz", price=7)
    for sort in (SortKey.PRICE, SortKey.NAME, SortKey.POPULARITY):
        found = await page(storage.catalogue, categories=(clothes.id,), sort=sort)
        assert [each.name for each in found.items] == ["aaa", "zzz"]
    await revise(uow, product, category_ids=(clothes.id,))
    assert await shown(storage, sale) == []
    await revise(uow, product, category_ids=(sale.id, clothes.id))
    assert await shown(storage, sale) == ["zzz"]
    popular = await page(storage.catalogue, categories=(sale.id,), sort=SortKey.POPULARITY)
    assert [each.name for each in popular.items] == ["zzz"]
    await revise(uow, product, active=False)
    assert await shown(storage, sale) == []
    await revise(uow, product, active=True)
    assert await shown(storage, sale) == ["zzz"]
    async with uow() as work:
        before = await work.products.lock(product.id)
        assert before is not None
        await work.products.update(before, before.delete(LATER))
        assert await work.categories.count_products([sale.id], 9) == 0
    assert await shown(storage, sale) == []
    assert await shown(storage, clothes) == ["aaa"]


async def test_a_renamed_category_is_found_by_its_new_name(storage: Storage) -> None:
    clothes, sale = await plant(storage, "Clothes"), await plant(storage, "Sale")
    first = in_all(a_product("shirt", description="clothes for summer"), clothes)
    second, hidden = in_all(a_product("hat"), sale, clothes), in_all(a_product("x", active=False), clothes)
    third = in_all(a_product("coat"), clothes)
    await store(storage.unit_of_work, first, second, third, hidden)
    await change(storage, clothes, name="Garments")
    await reindex(storage)
    assert sorted(await names(storage.catalogue, search="garm")) == ["coat", "shirt"]
    assert await names(storage.catalogue, search="clothes") == ["shirt"]
    versions = {}
    for product in (first, second, third, hidden):
        async with storage.unit_of_work() as work:
            kept = await work.products.get(product.id)
        assert kept is not None
        assert kept.category == ("Sale" if product is second else "Garments")
        versions[product.name] = kept.version
    assert versions == {"shirt": 2, "hat": 1, "coat": 2, "x": 2}
    await revise(storage.unit_of_work, first, description="")
    assert await names(storage.catalogue, search="clothes") == []


async def test_products_move_with_their_category(storage: Storage) -> None:
    old, new = await plant(storage, "Old"), await plant(storage, "New")
    middle = await plant(storage, "Middle", old)
    leaf = await plant(storage, "Leaf", middle)
    products = [in_all(a_product(f"p{number}"), leaf) for number in range(5)]
    stays = in_all(a_product("stays"), middle, old)
    await store(storage.unit_of_work, *products, stays)
    await change(storage, middle, parent_id=new.id)
    await reindex(storage)
    everything = sorted(["stays", *(product.name for product in products)])
    assert await shown(storage, new) == await shown(storage, middle) == everything
    assert await shown(storage, leaf) == everything[:-1]
    assert await shown(storage, old) == ["stays"]
    async with storage.unit_of_work() as work:
        assert not await work.categories.reindex()


async def test_the_successor_gets_a_deleted_categorys_products(storage: Storage) -> None:
    old, heir, last = [await plant(storage, name) for name in ("Old", "Heir", "Last")]
    products = [in_all(a_product("one"), old), in_all(a_product("two"), heir, old)]
    await store(storage.unit_of_work, *products)
    await remove(storage, old, heir)
    await remove(storage, heir, last)
    tree = await storage.categories.tree()
    assert list(tree.ordered()) == [last]
    assert tree.placement([old.id, heir.id]).category_ids == (last.id,)
    assert await within(storage, products, last) == {"one", "two"}
    await reindex(storage)
    assert await shown(storage, last) == ["one", "two"]
    assert await names(storage.catalogue, search="last") == await names(storage.catalogue)
    assert (await storage.categories.tree()).successors == {}
    for product in products:
        async with storage.unit_of_work() as work:
            kept = await work.products.get(product.id)
        assert kept is not None
        assert (kept.category_ids, kept.category) == ((last.id,), "Last")


async def test_an_empty_category_is_deleted_immediately(storage: Storage) -> None:
    empty = await plant(storage, "Empty")
    await remove(storage, empty, None)
    tree = await storage.categories.tree()
    assert (tree.categories, tree.successors) == ({}, {})


async def within(storage: Storage, products: list[Product], *categories: Category) -> set[str]:
    found = {product.id: product.name for product in products}
    async with storage.unit_of_work() as work:
        kept = await work.categories.products_within(found.keys(), [each.id for each in categories])
    return {found[product_id] for product_id in kept}


async def test_products_are_within_their_categories_and_those_above(storage: Storage) -> None:
    root, other = await plant(storage, "Root"), await plant(storage, "Other")
    leaf = await plant(storage, "Leaf", root)
    products = [
        in_all(a_product("leaf"), leaf),
        in_all(a_product("root"), root),
        in_all(a_product("o"), other),
    ]
    await store(storage.unit_of_work, *products)
    assert await within(storage, products, root) == {"leaf", "root"}
    assert await within(storage, products[:1], root, other) == {"leaf"}
    assert await within(storage, products, leaf, other) == {"leaf", "o"}
    assert await within(storage, [], root) == await within(storage, products) == set()
    assert await within(storage, products, Category(id=ids.new_id(), name="Gone", slug="gone")) == set()


async def test_products_are_counted_once_and_up_to_the_limit(storage: Storage) -> None:
    root, other = await plant(storage, "Root"), await plant(storage, "Other")
    await store(
        storage.unit_of_work,
        *(in_all(a_product(f"p{number}", active=number > 0), root, other) for number in range(3)),
    )

    async def counted(*categories: Category, at_most: int = 9) -> int:
        async with storage.unit_of_work() as work:
            return await work.categories.count_products([each.id for each in categories], at_most)

    assert await counted(root, other) == 3
    assert await counted(root, at_most=2) == 2
    assert await counted() == 0
