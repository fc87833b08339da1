"""The contract on figures: customers' own, admins' and public ones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import (
    Json,
    Number,
    buy,
    cancel,
    exact,
    new_customer,
    new_product,
    new_promo_code,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio

NAMES = {
    "own": "/api/orders/statistics",
    "own items": "/api/orders/statistics/items?page=1",
    "dashboard": "/api/admin/dashboard",
    "items": "/api/admin/statistics/items?page=1",
    "public": "/api/dashboard",
}


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    """A shop of this test's own, in Berlin, where it is five minutes to March."""
    async with shop_harness(
        time_zone=ZoneInfo("Europe/Berlin"), access_token_ttl=timedelta(days=365)
    ) as opened:
        await opened.admin("owner")
        opened.clock.advance(
            seconds=(datetime(2026, 2, 28, 22, 55, tzinfo=UTC) - opened.clock.now()).total_seconds()
        )
        yield opened


async def paid(
    shop: ShopHarness, client: httpx.AsyncClient, product: Json, quantity: int = 1, **terms: Any
) -> Json:
    order = await buy(client, product, quantity, **terms)
    if order["total"]:
        assert (await shop.pay(order)).status_code == 200
    return order


async def shown(client: httpx.AsyncClient, path: str) -> Json:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


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
    body = exact(await ada.get(NAMES["own"]))
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
    page = exact(await ada.get(NAMES["own items"]))
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


