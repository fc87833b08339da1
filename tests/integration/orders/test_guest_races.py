"""Concurrent guests and customers on two instances of the shop with one database."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from shop.testing import PASSWORD
from tests.instances import Instances, a_product, a_promo_code, at_once, fill_cart, open_instances, outcomes
from tests.storages import CROWD_KINDS

pytestmark = pytest.mark.anyio

CONTACT = {"email": "guest@example.org"}


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(
        database_url, guest_carts_per_hour=1_000, unpaid_guest_orders=1_000
    ) as instances:
        yield instances


async def guests(shops: Instances, number: int) -> list[httpx.AsyncClient]:
    """Return the clients of `number` guests with one cart each, at each instance in turn."""
    made = []
    for each in range(number):
        cart = await shops[each].client.post("/api/carts")
        made.append(await shops[each].open_client({"Cart-Token": cart.json()["cartToken"]}))
    return made


@pytest.mark.parametrize("database_url", CROWD_KINDS, indirect=True)
async def test_ten_units_go_to_ten_of_two_hundred_guests_and_customers(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=10)
    body = {"items": [{"itemId": product_id, "quantity": 1}], "contact": CONTACT}
    customers, visitors = await shops.customers(100), await guests(shops, 100)
    buyers = [buyer for pair in zip(customers, visitors, strict=True) for buyer in pair]
    answers = await at_once(buyer.post("/api/orders", json=body) for buyer in buyers)
    assert outcomes(answers) == {201: 10, "OUT_OF_STOCK": 190}
    books = await shops.check()
    assert len(books.orders) == 10
    assert books.stock[product_id] == (10, 0)


async def test_concurrent_logins_merge_a_guests_cart_once(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    [guest] = await guests(shops, 1)
    await fill_cart(guest, product_id, quantity=3)
    customers = await shops.customers(4)
    token = guest.headers["cart-token"]
    logins = [
        shops[number].client.post(
            "/api/auth/login",
            json={"username": f"customer{number % 4}", "password": PASSWORD, "cartToken": token},
        )
        for number in range(8)
    ]
    answers = await at_once(logins)
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sum("cart" in answer.json() for answer in answers) == 1
    carts = [(await customer.get("/api/cart")).json() for customer in customers]
    assert sum(item["quantity"] for cart in carts for item in cart["items"]) == 3
    assert (await guest.get("/api/cart")).status_code == 401


async def test_six_guest_carts_merged_into_one_account_lose_nothing(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    visitors, [customer] = await guests(shops, 6), await shops.customers(1)
    for guest in visitors:
        await fill_cart(guest, product_id, quantity=2)
    answers = await at_once(
        shops[number].client.post(
            "/api/auth/login",
            json={
                "username": "customer0",
                "password": PASSWORD,
                "cartToken": guest.headers["cart-token"],
            },
        )
        for number, guest in enumerate(visitors)
    )
    assert all(answer.json()["cart"]["merged"] for answer in answers)
    assert (await customer.get("/api/cart")).json()["items"][0]["quantity"] == 12


async def test_guests_with_one_email_address_use_a_code_limited_to_one_once(shops: Instances) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=100)
    code = await a_promo_code(admin, perCustomerLimit=1)
    body = {"items": [{"itemId": product_id, "quantity": 1}], "promoCode": code, "contact": CONTACT}
    answers = await at_once(guest.post("/api/orders", json=body) for guest in await guests(shops, 8))
    assert outcomes(answers) == {201: 1, "PROMO_CODE_NOT_APPLICABLE": 7}
    await shops.check()


async def test_concurrent_requests_with_a_guests_idempotency_key_make_one_order(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    [guest] = await guests(shops, 1)
    body = {"items": [{"itemId": product_id, "quantity": 1}], "contact": CONTACT}
    key = {**guest.headers, "Idempotency-Key": "one"}
    clients = [await shops[number].open_client(dict(key)) for number in range(8)]
    answers = await at_once(client.post("/api/orders", json=body) for client in clients)
    tokens = {answer.json()["orderToken"] for answer in answers if answer.status_code == 201}
    assert len(tokens) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len((await shops.check()).orders) == 1


async def test_two_claims_concurrent_with_a_payment_leave_one_owner(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    [guest], customers = await guests(shops, 1), await shops.customers(2)
    body = {"items": [{"itemId": product_id, "quantity": 1}], "contact": CONTACT}
    placed = (await guest.post("/api/orders", json=body)).json()
    token = {"orderToken": placed["orderToken"]}
    claims = [customer.post("/api/orders/claim", json=token) for customer in customers]
    *claimed, paid = await asyncio.gather(*claims, shops[0].pay(placed["order"]))
    assert paid.status_code == 200
    assert sorted(answer.status_code for answer in claimed) == [200, 404]
    [owner] = [
        customer for customer, answer in zip(customers, claimed, strict=True) if answer.status_code == 200
    ]
    assert (await owner.get("/api/orders/statistics")).json()["spent"] == 12.5
    await shops.check()
