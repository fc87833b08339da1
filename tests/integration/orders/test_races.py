"""Many concurrent customers on two instances with one database: nothing is oversold."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.instances import (
    Instances,
    a_product,
    a_promo_code,
    an_order,
    at_once,
    fill_cart,
    open_instances,
    outcomes,
)
from tests.storages import CROWD_KINDS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url) as instances:
        yield instances


@pytest.mark.parametrize("database_url", CROWD_KINDS, indirect=True)
async def test_ten_units_go_to_ten_of_two_hundred_buyers(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=10)
    body = {"items": [{"itemId": product_id, "quantity": 1}]}
    buyers = await shops.customers(200)
    answers = await at_once(buyer.post("/api/orders", json=body) for buyer in buyers)
    assert outcomes(answers) == {201: 10, "OUT_OF_STOCK": 190}
    books = await shops.check()
    assert len(books.orders) == 10
    assert books.stock[product_id] == (10, 0)


async def test_carts_with_the_same_two_scarce_products_neither_oversell_nor_deadlock(
    shops: Instances,
) -> None:
    admin = await shops[0].admin()
    first, second = await a_product(admin, stock=13), await a_product(admin, stock=5)
    buyers = await shops.customers(30)
    wishes = [(first, 2), (second, 1)]
    for number, buyer in enumerate(buyers):
        for product_id, quantity in wishes if number % 2 else reversed(wishes):
            await fill_cart(buyer, product_id, quantity=quantity)
    answers = await at_once(buyer.post("/api/cart/checkout") for buyer in buyers)
    assert outcomes(answers) == {201: 5, "OUT_OF_STOCK": 25}
    for refused in answers:
        if refused.status_code == 409:
            missing = [line["itemId"] for line in refused.json()["error"]["details"]["items"]]
            assert missing == [second], "the other product is still in stock"
    books = await shops.check()
    assert books.stock == {first: (13, 3), second: (5, 0)}


async def test_fifty_concurrent_orders_use_a_code_limited_to_three_three_times(shops: Instances) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=100)
    code = await a_promo_code(admin, usageLimit=3)
    body = {"items": [{"itemId": product_id, "quantity": 1}], "promoCode": code}
    buyers = await shops.customers(50)
    answers = await at_once(buyer.post("/api/orders", json=body) for buyer in buyers)
    assert outcomes(answers) == {201: 3, "PROMO_CODE_NOT_APPLICABLE": 47}
    assert {each.json()["order"]["total"] for each in answers if each.status_code == 201} == {10.0}
    books = await shops.check()
    assert [code.times_used for code in books.promo_codes] == [3]
    assert books.stock[product_id] == (100, 97)


async def test_twelve_concurrent_orders_of_a_customer_use_a_code_limited_to_two_twice(
    shops: Instances,
) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=100)
    code = await a_promo_code(admin, perCustomerLimit=2)
    body = {"items": [{"itemId": product_id, "quantity": 1}], "promoCode": code}
    ada = await shops[0].customer("ada")
    answers = await at_once(each.post("/api/orders", json=body) for each in await shops.everywhere(ada, 12))
    assert outcomes(answers) == {201: 2, "PROMO_CODE_NOT_APPLICABLE": 10}
    await shops.check()


async def test_a_cart_checked_out_from_twelve_connections_makes_one_order(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    ada = await shops[0].customer("ada")
    await fill_cart(ada, product_id, quantity=3)
    answers = await at_once(each.post("/api/cart/checkout") for each in await shops.everywhere(ada, 12))
    assert outcomes(answers) == {201: 1, "CART_EMPTY": 11}
    books = await shops.check()
    assert len(books.orders) == 1
    assert books.stock[product_id] == (100, 97)


@pytest.mark.parametrize("path", ["/api/cart/checkout", "/api/orders"])
async def test_a_key_used_from_twelve_connections_makes_one_order_and_one_answer(
    shops: Instances, path: str
) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    ada = await shops[0].customer("ada")
    body = {"items": [{"itemId": product_id, "quantity": 2}]} if path == "/api/orders" else {}
    await fill_cart(ada, product_id, quantity=2)
    clients = await shops.everywhere(ada, 12)
    key = {"Idempotency-Key": "a key"}
    answers = await at_once(each.post(path, json=body, headers=key) for each in clients)
    assert outcomes(answers).keys() <= {201, "REQUEST_STILL_RUNNING"}
    assert sum("Idempotent-Replayed" not in each.headers for each in answers if each.status_code == 201) == 1
    for refused in answers:
        assert refused.status_code == 201 or int(refused.headers["Retry-After"]) >= 1
    again = await at_once(each.post(path, json=body, headers=key) for each in clients)
    assert {each.headers.get("Idempotent-Replayed") for each in again} == {"true"}
    assert len({each.content for each in (*answers, *again) if each.status_code == 201}) == 1
    assert {each.status_code for each in again} == {201}
    books = await shops.check()
    assert len(books.orders) == 1
    assert books.stock[product_id] == (100, 98)


async def test_a_key_used_for_twelve_different_concurrent_orders_makes_one(shops: Instances) -> None:
    product_id = await a_product(await shops[0].admin(), stock=100)
    ada = await shops[0].customer("ada")
    answers = await at_once(
        each.post(
            "/api/orders",
            json={"items": [{"itemId": product_id, "quantity": number}]},
            headers={"Idempotency-Key": "a key"},
        )
        for number, each in enumerate(await shops.everywhere(ada, 12), start=1)
    )
    assert outcomes(answers) == {201: 1, "IDEMPOTENCY_KEY_REUSED": 11}
    assert len((await shops.check()).orders) == 1


async def test_sixteen_concurrent_additions_to_a_cart_lose_nothing(shops: Instances) -> None:
    admin = await shops[0].admin()
    products = [await a_product(admin, stock=100) for _ in range(2)]
    ada = await shops[0].customer("ada")
    clients = await shops.everywhere(ada, 16)
    answers = await at_once(
        each.post("/api/cart/items", json={"itemId": products[number % 2], "quantity": 1 + number})
        for number, each in enumerate(clients)
    )
    assert outcomes(answers) == {200: 16}
    cart = (await ada.get("/api/cart")).json()
    quantities = {item["itemId"]: item["quantity"] for item in cart["items"]}
    assert quantities == {products[0]: sum(range(1, 17, 2)), products[1]: sum(range(2, 17, 2))}
    assert cart["version"] == 17
    assert len({each.json()["version"] for each in answers}) == 16


@pytest.mark.parametrize(("header", "refusal"), [(False, "VERSION_CONFLICT"), (True, "PRECONDITION_FAILED")])
async def test_one_of_ten_concurrent_edits_of_a_product_version_succeeds(
    shops: Instances, header: bool, refusal: str
) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=1)
    before = await admin.get(f"/api/products/{product_id}")
    answers = await at_once(
        each.put(
            f"/api/products/{product_id}",
            json={"name": f"Mug {number}", "price": 1, **({} if header else {"version": 1})},
            headers={"If-Match": before.headers["ETag"]} if header else {},
        )
        for number, each in enumerate(await shops.everywhere(admin, 10))
    )
    found = outcomes(answers)
    assert found.pop(200) == 1
    assert found == {refusal: 9}
    [winner] = [each.json() for each in answers if each.status_code == 200]
    shops.advance(seconds=1)
    stored = (await admin.get(f"/api/products/{product_id}")).json()
    assert (stored["version"], stored["name"]) == (2, winner["name"])


async def test_concurrent_stock_adjustments_and_sales_add_up(shops: Instances) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=20)
    body = {"items": [{"itemId": product_id, "quantity": 2}]}
    buyers = await shops.customers(20)
    admins = await shops.everywhere(admin, 20)
    answers = await at_once(
        request
        for number in range(20)
        for request in (
            buyers[number].post("/api/orders", json=body),
            admins[number].post(
                f"/api/products/{product_id}/stock", json={"change": 3 if number % 2 else -1}
            ),
        )
    )
    assert outcomes(answers).keys() <= {200, 201, "OUT_OF_STOCK", "STOCK_TOO_LOW"}
    await shops.check()


async def test_a_product_deleted_during_sales_is_no_longer_sold(shops: Instances) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=100)
    buyers = await shops.customers(12)
    body = {"items": [{"itemId": product_id, "quantity": 1}]}
    *answers, deleted = await at_once(
        [
            *(buyer.post("/api/orders", json=body) for buyer in buyers),
            admin.delete(f"/api/products/{product_id}"),
        ]
    )
    assert deleted.status_code == 200
    assert outcomes(answers).keys() <= {201, "OUT_OF_STOCK"}
    assert outcomes([await buyers[0].post("/api/orders", json=body)]) == {"OUT_OF_STOCK": 1}
    await shops.check()


async def test_concurrent_orders_and_cancellations_never_deadlock(shops: Instances) -> None:
    admin = await shops[0].admin()
    products = [await a_product(admin, stock=50) for _ in range(3)]
    code = await a_promo_code(admin, usageLimit=1000)
    buyers = await shops.customers(8)

    async def order_and_cancel(number: int) -> None:
        buyer = buyers[number]
        for turn in range(2):
            order = await an_order(buyer, products[turn])
            items = [{"itemId": each, "quantity": 1} for each in products[:: 1 if number % 2 else -1]]
            both = await at_once(
                [
                    buyer.post("/api/orders", json={"items": items, "promoCode": code}),
                    buyer.post(f"/api/orders/{order['id']}/cancel"),
                ]
            )
            assert [each.status_code for each in both] == [201, 200]
            cancelled = await buyer.post(f"/api/orders/{both[0].json()['order']['id']}/cancel")
            assert cancelled.json()["order"]["status"] == "cancelled"

    await asyncio.gather(*(order_and_cancel(number) for number in range(8)))
    books = await shops.check()
    assert set(books.stock.values()) == {(50, 50)}
    assert [code.times_used for code in books.promo_codes] == [0]
