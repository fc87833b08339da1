"""Every write of staff, each ready to be made once."""

from typing import Any

import httpx

from shop.testing import PASSWORD, ShopHarness
from tests.unit.shopping import (
    Json,
    Number,
    a_name,
    buy,
    new_message,
    new_product,
    new_role,
)

Write = tuple[str, str, Json | None, Json]
"""Path, the subject's id (empty: in the answer's `id`), body, and what the entry says beside who and when."""
AS_FORM: Any = object()
"""In place of a body: the request is a form with a picture."""


async def _change_user(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    user = await _a_user(shop)
    said = {
        "action": "user.changed",
        "before": {"role": "customer", "active": True},
        "after": {"role": "admin", "active": False},
    }
    return f"/api/users/{user['username']}", user["id"], {"role": "admin", "active": False}, said


async def _close_account(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    user = await _a_user(shop)
    said = {"action": "user.deleted", "before": {"role": "customer", "active": True}, "after": {}}
    return f"/api/users/{user['username']}", user["id"], None, said


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


async def _create_role(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    name = a_name("role")
    after = {
        "name": name,
        "permissions": ["orders:read", "staff:write"],
        "createdAt": f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "version": 1,
    }
    body = {"name": name, "permissions": ["staff:write", "orders:read"]}
    return "/api/admin/roles", "", body, {"action": "role.created", "before": {}, "after": after}


async def _change_role(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    role = await new_role(admin, "orders:read")
    said = {
        "action": "role.changed",
        "before": {"permissions": ["orders:read"], "version": 1},
        "after": {"permissions": ["orders:write"], "version": 2},
    }
    return f"/api/admin/roles/{role['id']}", role["id"], {"permissions": ["orders:write"]}, said


async def _delete_role(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    role = await new_role(admin, "orders:read")
    before = {name: role[name] for name in ("name", "permissions", "createdAt", "version")}
    said = {"action": "role.deleted", "before": before, "after": {}}
    return f"/api/admin/roles/{role['id']}", role["id"], None, said


async def _create_api_key(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    body = {"name": a_name("key"), "permissions": ["orders:write"]}
    said = {"action": "api-key.created", "before": {}, "after": {**body, **_shown_of_key(shop)}}
    return "/api/admin/api-keys", "", body, said


async def _change_api_key(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    key = await _an_api_key(admin)
    said = {
        "action": "api-key.changed",
        "before": {"permissions": ["orders:read"], "version": 1},
        "after": {"permissions": ["orders:write"], "version": 2},
    }
    return f"/api/admin/api-keys/{key['id']}", key["id"], {"permissions": ["orders:write"]}, said


async def _revoke_api_key(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    key = await _an_api_key(admin)
    before = {name: key[name] for name in ("name", "permissions", "prefix")} | _shown_of_key(shop)
    said = {"action": "api-key.revoked", "before": before, "after": {}}
    return f"/api/admin/api-keys/{key['id']}", key["id"], None, said


async def _an_api_key(admin: httpx.AsyncClient) -> Json:
    body = {"name": a_name("key"), "permissions": ["orders:read"]}
    return dict((await admin.post("/api/admin/api-keys", json=body)).json())


def _shown_of_key(shop: ShopHarness) -> Json:
    made = f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    return {"expiresAt": None, "lastUsedAt": None, "createdAt": made, "version": 1}


async def _a_user(shop: ShopHarness) -> Json:
    body = {"username": a_name("user"), "password": PASSWORD}
    return dict((await shop.client.post("/api/auth/signup", json=body)).json()["user"])


async def _a_paid_order(shop: ShopHarness, admin: httpx.AsyncClient) -> Json:
    customer = await shop.customer(a_name("customer"))
    order = await buy(customer, await new_product(admin))
    await shop.pay(order)
    return order
