"""Contract tests: product lists with their filters, sort orders and popularity."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from shop.application.catalogue.views import listed_product_view
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.catalogue import SortKey
from shop.application.ports.storage import Storage
from shop.contract.product_samples import (
    LATER,
    NOW,
    USD,
    a_product,
    lines_of,
    names,
    page,
    revise,
    store,
    walked,
)

pytestmark = pytest.mark.anyio


# Lists


async def test_a_page_has_items_and_total(storage: Storage) -> None:
    products = [a_product(f"Lamp {number}") for number in range(5)]
    await store(storage.unit_of_work, *products)
    second = await page(storage.catalogue, page=2, limit=2)
    assert (second.page, second.limit, second.total) == (2, 2, 5)
    assert second.items == [listed_product_view(product, {product.id: 10}, USD) for product in products[2:4]]
    past = await page(storage.catalogue, page=1_000_000, limit=100)
    assert (past.items, past.total) == ([], 5)


async def test_an_empty_catalogue_has_an_empty_page(storage: Storage) -> None:
    for number in (1, 2):
        empty = await page(storage.catalogue, page=number)
        assert (empty.items, empty.total) == ([], 0)


async def test_each_sort_orders_items_and_breaks_ties_by_id(storage: Storage) -> None:
    products = [
        a_product("b", price=2, created_at=NOW + timedelta(seconds=1)),
        a_product("Á", price=1),
        a_product("A", price=2, created_at=NOW + timedelta(microseconds=1)),
        a_product("ab", price=2),
        a_product("ß", price=1),
        a_product("st", price=0),
    ]
    await store(storage.unit_of_work, *products)
    async with storage.unit_of_work() as work:
        await work.products.count_sales(
            lines_of({products[3].id: 2, products[4].id: 2, products[0].id: 1}), NOW.date()
        )
    orders = {
        SortKey.PRICE: ["st", "Á", "ß", "b", "A", "ab"],
        SortKey.NAME: ["Á", "A", "ab", "b", "ß", "st"],
        SortKey.CREATED_AT: ["Á", "ab", "ß", "st", "A", "b"],
        SortKey.POPULARITY: ["Á", "A", "st", "b", "ab", "ß"],
        None: ["Á", "ab", "ß", "st", "A", "b"],
    }
    for sort, expected in orders.items():
        assert await names(storage.catalogue, sort=sort) == expected
        assert await names(storage.catalogue, sort=sort, descending=True) == expected[::-1]


async def test_all_pages_together_show_every_product_once(storage: Storage) -> None:
    products = [a_product("Same", price=1 + number % 2) for number in range(17)]
    await store(storage.unit_of_work, *products)
    for sort in (None, *SortKey):
        for descending in (False, True):
            for search in (None, "same"):
                seen = await walked(
                    storage.catalogue, limit=3, sort=sort, descending=descending, search=search
                )
                assert sorted(seen) == sorted(product.id for product in products)


async def test_filters_select_matching_products(storage: Storage) -> None:
    uow = storage.unit_of_work
    await store(uow, a_product("cheap", price=100, category="Home"), a_product("none", price=200))
    await store(
        uow, a_product("out", price=300, category="Home"), a_product("home", category="House"), stock=0
    )
    await store(uow, a_product("hidden", category="Home", active=False))
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"category": "Home"}, ["cheap", "out"]),
        ({"category": "House"}, ["home"]),
        ({"category": "Hom"}, []),
        ({"min_price": 200}, ["none", "out", "home"]),
        ({"max_price": 200}, ["cheap", "none"]),
        ({"min_price": 200, "max_price": 300}, ["none", "out"]),
        ({"min_price": 300, "max_price": 200}, []),
        ({"in_stock": True}, ["cheap", "none"]),
        ({"in_stock": False}, ["out", "home"]),
        ({"in_stock": False, "category": "Home", "min_price": 300}, ["out"]),
        ({"in_stock": True, "category": "Home", "max_price": 100}, ["cheap"]),
    ]
    for wanted, expected in cases:
        for sort in (None, *SortKey):
            found = await page(storage.catalogue, sort=sort, **wanted)
            assert {product.name for product in found.items} == set(expected), wanted
            assert found.total == len(expected), wanted
        past = await page(storage.catalogue, page=9, **wanted)
        assert (past.items, past.total) == ([], len(expected)), wanted


async def test_lists_follow_every_edit(storage: Storage) -> None:
    uow = storage.unit_of_work
    product = a_product(category="Home", price=100)
    await store(uow, product, stock=0)
    await revise(uow, product, name="Desk", category="Office", price=200)
    assert await names(storage.catalogue, category="Home") == []
    assert await names(storage.catalogue, category="Office", min_price=200) == ["Desk"]
    await revise(uow, product, active=False)
    assert (await page(storage.catalogue)).total == 0
    assert (await page(storage.catalogue, category="Office")).total == 0
    await revise(uow, product, name="Table", category=None)
    assert (await page(storage.catalogue, in_stock=False)).total == 0
    await revise(uow, product, active=True)
    assert await names(storage.catalogue) == ["Table"]
    assert (await page(storage.catalogue)).total == 1
    assert (await page(storage.catalogue, in_stock=False)).total == 1


async def test_stock_filters_follow_every_sale(storage: Storage) -> None:
    product = a_product()
    await store(storage.unit_of_work, product, stock=1)
    async with storage.unit_of_work() as work:
        await work.stock.take({product.id: 1})
    assert await names(storage.catalogue, in_stock=True) == []
    assert await names(storage.catalogue, in_stock=False) == ["Lamp"]
    async with storage.unit_of_work() as work:
        await work.stock.give_back({product.id: 1})
    assert await names(storage.catalogue, in_stock=True) == ["Lamp"]


# Popularity


async def test_popularity_counts_recent_sales(storage: Storage) -> None:
    few, many, none = a_product("few"), a_product("many"), a_product("none")
    await store(storage.unit_of_work, few, many, none)
    today = date(2026, 3, 14)
    async with storage.unit_of_work() as work:
        await work.products.count_sales(lines_of({few.id: 3, many.id: 2}), today - timedelta(days=1))
        await work.products.count_sales(lines_of({many.id: 2, few.id: 1}), today)
        await work.products.count_sales(lines_of({many.id: 1}), today)
    assert await names(storage.catalogue, sort=SortKey.POPULARITY) == ["none", "few", "many"]
    async with storage.unit_of_work() as work:
        assert await work.products.purge_sales(before=today - timedelta(days=1)) == 0
        assert await work.products.purge_sales(before=today) == 2
    await store(storage.unit_of_work, a_product("two"))
    async with storage.unit_of_work() as work:
        assert await work.products.purge_sales(before=today) == 0
        await work.products.count_sales(lines_of({few.id: 1}), today)
    assert await names(storage.catalogue, sort=SortKey.POPULARITY) == ["none", "two", "few", "many"]


async def test_popularity_is_kept_without_new_sales(storage: Storage) -> None:
    product, other = a_product("paused"), a_product("other")
    await store(storage.unit_of_work, product, other)
    async with storage.unit_of_work() as work:
        await work.products.count_sales(lines_of({product.id: 2, other.id: 2}), NOW.date())
    await revise(storage.unit_of_work, product, active=False)
    async with storage.unit_of_work() as work:
        await work.products.count_sales(lines_of({product.id: 1}), LATER.date())
    await revise(storage.unit_of_work, product, active=True)
    assert await names(storage.catalogue, sort=SortKey.POPULARITY) == ["other", "paused"]


async def test_concurrent_sales_all_count(storage: Storage) -> None:
    products = [a_product(f"p{number}") for number in range(3)]
    await store(storage.unit_of_work, *products)

    @retry_on_conflict
    async def sell(number: int) -> None:
        sold = [products[number % 3], products[(number + 1) % 3]]
        async with storage.unit_of_work() as work:
            await work.products.count_sales(lines_of({product.id: 1 for product in sold}), NOW.date())

    @retry_on_conflict
    async def pause() -> None:
        await revise(storage.unit_of_work, products[0], active=False)
        await revise(storage.unit_of_work, products[0], active=True)

    await asyncio.gather(*(sell(number) for number in range(12)), pause())
    async with storage.unit_of_work() as work:
        await work.products.count_sales(lines_of({products[1].id: 1, products[2].id: 2}), NOW.date())
    assert await names(storage.catalogue, sort=SortKey.POPULARITY) == ["p0", "p1", "p2"]
