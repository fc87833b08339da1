"""Admin lists: inactive products, all refunds, and users by name prefix."""

from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.shopping import Json, Number, a_name, buy, exact, new_product, refused

pytestmark = pytest.mark.anyio

LISTS = ["/api/admin/products", "/api/admin/refunds", "/api/users"]


async def listed(admin: httpx.AsyncClient, path: str, **query: Any) -> Json:
    answer = await admin.get(path, params={"page": "1", **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def as_listed(product: Json) -> Json:
    """A product without options, as lists show it."""
    of_variants = {"priceFrom": product["price"], "priceTo": product["price"], "variantCount": 1}
    return {name: value for name, value in product.items() if name != "variants"} | of_variants


@pytest.mark.parametrize("path", LISTS)
async def test_lists_need_an_admin(shop: ShopHarness, ada: httpx.AsyncClient, path: str) -> None:
    refused(await shop.client.get(path, params={"page": 1}), 401, "UNAUTHENTICATED")
    refused(await ada.get(path, params={"page": 1}), 403, "FORBIDDEN")


@pytest.mark.parametrize("path", LISTS)
async def test_lists_have_pages(admin: httpx.AsyncClient, path: str) -> None:
    past = await listed(admin, path, page=1_000_000, limit=100)
    assert past.keys() == {"page", "limit", "total", "items"}
    assert (past["page"], past["limit"], past["items"]) == (1_000_000, 100, [])
    for query, field in (
        ({}, "page"),
        ({"page": "0"}, "page"),
        ({"page": "1000001"}, "page"),
        ({"page": "one"}, "page"),
        ({"page": "1", "limit": "0"}, "limit"),
        ({"page": "1", "limit": "101"}, "limit"),
    ):
        answer = await admin.get(path, params=query)
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {field}


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/api/admin/products", "active", "perhaps"),
        ("/api/admin/products", "active", ""),
        ("/api/admin/refunds", "status", "lost"),
        ("/api/admin/refunds", "status", ""),
        ("/api/users", "search", "a" * 255),
    ],
)
async def test_invalid_query_parameters_are_refused(
    admin: httpx.AsyncClient, path: str, field: str, value: str
) -> None:
    answer = await admin.get(path, params={"page": 1, field: value})
    assert refused(answer, 400, "VALIDATION_FAILED").keys() == {field}


