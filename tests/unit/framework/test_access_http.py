"""Requests that are refused without a login or a permission."""

import httpx
import pytest

from shop.testing import ShopHarness
from tests.routes import Route, api_routes
from tests.unit.framework.test_everywhere_http import (
    NONSENSE,
    OF_ADMINS,
    OF_ANYONE,
    OF_USERS,
    UNUSABLE_TOKENS,
    WITH_BODY,
)
from tests.unit.framework.toy import error_of
from tests.unit.shopping import (
    refused,
)

pytestmark = pytest.mark.anyio


async def without_access(shop: ShopHarness, route: Route, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = await shop.client.request(route.method, route.path, content=NONSENSE, headers=headers)
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", OF_USERS + OF_ADMINS, ids=str)
async def test_unauthenticated_requests_get_401(shop: ShopHarness, route: Route) -> None:
    await without_access(shop, route, None)
    await without_access(shop, route, "Bearer a.b.c")


@pytest.mark.parametrize("authorization", UNUSABLE_TOKENS)
async def test_every_unusable_token_gets_401(shop: ShopHarness, authorization: str | None) -> None:
    """One route of each kind is enough: the same function checks the tokens of all routes."""
    await without_access(shop, OF_USERS[0], authorization)
    await without_access(shop, OF_ADMINS[0], authorization)


@pytest.mark.parametrize("route", OF_ADMINS, ids=str)
async def test_admin_routes_are_forbidden_to_customers(
    shop: ShopHarness, ada: httpx.AsyncClient, route: Route
) -> None:
    answer = await ada.request(route.method, route.path, content=NONSENSE)
    refused(answer, 403, "FORBIDDEN")
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("route", OF_ANYONE, ids=str)
async def test_public_routes_need_no_token(shop: ShopHarness, route: Route) -> None:
    """An empty request may be invalid, but a login is not required."""
    answer = await shop.client.request(route.method, route.path)
    assert answer.status_code in (200, 201, 202, 400, 404)
    if answer.status_code == 400:
        assert error_of(answer)["code"] in ("VALIDATION_FAILED", "MALFORMED_JSON")


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/metrics", "/schema", "/schema/openapi.json"]
)
async def test_machine_routes_need_no_token(shop: ShopHarness, path: str) -> None:
    assert (await shop.client.get(path)).status_code == 200


def test_routes_of_every_policy_are_found() -> None:
    assert min(len(OF_USERS), len(OF_ADMINS), len(OF_ANYONE), len(WITH_BODY)) > 5
    assert len(OF_USERS) + len(OF_ADMINS) + len(OF_ANYONE) == len(api_routes())


async def test_an_expired_token_gets_401(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    shop.clock.advance(minutes=59, seconds=59)
    assert (await ada.get("/api/cart")).status_code == 200
    shop.clock.advance(seconds=1)
    answer = await ada.get("/api/cart")
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_token_gets_401(ada: httpx.AsyncClient) -> None:
    assert (await ada.post("/api/auth/logout")).json() == {"ok": True}
    answer = await ada.get("/api/cart")
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_with_a_wrong_signature_gets_401(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    header, claims, signature = ada.headers["authorization"].split(".")
    for forged in (f"{header}.{claims}.", f"{header}.{claims}.{signature[::-1]}", f"{header}..{signature}"):
        answer = await shop.client.get("/api/cart", headers={"Authorization": forged})
        refused(answer, 401, "UNAUTHENTICATED")
