"""The contract on orders: visibility, payment, and immutability."""

from typing import Any

import httpx
import pytest

from shop.testing import PASSWORD, START, ShopHarness
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    cancel,
    exact,
    history_of,
    new_customer,
    new_product,
    new_promo_code,
    order_of,
    put_into_cart,
    refused,
    ship,
    stock_of,
)

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
UNKNOWN_IDS = [
    UNKNOWN_ID,
    UNKNOWN_ID.upper(),
    "0",
    "statistics-of",
    "%20",
    "%C3%A9",
    "a%2Fb",
    "'%20OR%201=1--",
    "a" * 2000,
]


async def test_own_orders_are_listed_newest_first(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=12.5)
    code = await new_promo_code(admin, 10)
    orders = []
    for quantity in (1, 2, 1):
        orders.append(await buy(ada, product, quantity, promoCode=code))
        shop.clock.advance(seconds=1)
    orders.append(await buy(ada, product))  # placed at the same time as the next one
    orders.append(await buy(ada, product))
    listed = await ada.get("/api/orders?page=1")
    assert listed.status_code == 200
    page = listed.json()
    assert (page["page"], page["limit"], page["total"]) == (1, 20, 5)
    assert [row["id"] for row in page["items"][2:]] == [orders[number]["id"] for number in (2, 1, 0)]
    assert {row["id"] for row in page["items"][:2]} == {orders[3]["id"], orders[4]["id"]}
    fields = ("id", "number", "status", "createdAt", "subtotal", "discount", "total", "currency")
    second = next(row for row in exact(listed)["items"] if row["id"] == orders[1]["id"])
    whole = exact(await ada.get(f"/api/orders/{orders[1]['id']}"))
    assert second == {field: whole[field] for field in fields}