class TestProducts:
    async def test_inactive_products_are_found_and_reactivated(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        made = await new_product(admin, compareAtPrice=20, category=a_name("Category"))
        path = f"/api/products/{made['id']}"
        shop.clock.advance(seconds=1)
        off = exact(await admin.patch(path, json={"active": False}))
        assert (await shop.client.get(path)).status_code == 404
        answer = await admin.get("/api/admin/products?page=1&limit=1&active=false")
        assert exact(answer)["items"] == [as_listed(off)]
        assert off["price"] == Number("12.50")
        shop.clock.advance(seconds=1)
        again = await admin.patch(path, json={"active": True, "version": off["version"]})
        assert again.status_code == 200
        [first] = (await listed(admin, "/api/admin/products", limit=1, active="true"))["items"]
        assert first == as_listed(again.json())
        remaining = (await listed(admin, "/api/admin/products", limit=100, active="false"))["items"]
        assert made["id"] not in {item["id"] for item in remaining}

    async def test_all_products_are_the_active_and_the_inactive_ones(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        shop.clock.advance(seconds=1)
        on, off = await new_product(admin), await new_product(admin, active=False)
        gone = await new_product(admin)
        assert (await admin.delete(f"/api/products/{gone['id']}")).status_code == 200
        every, listed_only, switched_off = [
            (await listed(admin, "/api/admin/products", **query))["total"]
            for query in ({}, {"active": "true"}, {"active": "false"})
        ]
        assert every == listed_only + switched_off
        newest = (await listed(admin, "/api/admin/products", limit=2))["items"]
        assert [item["id"] for item in newest] == sorted([on["id"], off["id"]], reverse=True)

    async def test_admin_lists_are_not_cached(self, admin: httpx.AsyncClient) -> None:
        made = await new_product(admin, active=False, stock=3)
        query = {"limit": "100", "active": "false"}
        for stock in (3, 8):
            shown = (await listed(admin, "/api/admin/products", **query))["items"]
            assert [item["stock"] for item in shown if item["id"] == made["id"]] == [stock]
            await admin.post(f"/api/products/{made['id']}/stock", json={"change": 5})


class TestRefunds:
    async def test_every_refund_is_listed_newest_first(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        name = a_name("customer")
        ada = await shop.customer(name)
        order = await buy(ada, await new_product(admin, stock=5), 2)
        await shop.pay(order)
        made = []
        one = [{"itemId": order["items"][0]["itemId"], "quantity": 1}]
        for terms in ({"amount": 4}, {"amount": 1.25, "items": one, "restock": True}):
            shop.clock.advance(seconds=1)
            answer = await admin.post(
                f"/api/admin/orders/{order['id']}/refunds", json={"reason": "A scratch", **terms}
            )
            assert answer.status_code == 201
            made.append(answer.json()["refund"]["id"])
        newest = exact(await admin.get("/api/admin/refunds?page=1&limit=2"))["items"]
        assert newest[0] == {
            "id": made[1],
            "orderId": order["id"],
            "orderNumber": order["number"],
            "username": name,
            "amount": Number("1.25"),
            "currency": "USD",
            "status": "succeeded",
            "reason": "A scratch",
            "restock": True,
            "createdAt": newest[0]["createdAt"],
            "items": one,
            "failureReason": None,
        }
        assert newest[0]["createdAt"] == f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        assert newest[1] == newest[0] | {
            "id": made[0],
            "amount": Number("4.00"),
            "restock": False,
            "items": [],
            "createdAt": newest[1]["createdAt"],
        }
        [second] = (await listed(admin, "/api/admin/refunds", page=2, limit=1))["items"]
        assert second["id"] == made[0]

    async def test_refunds_of_cancellations_are_listed_as_pending(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await buy(ada, await new_product(admin))
        await shop.pay(order)
        shop.clock.advance(seconds=1)
        shop.payments.reachable = False
        await ada.post(f"/api/orders/{order['id']}/cancel")
        [waiting] = (await listed(admin, "/api/admin/refunds", status="pending"))["items"]
        assert (waiting["orderId"], waiting["amount"]) == (order["id"], 12.5)
        shop.payments.reachable = True
        shop.clock.advance(minutes=5)
        await shop.work()
        assert (await listed(admin, "/api/admin/refunds", status="pending"))["total"] == 0
        [newest] = (await listed(admin, "/api/admin/refunds", status="succeeded", limit=1))["items"]
        assert newest == waiting | {"status": "succeeded"}


class TestUsers:
    async def test_a_prefix_finds_its_users(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        client = await shop.customer(a_name("Grace"))
        me = (await client.get("/api/auth/me")).json()
        profile = {"displayName": "Zoë Müller", "email": f"{me['username']}.x@example.com"}
        await client.put("/api/users/me", json={"profile": profile})
        for search in (me["username"].upper(), "ZOE MU", "zoë", f" {me['username']}.X@"):
            found = await listed(admin, "/api/users", search=search)
            assert [user["id"] for user in found["items"]] == [me["id"]], search
            assert found["total"] == 1
        for search in ("Müller", "zo%", "_race", "grace%", "zoe\\"):
            assert (await listed(admin, "/api/users", search=search))["items"] == []

    async def test_a_blank_search_finds_all_users(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        everybody = await listed(admin, "/api/users")
        assert everybody["total"] > 1
        for blank in ("", " "):
            assert await listed(admin, "/api/users", search=blank) == everybody
