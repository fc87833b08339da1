"""The contract's words on what becomes of an order: read, paid, cancelled, given up."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.domain.errors import Unavailable
from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.http.shopping import (
    Json,
    a_name,
    buy,
    exact,
    history_of,
    new_customer,
    new_product,
    new_promo_code,
    order_of,
    put_into_cart,
    refused,
    stock_of,
    times_used,
)

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
NO_IDS = [UNKNOWN_ID, UNKNOWN_ID.upper(), "0", "statistics-of", "%20", "%C3%A9", "a%2Fb", "'%20OR%201=1--", "a" * 2000]


async def cancel(client: httpx.AsyncClient, order: Json) -> Json:
    cancelled = await client.post(f"/api/orders/{order['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json().keys() == {"order"}
    return dict(cancelled.json()["order"])


async def ship(shop: ShopHarness, order: Json) -> None:
    """What the shop's administration will do by its own route."""
    async with shop.container.unit_of_work()() as work:
        present = await work.orders.lock(order["id"])
        assert present is not None
        await work.orders.save(present.ship(shop.clock.now()))


async def test_own_orders_newest_first(shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, price=12.5)
    code = await new_promo_code(admin, 10)
    orders = []
    for quantity in (1, 2, 1):
        orders.append(await buy(ada, product, quantity, promoCode=code))
        shop.clock.advance(seconds=1)
    orders.append(await buy(ada, product))  # in the same moment as the next
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


