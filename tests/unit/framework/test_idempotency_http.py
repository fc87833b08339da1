"""The contract on `Idempotency-Key`: a repeated request takes effect once."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from shop.domain.payments.payment import Intent
from shop.testing import ShopHarness
from tests.unit.shopping import Json, a_name, buy, new_product, put_into_cart, refused, stock_of

pytestmark = pytest.mark.anyio


@dataclass
class Post:
    """A POST that takes a key, with another body and another path that make it a different request."""

    client: httpx.AsyncClient
    path: str
    body: Json | None
    other_body: Json | None
    other_path: str
    status: int

    async def send(self, key: str | bytes, **changed: Any) -> httpx.Response:
        body = changed.get("body", self.body)
        return await self.client.post(
            changed.get("path", self.path), json=body, headers=[(b"Idempotency-Key", as_bytes(key))]
        )


def as_bytes(key: str | bytes) -> bytes:
    return key.encode("latin-1") if isinstance(key, str) else key


async def checkout(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    await put_into_cart(ada, await new_product(admin, price=5))
    other = {"contact": {"name": "Bea"}}
    return Post(ada, "/api/cart/checkout", {"contact": {"name": "Ada"}}, other, "/api/orders", 201)


async def buy_now(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    bought = await new_product(admin, price=5)
    body, other = ({"items": [{"itemId": bought["id"], "quantity": quantity}]} for quantity in (1, 2))
    return Post(ada, "/api/orders", body, other, "/api/cart/checkout", 201)


async def payment(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    order = await buy(ada, await new_product(admin))
    path = f"/api/orders/{order['id']}"
    return Post(ada, f"{path}/payment", None, {"a": 1}, f"{path}/cancel", 200)


async def cancelling(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    order = await buy(ada, await new_product(admin))
    path = f"/api/orders/{order['id']}"
    return Post(ada, f"{path}/cancel", None, {"a": 1}, f"{path}/payment", 200)


async def creating(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    body = {"name": "Mug", "price": 5, "stock": 1}
    return Post(admin, "/api/products", body, {**body, "stock": 2}, "/api/orders", 201)


async def restocking(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    first, second = await new_product(admin), await new_product(admin)
    paths = [f"/api/products/{each['id']}/stock" for each in (first, second)]
    return Post(admin, paths[0], {"change": 1}, {"change": 2}, paths[1], 200)


POSTS = [checkout, buy_now, payment, cancelling, creating, restocking]


@pytest.fixture(params=POSTS, ids=lambda made: made.__name__)
async def post(request: pytest.FixtureRequest, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Post:
    made: Post = await request.param(admin, ada)
    return made


async def test_the_same_request_gets_the_same_answer(shop: ShopHarness, post: Post) -> None:
    key = a_name("key")
    first = await post.send(key)
    assert first.status_code == post.status
    assert "idempotent-replayed" not in first.headers
    for _ in range(2):
        shop.clock.advance(minutes=1)
        again = await post.send(key)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers.get("location") == first.headers.get("location")


async def test_another_request_under_the_key_is_refused(post: Post) -> None:
    key = a_name("key")
    await post.send(key)
    refused(await post.send(key, body=post.other_body), 422, "IDEMPOTENCY_KEY_REUSED")
    body = {"items": [{"itemId": "x", "quantity": 1}]} if post.other_path == "/api/orders" else post.body
    if post.other_path == "/api/cart/checkout":
        body = None
    refused(await post.send(key, path=post.other_path, body=body), 422, "IDEMPOTENCY_KEY_REUSED")
    assert (await post.send(key)).headers["idempotent-replayed"] == "true"


async def test_another_key_is_another_request(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=5)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    answers = [
        await ada.post("/api/orders", json=body, headers={"Idempotency-Key": key} if key else {})
        for key in ("first-key", "First-Key", None, None)
    ]
    assert len({answer.json()["order"]["id"] for answer in answers}) == 4
    assert await stock_of(admin, product) == 1


async def test_one_request_may_be_written_in_many_ways(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=5)
    key = {"Idempotency-Key": a_name("key")}
    written = [
        f'{{"items":[{{"itemId":"{product["id"]}","quantity":1}}],"contact":{{"name":"A"}}}}',
        f'{{ "contact" : {{"name": "\\u0041"}},\n "items": [{{"quantity": 1, "itemId": "{product["id"]}"}}] }}',
    ]
    first, again = [await ada.post("/api/orders", content=body, headers=key) for body in written]
    assert again.content == first.content
    assert await stock_of(admin, product) == 4


async def test_a_key_belongs_to_its_caller(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=5)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    key = {"Idempotency-Key": a_name("key")}
    answers = [await client.post("/api/orders", json=body, headers=key) for client in (ada, bob, admin)]
    assert ["idempotent-replayed" in answer.headers for answer in answers] == [False] * 3
    assert len({answer.json()["order"]["id"] for answer in answers}) == 3


async def test_an_error_leaves_the_key_free(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=1)
    key = {"Idempotency-Key": a_name("key")}

    async def order(quantity: int) -> httpx.Response:
        body = {"items": [{"itemId": product["id"], "quantity": quantity}]}
        return await ada.post("/api/orders", json=body, headers=key)

    refused(await order(2), 409, "OUT_OF_STOCK")
    refused(await order(0), 400, "VALIDATION_FAILED")
    assert (await order(1)).status_code == 201  # although the refused requests had other bodies
    refused(await order(2), 422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_payment_that_could_not_be_opened_leaves_the_key_free(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    key = {"Idempotency-Key": a_name("key")}
    shop.payments.reachable = False
    refused(
        await ada.post(f"/api/orders/{order['id']}/payment", headers=key), 503, "PAYMENT_PROVIDER_UNAVAILABLE"
    )
    shop.payments.reachable = True
    opened = await ada.post(f"/api/orders/{order['id']}/payment", headers=key)
    assert (opened.status_code, "idempotent-replayed" in opened.headers) == (200, False)


async def test_a_replay_works_with_an_empty_cart(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    await put_into_cart(ada, await new_product(admin))
    key = {"Idempotency-Key": a_name("key")}
    first = await ada.post("/api/cart/checkout", headers=key)
    assert (await ada.post("/api/cart/checkout", headers=key)).content == first.content
    assert (await ada.post("/api/cart/checkout", content=b"{}", headers=key)).content == first.content
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")
    assert (await ada.get("/api/orders?page=1")).json()["total"] == 1


async def test_a_replay_returns_the_stored_response_after_the_order_changed(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    key = {"Idempotency-Key": a_name("key")}
    first = await ada.post("/api/orders", json=body, headers=key)
    await shop.pay(first.json()["order"])
    await admin.delete(f"/api/products/{product['id']}")
    assert (await ada.post("/api/orders", json=body, headers=key)).content == first.content


async def test_keys_are_kept_for_a_day(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    username = a_name("customer")
    await shop.customer(username)
    product = await new_product(admin)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    key = {"Idempotency-Key": a_name("key")}

    async def order() -> httpx.Response:
        await shop.work()  # purges expired keys
        client = await shop.log_in(username)
        return await client.post("/api/orders", json=body, headers=key)

    first = await order()
    shop.clock.advance(hours=23, minutes=59, seconds=59)
    again = await order()
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    shop.clock.advance(seconds=2)
    anew = await order()
    assert (anew.status_code, "idempotent-replayed" in anew.headers) == (201, False)
    assert anew.json()["order"]["id"] != first.json()["order"]["id"]


@pytest.mark.parametrize("key", ["", "a" * 256, "clé", b"\xff", "a\tb", b"a\x7fb"], ids=repr)
async def test_a_bad_key_is_refused(post: Post, key: str | bytes) -> None:
    details = refused(await post.send(key), 400, "VALIDATION_FAILED")
    assert details.keys() == {"Idempotency-Key"}


@pytest.mark.parametrize("key", ["a", "a" * 255, '!~ (){}[]<>@,;:\\"/?='])
async def test_a_good_key_is_up_to_255_printable_characters(admin: httpx.AsyncClient, key: str) -> None:
    body = {"name": "Mug", "price": 5}
    answers = [
        await admin.post("/api/products", json=body, headers={"Idempotency-Key": key}) for _ in range(2)
    ]
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]


async def test_a_request_still_running_is_not_run_again(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_intent, asked, answer_now = shop.payments.create_intent, asyncio.Event(), asyncio.Event()

    async def slowly(order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        asked.set()
        await answer_now.wait()
        return await create_intent(order_id, attempt, amount, currency)

    product = await new_product(admin, stock=5)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    key = {"Idempotency-Key": a_name("key")}
    monkeypatch.setattr(shop.payments, "create_intent", slowly)
    first = asyncio.create_task(ada.post("/api/orders", json=body, headers=key))
    await asyncio.wait_for(asked.wait(), 10)
    second = await ada.post("/api/orders", json=body, headers=key)
    refused(second, 409, "REQUEST_STILL_RUNNING")
    assert int(second.headers["retry-after"]) > 0
    other = await ada.post("/api/orders", json={**body, "contact": {}}, headers=key)
    refused(other, 422, "IDEMPOTENCY_KEY_REUSED")
    answer_now.set()
    answered = await first
    assert answered.status_code == 201
    assert (await ada.post("/api/orders", json=body, headers=key)).content == answered.content
    assert await stock_of(admin, product) == 4


async def test_a_retry_finishes_the_work_of_a_dead_process(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*arguments: object) -> Intent:
        raise RuntimeError("the process is gone")

    product = await new_product(admin, stock=5)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    key = {"Idempotency-Key": a_name("key")}
    with monkeypatch.context() as dying:
        dying.setattr(shop.payments, "create_intent", die)
        refused(await ada.post("/api/orders", json=body, headers=key), 500, "INTERNAL_ERROR")
    refused(await ada.post("/api/orders", json=body, headers=key), 409, "REQUEST_STILL_RUNNING")
    shop.clock.advance(seconds=30)
    finished = await ada.post("/api/orders", json=body, headers=key)
    assert finished.status_code == 201
    assert finished.json()["order"]["payment"]["status"] == "pending"
    assert (await ada.post("/api/orders", json=body, headers=key)).content == finished.content
    assert (await ada.get("/api/orders?page=1")).json()["total"] == 1
    assert await stock_of(admin, product) == 4


async def test_an_order_whose_payment_could_not_be_opened_is_replayed_too(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    body = {"items": [{"itemId": product["id"], "quantity": 1}]}
    key = {"Idempotency-Key": a_name("key")}
    shop.payments.reachable = False
    first = await ada.post("/api/orders", json=body, headers=key)
    shop.payments.reachable = True
    again = await ada.post("/api/orders", json=body, headers=key)
    assert (first.status_code, again.content) == (201, first.content)
    assert again.json()["order"]["payment"]["status"] == "unavailable"
