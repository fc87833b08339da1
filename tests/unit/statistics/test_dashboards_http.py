"""The administrators' dashboard with its insights, and the public dashboard."""

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
    new_customer,
    new_product,
    new_promo_code,
    refused,
    stock_of,
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
    body = await shown(shop.client, PATHS["public"])
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
    # A change by the same process is visible immediately.
    await admin.patch(f"/api/products/{lamp['id']}", json={"compareAtPrice": None})
    await admin.patch(f"/api/promo-codes/{public}", json={"active": False})
    body = await shown(shop.client, PATHS["public"])
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
        body = await shown(admin, PATHS["dashboard"])
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
        left = {insight["kind"] for insight in (await shown(admin, PATHS["dashboard"]))["insights"]}
        assert not left & {
            "sells_out_soon",
            "sale_without_effect",
            "price_above_what_sold_better",
            "promo_code_loses_money",
        }
