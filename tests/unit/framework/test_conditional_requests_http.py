"""The contract on `ETag`, `If-None-Match` and `If-Match`, and on sending back read resources."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.shopping import (
    a_name,
    buy,
    new_customer,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio


@dataclass
class Resource:
    """Something with a state, and ways to change it."""

    client: httpx.AsyncClient
    address: str
    writes: list[tuple[str, str, Any]]
    """Method, path and body of each write. Each one changes the state; the last one brings it to its end."""
    stays_readable: bool = False
    """Whether the resource can still be read after its last write."""


async def cart(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    client, product = await new_customer(shop), await new_product(admin)
    await put_into_cart(client, product)
    item = f"/api/cart/items/{product['id']}"
    code = {"promoCode": await new_promo_code(admin)}
    writes: list[tuple[str, str, Any]] = [
        ("PATCH", item, {"quantity": 2}),
        ("PUT", "/api/cart/promo-code", code),
        ("DELETE", "/api/cart/promo-code", None),
        ("DELETE", item, None),
        ("DELETE", "/api/cart", None),
    ]
    return Resource(client, "/api/cart", writes)


async def product(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    address = f"/api/products/{(await new_product(admin))['id']}"
    writes: list[tuple[str, str, Any]] = [
        ("PUT", address, {"name": "Cup", "price": 2}),
        ("PATCH", address, {"price": 3}),
        ("DELETE", address, None),
    ]
    return Resource(admin, address, writes)


async def promo_code(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    address = f"/api/promo-codes/{await new_promo_code(admin)}"
    return Resource(admin, address, [("PATCH", address, {"value": 5}), ("DELETE", address, None)])


async def order(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    client = await new_customer(shop)
    address = f"/api/orders/{(await buy(client, await new_product(admin)))['id']}"
    return Resource(client, address, [("DELETE", address, None)], stays_readable=True)


async def paid_order(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    bought = await buy(await new_customer(shop), await new_product(admin))
    await shop.pay(bought)
    steps: list[tuple[str, str, Any]] = [
        ("PUT", f"/api/admin/orders/{bought['id']}", {"status": status})
        for status in ("shipped", "delivered")
    ]
    return Resource(admin, f"/api/orders/{bought['id']}", steps, stays_readable=True)


async def oneself(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    client = await new_customer(shop)
    profile = {"profile": {"displayName": "Ada"}}
    return Resource(
        client, "/api/auth/me", [("PUT", "/api/users/me", profile), ("DELETE", "/api/users/me", None)]
    )


async def user(shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    username = a_name("customer")
    await shop.customer(username)
    address = f"/api/users/{username}"
    return Resource(admin, address, [("PATCH", address, {"active": False}), ("DELETE", address, None)])


@pytest.fixture(
    params=[cart, product, promo_code, order, paid_order, oneself, user], ids=lambda made: made.__name__
)
async def resource(request: pytest.FixtureRequest, shop: ShopHarness, admin: httpx.AsyncClient) -> Resource:
    made: Resource = await request.param(shop, admin)
    return made


async def test_a_matching_etag_gets_304(resource: Resource) -> None:
    shown = await resource.client.get(resource.address)
    tag = shown.headers["etag"]
    assert tag.startswith('"')
    assert (await resource.client.get(resource.address)).headers["etag"] == tag
    for known in (tag, "*", f'"0", {tag}', f"W/{tag}"):
        again = await resource.client.get(resource.address, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["x-request-id"]
    for unknown in ('"0"', "nonsense", '""'):
        again = await resource.client.get(resource.address, headers={"If-None-Match": unknown})
        assert (again.status_code, again.text) == (200, shown.text)


async def test_a_change_changes_the_etag(resource: Resource) -> None:
    writes = resource.writes if resource.stays_readable else resource.writes[:-1]
    assert writes
    for method, path, body in writes:
        before = (await resource.client.get(resource.address)).headers["etag"]
        changed = await resource.client.request(method, path, json=body)
        after = (await resource.client.get(resource.address, headers={"If-None-Match": before})).headers[
            "etag"
        ]
        assert changed.status_code == 200, changed.text
        assert after != before
        if "etag" in changed.headers or path != resource.address or method != "DELETE":
            assert changed.headers["etag"] == after


async def test_a_write_with_a_stale_etag_is_refused(resource: Resource) -> None:
    before = await resource.client.get(resource.address)
    for method, path, body in resource.writes:
        for expected in ('"0"', '"999999"', f"W/{before.headers['etag']}", "nonsense", '""'):
            answer = await resource.client.request(method, path, json=body, headers={"If-Match": expected})
            refused(answer, 412, "PRECONDITION_FAILED")
    after = await resource.client.get(resource.address)
    assert (after.text, after.headers["etag"]) == (before.text, before.headers["etag"])


async def test_a_write_with_the_current_etag_succeeds(resource: Resource) -> None:
    for number, (method, path, body) in enumerate(resource.writes):
        tag = (await resource.client.get(resource.address)).headers["etag"]
        expected = (tag, f'"0", {tag}', "*")[number % 3]
        answer = await resource.client.request(method, path, json=body, headers={"If-Match": expected})
        assert answer.status_code == 200, (method, path)


async def test_one_of_two_writers_of_the_same_version_succeeds(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    for make in (cart, product, promo_code, paid_order, oneself):
        resource = await make(shop, admin)
        tag = {"If-Match": (await resource.client.get(resource.address)).headers["etag"]}
        method, path, body = resource.writes[0]
        answers = [await resource.client.request(method, path, json=body, headers=tag) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 412]


async def test_sales_change_a_products_etag_but_not_its_version(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    sold = await new_product(admin, stock=5)
    address = f"/api/products/{sold['id']}"
    before = (await admin.get(address)).headers["etag"]
    await buy(ada, sold)
    now = await admin.get(address, headers={"If-None-Match": before})
    assert (now.status_code, now.json()["stock"], now.json()["version"]) == (200, 4, sold["version"])
    changed = await admin.patch(address, json={"price": 5}, headers={"If-Match": before})
    assert (changed.status_code, changed.json()["version"]) == (200, sold["version"] + 1)


async def test_a_stale_version_in_the_body_is_refused(admin: httpx.AsyncClient) -> None:
    made = await new_product(admin)
    address = f"/api/products/{made['id']}"
    for method, body in (("PUT", {"name": "Cup", "price": 1}), ("PATCH", {"price": 1})):
        for stale in (made["version"] - 1, made["version"] + 1, 10**15):
            answer = await admin.request(method, address, json={**body, "version": stale})
            refused(answer, 409, "VERSION_CONFLICT")
        for bad in ("1", None, 1.5, True, -(10**30)):
            answer = await admin.request(method, address, json={**body, "version": bad})
            assert answer.status_code in (400, 409)
    assert (await admin.get(address)).json() == made
    changed = await admin.patch(address, json={"price": 1, "version": made["version"]})
    assert (changed.status_code, changed.json()["price"]) == (200, 1)


async def test_prices_change_a_carts_etag(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    made = await new_product(admin)
    await put_into_cart(ada, made)
    before = (await ada.get("/api/cart")).headers["etag"]
    await admin.patch(f"/api/products/{made['id']}", json={"price": 99})
    now = await ada.get("/api/cart", headers={"If-None-Match": before})
    assert (now.status_code, now.json()["total"]) == (200, 99)
    quantity = {"quantity": 2}  # the tag still matches: a changed price leaves the cart's version as it was
    changed = await ada.patch(f"/api/cart/items/{made['id']}", json=quantity, headers={"If-Match": before})
    assert changed.status_code == 200


async def test_payments_change_an_orders_etag(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    bought = await buy(ada, await new_product(admin))
    address = f"/api/orders/{bought['id']}"
    before = (await ada.get(address)).headers["etag"]
    await shop.pay(bought)
    assert (await ada.get(address, headers={"If-None-Match": before})).json()["status"] == "paid"
    refused(await ada.delete(address, headers={"If-Match": before}), 412, "PRECONDITION_FAILED")


async def test_uses_change_a_promo_codes_etag(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin)
    address = f"/api/promo-codes/{code}"
    before = (await ada.get(address)).headers["etag"]
    await buy(ada, await new_product(admin), promoCode=code)
    assert (await ada.get(address, headers={"If-None-Match": before})).json()["timesUsed"] == 1
    assert (await admin.patch(address, json={}, headers={"If-Match": before})).status_code == 200


async def test_read_only_fields_are_ignored_whatever_they_say(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    made, code = await new_product(admin), await new_promo_code(admin)
    nonsense = {"id": [1], "createdAt": {"a": 1}}
    put = {"name": "Mug", "price": 12.5, **nonsense, "updatedAt": None, "stock": "x"}
    patch = {"code": 5, "used": "x", "timesUsed": -1, "currency": None}
    me = {"profile": {}, **nonsense, "username": None, "role": "admin", "active": False}
    changed = await admin.put(f"/api/products/{made['id']}", json=put)
    assert {**changed.json(), "version": 1, "updatedAt": made["updatedAt"]} == made
    before = (await admin.get(f"/api/promo-codes/{code}")).json()
    assert (await admin.patch(f"/api/promo-codes/{code}", json=patch)).json() == before
    assert (await ada.put("/api/users/me", json=me)).json()["role"] == "customer"
    refused(await ada.get("/api/users?page=1"), 403, "FORBIDDEN")


async def test_stock_is_adjusted_not_patched(admin: httpx.AsyncClient) -> None:
    made = await new_product(admin, stock=5)
    answer = await admin.patch(f"/api/products/{made['id']}", json={"stock": 9})
    refused(answer, 400, "VALIDATION_FAILED")
    assert "/stock" in answer.json()["error"]["details"]["stock"]
    assert (await admin.get(f"/api/products/{made['id']}")).json() == made
