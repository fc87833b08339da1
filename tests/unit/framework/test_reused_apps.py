"""Shops of tests that follow each other share an application, and nothing else."""

from datetime import timedelta

import pytest

from shop.settings.values import DialectName
from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

LIST = "/api/products?page=1&limit=20"
TERM = timedelta(minutes=17)
"""A setting that no other module uses, so that no other test has left an application for these shops."""


async def add_a_mug(shop: ShopHarness) -> str:
    admin = await shop.admin()
    answer = await admin.post("/api/products", json={"name": "Mug", "price": 12.5, "stock": 3})
    answer.raise_for_status()
    return str(answer.json()["id"])


async def requests_of(shop: ShopHarness) -> list[str]:
    text = (await shop.client.get("/metrics")).text
    return [line for line in text.splitlines() if line.startswith("shop_http_requests_total{")]


async def test_a_shop_reuses_the_application_of_a_closed_shop_but_none_of_its_state() -> None:
    async with shop_harness(order_ttl=TERM) as first:
        mug = await add_a_mug(first)
        token = (await first.log_in("owner")).headers["Authorization"]
        for _ in range(2):  # the second answer comes from the cache
            assert (await first.client.get(f"/api/products/{mug}")).status_code == 200
            assert "Mug" in (await first.client.get(LIST)).text
        first.clock.advance(days=1)
    async with shop_harness(order_ttl=TERM) as second:
        assert second.app is first.app
        assert await requests_of(second) == []
        assert (await second.client.get(f"/api/products/{mug}")).status_code == 404
        assert "Mug" not in (await second.client.get(LIST)).text
        assert (await second.client.get("/api/auth/me", headers={"Authorization": token})).status_code == 401
        assert (await second.client.get("/health/ready")).status_code == 200
        await add_a_mug(second)
        assert "Mug" in (await second.client.get("/")).text
        assert "Mug" in (await second.client.get(LIST)).text
        assert any('route="/api/products"' in line for line in await requests_of(second))


async def test_open_shops_share_no_application() -> None:
    term = TERM * 2  # leaves no second application for the test above, whatever their order
    async with shop_harness(order_ttl=term) as first, shop_harness(order_ttl=term) as second:
        assert first.app is not second.app
        mug = await add_a_mug(first)
        assert (await second.client.get(f"/api/products/{mug}")).status_code == 404
        assert (await first.client.get(f"/api/products/{mug}")).status_code == 200


async def test_a_shop_with_other_settings_has_its_own_application() -> None:
    async with shop_harness(order_ttl=TERM) as first:
        assert (await first.client.get("/compat/express/openapi.json")).status_code == 404
    async with shop_harness(order_ttl=TERM, compat=(DialectName.EXPRESS,)) as second:
        assert second.app is not first.app
        assert (await second.client.get("/compat/express/openapi.json")).status_code == 200