async def test_statistics_are_of_a_time(
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
    body = await shown(ada, NAMES["own"])
    assert (body["orders"], body["spent"], body["averageOrder"]) == (0, 0, None)
    assert (body["firstOrderAt"], body["lastOrderAt"], body["byMonth"], body["topItems"]) == (
        None,
        None,
        [],
        [],
    )
    assert (await shown(ada, NAMES["own items"]))["total"] == 0


async def test_users_see_only_their_own_statistics(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await paid(shop, ada, await new_product(admin))
    assert (await shown(bob, NAMES["own"]))["orders"] == 0
    for name in ("own", "own items", "dashboard", "items"):
        refused(await shop.client.get(NAMES[name]), 401, "UNAUTHENTICATED")
    for name in ("dashboard", "items"):
        refused(await bob.get(NAMES[name]), 403, "FORBIDDEN")


async def test_an_invalid_time_is_refused(admin: httpx.AsyncClient) -> None:
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
            separator = "&" if "?" in NAMES[name] else "?"
            answer = await admin.get(f"{NAMES[name]}{separator}{query}")
            assert set(refused(answer, 400, "VALIDATION_FAILED")) <= {"from", "to"}


async def test_the_admins_dashboard(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    mug, lamp = await new_product(admin, 12.5, 4), await new_product(admin, 99.99, 500)
    code = await new_promo_code(admin, 50)
    first = await paid(shop, ada, mug, 3, promoCode=code)
    await buy(bob, lamp)
    shop.clock.advance(minutes=10)
    await paid(shop, bob, lamp, 2)
    shop.clock.advance(days=1)
    await cancel(ada, first)
    body = exact(await admin.get("/api/admin/dashboard?from=2026-02-27&to=2026-03-02"))
    assert body["totals"] == {
        "disputesLost": Number("0.00"),
        "orders": 2,
        "itemsSold": 5,
        "grossRevenue": Number("237.48"),
        "discounts": Number("18.75"),
        "refunds": Number("18.75"),
        "netRevenue": Number("199.98"),
        "shipping": Number("0.00"),
        "tax": Number("0.00"),
        "taxAdded": Number("0.00"),
        "averageOrder": Number("109.37"),  # 109.365
        "newCustomers": 2,
    }
    assert [
        (day["period"], day["orders"], day["itemsSold"], day["netRevenue"]) for day in body["series"]
    ] == [
        ("2026-02-27", 0, 0, Number("0.00")),
        ("2026-02-28", 1, 3, Number("18.75")),
        ("2026-03-01", 1, 2, Number("199.98")),
        ("2026-03-02", 0, 0, Number("-18.75")),
    ]
    statuses = {status: count for status, count in body["ordersByStatus"].items() if count}
    assert statuses == {"pending": 1, "paid": 1, "cancelled": 1}
    assert [(item["itemId"], item["revenue"]) for item in body["topItems"]] == [
        (lamp["id"], Number("199.98")),
        (mug["id"], Number("0.00")),
    ]
    assert body["promoCodes"] == [
        {"code": code, "orders": 1, "discount": Number("18.75"), "revenue": Number("0.00")}
    ]
    assert await stock_of(admin, mug) == 4
    [low] = body["lowStock"]
    assert low == {
        "itemId": mug["id"],
        "productId": mug["id"],
        "sku": None,
        "name": "Mug",
        "options": {},
        "stock": 4,
        "soldIn30Days": 3,
        "daysOfStockLeft": 40,
    }
    assert (body["currency"], body["timeZone"], body["granularity"]) == ("USD", "Europe/Berlin", "day")
    for granularity, periods in (
        ("week", ["2026-W09", "2026-W10"]),
        ("month", ["2026-02", "2026-03"]),
    ):
        body = await shown(admin, f"/api/admin/dashboard?granularity={granularity}")
        assert [each["period"] for each in body["series"]] == periods
        assert sum(each["netRevenue"] for each in body["series"]) == pytest.approx(199.98)
    refused(await admin.get("/api/admin/dashboard?granularity=year"), 400, "VALIDATION_FAILED")
    body = await shown(admin, "/api/admin/dashboard?from=1970-01-01&to=2999-12-31")
    assert [each["period"] for each in body["series"]] == ["2026-02-28", "2026-03-01", "2026-03-02"]


@pytest.mark.parametrize("times", ["", "?from=1970-01-01&to=2999-12-31"])
async def test_a_shop_that_sold_nothing_has_a_dashboard(admin: httpx.AsyncClient, times: str) -> None:
    body = await shown(admin, f"/api/admin/dashboard{times}")
    assert body["totals"]["averageOrder"] is None
    assert body["series"] == body["topItems"] == body["promoCodes"] == body["insights"] == []


async def test_a_series_of_more_than_ten_years_of_days_is_refused(
    shop: ShopHarness, ada: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    await paid(shop, ada, product)
    shop.clock.advance(days=3_661)
    ada, admin = await new_customer(shop), await shop.admin("heir")
    await paid(shop, ada, product)
    refusal = refused(await admin.get("/api/admin/dashboard"), 400, "VALIDATION_FAILED")
    assert "3660 days" in refusal["from"]
    body = await shown(admin, "/api/admin/dashboard?granularity=month")
    assert len(body["series"]) == 122


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


async def test_the_public_dashboard(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, 12.5, 2)
    shop.clock.advance(seconds=1)
    lamp = await new_product(admin, 50, compareAtPrice=80)
    shop.clock.advance(seconds=1)
    await new_product(admin, 50, 0, active=False, compareAtPrice=80)
    await new_product(admin, 50, 1, compareAtPrice=50)
    secret, public = await new_promo_code(admin), await new_promo_code(admin, 5, "fixed", public=True)
    await new_promo_code(admin, public=True, startsAt="2027-01-01T00:00:00Z")
    await new_promo_code(admin, public=True, active=False)
    await paid(shop, ada, mug, 2)
    body = await shown(shop.client, NAMES["public"])
    assert body["productsAvailable"] == 2
    assert [product["id"] for product in body["topSellers"]] == [mug["id"]]
    assert [product["id"] for product in body["newest"]][1:] == [lamp["id"], mug["id"]]
    assert [product["id"] for product in body["onSale"]] == [lamp["id"]]
    assert [(code["code"], code["value"], code["type"]) for code in body["promoCodes"]] == [
        (public, 5, "fixed")
    ]
    assert secret not in str(body)
    assert (body["signUp"]["method"], body["signUp"]["path"]) == ("POST", "/api/auth/signup")
    assert body["signUp"]["offers"]
    # One's own writes show at once.
    await admin.patch(f"/api/products/{lamp['id']}", json={"compareAtPrice": None})
    await admin.patch(f"/api/promo-codes/{public}", json={"active": False})
    body = await shown(shop.client, NAMES["public"])
    assert body["onSale"] == body["promoCodes"] == []


class TestInsights:
    async def test_each_suggestion_can_be_sent_with_what_it_asks_for(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        dead, unsold = await new_product(admin, 10, name="Dead"), await new_product(admin, 10, name="Unsold")
        reduced = await new_product(admin, 20, 90, name="Reduced")
        dearer = await new_product(admin, 10, 90, name="Dearer")
        scarce = await new_product(admin, 10, 33, name="Scarce")
        code = await new_promo_code(admin, 90)
        shop.clock.advance(days=25)
        await paid(shop, ada, unsold)
        shop.clock.advance(days=15)
        await paid(shop, ada, reduced, 3)
        await paid(shop, ada, dearer, 5)
        shop.clock.advance(days=35)
        await admin.patch(f"/api/products/{reduced['id']}", json={"price": 15, "compareAtPrice": 20})
        await admin.patch(f"/api/products/{dearer['id']}", json={"price": 12})
        shop.clock.advance(days=19)
        await paid(shop, ada, reduced, 2)
        await paid(shop, ada, dearer, 1)
        for _ in range(3):
            await paid(shop, ada, scarce, 10, promoCode=code)
        body = await shown(admin, NAMES["dashboard"])
        by_kind = {insight["kind"]: insight for insight in body["insights"]}
        assert {kind: insight["itemId"] for kind, insight in by_kind.items()} == {
            "sells_out_soon": scarce["id"],
            "no_sale": unsold["id"],
            "sale_without_effect": reduced["id"],
            "price_above_what_sold_better": dearer["id"],
            "dead_stock": dead["id"],
            "promo_code_loses_money": None,
        }
        for insight in body["insights"]:
            assert insight["message"]
            assert insight["evidence"]
            suggestion = insight["suggestion"]
            asked = dict.fromkeys(suggestion["asks"], 30)
            body = {**suggestion["body"], **asked}
            answer = await admin.request(suggestion["method"], suggestion["path"], json=body)
            assert answer.status_code == 200, (insight, answer.text)
        assert await stock_of(admin, scarce) == 33
        restock = by_kind["sells_out_soon"]["suggestion"]
        assert (restock["asks"], "change" in restock["body"]) == (["change"], False)
        refused(await admin.post(restock["path"], json=restock["body"]), 400, "VALIDATION_FAILED")
        left = {insight["kind"] for insight in (await shown(admin, NAMES["dashboard"]))["insights"]}
        assert not left & {
            "sells_out_soon",
            "sale_without_effect",
            "price_above_what_sold_better",
            "promo_code_loses_money",
        }


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
    dashboard = await shown(admin, NAMES["dashboard"])
    assert [item["options"] for item in dashboard["topItems"]] == [{"Size": "M"}, {"Size": "S"}]
    low = {item["itemId"]: item["options"] for item in dashboard["lowStock"]}
    assert low[medium["id"]] == {"Size": "M"}
