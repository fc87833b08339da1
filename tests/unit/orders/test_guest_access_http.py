"""Access to a guest's order and cart: every route of the application, by every kind of caller."""

import json
from dataclasses import dataclass

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.operations import Operation, documented_operations
from tests.unit.shopping import Json, a_guest, new_customer, new_product

pytestmark = pytest.mark.anyio

CONTACT = {"email": "guest@example.org"}


@dataclass
class Callers:
    """The owners of the order and of the cart, and all other callers."""

    order_owner: httpx.AsyncClient
    cart_owner: httpx.AsyncClient
    other_customer: httpx.AsyncClient
    other_guest: httpx.AsyncClient
    """With a cart token and an order token of their own."""
    nobody: httpx.AsyncClient


async def _bought(guest: httpx.AsyncClient, product: Json) -> Json:
    body = {"items": [{"itemId": product["id"], "quantity": 1}], "contact": CONTACT}
    answer = await guest.post("/api/orders", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _callers(shop: ShopHarness, product: Json) -> tuple[Callers, str]:
    owner, other = await a_guest(shop), await a_guest(shop)
    placed, others = await _bought(owner, product), await _bought(other, product)
    await owner.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    both = {**other.headers, "Order-Token": others["orderToken"]}
    callers = Callers(
        await shop.open_client({"Order-Token": placed["orderToken"]}),
        owner,
        await new_customer(shop),
        await shop.open_client(both),
        shop.client,
    )
    return callers, placed["order"]["id"]


def _takes(operation: Operation, scheme: str) -> bool:
    return {scheme: []} in operation.document["security"]


async def _send(client: httpx.AsyncClient, operation: Operation, **values: str) -> httpx.Response:
    sent = operation.right()
    content = sent.body or (None if operation.example is None else json.dumps(operation.example).encode())
    return await client.request(
        operation.method,
        f"{operation.path(**values)}?{sent.query}",
        content=content,
        headers={"Content-Type": "application/json"} if content else {},
    )


async def test_a_guests_order_needs_its_token() -> None:
    async with shop_harness(unpaid_guest_orders=1_000, guest_carts_per_hour=1_000) as shop:
        product = await new_product(await shop.admin(), stock=1_000)
        operations = [
            each for each in await documented_operations(shop) if "order_id" in each.parameters("path")
        ]
        open_to_owners = {
            f"{each.method} {each.template}" for each in operations if _takes(each, "orderToken")
        }
        assert {
            "get /api/orders/{order_id}",
            "post /api/orders/{order_id}/payment",
            "post /api/orders/{order_id}/cancel",
            "delete /api/orders/{order_id}",
        } <= open_to_owners
        for operation in operations:
            callers, order_id = await _callers(shop, product)
            ids = dict.fromkeys(operation.parameters("path"), order_id)
            statuses = {
                "other customer": (await _send(callers.other_customer, operation, **ids)).status_code,
                "other guest": (await _send(callers.other_guest, operation, **ids)).status_code,
                "cart token": (await _send(callers.cart_owner, operation, **ids)).status_code,
                "nobody": (await _send(callers.nobody, operation, **ids)).status_code,
                "owner": (await _send(callers.order_owner, operation, **ids)).status_code,
            }
            what = f"{operation.method} {operation.template}"
            if _takes(operation, "orderToken"):
                assert statuses.pop("owner") == 200, what
                assert statuses == {
                    "other customer": 404,
                    "other guest": 404,
                    "cart token": 401,
                    "nobody": 401,
                }, what
            else:
                assert set(statuses.values()) <= {401, 403, 404}, f"{what}: {statuses}"
                assert statuses["owner"] in {401, 404}, what
            shown = (await callers.order_owner.get(f"/api/orders/{order_id}")).json()
            assert what in open_to_owners or shown["status"] == "pending", what


async def test_a_guests_cart_needs_its_token(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=1_000)
    taken = [each for each in await documented_operations(shop) if _takes(each, "cartToken")]
    assert {each.template for each in taken} >= {
        "/api/cart",
        "/api/cart/items",
        "/api/cart/checkout",
        "/api/orders",
    }
    callers, _ = await _callers(shop, product)
    before = (await callers.cart_owner.get("/api/cart")).json()
    for operation in taken:
        values = dict.fromkeys(operation.parameters("path"), product["id"])
        wrong = await shop.open_client({"Cart-Token": "wrong"})
        for client in (callers.nobody, wrong, callers.order_owner):
            answer = await _send(client, operation, **values)
            assert answer.status_code == 401, f"{operation.method} {operation.template}: {answer.text}"
        for client in (callers.other_customer, callers.other_guest):
            answer = await _send(client, operation, **values)
            assert before["id"] not in answer.text, f"{operation.method} {operation.template}"
        assert (await callers.cart_owner.get("/api/cart")).json() == before


async def test_guests_tokens_open_no_other_route(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    callers, order_id = await _callers(shop, await new_product(admin))
    closed = [
        each
        for each in await documented_operations(shop)
        if (security := each.document["security"])
        and {} not in security
        and not (_takes(each, "cartToken") or _takes(each, "orderToken"))
    ]
    assert closed
    for operation in closed:
        values = dict.fromkeys(operation.parameters("path"), order_id)
        for client in (callers.order_owner, callers.cart_owner):
            answer = await _send(client, operation, **values)
            assert answer.status_code == 401, f"{operation.method} {operation.template}: {answer.text}"
