"""Who may call which route: every route of the app against every kind of caller. Nothing here is listed by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from litestar.routes import HTTPRoute

from shop.domain.accounts.permissions import Permission, with_reads
from shop.entrypoints.http.framework.policies import Permits, Policy, policy_of
from shop.testing import ShopHarness
from tests.unit.shopping import a_name, new_api_key, new_staff

pytestmark = pytest.mark.anyio

ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
NONSENSE = b'{"nonsense'
NOT_FOR_CALLERS = {"OPTIONS", "HEAD"}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    policy: Permits

    def admits(self, *permissions: Permission) -> bool:
        """Whether a user with just these permissions may call it."""
        return not isinstance(self.policy, tuple) or bool(set(self.policy) & with_reads(permissions))


def routes_of(shop: ShopHarness) -> Iterator[Route]:
    for route in shop.app.routes:
        assert isinstance(route, HTTPRoute)
        path = route.path_format
        for name in route.path_parameters:
            path = path.replace(f"{{{name}}}", ID)
        for handler in route.route_handlers:
            policy = policy_of(handler)
            for method in handler.http_methods - NOT_FOR_CALLERS:
                assert policy is not None
                yield Route(method, path, policy)


async def status_of(client: httpx.AsyncClient, route: Route) -> int:
    """Return the status of a request whose body is malformed, so that it changes nothing."""
    return (await client.request(route.method, route.path, content=NONSENSE)).status_code


def is_tried(route: Route) -> bool:
    """Whether to try the route: not public ones, and none that end the caller's login."""
    ends_the_login = (route.method, route.path) in {("POST", "/api/auth/logout"), ("DELETE", "/api/users/me")}
    return route.policy is not Policy.PUBLIC and not ends_the_login


async def test_every_non_public_route_needs_a_token(shop: ShopHarness) -> None:
    for route in routes_of(shop):
        if route.policy not in {Policy.PUBLIC, Policy.OPTIONAL}:
            assert await status_of(shop.client, route) == 401, route


@pytest.mark.parametrize("permission", [None, *Permission])
async def test_each_permission_opens_its_routes_and_no_others(
    shop: ShopHarness, admin: httpx.AsyncClient, permission: Permission | None
) -> None:
    permissions = [] if permission is None else [permission]
    staff = await new_staff(shop, admin, *permissions)
    for route in filter(is_tried, routes_of(shop)):
        status = await status_of(staff, route)
        if route.admits(*permissions):
            assert status not in {401, 403}, route
        else:
            assert status == 403, route


@pytest.mark.parametrize("permission", list(Permission))
async def test_a_key_opens_the_routes_of_its_permission_and_no_customer_routes(
    shop: ShopHarness, admin: httpx.AsyncClient, permission: Permission
) -> None:
    key = await new_api_key(shop, admin, permission)
    for route in filter(is_tried, routes_of(shop)):
        status = await status_of(key, route)
        if route.policy is Policy.OPTIONAL or (isinstance(route.policy, tuple) and route.admits(permission)):
            assert status not in {401, 403}, route
        else:
            assert status == 403, route


@pytest.mark.parametrize("end", ["revoked", "expired", "unknown", "of a disabled user"])
async def test_a_key_that_is_not_valid_gets_401(
    shop: ShopHarness, admin: httpx.AsyncClient, end: str
) -> None:
    name = a_name("boss")
    boss = await shop.admin(name)
    expires = f"{shop.clock.now() + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    body = {"name": "scanner", "permissions": list(Permission), "expiresAt": expires}
    made = (await boss.post("/api/admin/api-keys", json=body)).json()
    secret = made["secret"][:-1] + "~" if end == "unknown" else made["secret"]
    key = await shop.open_client({"Authorization": f"Bearer {secret}"})
    if end != "unknown":
        assert (await key.get("/api/admin/orders?page=1")).status_code == 200
    if end == "revoked":
        assert (await admin.delete(f"/api/admin/api-keys/{made['id']}")).status_code == 200
    if end == "expired":
        shop.clock.advance(minutes=5)
    if end == "of a disabled user":
        assert (await admin.patch(f"/api/users/{name}", json={"active": False})).status_code == 200
    for route in routes_of(shop):
        if route.policy not in {Policy.PUBLIC, Policy.OPTIONAL}:
            assert await status_of(key, route) == 401, route


async def test_every_permission_but_one_opens_a_route(shop: ShopHarness) -> None:
    used = {
        permission
        for route in routes_of(shop)
        if isinstance(route.policy, tuple)
        for permission in route.policy
    }
    assert set(Permission) - used == {Permission.STATISTICS_WRITE}


async def test_the_document_says_which_permission_a_route_needs(shop: ShopHarness) -> None:
    document = (await shop.client.get("/schema/openapi.json")).json()
    compared = 0
    for route in shop.app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            for method in handler.http_methods - NOT_FOR_CALLERS:
                policy = policy_of(handler)
                operation = document["paths"].get(route.path_format, {}).get(method.lower(), {})
                if handler.include_in_schema is False or not operation:
                    continue
                said = [operation.get("x-permission"), *operation.get("x-permission-or", [])]
                assert said == (list(policy) if isinstance(policy, tuple) else [None]), route.path_format
                compared += 1
    assert compared > 50
