"""Contract tests: admins' list of all products, listed or not."""

from datetime import timedelta
from typing import Any

import pytest

from shop.application.catalogue.views import listed_product_view
from shop.application.ports.catalogue import AdminProductsQuery
from shop.contract.product_samples import NOW, USD, a_product, in_category, remove, revise, store
from shop.domain.catalogue.product import Product

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def found(
    storage: Any, page: int = 1, limit: int = 20, active: bool | None = None
) -> tuple[int, list[str]]:
    """Return the total, and the ids on the page."""
    shown = await storage.admin_products.page(AdminProductsQuery(page, limit, active), USD)
    assert (shown.page, shown.limit) == (page, limit)
    return shown.total, [item.id for item in shown.items]


async def some_products(storage: Any, number: int, **fields: Any) -> list[Product]:
    """Store products, latest change first: two at one moment, the next two a second earlier, and so on."""
    made = [
        a_product(f"Lamp {index}", updated_at=NOW - index // 2 * SECOND, **fields) for index in range(number)
    ]
    await store(storage.unit_of_work, *made)
    return sorted(made, key=lambda product: (product.updated_at, product.id), reverse=True)


async def test_a_row_has_the_same_product_view_as_other_reads(storage: Any) -> None:
    off = a_product(
        "Lamp", sku="L-1", category="Home", description="Bright", compare_at_price=2999, active=False
    )
    await store(storage.unit_of_work, off, stock=7)
    page = await storage.admin_products.page(AdminProductsQuery(1, 20), USD)
    assert page.items == [listed_product_view(in_category(off), {off.id: 7}, USD)]


async def test_without_products_the_page_is_empty(storage: Any) -> None:
    assert [await found(storage, active=active) for active in (None, True, False)] == [(0, [])] * 3


@pytest.mark.parametrize("active", [None, True, False])
async def test_pages_list_every_product_once_latest_change_first(storage: Any, active: bool | None) -> None:
    expected = [product.id for product in await some_products(storage, 5, active=active is not False)]
    pages = [await found(storage, page, 2, active) for page in (1, 2, 3, 4, 1_000_000)]
    assert pages == [(5, expected[:2]), (5, expected[2:4]), (5, expected[4:]), (5, []), (5, [])]


async def test_products_are_filtered_by_active_state(storage: Any) -> None:
    terms: list[dict[str, Any]] = [
        {},
        {"category": "Home"},
        {"compare_at_price": 2599},  # equal to its own price
        {"vendor": "Acme"},
        {"compare_at_price": 9999},  # on sale
    ]
    on = [product.id for each in terms for product in await some_products(storage, 1, **each)]
    off = [product.id for each in terms for product in await some_products(storage, 1, **each, active=False)]
    assert await found(storage, active=True) == (5, sorted(on, reverse=True))
    assert await found(storage, active=False) == (5, sorted(off, reverse=True))
    assert await found(storage) == (10, sorted(on + off, reverse=True))


async def test_switching_a_product_moves_it_to_the_front(storage: Any) -> None:
    first, last = await some_products(storage, 2)
    await revise(storage.unit_of_work, last, active=False)
    assert await found(storage) == (2, [last.id, first.id])
    assert await found(storage, active=True) == (1, [first.id])
    assert await found(storage, active=False) == (1, [last.id])
    await revise(storage.unit_of_work, last, active=True)
    assert await found(storage, active=True) == (2, [last.id, first.id])
    assert await found(storage, active=False) == (0, [])


async def test_deleted_products_are_not_listed(storage: Any) -> None:
    on, off = await some_products(storage, 3), await some_products(storage, 3, active=False)
    for product in (on[0], off[0]):
        await remove(storage.unit_of_work, product)
    left_on, left_off = [product.id for product in on[1:]], [product.id for product in off[1:]]
    assert await found(storage, active=True) == (2, left_on)
    assert await found(storage, active=False) == (2, left_off)
    total, shown = await found(storage)
    assert (total, set(shown)) == (4, {*left_on, *left_off})
    for product in (*on[1:], *off[1:]):
        await remove(storage.unit_of_work, product)
    assert [await found(storage, active=active) for active in (None, True, False)] == [(0, [])] * 3
