"""Every write of an admin leaves an entry in the audit trail: the routes are those that the app has."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from shop.entrypoints.http.framework.policies import permissions_of
from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.audit.catalogue_writes import (
    _adjust_stock,
    _change_category,
    _change_promo_code,
    _create_category,
    _create_product,
    _create_promo_code,
    _delete_category,
    _delete_picture,
    _delete_product,
    _delete_promo_code,
    _describe_picture,
    _replace_variants,
    _revise_product,
    _revise_variant,
    _upload_picture,
)
from tests.unit.audit.writes import (
    AS_FORM,
    Write,
    _a_paid_order,
    _add_order_note,
    _change_api_key,
    _change_role,
    _change_user,
    _close_account,
    _create_api_key,
    _create_role,
    _delete_role,
    _mark_order_paid,
    _move_order,
    _refund_order,
    _resend_message,
    _revoke_api_key,
    _verify_vat_id,
)
from tests.unit.pictures import upload
from tests.unit.rule_writes import rule_writes
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    exact,
    new_product,
    refused,
)
from tests.unit.webhook_writes import webhook_writes

pytestmark = pytest.mark.anyio

READS = {"GET", "HEAD", "OPTIONS"}
Preparation = Callable[[ShopHarness, httpx.AsyncClient], Awaitable[Write]]


WRITES: dict[tuple[str, str], Preparation] = {
    ("POST", "/api/products"): _create_product,
    ("PUT", "/api/products/{product_id}"): _revise_product,
    ("PATCH", "/api/products/{product_id}"): _revise_product,
    ("PUT", "/api/products/{product_id}/variants"): _replace_variants,
    ("PATCH", "/api/products/{product_id}/variants/{variant_id}"): _revise_variant,
    ("DELETE", "/api/products/{product_id}"): _delete_product,
    ("POST", "/api/products/{product_id}/stock"): _adjust_stock,
    ("POST", "/api/categories"): _create_category,
    ("PATCH", "/api/categories/{category_id}"): _change_category,
    ("DELETE", "/api/categories/{category_id}"): _delete_category,
    ("POST", "/api/promo-codes"): _create_promo_code,
    ("PATCH", "/api/promo-codes/{code}"): _change_promo_code,
    ("DELETE", "/api/promo-codes/{code}"): _delete_promo_code,
    ("PATCH", "/api/users/{username}"): _change_user,
    ("DELETE", "/api/users/{username}"): _close_account,
    ("POST", "/api/admin/messages/{message_id}/resend"): _resend_message,
    ("POST", "/api/admin/roles"): _create_role,
    ("PATCH", "/api/admin/roles/{role_id}"): _change_role,
    ("DELETE", "/api/admin/roles/{role_id}"): _delete_role,
    ("POST", "/api/admin/api-keys"): _create_api_key,
    ("PATCH", "/api/admin/api-keys/{key_id}"): _change_api_key,
    ("DELETE", "/api/admin/api-keys/{key_id}"): _revoke_api_key,
    ("POST", "/api/admin/media"): _upload_picture,
    ("PATCH", "/api/admin/media/{media_id}"): _describe_picture,
    ("DELETE", "/api/admin/media/{media_id}"): _delete_picture,
    ("PUT", "/api/admin/orders/{order_id}"): _move_order,
    ("PATCH", "/api/admin/orders/{order_id}"): _verify_vat_id,
    ("POST", "/api/admin/orders/{order_id}/mark-paid"): _mark_order_paid,
    ("POST", "/api/admin/orders/{order_id}/notes"): _add_order_note,
    ("POST", "/api/admin/orders/{order_id}/refunds"): _refund_order,
    **rule_writes(),
    **webhook_writes(),
}


def writes_of_admins(shop: ShopHarness) -> set[tuple[str, str]]:
    """Method and path of every route that only admins may call and that isn't a read."""
    return {
        (method, route.path_format)
        for route in shop.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if permissions_of(handler)
        for method in handler.http_methods - READS
    }


async def trail(admin: httpx.AsyncClient, **query: str) -> list[Json]:
    answer = await admin.get("/api/admin/audit", params={"page": "1", **query})
    assert answer.status_code == 200, answer.text
    return list(exact(answer)["items"])


async def test_every_write_of_admins_is_looked_at_here(shop: ShopHarness) -> None:
    assert writes_of_admins(shop) == WRITES.keys()


@pytest.mark.parametrize("write", WRITES, ids=" ".join)
async def test_a_write_leaves_one_entry(
    shop: ShopHarness, admin: httpx.AsyncClient, write: tuple[str, str]
) -> None:
    path, subject_id, body, said = await WRITES[write](shop, admin)
    before = await trail(admin, limit="100")
    answer = await (upload(admin) if body is AS_FORM else admin.request(write[0], path, json=body))
    assert answer.status_code < 300, answer.text
    entry, *others = await trail(admin, limit="100")
    assert others == before[: len(others)], "more than one entry, or one that changed"
    assert entry.pop("id")
    if write == ("POST", "/api/admin/api-keys"):
        assert entry["after"].pop("prefix") == answer.json()["prefix"]
    if "refundId" in entry["after"]:
        assert entry["after"].pop("refundId") == answer.json()["refund"]["id"]
    if "noteId" in entry["after"]:
        assert entry["after"].pop("noteId") == answer.json()["id"]
    if "deliveryId" in entry["after"]:
        assert entry["after"].pop("deliveryId") == answer.json()["id"]
    assert entry.pop("at").startswith(f"{shop.clock.now():%Y-%m-%dT%H:%M:%S}")
    kind = said["action"].partition(".")[0]
    subject = {"kind": kind, "id": subject_id or answer.json()["id"]}
    assert entry == {"actor": "owner", "username": "owner", "subject": subject, **said}
    assert (await trail(admin, subjectId=subject["id"]))[0]["action"] == said["action"]


