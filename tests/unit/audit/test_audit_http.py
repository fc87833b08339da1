"""Every write of an admin leaves an entry in the audit trail: the routes are those that the app has."""

from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from shop.entrypoints.http.framework.policies import permissions_of
from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.account_writes import account_writes
from tests.unit.audit.write import AS_FORM, Preparation, Write
from tests.unit.catalogue_writes import catalogue_writes
from tests.unit.documented_resources import writes_of_resources
from tests.unit.imports import start_import
from tests.unit.pictures import upload
from tests.unit.rule_writes import rule_writes
from tests.unit.shopping import (
    Json,
    Number,
    a_name,
    buy,
    exact,
    new_message,
    new_product,
    refused,
)
from tests.unit.webhook_writes import webhook_writes

pytestmark = pytest.mark.anyio

READS = {"GET", "HEAD", "OPTIONS"}


async def _move_order(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    order = await _a_paid_order(shop, admin)
    said = {
        "action": "order.shipped",
        "before": {"status": "paid"},
        "after": {"status": "shipped", "reason": "by bike"},
    }
    body = {"status": "shipped", "reason": "by bike"}
    return f"/api/admin/orders/{order['id']}", order["id"], body, said


async def _mark_order_paid(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    customer = await shop.customer(a_name("customer"))
    order = await buy(customer, await new_product(admin), paymentMethod="transfer")
    said = {
        "action": "order.marked-paid",
        "before": {"status": "pending"},
        "after": {"status": "paid", "reason": "line 7"},
    }
    return f"/api/admin/orders/{order['id']}/mark-paid", order["id"], {"reference": "line 7"}, said


async def _add_order_note(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    order = await _a_paid_order(shop, admin)
    said = {"action": "order.noted", "before": {}, "after": {}}
    return f"/api/admin/orders/{order['id']}/notes", order["id"], {"text": "Ada rang"}, said


async def _verify_vat_id(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    customer = await shop.customer(a_name("buyer"))
    order = await buy(customer, await new_product(admin), contact={"vatId": "DE136695976"})
    before, after = {"vatIdVerified": False}, {"vatIdVerified": True}
    said = {"action": "order.vat-id-verified", "before": before, "after": after}
    return f"/api/admin/orders/{order['id']}", order["id"], {"vatIdVerified": True}, said


async def _refund_order(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    order = await _a_paid_order(shop, admin)
    after = {"amount": Number("2.50"), "currency": "USD", "restock": False, "reason": "a scratch"}
    said = {"action": "order.refunded", "before": {}, "after": after}
    body = {"amount": 2.5, "reason": "a scratch"}
    return f"/api/admin/orders/{order['id']}/refunds", order["id"], body, said


async def _resend_message(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    message_id = await new_message(shop, admin)
    said = {"action": "message.resent", "before": {}, "after": {}}
    return f"/api/admin/messages/{message_id}/resend", message_id, None, said


WRITES: dict[tuple[str, str], Preparation] = {
    ("POST", "/api/admin/messages/{message_id}/resend"): _resend_message,
    ("PUT", "/api/admin/orders/{order_id}"): _move_order,
    ("PATCH", "/api/admin/orders/{order_id}"): _verify_vat_id,
    ("POST", "/api/admin/orders/{order_id}/mark-paid"): _mark_order_paid,
    ("POST", "/api/admin/orders/{order_id}/notes"): _add_order_note,
    ("POST", "/api/admin/orders/{order_id}/refunds"): _refund_order,
    **account_writes(),
    **catalogue_writes(),
    **rule_writes(),
    **webhook_writes(),
}
WRITES |= writes_of_resources({*WRITES})


async def _a_paid_order(shop: ShopHarness, admin: httpx.AsyncClient) -> Json:
    customer = await shop.customer(a_name("customer"))
    order = await buy(customer, await new_product(admin))
    await shop.pay(order)
    return order


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


def _without_names(entries: list[Json]) -> list[Json]:
    """The entries without what people call the subjects now: it goes when a subject is deleted."""
    return [
        {**entry, "subject": {"kind": entry["subject"]["kind"], "id": entry["subject"]["id"]}}
        for entry in entries
    ]


async def test_every_admin_write_is_covered_by_these_tests(shop: ShopHarness) -> None:
    assert writes_of_admins(shop) == WRITES.keys()


async def _sent_as_form(admin: httpx.AsyncClient, path: str, content: bytes | None = None) -> httpx.Response:
    return await (upload if path.endswith("media") else start_import)(admin, content)


@pytest.mark.parametrize("write", WRITES, ids=" ".join)
async def test_every_write_records_one_entry(
    shop: ShopHarness, admin: httpx.AsyncClient, write: tuple[str, str]
) -> None:
    path, subject_id, body, said = await WRITES[write](shop, admin)
    before = _without_names(await trail(admin, limit="100"))
    answer = await (
        _sent_as_form(admin, path) if body is AS_FORM else admin.request(write[0], path, json=body)
    )
    assert answer.status_code < 300, answer.text
    entry, *others = _without_names(await trail(admin, limit="100"))
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
async def test_a_refused_write_records_no_entry(
    shop: ShopHarness, admin: httpx.AsyncClient, write: tuple[str, str]
) -> None:
    path, subject_id, body, _ = await WRITES[write](shop, admin)
    before = await trail(admin)
    if subject_id and write[0] != "POST":
        stale = await admin.request(write[0], path, json=body, headers={"If-Match": '"999"'})
        refused(stale, 412, "PRECONDITION_FAILED")
    if body is AS_FORM:
        assert (await _sent_as_form(admin, path, b"")).status_code in (400, 415)
    elif body is not None:
        unknown = {**body, "unknown": 1}
        refused(await admin.request(write[0], path, json=unknown), 400, "VALIDATION_FAILED")
    assert await trail(admin) == before


async def test_a_replayed_request_records_one_entry(admin: httpx.AsyncClient) -> None:
    made = await new_product(admin)
    key = {"Idempotency-Key": a_name("key")}
    for _ in range(2):
        await admin.post(f"/api/products/{made['id']}/stock", json={"change": 1}, headers=key)
    actions = [entry["action"] for entry in await trail(admin, subjectId=made["id"])]
    assert sorted(actions) == ["product.created", "product.stock-adjusted"]


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
async def test_every_way_of_cancelling_is_audited(
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


async def test_customers_are_audited_only_when_they_close_their_account(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
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


async def test_the_command_line_is_named_as_the_actor(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
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