async def test_the_list_has_only_own_orders(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await buy(ada, await new_product(admin))
    for other in (bob, admin):
        page = (await other.get("/api/orders?page=1")).json()
        assert page["items"] == []
        assert page["total"] == 0


async def test_the_list_can_be_filtered_by_status(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    pending, failed, paid, cancelled = [await buy(ada, product) for _ in range(4)]
    await shop.pay(failed, "failed")
    await shop.pay(paid)
    await cancel(ada, cancelled)
    by_status = {"pending": pending, "failed": failed, "paid": paid, "cancelled": cancelled}
    for status, order in by_status.items():
        page = (await ada.get(f"/api/orders?page=1&status={status}")).json()
        assert [(row["id"], row["status"]) for row in page["items"]] == [(order["id"], status)]
        assert page["total"] == 1
    for status in ("shipped", "delivered", "refunded", "cancelling"):
        assert (await ada.get(f"/api/orders?page=1&status={status}")).json()["total"] == 0


@pytest.mark.parametrize("status", ["", "open", "PAID", "1", "%F0%9F%9B%92", "paid,failed"])
async def test_unknown_statuses_are_refused(ada: httpx.AsyncClient, status: str) -> None:
    answer = await ada.get(f"/api/orders?page=1&status={status}")
    assert "status" in refused(answer, 400, "VALIDATION_FAILED")


async def test_order_numbers_are_unique(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=50)
    numbers = {(await buy(ada, product))["number"] for _ in range(30)}
    assert len(numbers) == 30


async def test_owners_and_admins_see_an_order(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin))
    assert await order_of(ada, order) == order
    payment = {"provider": "sandbox", "status": "pending"}  # only the buyer sees the client secret
    assert await order_of(admin, order) == {**order, "payment": payment}


async def test_orders_of_other_users_are_not_found(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    for method, path in (("GET", ""), ("POST", "/payment"), ("POST", "/cancel"), ("DELETE", "")):
        there = await bob.request(method, f"/api/orders/{order['id']}{path}")
        nowhere = await bob.request(method, f"/api/orders/{UNKNOWN_ID}{path}")
        assert refused(there, 404, "NOT_FOUND") == refused(nowhere, 404, "NOT_FOUND")
        assert there.text == nowhere.text
    refused(await admin.post(f"/api/orders/{order['id']}/payment"), 404, "NOT_FOUND")
    assert await order_of(ada, order) == order


@pytest.mark.parametrize("order_id", UNKNOWN_IDS)
async def test_an_unknown_order_is_not_found(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, order_id: str
) -> None:
    for client in (ada, admin):
        for method, path in (("GET", ""), ("POST", "/payment"), ("POST", "/cancel"), ("DELETE", "")):
            refused(await client.request(method, f"/api/orders/{order_id}{path}"), 404, "NOT_FOUND")


async def test_a_payment_makes_an_order_paid(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.clock.advance(seconds=90)
    assert (await shop.pay(order)).status_code == 200
    paid = await order_of(ada, order)
    assert paid["status"] == "paid"
    assert paid["payment"] == {"provider": "sandbox", "status": "succeeded"}  # nothing to confirm any more
    assert history_of(paid) == ["pending", "paid"]
    assert paid["statusHistory"][0] == order["statusHistory"][0]
    assert paid["statusHistory"][1]["at"] > order["createdAt"]


async def test_a_declined_card_can_be_tried_again(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=5)
    order = await buy(ada, product)
    await shop.pay(order, "failed")
    failed = await order_of(ada, order)
    assert (failed["status"], failed["payment"]["status"]) == ("failed", "failed")
    assert failed["statusHistory"][-1]["reason"]
    assert failed["payment"]["clientSecret"]
    assert await stock_of(admin, product) == 4
    again = await ada.post(f"/api/orders/{order['id']}/payment")
    assert again.status_code == 200
    await shop.pay(again.json()["order"], "failed")
    await shop.pay(again.json()["order"])
    paid = await order_of(ada, order)
    assert history_of(paid) == ["pending", "failed", "paid"]
    assert paid["payment"]["status"] == "succeeded"


async def test_the_valid_client_secret_is_given_again(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    asked = await ada.post(f"/api/orders/{order['id']}/payment")
    assert asked.status_code == 200
    assert asked.json() == {"order": order}
    assert order["payment"]["clientSecret"]


async def test_a_payment_that_the_provider_ended_is_replaced(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    [intent] = await shop.payments.intents_of(order["id"], START)
    await shop.payments.cancel_intent(intent.id)
    asked = (await ada.post(f"/api/orders/{order['id']}/payment")).json()["order"]
    assert asked["payment"]["status"] == "pending"
    assert asked["payment"]["clientSecret"] != order["payment"]["clientSecret"]
    assert (await shop.pay(order)).status_code == 409
    await shop.pay(asked)
    assert (await order_of(ada, order))["status"] == "paid"


async def test_without_the_provider_no_payment_is_opened(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.payments.reachable = False
    answer = await ada.post(f"/api/orders/{order['id']}/payment")
    refused(answer, 503, "PAYMENT_PROVIDER_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    shop.payments.reachable = True
    assert (await ada.post(f"/api/orders/{order['id']}/payment")).status_code == 200


async def test_paid_or_final_orders_cannot_be_paid(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    paid, cancelled, shipped = [await buy(ada, product) for _ in range(3)]
    await shop.pay(paid)
    await cancel(ada, cancelled)
    await shop.pay(shipped)
    await ship(shop, shipped)
    for order, status in ((paid, "paid"), (cancelled, "cancelled"), (shipped, "shipped")):
        answer = await ada.post(f"/api/orders/{order['id']}/payment")
        assert refused(answer, 409, "ORDER_NOT_PAYABLE")["status"] == status


async def test_later_changes_do_not_affect_the_order_snapshot(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=12.5, name="Mug", sku=a_name("SKU"))
    code = await new_promo_code(admin, 10)
    buyer = a_name("buyer")
    client = await shop.customer(buyer)
    contact = {"name": "Bea", "email": "bea@example.com", "phone": "1"}
    order = await buy(client, product, 2, promoCode=code, contact=contact)
    agreed = unchanging_fields(order)
    address = f"/api/products/{product['id']}"
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", address, {"name": "Cup", "price": 99, "sku": a_name("SKU"), "active": False}),
        ("DELETE", address, None),
        ("PATCH", f"/api/promo-codes/{code}", {"value": 50, "active": False}),
        ("DELETE", f"/api/promo-codes/{code}", None),
    ]
    for method, path, body in changes:
        assert (await admin.request(method, path, json=body)).status_code == 200
        assert unchanging_fields(await order_of(client, order)) == agreed
    await shop.pay(order)
    assert unchanging_fields(await order_of(client, order)) == agreed
    assert (await client.put("/api/users/me", json={"profile": {"displayName": "Zoe"}})).status_code == 200
    assert unchanging_fields(await order_of(client, order)) == agreed
    await cancel(client, order)
    assert unchanging_fields(await order_of(client, order)) == agreed
    assert (await admin.delete(f"/api/users/{buyer}")).status_code == 200
    assert unchanging_fields(await order_of(admin, order)) == agreed


def unchanging_fields(order: Json) -> Json:
    return {key: value for key, value in order.items() if key not in CHANGING_FIELDS}


CHANGING_FIELDS = {"status", "refundedTotal", "refunds", "payment", "statusHistory"}


async def test_orders_can_not_be_edited(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin))
    for client in (ada, admin):
        for method in ("PUT", "PATCH"):
            answer = await client.request(method, f"/api/orders/{order['id']}", json=order)
            refused(answer, 405, "METHOD_NOT_ALLOWED")


async def test_a_new_account_with_a_deleted_users_name_sees_none_of_their_orders(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    name = a_name("leaver")
    leaver = await shop.customer(name)
    order = await buy(leaver, await new_product(admin))
    await put_into_cart(leaver, await new_product(admin))
    assert (await leaver.request("DELETE", "/api/users/me")).status_code == 200
    refused(await leaver.get(f"/api/orders/{order['id']}"), 401, "UNAUTHENTICATED")
    await shop.client.post("/api/auth/signup", json={"username": name, "password": PASSWORD})
    namesake = await shop.log_in(name)
    refused(await namesake.get(f"/api/orders/{order['id']}"), 404, "NOT_FOUND")
    assert (await namesake.get("/api/cart")).json()["items"] == []
    assert (await order_of(admin, order))["id"] == order["id"]


async def test_every_customer_has_an_order_history_of_their_own(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    customers = [await new_customer(shop) for _ in range(3)]
    orders = [await buy(customer, product) for customer in customers]
    for customer, order in zip(customers, orders, strict=True):
        listed = (await customer.get("/api/orders?page=1")).json()["items"]
        assert [row["id"] for row in listed] == [order["id"]]
