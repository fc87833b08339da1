"""The contract on how admins see and advance all orders."""

from zoneinfo import ZoneInfo

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import (
    Json,
    Number,
    a_name,
    buy,
    exact,
    history_of,
    new_product,
    order_of,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio

ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"


async def listed(admin: httpx.AsyncClient, **query: str) -> Json:
    answer = await admin.get("/api/admin/orders", params={"page": "1", **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ids(admin: httpx.AsyncClient, **query: str) -> list[str]:
    return [order["id"] for order in (await listed(admin, **query))["items"]]


async def move(admin: httpx.AsyncClient, order: Json, status: str, **more: object) -> httpx.Response:
    return await admin.put(f"/api/admin/orders/{order['id']}", json={"status": status, **more})


async def a_paid_order(shop: ShopHarness, admin: httpx.AsyncClient, client: httpx.AsyncClient) -> Json:
    order = await buy(client, await new_product(admin, stock=5), 2)
    await shop.pay(order)
    return order


class TestList:
    async def test_an_admin_row_extends_the_customers_view(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        name = a_name("Customer")
        client = await shop.customer(name)
        order = await a_paid_order(shop, admin, client)
        [own] = exact(await client.get("/api/orders?page=1"))["items"]
        answer = await admin.get("/api/admin/orders", params={"page": 1, "username": name.upper()})
        [row] = exact(answer)["items"]
        contact = {"contactName": None, "contactEmail": None}
        more = {"username": name, "refundedTotal": Number("0.00"), "itemCount": 2, **contact}
        assert row == {**own, **more}
        assert (await listed(admin, username=name))["total"] == 1
        await move(admin, order, "cancelled")
        [row] = (await listed(admin, username=name))["items"]
        assert (row["status"], row["refundedTotal"]) == ("cancelled", 25)

    async def test_the_list_is_newest_first_without_duplicates(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        name = a_name("customer")
        client, product = await shop.customer(name), await new_product(admin, stock=9)
        made = []
        for _ in range(5):
            made.append((await buy(client, product))["id"])
            shop.clock.advance(seconds=1)
        pages = [await ids(admin, username=name, page=str(page), limit="2") for page in (1, 2, 3, 4)]
        newest = made[::-1]
        assert pages == [newest[:2], newest[2:4], newest[4:], []]
        assert (await ids(admin))[:5] == newest

    async def test_filters_are_combined(
        self, shop: ShopHarness, admin: httpx.AsyncClient, bob: httpx.AsyncClient
    ) -> None:
        name = a_name("customer")
        client = await shop.customer(name)
        paid, unpaid = await a_paid_order(shop, admin, client), await buy(client, await new_product(admin))
        await a_paid_order(shop, admin, bob)
        assert await ids(admin, username=name, status="paid") == [paid["id"]]
        assert await ids(admin, username=name, status="pending") == [unpaid["id"]]
        assert paid["id"] in await ids(admin, status="paid", limit="100")
        assert await ids(admin, username=a_name("nobody")) == []
        assert await ids(admin, username="") == []

    async def test_days_are_those_of_the_shop(self) -> None:
        async with shop_harness(time_zone=ZoneInfo("Pacific/Auckland")) as shop:  # 13 hours ahead of UTC
            admin, ada = await shop.admin(), await shop.customer()
            order = await buy(ada, await new_product(admin))
            assert order["createdAt"] == "2026-01-05T09:00:00Z"
            shop.clock.advance(hours=2)
            admin, ada = await shop.log_in("owner"), await shop.log_in("ada")
            later = await buy(ada, await new_product(admin))
            first, second = [order["id"]], [later["id"]]
            for query, expected in (
                ({"to": "2026-01-05"}, first),
                ({"from": "2026-01-06"}, second),
                ({"from": "2026-01-05", "to": "2026-01-06"}, second + first),
                ({"from": "2026-01-05T09:00:00Z", "to": "2026-01-05T11:00:00Z"}, first),
                ({"from": "2026-01-05T09:00:00.000001Z"}, second),
                ({"from": "2026-01-07"}, []),
            ):
                assert await ids(admin, **query) == expected, query

    async def test_invalid_query_parameters_are_refused(self, admin: httpx.AsyncClient) -> None:
        for query, field in (
            ({"from": "2026-02-01", "to": "2026-01-31"}, "from"),
            ({"from": "soon"}, "from"),
            ({"to": "2026-01-31T12:00:00"}, "to"),
            ({"status": "lost"}, "status"),
            ({"page": "0"}, "page"),
        ):
            answer = await admin.get("/api/admin/orders", params={"page": "1", **query})
            assert refused(answer, 400, "VALIDATION_FAILED").keys() == {field}
        refused(await admin.get("/api/admin/orders"), 400, "VALIDATION_FAILED")


class TestSteps:
    async def test_an_order_is_shipped_and_delivered(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await a_paid_order(shop, admin, ada)
        shipped = await move(admin, order, "shipped", reason="  by bike ")
        assert shipped.status_code == 200
        assert shipped.json()["status"] == "shipped"
        assert shipped.json()["statusHistory"][-1]["reason"] == "by bike"
        delivered = await move(admin, order, "delivered")
        assert delivered.json() == await order_of(ada, order)
        assert delivered.headers["etag"] == (await admin.get(f"/api/orders/{order['id']}")).headers["etag"]
        assert history_of(delivered.json()) == ["pending", "paid", "shipped", "delivered"]
        assert "reason" not in delivered.json()["statusHistory"][-1]

    @pytest.mark.parametrize("paid", [False, True])
    async def test_a_cancellation_says_why(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, paid: bool
    ) -> None:
        product = await new_product(admin, stock=5)
        order = await buy(ada, product, 2)
        if paid:
            await shop.pay(order)
        cancelled = (await move(admin, order, "cancelled", reason="Broken in the store room")).json()
        assert cancelled == await order_of(ada, order)
        assert cancelled["status"] == "cancelled"
        assert cancelled["statusHistory"][-1]["reason"] == "Broken in the store room"
        assert cancelled["refundedTotal"] == (25 if paid else 0)
        assert await stock_of(admin, product) == 5

    @pytest.mark.parametrize("blank", [None, " "])
    async def test_a_cancellation_without_a_reason_says_who_cancelled(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient, blank: str | None
    ) -> None:
        order = await buy(ada, await new_product(admin))
        cancelled = await move(admin, order, "cancelled", reason=blank)
        assert cancelled.status_code == 200
        assert cancelled.json()["statusHistory"][-1]["reason"] == "cancelled by the shop"
        refused(await move(admin, order, "cancelled", reason=blank), 409, "ORDER_STATUS_CONFLICT")

    async def test_the_note_survives_a_provider_outage(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await a_paid_order(shop, admin, ada)
        shop.payments.reachable = False
        waiting = (await move(admin, order, "cancelled", reason="Recalled")).json()
        assert (waiting["status"], waiting["statusHistory"][-1]["reason"]) == ("cancelling", "Recalled")
        assert (await move(admin, order, "cancelled", reason="Again")).json() == waiting
        refused(await move(admin, order, "shipped"), 409, "ORDER_STATUS_CONFLICT")
        shop.payments.reachable = True
        shop.clock.advance(minutes=5)
        await shop.work()
        ended = await order_of(ada, order)
        assert history_of(ended) == ["pending", "paid", "cancelling", "cancelled"]
        assert ended["statusHistory"][-1]["reason"] == "Recalled"

    async def test_forbidden_steps_change_nothing(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await buy(ada, await new_product(admin))
        for status in ("shipped", "delivered"):
            refused(await move(admin, order, status), 409, "ORDER_STATUS_CONFLICT")
        await shop.pay(order)
        refused(await move(admin, order, "delivered"), 409, "ORDER_STATUS_CONFLICT")
        await move(admin, order, "shipped")
        before = await order_of(ada, order)
        for status in ("shipped", "cancelled"):
            refused(await move(admin, order, status), 409, "ORDER_STATUS_CONFLICT")
        assert await order_of(ada, order) == before

    async def test_admins_can_take_only_these_steps(self, admin: httpx.AsyncClient) -> None:
        for status in ("paid", "refunded", "pending", "cancelling", "", None, 1):
            answer = await admin.put(f"/api/admin/orders/{ID}", json={"status": status})
            assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"status"}
        for reason in ("a" * 501, 1, []):
            answer = await admin.put(f"/api/admin/orders/{ID}", json={"status": "shipped", "reason": reason})
            assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"reason"}

    async def test_an_unknown_order_is_not_found(self, admin: httpx.AsyncClient) -> None:
        for order_id in (ID, "nonsense"):
            for status in ("shipped", "delivered", "cancelled"):
                refused(await move(admin, {"id": order_id}, status), 404, "NOT_FOUND")

    async def test_a_stale_state_is_refused(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await a_paid_order(shop, admin, ada)
        for status in ("shipped", "cancelled"):
            answer = await admin.put(
                f"/api/admin/orders/{order['id']}", json={"status": status}, headers={"If-Match": '"1"'}
            )
            refused(answer, 412, "PRECONDITION_FAILED")
        assert (await order_of(ada, order))["status"] == "paid"

    async def test_a_read_order_can_be_sent_back_with_the_next_status(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await a_paid_order(shop, admin, ada)
        current = await order_of(admin, order)
        moved = (
            await admin.put(f"/api/admin/orders/{order['id']}", json={**current, "status": "shipped"})
        ).json()
        assert {**moved, "status": "paid", "statusHistory": moved["statusHistory"][:-1]} == current
        nonsense = {**dict.fromkeys(current, 5), "status": "delivered"}
        assert (await admin.put(f"/api/admin/orders/{order['id']}", json=nonsense)).status_code == 200


async def test_orders_are_found_by_number_name_address_and_username(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    username = a_name("finder")
    ada = await shop.customer(username)
    product = await new_product(admin, stock=5)
    contact = {"name": "Zoë Quillfeather", "email": f"{username}@quill.example"}
    order = await buy(ada, product, contact=contact)
    for words in (order["number"], "quillfeather", f"{username}@QUILL", username):
        assert await ids(admin, q=words) == [order["id"]], words
    assert await ids(admin, q="quillfeather", status="paid") == []
    assert await ids(admin, q="  ") == await ids(admin)
    [row] = (await listed(admin, q=order["number"]))["items"]
    assert (row["contactName"], row["contactEmail"]) == (contact["name"], contact["email"])
    refused(await admin.get("/api/admin/orders?page=1&q=" + "x" * 255), 400, "VALIDATION_FAILED")


async def test_staff_see_the_customer_and_the_reasons_of_refunds(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    username = a_name("owner")
    ada = await shop.customer(username)
    order = await buy(ada, await new_product(admin, stock=5), 2)
    await shop.pay(order)
    items = [{"itemId": order["items"][0]["itemId"], "quantity": 1}]
    refund = {"items": items, "reason": "A scratch", "restock": True}
    assert (await admin.post(f"/api/admin/orders/{order['id']}/refunds", json=refund)).status_code == 201
    shown = (await admin.get(f"/api/admin/orders/{order['id']}")).json()
    assert shown["username"] == username
    [made] = shown["refunds"]
    assert {"items": made["items"], "reason": made["reason"], "restock": made["restock"]} == refund
    [own] = (await ada.get(f"/api/orders/{order['id']}")).json()["refunds"]
    assert own.keys() == {"id", "amount", "tax", "status", "createdAt", "creditNoteNumber"}


async def test_a_guest_s_order_has_no_username(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=5)
    guest = await shop.open_client()
    token = (await guest.post("/api/carts")).json()["cartToken"]
    body = {"items": [{"itemId": product["id"], "quantity": 1}], "contact": {"email": "guest@example.com"}}
    answer = await guest.post("/api/orders", json=body, headers={"Cart-Token": token})
    assert answer.status_code == 201, answer.text
    order_id = answer.json()["order"]["id"]
    assert (await admin.get(f"/api/admin/orders/{order_id}")).json()["username"] is None
