"""Concurrent payments, cancellations, webhooks and workers on two instances with one database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from shop.application.ports.payments import CardOutcome, SignedEvent
from shop.domain.orders.order import OrderStatus
from tests.instances import Instances, a_product, a_promo_code, an_order, at_once, open_instances, outcomes

pytestmark = pytest.mark.anyio

ROUNDS = 20


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url) as instances:
        yield instances


@pytest.fixture
async def product_id(shops: Instances) -> str:
    return await a_product(await shops[0].admin(), stock=100)


@pytest.fixture
async def ada(shops: Instances) -> httpx.AsyncClient:
    return await shops[0].customer("ada")


async def confirmed_without_webhook(
    shops: Instances, order: Mapping[str, Any], outcome: CardOutcome = CardOutcome.SUCCEEDED
) -> SignedEvent:
    """Confirm the payment at the provider without telling the shop. Return the webhook that would tell it."""
    event = await shops[0].payments.confirm(order["payment"]["clientSecret"], outcome)
    assert event is not None
    return event


async def sweep_until_quiet(shops: Instances) -> None:
    """Run two workers until they have nothing left to do."""
    for _ in range(3):
        shops.advance(minutes=2)
        await asyncio.gather(*(shop.work() for shop in shops.shops))


async def test_a_race_of_cancellation_and_payment_has_two_valid_outcomes(
    shops: Instances, ada: httpx.AsyncClient, product_id: str
) -> None:
    orders = [await an_order(ada, product_id) for _ in range(ROUNDS)]
    elsewhere = (await shops.everywhere(ada, 2))[1]
    answers = await at_once(
        request
        for number, order in enumerate(orders)
        for request in (
            shops[number].pay(order),
            (elsewhere if number % 2 else ada).post(f"/api/orders/{order['id']}/cancel"),
        )
    )
    assert outcomes(answers[::2]).keys() <= {200, "PAYMENT_NOT_CONFIRMABLE"}
    assert outcomes(answers[1::2]) == {200: ROUNDS}
    await shops.check()
    await sweep_until_quiet(shops)
    books = await shops.check(settled_at=shops[0].clock.now())
    assert {each.order.status for each in books.orders.values()} == {OrderStatus.CANCELLED}
    assert books.stock[product_id] == (100, 100)
    for paid, order in zip(answers[::2], orders, strict=True):
        assert books.orders[order["id"]].was_paid == (paid.status_code == 200)


async def test_a_race_of_expiry_and_payment_has_two_valid_outcomes(
    shops: Instances, ada: httpx.AsyncClient, product_id: str
) -> None:
    orders = [await an_order(ada, product_id) for _ in range(ROUNDS)]
    shops.advance(minutes=30)
    sweeps = asyncio.gather(*(shop.work() for shop in shops.shops))
    answers = await at_once(shops[number].pay(order) for number, order in enumerate(orders))
    await sweeps
    assert outcomes(answers).keys() <= {200, "PAYMENT_NOT_CONFIRMABLE"}
    await sweep_until_quiet(shops)
    books = await shops.check(settled_at=shops[0].clock.now())
    for paid, order in zip(answers, orders, strict=True):
        expected = OrderStatus.PAID if paid.status_code == 200 else OrderStatus.CANCELLED
        assert books.orders[order["id"]].order.status is expected


async def test_cancelling_a_paid_order_from_twelve_connections_refunds_it_once(
    shops: Instances, ada: httpx.AsyncClient, product_id: str
) -> None:
    order = await an_order(ada, product_id)
    assert (await shops[0].pay(order)).status_code == 200
    clients = await shops.everywhere(ada, 12)
    answers = await at_once(each.post(f"/api/orders/{order['id']}/cancel") for each in clients)
    assert outcomes(answers).keys() <= {200, "ORDER_STATUS_CONFLICT"}
    assert any(each.status_code == 200 for each in answers)
    books = await shops.check(settled_at=shops[0].clock.now())
    [refund] = books.orders[order["id"]].refunds
    assert refund.amount == books.orders[order["id"]].order.refunded_total == 1250
    assert books.stock[product_id] == (100, 100)


@pytest.mark.parametrize("paid", [False, True])
async def test_twelve_concurrent_cancellations_under_one_key_give_one_answer(
    shops: Instances, ada: httpx.AsyncClient, product_id: str, paid: bool
) -> None:
    order = await an_order(ada, product_id)
    if paid:
        await shops[0].pay(order)
    clients = await shops.everywhere(ada, 12)
    key = {"Idempotency-Key": "a key"}
    path = f"/api/orders/{order['id']}/cancel"
    answers = await at_once(each.post(path, headers=key) for each in clients)
    assert outcomes(answers).keys() <= {200, "REQUEST_STILL_RUNNING"}
    again = await at_once(each.post(path, headers=key) for each in clients)
    assert {each.status_code for each in again} == {200}
    assert len({each.content for each in (*answers, *again) if each.status_code == 200}) == 1
    assert again[0].json()["order"]["status"] == "cancelled"
    await shops.check(settled_at=shops[0].clock.now())


async def test_twelve_concurrent_requests_open_one_payment(
    shops: Instances, ada: httpx.AsyncClient, product_id: str
) -> None:
    for shop in shops.shops:
        shop.payments.reachable = False
    order = await an_order(ada, product_id)
    assert order["payment"] == {"provider": "sandbox", "status": "unavailable"}
    for shop in shops.shops:
        shop.payments.reachable = True
    clients = await shops.everywhere(ada, 12)
    answers = await at_once(each.post(f"/api/orders/{order['id']}/payment") for each in clients)
    assert outcomes(answers) == {200: 12}
    assert len({each.json()["order"]["payment"]["clientSecret"] for each in answers}) == 1
    books = await shops.check()
    assert len(books.orders[order["id"]].intents) == 1


async def test_eight_concurrent_webhook_deliveries_count_once(
    shops: Instances, ada: httpx.AsyncClient, product_id: str
) -> None:
    order = await an_order(ada, product_id)
    event = await confirmed_without_webhook(shops, order)
    receive = shops[0].container.payments.receive_webhook()
    await asyncio.gather(*(receive(event.provider, event.payload, event.signature) for _ in range(8)))
    books = await shops.check()
    history = [change.status for change in books.orders[order["id"]].history]
    assert history == [OrderStatus.PENDING, OrderStatus.PAID]
    assert books.sales == {product_id: 1}


async def test_an_order_is_paid_whatever_the_sequence_of_its_webhooks(
    shops: Instances, ada: httpx.AsyncClient, product_id: str
) -> None:
    receive = shops[0].container.payments.receive_webhook()
    for turn in range(6):
        order = await an_order(ada, product_id)
        events = [
            await confirmed_without_webhook(shops, order, CardOutcome.FAILED),
            await confirmed_without_webhook(shops, order, CardOutcome.FAILED),
            await confirmed_without_webhook(shops, order, CardOutcome.SUCCEEDED),
        ]
        events = (events[turn % 3 :] + events[: turn % 3])[:: 1 if turn % 2 else -1]
        await asyncio.gather(*(receive(event.provider, event.payload, event.signature) for event in events))
        shown = (await ada.get(f"/api/orders/{order['id']}")).json()
        assert shown["status"] == "paid"
    await shops.check()


async def test_two_concurrent_workers_do_nothing_twice(shops: Instances, ada: httpx.AsyncClient) -> None:
    admin = await shops[0].admin()
    product_id = await a_product(admin, stock=50, name="Kettle")
    code = await a_promo_code(admin, usageLimit=50)
    expired = [await an_order(ada, product_id) for _ in range(4)]
    body = {"items": [{"itemId": product_id, "quantity": 1}], "promoCode": code}
    expired += [(await ada.post("/api/orders", json=body)).json()["order"] for _ in range(2)]
    missed = [await an_order(ada, product_id) for _ in range(4)]
    owed = [await an_order(ada, product_id) for _ in range(4)]
    for order in missed:
        await confirmed_without_webhook(shops, order)
    for order in owed:
        await shops[0].pay(order)
    for shop in shops.shops:
        shop.payments.reachable = False
    for order in owed:
        answer = await ada.post(f"/api/orders/{order['id']}/cancel")
        assert answer.json()["order"]["status"] == "cancelling"
    shops.advance(minutes=29, seconds=50)
    unopened = [await an_order(ada, product_id) for _ in range(4)]
    for shop in shops.shops:
        shop.payments.reachable = True
    shops.advance(seconds=10)
    await asyncio.gather(*(shop.work() for shop in shops.shops for _ in range(2)))
    books = await shops.check(settled_at=shops[0].clock.now())

    def statuses(orders: list[Any]) -> set[str]:
        return {books.orders[order["id"]].order.status for order in orders}

    assert statuses(expired) == statuses(owed) == {"cancelled"}
    assert (statuses(missed), statuses(unopened)) == ({"paid"}, {"pending"})
    assert {len(books.orders[order["id"]].intents) for order in unopened} == {1}
    assert {len(books.orders[order["id"]].refunds) for order in owed} == {1}
    assert books.stock[product_id] == (50, 42)
    assert [code.times_used for code in books.promo_codes] == [0]
