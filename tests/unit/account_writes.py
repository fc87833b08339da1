"""The writes of administrators on accounts, roles and API keys, and what the audit trail says of them."""

import httpx

from shop.testing import PASSWORD, ShopHarness
from tests.unit.audit.write import Preparation, Write
from tests.unit.shopping import (
    Json,
    a_name,
    new_role,
)


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


def account_writes() -> dict[tuple[str, str], Preparation]:
    """The writes by method and path."""
    return {
        ("PATCH", "/api/users/{username}"): _change_user,
        ("DELETE", "/api/users/{username}"): _close_account,
        ("POST", "/api/admin/roles"): _create_role,
        ("PATCH", "/api/admin/roles/{role_id}"): _change_role,
        ("DELETE", "/api/admin/roles/{role_id}"): _delete_role,
        ("POST", "/api/admin/api-keys"): _create_api_key,
        ("PATCH", "/api/admin/api-keys/{key_id}"): _change_api_key,
        ("DELETE", "/api/admin/api-keys/{key_id}"): _revoke_api_key,
    }