@pytest.mark.parametrize("write", WRITES, ids=" ".join)
async def test_a_write_that_is_refused_leaves_none(
    shop: ShopHarness, admin: httpx.AsyncClient, write: tuple[str, str]
) -> None:
    path, subject_id, body, _ = await WRITES[write](shop, admin)
    before = await trail(admin)
    if subject_id and write[0] != "POST":
        stale = await admin.request(write[0], path, json=body, headers={"If-Match": '"999"'})
        refused(stale, 412, "PRECONDITION_FAILED")
    if body is AS_FORM:
        assert (await upload(admin, b"no picture")).status_code == 415
    elif body is not None:
        unknown = {**body, "unknown": 1}
        refused(await admin.request(write[0], path, json=unknown), 400, "VALIDATION_FAILED")
    assert await trail(admin) == before


async def test_what_is_asked_twice_under_one_key_leaves_one_entry(admin: httpx.AsyncClient) -> None:
    made = await new_product(admin)
    key = {"Idempotency-Key": a_name("key")}
    for _ in range(2):
        await admin.post(f"/api/products/{made['id']}/stock", json={"change": 1}, headers=key)
    actions = [entry["action"] for entry in await trail(admin, subjectId=made["id"])]
    assert sorted(actions) == ["product.created", "product.stock-adjusted"]


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
async def test_whichever_way_an_admin_cancels(
    shop: ShopHarness, admin: httpx.AsyncClient, method: str
) -> None:
    order = await _a_paid_order(shop, admin)
    path = f"/api/orders/{order['id']}"
    calls: dict[str, tuple[str, Any]] = {
        "POST": (f"{path}/cancel", None),
        "DELETE": (path, None),
        "PUT": (f"/api/admin/orders/{order['id']}", {"status": "cancelled", "reason": "recalled"}),
    }
    address, body = calls[method]
    assert (await admin.request(method, address, json=body)).status_code == 200
    [entry] = await trail(admin, subject="order", subjectId=order["id"])
    reason = {"reason": "recalled"} if method == "PUT" else {}
    assert (entry["action"], entry["before"]) == ("order.cancelled", {"status": "paid"})
    assert entry["after"] == {"status": "cancelling", **reason}


async def test_customers_leave_none_but_when_they_go(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    name = a_name("customer")
    client = await shop.customer(name)
    user_id = (await client.get("/api/auth/me")).json()["id"]
    order = await buy(client, await new_product(admin))
    await client.post(f"/api/orders/{order['id']}/cancel")
    assert await trail(admin, username=name) == []
    assert (await client.delete("/api/users/me")).status_code == 200
    assert await trail(admin, username=name) == []
    [entry] = await trail(admin, subjectId=user_id)
    assert (entry["action"], entry["username"]) == ("user.deleted", f"deleted-{user_id.replace('-', '')}")


async def test_whoever_has_the_command_line_is_named_so(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    name = a_name("boss")
    boss = await shop.admin(name)
    user_id = (await boss.get("/api/auth/me")).json()["id"]
    [entry] = await trail(admin, subject="user", subjectId=user_id)
    assert (entry["username"], entry["action"]) == ("command line", "user.created")
    assert (entry["before"], entry["after"]) == ({}, {"role": "admin", "active": True})


async def test_nothing_personal_and_no_secret_is_kept() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        person = {"displayName": "Zoe Example", "email": "zoe@example.com"}
        await shop.client.post("/api/auth/signup", json={"username": "zoe", "password": PASSWORD, **person})
        zoe = await shop.log_in("zoe")
        await admin.patch("/api/users/zoe", json={"role": "admin"})
        product = await new_product(zoe)
        order = await buy(zoe, product, contact={"email": "zoe@example.com"})
        await admin.put(f"/api/admin/orders/{order['id']}", json={"status": "cancelled"})
        [*_, made] = await trail(admin, username="ZOE")
        assert made["action"] == "product.created"
        await admin.delete("/api/users/zoe")
        answer = await admin.get("/api/admin/audit?page=1&limit=100")
        assert answer.json()["total"] >= 5
        for secret in ("zoe", "Zoe Example", "password", "argon2", PASSWORD, "token", "ecret"):
            assert secret not in answer.text


async def test_filters(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    shop.clock.advance(minutes=1)
    now = f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    made = await new_product(admin)
    assert [entry["subject"]["id"] for entry in await trail(admin, **{"from": now})] == [made["id"]]
    assert await trail(admin, **{"from": now, "to": now}) == []
    assert (await trail(admin, subject="product", username="OWNER"))[0]["subject"]["id"] == made["id"]
    for query, field in (
        ({"subject": "cart"}, "subject"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "from"),
        ({"to": "never"}, "to"),
    ):
        answer = await admin.get("/api/admin/audit", params={"page": "1", **query})
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {field}
