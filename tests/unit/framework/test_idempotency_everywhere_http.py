"""Every non-public POST honours `Idempotency-Key`: the routes come from the API's own document."""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import httpx
import pyotp
import pytest

from shop.testing import PASSWORD, ShopHarness
from tests.unit.operations import Caller, Operation, documented_operations
from tests.unit.pictures import a_picture, upload
from tests.unit.shopping import Json, a_guest, a_name, new_product

pytestmark = pytest.mark.anyio

WITHOUT_A_KEY: Final = {
    # Logging out ends the session of the request's own token, so a repeated request gets 401 anyway.
    "/api/auth/logout",
}


async def _pay(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    order = (await client.get(f"/api/orders/{operation.path_values['order_id']}")).json()
    (await shop.pay(order)).raise_for_status()
    assert operation.example is not None
    operation.example["amount"] = 1
    operation.example["items"][0]["quantity"] = 1


async def _by_transfer(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    product = await new_product(client, requiresShipping=False)
    items = [{"itemId": product["id"], "quantity": 1}]
    made = await client.post("/api/orders", json={"items": items, "paymentMethod": "transfer"})
    operation.path_values["order_id"] = made.json()["order"]["id"]


async def _know_the_password(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    assert operation.example is not None
    operation.example["currentPassword"] = PASSWORD


async def _have_an_address(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    profile = {"email": f"{a_name('user')}@example.com"}
    (await client.put("/api/users/me", json={"profile": profile})).raise_for_status()


async def _know_the_password_only(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    operation.example = {"password": PASSWORD}


async def _have_a_second_factor(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    made = await client.post("/api/users/me/totp", json={"password": PASSWORD})
    generator = pyotp.TOTP(made.json()["secret"])
    confirming = {"code": generator.at(shop.clock.now())}
    if operation.template.endswith("/confirm"):
        operation.example = confirming
        return
    (await client.post("/api/users/me/totp/confirm", json=confirming)).raise_for_status()
    shop.clock.advance(seconds=30)
    operation.example = {"password": PASSWORD, "code": generator.at(shop.clock.now())}


async def _name_a_new_code(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    assert operation.example is not None
    operation.example["code"] = a_name("NEW")


async def _order_as_a_guest(shop: ShopHarness, client: httpx.AsyncClient, operation: Operation) -> None:
    product = await new_product(await shop.log_in("owner"))
    items = [{"itemId": product["id"], "quantity": 1}]
    body = {"items": items, "contact": {"email": "guest@example.org"}}
    placed = await (await a_guest(shop)).post("/api/orders", json=body)
    assert operation.example is not None
    operation.example["orderToken"] = placed.json()["orderToken"]


PREPARATIONS: Final[dict[str, Callable[[ShopHarness, httpx.AsyncClient, Operation], Awaitable[None]]]] = {
    "/api/admin/orders/{order_id}/mark-paid": _by_transfer,
    "/api/admin/orders/{order_id}/refunds": _pay,
    "/api/orders/claim": _order_as_a_guest,
    "/api/promo-codes": _name_a_new_code,
    "/api/users/me/change-password": _know_the_password,
    "/api/users/me/totp": _know_the_password_only,
    "/api/users/me/totp/confirm": _have_a_second_factor,
    "/api/users/me/totp/disable": _have_a_second_factor,
    "/api/users/me/verify-email": _have_an_address,
}
"""Steps to take before a route's example can succeed, by route."""


def other_bodies(example: Json | None) -> Iterator[Json]:
    """The example with one of its values changed to another of the same type."""
    if example is None:
        yield {"a": 1}
        return
    for name, value in example.items():
        if isinstance(value, bool):
            yield {**example, name: not value}
        elif isinstance(value, int | float):
            yield {**example, name: value + 1}
        elif isinstance(value, str):
            yield {**example, name: f"{value}1"}
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for inner in other_bodies(value[0]):
                yield {**example, name: [inner]}
        elif isinstance(value, dict):
            for inner in other_bodies(value):
                yield {**example, name: inner}


@pytest.fixture
async def posts(shop: ShopHarness) -> list[Operation]:
    operations = await documented_operations(shop)
    return [each for each in operations if each.method == "post" and each.policy != "anonymous"]


async def test_every_non_public_post_except_logout_takes_a_key(posts: list[Operation]) -> None:
    without = {post.template for post in posts if "Idempotency-Key" not in post.parameters("header")}
    assert without == WITHOUT_A_KEY


async def test_the_same_key_gets_the_same_answer_on_every_route(
    shop: ShopHarness, posts: list[Operation]
) -> None:
    for post in posts:
        if post.template not in WITHOUT_A_KEY:
            await _check(shop, post)


async def _check(shop: ShopHarness, post: Operation) -> None:
    caller = Caller(shop, post.policy)
    client = await caller.prepare(post)
    if (prepare := PREPARATIONS.get(post.template)) is not None:
        await prepare(shop, client, post)
    key = a_name("key")

    async def send(who: httpx.AsyncClient, body: Any) -> httpx.Response:
        if post.is_form:
            return await upload(who, picture, **body, **{"Idempotency-Key": key})
        content = None if body is None else json.dumps(body).encode()
        return await who.post(post.path(), content=content, headers={"Idempotency-Key": key})

    picture = a_picture(41, 31)
    if post.is_form:
        post.example = {"alt": "A mug"}
    first = await send(client, post.example)
    assert first.status_code < 300, f"{post.template}: {first.text}"
    assert "idempotent-replayed" not in first.headers
    again = await send(client, post.example)
    assert again.headers.get("idempotent-replayed") == "true", post.template
    assert (again.status_code, again.content) == (first.status_code, first.content), post.template
    for header in ("etag", "location"):
        assert again.headers.get(header) == first.headers.get(header), (post.template, header)
    others = [await send(client, body) for body in other_bodies(post.example)]
    assert [other for other in others if other.status_code == 422], (
        f"{post.template}: no other body was refused"
    )
    for other in others:
        assert other.status_code in {400, 422}, f"{post.template}: {other.text}"
    another_user = await (shop.admin if post.policy == "admin" else shop.customer)(a_name("another"))
    assert "idempotent-replayed" not in (await send(another_user, post.example)).headers, post.template
