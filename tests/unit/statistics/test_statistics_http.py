"""The statistics of customers over their own orders, and of administrators over sold items."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import (
    Number,
    buy,
    cancel,
    exact,
    new_product,
    new_promo_code,
    refused,
)
from tests.unit.statistics.sales import PATHS, paid, shown

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    """A shop for this test only, in Berlin, where it is five minutes before March."""
    async with shop_harness(
        time_zone=ZoneInfo("Europe/Berlin"), access_token_ttl=timedelta(days=365)
    ) as opened:
        await opened.admin("owner")
        opened.clock.advance(
            seconds=(datetime(2026, 2, 28, 22, 55, tzinfo=UTC) - opened.clock.now()).total_seconds()
        )
        yield opened


async def test_own_statistics(shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    mug, lamp = await new_product(admin, 12.5), await new_product(admin, 99.99)
    code = await new_promo_code(admin, 10)
    await buy(ada, lamp)  # never paid
    first_at = shop.clock.now()
    first = await paid(shop, ada, mug, 3, promoCode=code)
    shop.clock.advance(minutes=10)  # it is March
    await paid(shop, ada, lamp)
    shop.clock.advance(days=70)
    last_at = shop.clock.now()
    await paid(shop, ada, mug)
    await cancel(ada, first)
    body = exact(await ada.get(PATHS["own"]))
    assert body["byMonth"] == [
        {"month": "2026-02", "orders": 1, "spent": Number("33.75"), "refunded": Number("0.00")},
        {"month": "2026-03", "orders": 1, "spent": Number("99.99"), "refunded": Number("0.00")},
        {"month": "2026-04", "orders": 0, "spent": Number("0.00"), "refunded": Number("0.00")},
        {"month": "2026-05", "orders": 1, "spent": Number("12.50"), "refunded": Number("33.75")},
    ]
    assert {
        name: body[name] for name in ("orders", "items", "spent", "saved", "refunded", "averageOrder")
    } == {
        "orders": 3,
        "items": 5,
        "spent": Number("146.24"),
        "saved": Number("3.75"),
        "refunded": Number("33.75"),
        "averageOrder": Number("48.75"),  # 48.746…
    }
    assert body["currency"] == "USD"
    assert datetime.fromisoformat(body["firstOrderAt"]) == first_at
    assert datetime.fromisoformat(body["lastOrderAt"]) == last_at
    assert [item["itemId"] for item in body["topItems"]] == [lamp["id"], mug["id"]]
    page = exact(await ada.get(PATHS["own items"]))
    assert (page["page"], page["limit"], page["total"]) == (1, 20, 2)
    assert page["items"] == body["topItems"]
    mugs = page["items"][1]
    assert mugs == {
        "itemId": mug["id"],
        "productId": mug["id"],
        "sku": None,
        "name": "Mug",
        "options": {},
        "orders": 2,
        "quantity": 4,
        "spent": Number("46.25"),
        "refunded": Number("33.75"),
        "averageUnitPrice": Number("11.56"),  # 11.5625
        "lastPurchasedAt": body["lastOrderAt"],
    }
    second = await shown(ada, "/api/orders/statistics/items?page=2&limit=1")
    assert [item["itemId"] for item in second["items"]] == [mug["id"]]


async def test_statistics_can_be_limited_to_a_period(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, 12.5)
    await paid(shop, ada, mug)
    shop.clock.advance(minutes=10)
    await paid(shop, ada, mug, 2)
    midnight = "2026-03-01T00:00:00%2B01:00"
    for query, items in (
        ("from=2026-02-28&to=2026-02-28", 1),
        ("from=2026-03-01", 2),
        ("to=2026-03-01", 3),
        ("from=2026-02-27&to=2026-02-27", 0),
        (f"to={midnight}", 1),
        (f"from={midnight}", 2),
        ("from=2026-02-28T23:00:00Z&to=2026-02-28T23:05:00Z", 0),
        ("from=2026-02-28T23:05:00Z&to=2026-02-28T23:05:00.000001Z", 2),
        ("from=2026-02-28T23:05:00Z&to=2026-02-28T23:05:00Z", 0),
    ):
        own = await shown(ada, f"/api/orders/statistics?{query}")
        assert own["items"] == items, query
        dashboard = await shown(admin, f"/api/admin/dashboard?{query}")
        assert dashboard["totals"]["itemsSold"] == items, query
        sold = (await shown(admin, f"/api/admin/statistics/items?page=1&{query}"))["items"]
        assert sum(item["quantity"] for item in sold) == items, query


async def test_without_orders_the_statistics_are_empty(ada: httpx.AsyncClient) -> None:
    body = await shown(ada, PATHS["own"])
    assert (body["orders"], body["spent"], body["averageOrder"]) == (0, 0, None)
    assert (body["firstOrderAt"], body["lastOrderAt"], body["byMonth"], body["topItems"]) == (
        None,
        None,
        [],
        [],
    )
    assert (await shown(ada, PATHS["own items"]))["total"] == 0


async def test_users_see_only_their_own_statistics(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await paid(shop, ada, await new_product(admin))
    assert (await shown(bob, PATHS["own"]))["orders"] == 0
    for name in ("own", "own items", "dashboard", "items"):
        refused(await shop.client.get(PATHS[name]), 401, "UNAUTHENTICATED")
    for name in ("dashboard", "items"):
        refused(await bob.get(PATHS[name]), 403, "FORBIDDEN")


async def test_an_invalid_period_is_refused(admin: httpx.AsyncClient) -> None:
    for query in (
        "from=2026-03-02&to=2026-03-01",
        "from=2026-03-01T00:00:01Z&to=2026-03-01T00:00:00Z",
        "from=2026-03-01T23:00:00Z&to=2026-03-01",
        "from=yesterday",
        "to=2026-02-30",
        "to=",
        "from=2026-03-01T00:00:00",
        "from=0001-01-01",
        "to=9999-12-31",
        "from=1e9",
    ):
        for name in ("own", "own items", "dashboard", "items"):
            separator = "&" if "?" in PATHS[name] else "?"
            answer = await admin.get(f"{PATHS[name]}{separator}{query}")
            assert set(refused(answer, 400, "VALIDATION_FAILED")) in ({"from"}, {"to"})


async def test_sold_items_by_revenue_or_quantity(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, lamp, cup = (
        await new_product(admin, 1, 60),
        await new_product(admin, 99),
        await new_product(admin, 1),
    )
    await new_product(admin)
    await paid(shop, ada, mug, 30)
    await paid(shop, ada, lamp)
    await paid(shop, ada, cup)
    refunded = await paid(shop, ada, lamp)
    await cancel(ada, refunded)

    async def listed(query: str) -> list[str]:
        page = await shown(admin, f"/api/admin/statistics/items?page=1{query}")
        assert page["total"] == 3
        return [item["itemId"] for item in page["items"]]

    assert await listed("") == await listed("&sort=revenue&order=desc") == [lamp["id"], mug["id"], cup["id"]]
    assert await listed("&order=asc") == [cup["id"], mug["id"], lamp["id"]]
    assert await listed("&sort=quantity") == [mug["id"], lamp["id"], cup["id"]]
    item = exact(await admin.get("/api/admin/statistics/items?page=1&limit=1"))["items"][0]
    assert item == {
        "disputesLost": Number("0.00"),
        "itemId": lamp["id"],
        "productId": lamp["id"],
        "sku": None,
        "name": "Mug",
        "options": {},
        "orders": 2,
        "quantity": 2,
        "grossRevenue": Number("198.00"),
        "discounts": Number("0.00"),
        "refunds": Number("99.00"),
        "revenue": Number("99.00"),
        "currency": "USD",
        "stock": 9,
        "daysOfStockLeft": 135,
    }
    assert (await shown(admin, "/api/admin/statistics/items?page=9"))["items"] == []
    refused(await admin.get("/api/admin/statistics/items"), 400, "VALIDATION_FAILED")
    refused(await admin.get("/api/admin/statistics/items?page=1&sort=name"), 400, "VALIDATION_FAILED")


async def test_sales_by_variant_and_by_product(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    body = {
        "name": "Shirt",
        "price": 10,
        "options": ["Size"],
        "variants": [{"options": {"Size": size}, "sku": f"SHIRT-{size}", "stock": 9} for size in "SM"],
    }
    shirt = (await admin.post("/api/products", json=body)).json()
    small, medium = shirt["variants"]
    both = [{"itemId": small["id"], "quantity": 1}, {"itemId": medium["id"], "quantity": 2}]
    for items in (both, both[1:]):
        made = await ada.post("/api/orders", json={"items": items})
        await shop.pay(made.json()["order"])
    for client, path in ((admin, "/api/admin/statistics/items"), (ada, "/api/orders/statistics/items")):
        by_variant = (await shown(client, f"{path}?page=1"))["items"]
        assert by_variant == (await shown(client, f"{path}?page=1&by=variant"))["items"]
        assert [(item["itemId"], item["orders"], item["quantity"]) for item in by_variant] == [
            (medium["id"], 2, 4),
            (small["id"], 1, 1),
        ]
        assert {item["productId"] for item in by_variant} == {shirt["id"]}
        assert (by_variant[0]["options"], by_variant[0]["sku"]) == ({"Size": "M"}, "SHIRT-M")
        [by_product] = (await shown(client, f"{path}?page=1&by=product"))["items"]
        assert (by_product["itemId"], by_product["orders"], by_product["quantity"]) == (shirt["id"], 2, 5)
        assert (by_product["options"], by_product["sku"], by_product["name"]) == ({}, None, "Shirt")
    dashboard = await shown(admin, PATHS["dashboard"])
    assert [item["options"] for item in dashboard["topItems"]] == [{"Size": "M"}, {"Size": "S"}]
    low = {item["itemId"]: item["options"] for item in dashboard["lowStock"]}
    assert low[medium["id"]] == {"Size": "M"}
