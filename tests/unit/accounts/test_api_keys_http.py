"""API keys: their secret is shown once, and they have the permissions that they share with their creator."""

from typing import Any

import httpx
import pytest

from shop.domain.accounts.permissions import Permission
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import Json, a_name, buy, new_api_key, new_product, new_staff, refused

pytestmark = pytest.mark.anyio

KEYS = "/api/admin/api-keys"
EXCEEDS = (403, "EXCEEDS_OWN_PERMISSIONS")


async def made(client: httpx.AsyncClient, *permissions: str, **more: Any) -> Json:
    body = {"name": a_name("key"), "permissions": list(permissions), **more}
    answer = await client.post(KEYS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def acting_with(shop: ShopHarness, key: Json) -> httpx.AsyncClient:
    return await shop.open_client({"Authorization": f"Bearer {key['secret']}"})


async def test_the_secret_is_shown_once(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    answer = await admin.post(KEYS, json={"name": " Scanner ", "permissions": ["orders:write"]})
    key = answer.json()
    secret = key.pop("secret")
    assert secret.startswith("shop_sk_")
    assert len(secret) >= len("shop_sk_") + 43
    assert key["name"] == "Scanner"
    assert key["prefix"] == secret[: len(key["prefix"])]
    assert len(key["prefix"]) < len("shop_sk_") + 8
    assert answer.headers["location"] == f"{KEYS}/{key['id']}"
    shown = await admin.get(answer.headers["location"])
    assert shown.json() == key
    listed = await admin.get(KEYS, params={"page": 1, "limit": 100})
    assert key in listed.json()["items"]
    assert secret not in shown.text + listed.text
    audit = await admin.get("/api/admin/audit", params={"page": 1, "subjectId": key["id"]})
    assert audit.json()["total"] == 1
    assert secret not in audit.text


async def test_a_lost_answer_is_given_again_with_its_secret_which_is_not_stored_in_the_clear() -> None:
    async with shop_harness(secret_keys=("k" * 32,)) as shop:
        admin = await shop.admin()
        body, headers = {"name": "Scanner", "permissions": []}, {"Idempotency-Key": "a key"}
        first = await admin.post(KEYS, json=body, headers=headers)
        again = await admin.post(KEYS, json=body, headers=headers)
        assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
        assert again.headers["location"] == first.headers["location"]
        tables = shop.container.storage.store.tables  # type: ignore[attr-defined]
        assert first.json()["secret"] not in repr(tables)
        storage = shop.container.storage
    async with shop_harness(storage, secret_keys=("x" * 32, "k" * 32)) as shop:
        admin = await shop.log_in("owner")
        again = await admin.post(KEYS, json=body, headers=headers)
        assert again.content == first.content, "an old key still opens what it sealed"
    async with shop_harness(storage, secret_keys=("x" * 32,)) as shop:
        admin = await shop.log_in("owner")
        refused(await admin.post(KEYS, json=body, headers=headers), 409, "ANSWER_GONE")
        assert (await admin.get(f"{KEYS}?page=1")).json()["total"] == 1


async def test_without_secret_keys_creation_under_an_idempotency_key_is_refused() -> None:
    async with shop_harness(secret_keys=()) as shop:
        admin = await shop.admin()
        body = {"name": "Scanner", "permissions": []}
        answer = await admin.post(KEYS, json=body, headers={"Idempotency-Key": "a key"})
        refused(answer, 409, "SECRET_KEYS_MISSING")
        assert (await admin.get(f"{KEYS}?page=1")).json()["total"] == 0
        assert (await admin.post(KEYS, json=body)).status_code == 201


async def test_changing_and_revoking_a_key_takes_effect_immediately(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    key = await made(admin, "orders:read")
    client, path = await acting_with(shop, key), f"{KEYS}/{key['id']}"
    assert (await client.get("/api/admin/orders?page=1")).status_code == 200
    shown = await admin.get(path)
    changed = await admin.patch(
        path, json={"permissions": ["catalogue:read"]}, headers={"If-Match": shown.headers["etag"]}
    )
    assert (changed.json()["permissions"], changed.json()["version"]) == (["catalogue:read"], 2)
    refused(await client.get("/api/admin/orders?page=1"), 403, "FORBIDDEN")
    assert (await client.get("/api/admin/products?page=1")).status_code == 200
    stale = await admin.patch(path, json={}, headers={"If-Match": shown.headers["etag"]})
    refused(stale, 412, "PRECONDITION_FAILED")
    refused(await admin.patch(path, json={"version": 1}), 409, "VERSION_CONFLICT")
    assert (await admin.delete(path)).json() == {"ok": True}
    refused(await client.get("/api/admin/products?page=1"), 401, "UNAUTHENTICATED")
    for answer in (await admin.get(path), await admin.patch(path, json={}), await admin.delete(path)):
        refused(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"permissions": ["orders"]},
        {"expiresAt": "2026-01-05T08:59:59Z"},
        {"expiresAt": "2026-01-05T09:00:00"},
    ],
)
async def test_bad_terms_are_refused(admin: httpx.AsyncClient, fields: Json) -> None:
    body = {"name": "Scanner", "permissions": [], **fields}
    refused(await admin.post(KEYS, json=body), 400, "VALIDATION_FAILED")


async def test_the_last_use_is_recorded_at_intervals_not_per_request(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    key = await made(admin, "orders:read")
    client, path = await acting_with(shop, key), f"{KEYS}/{key['id']}"
    assert (await admin.get(path)).json()["lastUsedAt"] is None
    recorded = []
    for minutes in (0, 20, 15, 15):
        shop.clock.advance(minutes=minutes)
        shop.container.accounts.api_key_authentication().forget_all()  # as after less than a second
        await client.get("/api/admin/orders?page=1")
        recorded.append((await admin.get(path)).json()["lastUsedAt"])
    assert recorded[0] is not None
    assert recorded == [recorded[0], recorded[0], recorded[2], recorded[2]]
    assert recorded[2] != recorded[0]


async def test_a_key_cannot_use_routes_of_customers(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    key = await new_api_key(shop, admin, *Permission)
    order = await buy(admin, await new_product(admin))
    assert "clientSecret" in order["payment"]
    refused(await key.get(f"/api/orders/{order['id']}"), 403, "FORBIDDEN")
    refused(await key.get("/api/auth/me"), 403, "FORBIDDEN")
    shown = (await key.get(f"/api/admin/orders/{order['id']}")).json()
    assert shown["id"] == order["id"]
    assert shown["payment"].get("clientSecret") is None


async def test_actions_of_a_key_are_audited_under_its_name(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    key = await made(admin, "catalogue:write")
    client = await acting_with(shop, key)
    product = (await client.post("/api/products", json={"name": "Mug", "price": 5})).json()

    async def found(**query: str) -> list[Json]:
        answer = await admin.get("/api/admin/audit", params={"page": "1", "limit": "100", **query})
        return [each for each in answer.json()["items"] if each["subject"]["id"] == product["id"]]

    [entry] = await found(actor=key["name"].upper())
    assert (entry["actor"], entry["username"]) == (key["name"], "owner")
    assert await found(username="owner", action="product.created") == [entry]
    assert await found(actor="owner") == []
    await admin.delete(f"{KEYS}/{key['id']}")
    assert await found(actor=key["name"]) == [entry], "a revoked key keeps its name"
    await admin.delete(f"/api/products/{product['id']}")
    [deleted] = await found(actor="OWNER")
    assert (deleted["actor"], deleted["action"]) == ("owner", "product.deleted")


async def test_idempotency_keys_of_an_api_key_are_its_own(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    first = await acting_with(shop, await made(admin, "catalogue:write"))
    second = await acting_with(shop, await made(admin, "catalogue:write"))
    headers, body = {"Idempotency-Key": a_name("idempotency")}, {"name": "Mug", "price": 5}
    answers = [
        await client.post("/api/products", json=body, headers=headers) for client in (first, second, admin)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 3
    again = await first.post("/api/products", json=body, headers=headers)
    assert again.content == answers[0].content


async def test_a_key_never_has_more_permissions_than_its_creator(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    staff = await new_staff(shop, admin, "staff:write", "orders:read")
    mine = await made(staff, "orders:read")
    more = await made(admin, "orders:write")
    for answer in (
        await staff.post(KEYS, json={"name": "k", "permissions": ["orders:write"]}),
        await staff.patch(f"{KEYS}/{mine['id']}", json={"permissions": ["catalogue:read"]}),
        await staff.patch(f"{KEYS}/{more['id']}", json={"name": "mine now"}),
        await staff.delete(f"{KEYS}/{more['id']}"),
    ):
        refused(answer, *EXCEEDS)
    key = await acting_with(shop, await made(admin, "staff:write"))
    refused(await key.post(KEYS, json={"name": "k", "permissions": ["orders:read"]}), *EXCEEDS)
    refused(
        await key.post("/api/admin/roles", json={"name": a_name("r"), "permissions": ["orders:read"]}),
        *EXCEEDS,
    )
    assert (await key.post(KEYS, json={"name": "k", "permissions": ["staff:read"]})).status_code == 201
    assert (await staff.delete(f"{KEYS}/{mine['id']}")).status_code == 200
