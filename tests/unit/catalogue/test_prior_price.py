"""The prior price: the lowest price of the 30 days before a reduction, from the record of price changes."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio


def a_shop(**settings: Any) -> AbstractAsyncContextManager[ShopHarness]:
    return shop_harness(access_token_ttl=timedelta(days=999), **settings)


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with a_shop() as harness:
        yield harness


class Shelf:
    """One product, whose price changes over days."""

    def __init__(self, shop: ShopHarness, admin: httpx.AsyncClient, product: dict[str, Any]) -> None:
        self._shop = shop
        self._admin = admin
        self._place = f"/api/products/{product['id']}"

    def wait(self, **duration: float) -> None:
        self._shop.clock.advance(**duration)

    async def change(self, price: float, compare_at: float | None = None) -> float | None:
        """Change the price; return the prior price that visitors see."""
        answer = await self._admin.patch(self._place, json={"price": price, "compareAtPrice": compare_at})
        assert answer.status_code == 200, answer.text
        shown = (await self._shop.client.get(self._place)).json()
        prior: float | None = shown["priorPrice"]
        assert shown["variants"][0]["priorPrice"] == prior
        (listed,) = (await self._shop.client.get("/api/products?page=1")).json()["items"]
        assert listed["priorPrice"] == prior
        return prior

    async def rename(self) -> float | None:
        answer = await self._admin.patch(self._place, json={"name": "Renamed"})
        prior: float | None = answer.json()["priorPrice"]
        return prior


@pytest.fixture
async def shelf(shop: ShopHarness) -> Shelf:
    admin = await shop.admin()
    product = (await admin.post("/api/products", json={"name": "Lamp", "price": 20})).json()
    assert product["priorPrice"] is None
    return Shelf(shop, admin, product)


async def test_a_reduction_shows_the_price_before_it(shelf: Shelf) -> None:
    shelf.wait(days=1)
    assert await shelf.change(15, 20) == 20
    shelf.wait(days=90)
    assert await shelf.rename() == 20
    assert await shelf.change(20) is None


async def test_a_price_that_is_not_announced_as_reduced_has_no_prior_price(shelf: Shelf) -> None:
    assert await shelf.change(15) is None
    assert await shelf.change(15, 15) is None
    assert await shelf.change(25) is None


async def test_a_price_cut_shortly_before_the_announcement_counts(shelf: Shelf) -> None:
    shelf.wait(days=50)
    assert await shelf.change(12) is None
    shelf.wait(days=2)
    assert await shelf.change(18) is None
    shelf.wait(days=2)
    assert await shelf.change(15, 20) == 12
    assert await shelf.change(15, 25) == 12, "a new compare-at price is not a new reduction"


async def test_an_unchanged_price_announced_as_reduced_is_its_own_prior_price(shelf: Shelf) -> None:
    shelf.wait(days=40)
    await shelf.change(15)
    shelf.wait(days=1)
    assert await shelf.change(15, 20) == 15


async def test_prices_older_than_30_days_do_not_count(shelf: Shelf) -> None:
    await shelf.change(5)
    shelf.wait(days=1)
    await shelf.change(20)
    shelf.wait(days=30)
    assert await shelf.change(15, 20) == 5, "the last moment of 5 was within the 30 days"
    await shelf.change(20)
    shelf.wait(days=31)
    assert await shelf.change(16, 20) == 20


async def test_a_further_reduction_is_compared_with_the_one_before(shelf: Shelf) -> None:
    shelf.wait(days=50)
    assert await shelf.change(15, 20) == 20
    shelf.wait(days=5)
    assert await shelf.change(10, 20) == 15
    shelf.wait(days=5)
    assert await shelf.change(12, 20) == 10
    shelf.wait(days=40)
    assert await shelf.change(11, 20) == 12


async def test_an_earlier_reduction_counts_for_30_days(shelf: Shelf) -> None:
    shelf.wait(days=50)
    assert await shelf.change(15, 20) == 20
    shelf.wait(days=5)
    assert await shelf.change(20) is None
    shelf.wait(days=10)
    assert await shelf.change(16, 20) == 15
    shelf.wait(days=1)
    assert await shelf.change(20) is None
    shelf.wait(days=35)
    assert await shelf.change(16, 20) == 20


@pytest.mark.parametrize(("zone", "prior"), [("UTC", 5), ("Pacific/Auckland", 20)])
async def test_the_days_are_those_of_the_shops_time_zone(zone: str, prior: float) -> None:
    async with a_shop(time_zone=ZoneInfo(zone)) as shop:
        admin = await shop.admin()
        product = (await admin.post("/api/products", json={"name": "Lamp", "price": 20})).json()
        shelf = Shelf(shop, admin, product)
        shelf.wait(days=50)
        await shelf.change(5)
        shelf.wait(hours=1)
        await shelf.change(20)  # at ten in UTC, an hour before midnight in Auckland
        # In Auckland the next day has begun, and the 30 days before it no longer include the day of the price of 5.
        shelf.wait(days=30, hours=2, minutes=30)
        assert await shelf.change(15, 20) == prior


async def test_a_product_created_as_reduced_has_no_prior_price(shop: ShopHarness) -> None:
    admin = await shop.admin()
    body = {"name": "Lamp", "price": 15, "compareAtPrice": 20}
    product = (await admin.post("/api/products", json=body)).json()
    assert product["priorPrice"] is None
    shelf = Shelf(shop, admin, product)
    assert await shelf.change(14, 20) == 15


async def test_every_way_of_changing_a_variants_price_is_recorded(shop: ShopHarness) -> None:
    admin = await shop.admin()
    body = {
        "name": "Shirt",
        "price": 20,
        "options": ["Size"],
        "variants": [{"options": {"Size": size}} for size in "SM"],
    }
    product = (await admin.post("/api/products", json=body)).json()
    place = f"/api/products/{product['id']}/variants"
    first, second = product["variants"]
    await admin.patch(f"{place}/{first['id']}", json={"price": 12})
    variants = [{"id": first["id"], "price": 18}, {"id": second["id"], "price": 15, "compareAtPrice": 20}]
    answer = await admin.put(place, json={"options": ["Size"], "variants": variants})
    assert [each["priorPrice"] for each in answer.json()["variants"]] == [None, 20]
    answer = await admin.patch(f"{place}/{first['id']}", json={"compareAtPrice": 20})
    assert [each["priorPrice"] for each in answer.json()["variants"]] == [12, 20]
    assert answer.json()["priorPrice"] == 20, "the product shows the prior price of its cheapest variant"
