"""Writes of webhooks, and their audit entries."""

from typing import Any

import httpx

from shop.testing import ShopHarness
from tests.unit.shopping import Json

PATH = "/api/admin/webhooks"
_SHOWN = {"url": "https://example.com/hooks", "events": ["product.*"], "active": True, "description": None}

Write = tuple[str, str, Any, Json]
"""The path, the id of the subject, the body, and the expected audit entry."""


async def new_webhook(admin: httpx.AsyncClient) -> Json:
    made = await admin.post(PATH, json={"url": _SHOWN["url"], "events": _SHOWN["events"]})
    assert made.status_code == 201, made.text
    return dict(made.json())


def _fields(shop: ShopHarness) -> Json:
    return {**_SHOWN, "createdAt": f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}", "version": 1}


async def _create(shop: ShopHarness, _: httpx.AsyncClient) -> Write:
    body = {"url": _SHOWN["url"], "events": _SHOWN["events"]}
    return PATH, "", body, {"action": "webhook.created", "before": {}, "after": _fields(shop)}


async def _change(_: ShopHarness, admin: httpx.AsyncClient) -> Write:
    webhook = await new_webhook(admin)
    said = {
        "action": "webhook.changed",
        "before": {"active": True, "version": 1},
        "after": {"active": False, "version": 2},
    }
    return f"{PATH}/{webhook['id']}", webhook["id"], {"active": False}, said


async def _delete(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    webhook = await new_webhook(admin)
    said = {"action": "webhook.deleted", "before": _fields(shop), "after": {}}
    return f"{PATH}/{webhook['id']}", webhook["id"], None, said


async def _rotate_secret(_: ShopHarness, admin: httpx.AsyncClient) -> Write:
    webhook = await new_webhook(admin)
    said = {"action": "webhook.secret-rotated", "before": {"version": 1}, "after": {"version": 2}}
    return f"{PATH}/{webhook['id']}/rotate-secret", webhook["id"], None, said


async def _test(_: ShopHarness, admin: httpx.AsyncClient) -> Write:
    webhook = await new_webhook(admin)
    said = {"action": "webhook.tested", "before": {}, "after": {"eventType": "webhook.test"}}
    return f"{PATH}/{webhook['id']}/test", webhook["id"], None, said


async def _redeliver(_: ShopHarness, admin: httpx.AsyncClient) -> Write:
    webhook = await new_webhook(admin)
    delivery = (await admin.post(f"{PATH}/{webhook['id']}/test")).json()
    said = {"action": "webhook.redelivered", "before": {}, "after": {"eventType": "webhook.test"}}
    path = f"{PATH}/{webhook['id']}/deliveries/{delivery['id']}/redeliver"
    return path, webhook["id"], None, said


def webhook_writes() -> dict[tuple[str, str], Any]:
    """Return by method and path the functions that prepare a write and return it with its audit entry."""
    one = f"{PATH}/{{webhook_id}}"
    return {
        ("POST", PATH): _create,
        ("PATCH", one): _change,
        ("DELETE", one): _delete,
        ("POST", f"{one}/rotate-secret"): _rotate_secret,
        ("POST", f"{one}/test"): _test,
        ("POST", f"{one}/deliveries/{{delivery_id}}/redeliver"): _redeliver,
    }
