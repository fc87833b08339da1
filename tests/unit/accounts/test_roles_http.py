"""Staff roles: created by owners, assigned to users, and never exceeding the assigner's permissions."""

from typing import Any

import httpx
import pytest

from shop.domain.accounts.permissions import Permission
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import Json, a_name, new_product, new_role, new_staff, refused

pytestmark = pytest.mark.anyio

ROLES = "/api/admin/roles"
EXCEEDS = (403, "EXCEEDS_OWN_PERMISSIONS")


async def username_of(client: httpx.AsyncClient) -> str:
    return str((await client.get("/api/auth/me")).json()["username"])


async def test_a_role_is_made_shown_changed_and_deleted(admin: httpx.AsyncClient) -> None:
    name = a_name("Packer")
    made = await admin.post(ROLES, json={"name": f" {name} ", "permissions": ["staff:read", "orders:write"]})
    assert made.status_code == 201, made.text
    role = made.json()
    assert (role["name"], role["permissions"]) == (name, ["orders:write", "staff:read"])
    assert made.headers["location"] == f"{ROLES}/{role['id']}"
    shown = await admin.get(made.headers["location"])
    assert (shown.json(), shown.headers["etag"]) == (role, made.headers["etag"])
    assert role in (await admin.get(ROLES, params={"page": 1, "limit": 100})).json()["items"]
    path = made.headers["location"]
    changed = await admin.patch(path, json={"permissions": []}, headers={"If-Match": shown.headers["etag"]})
    assert (changed.json()["permissions"], changed.json()["version"]) == ([], 2)
    refused(
        await admin.patch(path, json={}, headers={"If-Match": shown.headers["etag"]}),
        412,
        "PRECONDITION_FAILED",
    )
    refused(await admin.patch(path, json={"version": 1}), 409, "VERSION_CONFLICT")
    assert (await admin.delete(path)).json() == {"ok": True}
    for answer in (await admin.get(path), await admin.patch(path, json={}), await admin.delete(path)):
        refused(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "permissions": []},
        {"name": "\u200b", "permissions": []},
        {"name": "x" * 51, "permissions": []},
        {"name": "a\u0007b", "permissions": []},
        {"name": "Clerk"},
        {"name": "Clerk", "permissions": ["orders"]},
        {"name": "Clerk", "permissions": ["everything:write"]},
    ],
)
async def test_a_bad_role_is_refused(admin: httpx.AsyncClient, body: Json) -> None:
    refused(await admin.post(ROLES, json=body), 400, "VALIDATION_FAILED")


async def test_a_name_is_taken_without_case_and_so_are_those_of_built_in_roles(
    admin: httpx.AsyncClient,
) -> None:
    role = await new_role(admin, "orders:read")
    other = await new_role(admin)
    for name in (role["name"].upper(), "customer", "Admin"):
        refused(await admin.post(ROLES, json={"name": name, "permissions": []}), 409, "ROLE_NAME_TAKEN")
        answer = await admin.patch(f"{ROLES}/{other['id']}", json={"name": name})
        refused(answer, 409, "ROLE_NAME_TAKEN")