async def test_the_list_is_of_ones_own_orders(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await buy(ada, await new_product(admin))
    for other in (bob, admin):
        page = (await other.get("/api/orders?page=1")).json()
        assert page["items"] == []
        assert page["total"] == 0


async def test_the_list_by_status(shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
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
async def test_there_are_no_other_statuses(ada: httpx.AsyncClient, status: str) -> None:
    answer = await ada.get(f"/api/orders?page=1&status={status}")
    assert "status" in refused(answer, 400, "VALIDATION_FAILED")


async def test_order_numbers_tell_orders_apart(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=50)
    numbers = {(await buy(ada, product))["number"] for _ in range(30)}
    assert len(numbers) == 30


async def test_owners_and_admins_see_an_order(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin))
    assert await order_of(ada, order) == order
    payment = {"provider": "sandbox", "status": "pending"}  # but the secret is the owner's
    assert await order_of(admin, order) == {**order, "payment": payment}


async def test_somebody_elses_order_does_not_exist(
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


@pytest.mark.parametrize("order_id", NO_IDS)
async def test_an_unknown_order_does_not_exist(
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


async def test_the_valid_client_secret_is_given_again(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin))
    asked = await ada.post(f"/api/orders/{order['id']}/payment")
    assert asked.status_code == 200
    assert asked.json() == {"order": order}
    assert order["payment"]["clientSecret"]


async def test_a_payment_that_the_provider_ended_is_replaced(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    [intent] = await shop.payments.intents_of(order["id"])
    await shop.payments.cancel_intent(intent.id)
    asked = (await ada.post(f"/api/orders/{order['id']}/payment")).json()["order"]
    assert asked["payment"]["status"] == "pending"
    assert asked["payment"]["clientSecret"] != order["payment"]["clientSecret"]
    assert (await shop.pay(order)).status_code == 409
    await shop.pay(asked)
    assert (await order_of(ada, order))["status"] == "paid"


async def test_without_the_provider_there_is_no_payment_to_be_had(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.payments.reachable = False
    answer = await ada.post(f"/api/orders/{order['id']}/payment")
    refused(answer, 503, "PAYMENT_PROVIDER_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    shop.payments.reachable = True
    assert (await ada.post(f"/api/orders/{order['id']}/payment")).status_code == 200


async def test_what_is_paid_or_over_can_not_be_paid(
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


@pytest.mark.parametrize("failed_before", [False, True])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_cancelling_unpaid_gives_everything_back(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, method: str, failed_before: bool
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin)
    order = await buy(ada, product, 3, promoCode=code)
    if failed_before:
        await shop.pay(order, "failed")
    path = f"/api/orders/{order['id']}"
    answer = await ada.request(method, f"{path}/cancel" if method == "POST" else path)
    assert answer.status_code == 200
    cancelled = answer.json()["order"]
    assert cancelled == await order_of(ada, order)
    assert cancelled["status"] == "cancelled"
    assert history_of(cancelled) == ["pending", *(["failed"] if failed_before else []), "cancelled"]
    assert cancelled["statusHistory"][-1]["reason"]
    assert cancelled["payment"] == {"provider": "sandbox", "status": "cancelled"}
    assert cancelled["refundedTotal"] == 0
    assert await stock_of(admin, product) == 5
    assert await times_used(admin, code) == 0
    refused(await shop.pay(order), 409, "PAYMENT_NOT_CONFIRMABLE")


async def test_cancelling_paid_refunds_in_full(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, price=12.5, stock=5), await new_promo_code(admin)
    order = await buy(ada, product, 3, promoCode=code)
    await shop.pay(order)
    cancelled = await cancel(ada, order)
    assert cancelled == await order_of(ada, order)
    assert history_of(cancelled) == ["pending", "paid", "cancelled"]
    assert cancelled["refundedTotal"] == cancelled["total"] == 33.75
    assert await stock_of(admin, product) == 5
    assert await times_used(admin, code) == 1  # given back when unpaid only


async def test_cancelling_what_cost_nothing(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, price=0, stock=5)
    cancelled = await cancel(ada, await buy(ada, product, 2))
    assert history_of(cancelled) == ["pending", "paid", "cancelled"]
    assert cancelled["payment"]["status"] == "none"
    assert await stock_of(admin, product) == 5


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_what_is_over_or_shipped_can_not_be_cancelled(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, method: str
) -> None:
    product = await new_product(admin, stock=5)
    cancelled, shipped = await buy(ada, product), await buy(ada, product)
    await cancel(ada, cancelled)
    await shop.pay(shipped)
    await ship(shop, shipped)
    for order, status in ((cancelled, "cancelled"), (shipped, "shipped")):
        before = await order_of(ada, order)
        path = f"/api/orders/{order['id']}"
        answer = await ada.request(method, f"{path}/cancel" if method == "POST" else path)
        assert refused(answer, 409, "ORDER_STATUS_CONFLICT")["status"] == status
        assert await order_of(ada, order) == before
    assert await stock_of(admin, product) == 4


async def test_admins_cancel_for_customers(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=5)
    by_admin, by_owner = await buy(ada, product), await buy(ada, product)
    reasons = [(await cancel(who, order))["statusHistory"][-1]["reason"] for who, order in ((admin, by_admin), (ada, by_owner))]
    assert reasons[0] != reasons[1]
    assert await stock_of(admin, product) == 5


@pytest.mark.parametrize("paid", [False, True])
async def test_while_the_providers_answer_is_out_it_is_cancelling(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, paid: bool
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin)
    order = await buy(ada, product, 2, promoCode=code)
    if paid:
        await shop.pay(order)
    shop.payments.reachable = False
    cancelling = await cancel(ada, order)
    before = ["pending", *(["paid"] if paid else [])]
    assert cancelling["status"] == "cancelling"
    assert history_of(cancelling) == [*before, "cancelling"]
    assert "clientSecret" not in cancelling["payment"]
    assert await stock_of(admin, product) == 3
    refused(await ada.post(f"/api/orders/{order['id']}/payment"), 409, "ORDER_NOT_PAYABLE")
    assert (await cancel(ada, order))["status"] == "cancelling"  # asking again changes nothing

    shop.payments.reachable = True
    shop.clock.advance(minutes=1)
    await shop.work()
    cancelled = await order_of(ada, order)
    assert history_of(cancelled) == [*before, "cancelling", "cancelled"]
    assert cancelled["refundedTotal"] == (cancelled["total"] if paid else 0)
    assert await stock_of(admin, product) == 5
    assert await times_used(admin, code) == (1 if paid else 0)


async def test_money_that_came_before_the_cancellation_goes_back(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=5)
    order = await buy(ada, product, 2)
    shop.payments.reachable = False
    await cancel(ada, order)
    assert (await shop.pay(order)).status_code == 503  # the card was charged, and we could not be told
    shop.payments.reachable = True
    shop.clock.advance(minutes=1)
    await shop.work()
    cancelled = await order_of(ada, order)
    assert history_of(cancelled) == ["pending", "cancelling", "paid", "cancelled"]
    assert cancelled["refundedTotal"] == cancelled["total"]
    assert await stock_of(admin, product) == 5


async def test_what_is_not_paid_in_time_is_cancelled(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin)
    unpaid, failed, paid = [await buy(ada, product, promoCode=code) for _ in range(3)]
    await shop.pay(failed, "failed")
    await shop.pay(paid)
    shop.clock.advance(minutes=29, seconds=59)
    await shop.work()
    assert (await order_of(ada, unpaid))["status"] == "pending"
    shop.clock.advance(seconds=1)
    await shop.work()
    assert history_of(await order_of(ada, unpaid)) == ["pending", "cancelled"]
    assert history_of(await order_of(ada, failed)) == ["pending", "failed", "cancelled"]
    assert (await order_of(ada, paid))["status"] == "paid"
    expired = await order_of(ada, unpaid)
    assert expired["payment"] == {"provider": "sandbox", "status": "cancelled"}
    assert expired["statusHistory"][-1]["reason"]
    assert await stock_of(admin, product) == 4
    assert await times_used(admin, code) == 1
    refused(await shop.pay(unpaid), 409, "PAYMENT_NOT_CONFIRMABLE")


async def test_money_that_came_in_time_keeps_the_order(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.payments.reachable = False
    assert (await shop.pay(order)).status_code == 503
    shop.clock.advance(minutes=31)
    with pytest.raises(Unavailable):
        await shop.work()
    assert (await order_of(ada, order))["status"] == "cancelling"
    shop.payments.reachable = True
    shop.clock.advance(minutes=1)
    await shop.work()
    kept = await order_of(ada, order)
    assert history_of(kept) == ["pending", "cancelling", "paid"]
    assert kept["refundedTotal"] == 0


async def test_how_long_an_order_waits_is_a_setting() -> None:
    async with shop_harness(order_ttl=timedelta(minutes=5)) as shop:
        owner, ada = await shop.admin(), await shop.customer()
        order = await buy(ada, await new_product(owner))
        shop.clock.advance(minutes=4, seconds=59)
        await shop.work()
        assert (await order_of(ada, order))["status"] == "pending"
        shop.clock.advance(seconds=1)
        await shop.work()
        assert (await order_of(ada, order))["status"] == "cancelled"


async def test_nothing_that_happens_later_changes_what_was_agreed(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=12.5, name="Mug", sku=a_name("SKU"))
    code = await new_promo_code(admin, 10)
    buyer = a_name("buyer")
    client = await shop.customer(buyer)
    contact = {"name": "Bea", "email": "bea@example.com", "phone": "1"}
    order = await buy(client, product, 2, promoCode=code, contact=contact)
    agreed = settled(order)
    address = f"/api/products/{product['id']}"
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", address, {"name": "Cup", "price": 99, "sku": a_name("SKU"), "active": False}),
        ("DELETE", address, None),
        ("PATCH", f"/api/promo-codes/{code}", {"value": 50, "active": False}),
        ("DELETE", f"/api/promo-codes/{code}", None),
    ]
    for method, path, body in changes:
        assert (await admin.request(method, path, json=body)).status_code == 200
        assert settled(await order_of(client, order)) == agreed
    await shop.pay(order)
    assert settled(await order_of(client, order)) == agreed
    assert (await client.put("/api/users/me", json={"profile": {"displayName": "Zoe"}})).status_code == 200
    assert settled(await order_of(client, order)) == agreed
    await cancel(client, order)
    assert settled(await order_of(client, order)) == agreed
    assert (await admin.delete(f"/api/users/{buyer}")).status_code == 200
    assert settled(await order_of(admin, order)) == agreed


def settled(order: Json) -> Json:
    return {key: value for key, value in order.items() if key not in MOVING}


MOVING = {"status", "refundedTotal", "payment", "statusHistory"}


async def test_orders_can_not_be_edited(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin))
    for client in (ada, admin):
        for method in ("PUT", "PATCH"):
            answer = await client.request(method, f"/api/orders/{order['id']}", json=order)
            refused(answer, 405, "METHOD_NOT_ALLOWED")


async def test_a_deleted_users_name_is_no_way_to_the_orders(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
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


async def test_every_customer_has_an_order_history_of_their_own(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await new_product(admin)
    customers = [await new_customer(shop) for _ in range(3)]
    orders = [await buy(customer, product) for customer in customers]
    for customer, order in zip(customers, orders, strict=True):
        listed = (await customer.get("/api/orders?page=1")).json()["items"]
        assert [row["id"] for row in listed] == [order["id"]]
