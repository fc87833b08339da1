"""Contract tests: product search, with the same results on every storage."""

from typing import Any, Final

import pytest

from shop.application.ports.catalogue import SortKey
from shop.application.ports.storage import Storage
from shop.contract.product_samples import (
    NOW,
    a_product,
    lines_of,
    names,
    page,
    remove,
    revise,
    store,
)

pytestmark = pytest.mark.anyio


IS_FOUND: Final = {
    "tv": True,
    "TV": True,
    "t": True,
    "v": False,
    "a4": True,
    "4": False,
    "creme": True,
    "CRÈME BRÛLÉE": True,
    "bru cre": True,
    "creme tea": False,
    "strasse": True,
    "STRAß": True,
    "the": True,
    "usb-c": True,
    "usb_c 3.0": True,
    "77 ab": True,
    "ab-77/x": True,
    "abx": False,
    "küche": True,
    "torch": True,
    "burner": False,
    "%": False,
    "_": False,
    "*": False,
    '"': False,
    "+-<>()~@": False,
    "😀": False,
    "\\": False,
    "'; DROP TABLE products; --": False,
    "tv' OR '1'='1": False,
    "tv%": True,
    "+tv -creme": True,
    '"tv"': True,
    "\U0010ffff": False,
    "x" * 64: False,
    " ".join(f"w{number}" for number in range(50)): False,
}
"""Searches, and whether they find the product below."""


async def test_every_search_word_is_a_prefix_of_a_product_word(storage: Storage) -> None:
    product = a_product(
        "TV A4 Crème brûlée torch",
        sku="AB-77/X",
        category="Küche",
        description="The straße, and a USB-C 3.0 hub",
    )
    await store(storage.unit_of_work, product)
    results = {query: await page(storage.catalogue, search=query) for query in IS_FOUND}
    assert {query: len(result.items) == 1 for query, result in results.items()} == IS_FOUND
    assert {query: result.total == 1 for query, result in results.items()} == IS_FOUND


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Łódź Mug", "lodz"),
        ("Lodz Mug", "ŁÓDŹ"),
        ("Smørrebrød Board", "smorrebrod"),
        ("Straße", "strasse"),
        ("IŞIK", "isik"),
        ("ışık", "IŞIK"),
        ("Þingvellir", "thingvellir"),
        ("Ærø", "aero"),
        ("Œuvre", "oeuvre"),
        ("Đorđe", "dorde"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("ქართული", "ᲥᲐᲠᲗᲣᲚᲘ"),
    ],
)
async def test_case_and_accents_make_no_difference(storage: Storage, name: str, query: str) -> None:
    await store(storage.unit_of_work, a_product(name), a_product("Other"))
    assert await names(storage.catalogue, search=query) == [name]
    assert await names(storage.catalogue, search=name) == [name]


async def test_only_listed_products_are_found(storage: Storage) -> None:
    uow = storage.unit_of_work
    hidden, gone, edited = a_product(active=False), a_product(), a_product("Lamp Desk")
    await store(uow, hidden, gone, edited)
    await remove(uow, gone)
    await revise(uow, edited, name="Desk", category="Furniture", sku="D1")
    assert await names(storage.catalogue, search="lamp") == []
    assert await names(storage.catalogue, search="furniture d1 desk") == ["Desk"]
    await revise(uow, hidden, active=True)
    assert await names(storage.catalogue, search="lamp") == ["Lamp"]
    await revise(uow, edited, description="desk lamp", category=None)
    assert await names(storage.catalogue, search="furniture") == []
    assert await names(storage.catalogue, search="lamp") == ["Lamp", "Desk"]
    await revise(uow, edited, price=777, category="Office")
    assert await names(storage.catalogue, search="desk", min_price=777, max_price=777, category="Office") == [
        "Desk"
    ]
    assert await names(storage.catalogue, search="desk", min_price=778) == []


async def test_the_most_relevant_comes_first_then_the_most_popular(storage: Storage) -> None:
    uow = storage.unit_of_work
    products = {
        "described": a_product("described", description="blue lamp"),
        "beginning": a_product("lampshade blue"),
        "popular": a_product("blue popular lamp"),
        "plain": a_product("blue plain lamp"),
        "category": a_product("category blue", category="lamp"),
        "later": a_product("blue later lamp"),
    }
    await store(uow, *products.values())
    async with uow() as work:
        await work.products.count_sales(
            lines_of({products["popular"].id: 1, products["described"].id: 9}), NOW.date()
        )
    best = [
        "blue popular lamp",
        "blue plain lamp",
        "blue later lamp",
        "lampshade blue",
        "category blue",
        "described",
    ]
    assert await names(storage.catalogue, search="lamp blue") == best
    assert await names(storage.catalogue, search="lamp blue", page=2, limit=2) == best[2:4]
    best[1:3] = best[2:0:-1]
    assert await names(storage.catalogue, search="lamp blue", descending=True) == best


async def test_a_search_is_filtered_and_sorted_like_a_list(storage: Storage) -> None:
    uow = storage.unit_of_work
    await store(
        uow, a_product("lamp a", price=3, category="Home"), a_product("lamp b", price=1, category="Home")
    )
    await store(uow, a_product("lamp c", price=2), a_product("desk", price=2), stock=0)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"sort": SortKey.PRICE}, ["lamp b", "lamp c", "lamp a"]),
        ({"sort": SortKey.NAME, "descending": True}, ["lamp c", "lamp b", "lamp a"]),
        ({"category": "Home", "sort": SortKey.PRICE}, ["lamp b", "lamp a"]),
        ({"min_price": 2, "max_price": 2}, ["lamp c"]),
        ({"in_stock": False}, ["lamp c"]),
        ({"in_stock": True, "min_price": 2}, ["lamp a"]),
        ({"category": "Nowhere"}, []),
    ]
    for wanted, expected in cases:
        found = await page(storage.catalogue, search="lam", **wanted)
        assert ([product.name for product in found.items], found.total) == (expected, len(expected)), wanted


async def test_pages_past_the_end_have_the_total(storage: Storage) -> None:
    await store(storage.unit_of_work, *(a_product(f"lamp {number}") for number in range(3)))
    past = await page(storage.catalogue, page=2, limit=3, search="lamp", category=None)
    assert (past.items, past.total) == ([], 3)
    nothing = await page(storage.catalogue, page=2, search="lamp desk")
    assert (nothing.items, nothing.total) == ([], 0)
