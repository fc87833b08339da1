"""Imports look many products up in the shop at once, and notice changes that are made in the meantime."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.application.catalogue.exchange.ahead import READ_AHEAD
from shop.application.ports.imports import Existing
from shop.testing import ShopHarness, shop_harness
from tests.unit.imports import Json, exported, import_file, outcome_of, start_import
from tests.unit.shopping import new_product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


class OutdatedQueries:
    """The real queries, except for the one that finds existing handles and SKUs."""

    def __init__(self, real: Any, existing: Existing) -> None:
        self._real = real
        self._existing = existing

    async def existing(self, handles: Sequence[str], skus: Sequence[str]) -> Existing:
        return self._existing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


async def import_with(shop: ShopHarness, admin: httpx.AsyncClient, content: str, existing: Existing) -> Json:
    started = await start_import(admin, content)
    queries = OutdatedQueries(shop.container.catalogue.import_queries(), existing)
    run_imports = shop.container.catalogue.run_imports(queries=queries)
    while await run_imports():
        pass
    return dict((await admin.get(started.headers["location"])).json())


async def test_a_product_that_was_created_meanwhile_is_updated(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    await new_product(admin, name="Mug", price=4, sku="M")
    file = "Handle,Name,Price,SKU\nmug,Mug,5,M\n"
    done = await import_with(shop, admin, file, Existing({}, frozenset()))
    assert (outcome_of(done), done["errors"]) == ((0, 1, 0, 0), [])


async def test_a_product_that_was_deleted_meanwhile_is_created(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, name="Mug", price=4)
    assert (await admin.delete(f"/api/products/{mug['id']}")).status_code == 200
    done = await import_with(
        shop, admin, "Handle,Name,Price\nmug,Mug,5\n", Existing({"mug": mug["id"]}, frozenset())
    )
    assert (outcome_of(done), done["errors"]) == ((1, 0, 0, 0), [])


async def test_a_sku_that_was_taken_meanwhile_is_an_error_of_its_row(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    await new_product(admin, name="Mug", sku="M")
    file = "Handle,Name,Price,SKU\ncup,Cup,5,M\n"
    done = await import_with(shop, admin, file, Existing({}, frozenset()))
    assert outcome_of(done) == (0, 0, 0, 1)
    assert [(each["row"], each["column"]) for each in done["errors"]] == [(2, "SKU")]


async def test_a_sku_that_was_given_up_meanwhile_is_free(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    file = "Handle,Name,Price,SKU\ncup,Cup,5,M\n"
    done = await import_with(shop, admin, file, Existing({}, frozenset({"M"})))
    assert outcome_of(done) == (1, 0, 0, 0)


async def test_a_file_may_have_more_products_than_are_read_ahead(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    products = 2 * READ_AHEAD + 1
    rows = "".join(f"p-{number},P,{number}\n" for number in range(products))
    file = f"Handle,Name,Price\n{rows}"
    assert outcome_of(await import_file(shop, admin, file)) == (products, 0, 0, 0)
    stored = await exported(admin)
    assert outcome_of(await import_file(shop, admin, file)) == (0, 0, products, 0)
    assert await exported(admin) == stored