async def test_a_role_in_use_cannot_be_deleted(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    role, name = await new_role(admin, "orders:read"), a_name("ada")
    await shop.customer(name)
    given = await admin.patch(f"/api/users/{name}", json={"role": role["name"].upper()})
    assert given.json()["role"] == role["name"]
    refused(await admin.delete(f"{ROLES}/{role['id']}"), 409, "ROLE_IN_USE")
    await admin.patch(f"/api/users/{name}", json={"role": "customer"})
    assert (await admin.delete(f"{ROLES}/{role['id']}")).status_code == 200
    refused(await admin.patch(f"/api/users/{name}", json={"role": role["name"]}), 400, "VALIDATION_FAILED")


async def test_a_changed_role_takes_effect_immediately_for_all_its_users(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    staff = await new_staff(shop, admin, "orders:read")
    assert (await staff.get("/api/admin/orders?page=1")).status_code == 200
    name = (await admin.get(f"/api/users/{await username_of(staff)}")).json()["role"]
    [role] = [
        each
        for each in (await admin.get(ROLES, params={"page": 1, "limit": 100})).json()["items"]
        if each["name"] == name
    ]
    await admin.patch(f"{ROLES}/{role['id']}", json={"permissions": ["catalogue:write"]})
    refused(await staff.get("/api/admin/orders?page=1"), 403, "FORBIDDEN")
    made = await staff.post("/api/products", json={"name": "Mug", "price": 5})
    assert made.status_code == 201, "to write includes to read"
    assert (await staff.get("/api/admin/products?page=1")).status_code == 200


async def test_staff_see_what_their_permissions_show(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await new_product(admin, active=False)
    path = f"/api/products/{product['id']}"
    assert (await (await new_staff(shop, admin, "catalogue:read")).get(path)).status_code == 200
    refused(await (await new_staff(shop, admin, "orders:write")).get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("permission", "change", "status"),
    [
        ("staff:write", {"role": "customer"}, 200),
        ("staff:write", {"active": False}, 403),
        ("staff:write", {"role": "customer", "active": False}, 403),
        ("customers:write", {"active": False}, 200),
        ("customers:write", {"role": "ROLE"}, 403),
        ("customers:write", {"role": "customer", "active": False}, 200),
        ("customers:read", {"active": False}, 403),
    ],
)
async def test_a_role_needs_staff_write_and_the_rest_customers_write(
    shop: ShopHarness, admin: httpx.AsyncClient, permission: str, change: Json, status: int
) -> None:
    name, role = a_name("customer"), await new_role(admin)
    await shop.customer(name)
    if "role" in change:
        change = {**change, "role": change["role"].replace("ROLE", role["name"])}
    staff = await new_staff(shop, admin, permission)
    answer = await staff.patch(f"/api/users/{name}", json=change)
    assert answer.status_code == status, answer.text


async def test_users_cannot_grant_or_revoke_more_than_their_own_permissions(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    staff = await new_staff(shop, admin, "staff:write", "customers:write", "orders:write")
    more = await new_role(admin, "catalogue:read")
    less = await new_role(admin, "orders:read")
    boss, clerk, customer = a_name("boss"), a_name("clerk"), a_name("customer")
    await shop.admin(boss)
    await shop.customer(clerk)
    await shop.customer(customer)
    await admin.patch(f"/api/users/{clerk}", json={"role": more["name"]})
    body: dict[str, Any] = {"name": a_name("role"), "permissions": ["orders:read", "catalogue:read"]}
    for answer in (
        await staff.post(ROLES, json=body),
        await staff.patch(f"{ROLES}/{less['id']}", json={"permissions": ["settings:write"]}),
        await staff.patch(f"{ROLES}/{more['id']}", json={"permissions": ["orders:read"]}),
        await staff.delete(f"{ROLES}/{more['id']}"),
        await staff.patch(f"/api/users/{customer}", json={"role": "admin"}),
        await staff.patch(f"/api/users/{customer}", json={"role": more["name"]}),
        await staff.patch(f"/api/users/{await username_of(staff)}", json={"role": "admin"}),
        *[
            await request
            for name in (boss, clerk)
            for request in (
                staff.patch(f"/api/users/{name}", json={"role": "customer"}),
                staff.patch(f"/api/users/{name}", json={"active": False}),
                staff.delete(f"/api/users/{name}"),
            )
        ],
    ):
        refused(answer, *EXCEEDS)
    assert (await staff.patch(f"/api/users/{customer}", json={"role": less["name"]})).status_code == 200
    assert (await staff.patch(f"/api/users/{clerk}", json={})).status_code == 200
    assert (await staff.delete(f"/api/users/{customer}")).status_code == 200


@pytest.mark.parametrize("change", [{"role": "customer"}, {"active": False}])
async def test_staff_with_fewer_permissions_do_not_learn_who_the_last_admin_is(change: Json) -> None:
    async with shop_harness() as shop:
        staff = await new_staff(shop, await shop.admin("owner"), "staff:write", "customers:write")
        refused(await staff.patch("/api/users/owner", json=change), *EXCEEDS)


async def test_a_role_with_every_permission_does_not_count_as_the_last_admin(shop: ShopHarness) -> None:
    admin = await shop.log_in("owner")
    staff = await new_staff(shop, admin, *Permission)
    name = a_name("customer")
    await shop.customer(name)
    assert (await staff.patch(f"/api/users/{name}", json={"role": "admin"})).json()["role"] == "admin"
