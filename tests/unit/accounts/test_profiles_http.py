"""One's own account, and the administration of accounts."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.framework.toy import error_of
from tests.unit.shopping import a_name

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def shared_shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness(trusted_proxies=("127.0.0.1",)) as shop:
        await shop.admin("owner")
        yield shop


@pytest.fixture
def name() -> str:
    """The username of this test's customer."""
    return a_name("Ada")


@pytest.fixture
async def ada(shop: ShopHarness, name: str) -> httpx.AsyncClient:
    return await shop.customer(name)


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The details of a refusal that was expected."""
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    return error_of(response).get("details", {})


async def log_in(shop: ShopHarness, username: str, password: str = PASSWORD, **fields: Any) -> httpx.Response:
    body = {"username": username, "password": password, **fields.pop("json", {})}
    return await shop.client.post("/api/auth/login", json=body, **fields)


class TestMe:
    async def test_shows_what_the_contract_says(self, shop: ShopHarness, ada: httpx.AsyncClient) -> None:
        me = (await ada.get("/api/auth/me")).json()
        assert {"id", "username", "role", "profile", "createdAt"} <= me.keys()
        assert me["profile"] == {"displayName": None, "email": None, "emailVerified": False}
        assert datetime.fromisoformat(me["createdAt"]) == shop.clock.now()
        assert me["createdAt"].endswith("Z")

    async def test_a_read_profile_can_be_put_back(self, ada: httpx.AsyncClient, name: str) -> None:
        me = (await ada.get("/api/auth/me")).json()
        me["profile"]["displayName"] = "Ada L"
        answer = await ada.put("/api/users/me", json=me)
        assert answer.status_code == 200
        assert answer.json() == {**me, "version": me["version"] + 1}
        refused(await ada.put("/api/users/me", json=me), 409, "VERSION_CONFLICT")
        refused(await ada.put("/api/users/me", json={}), 400, "VALIDATION_FAILED")
        refused(await ada.put("/api/users/me", json={"profile": {"name": "x"}}), 400, "VALIDATION_FAILED")

    async def test_a_stale_etag_is_refused(self, shop: ShopHarness, ada: httpx.AsyncClient) -> None:
        etag = (await ada.get("/api/auth/me")).headers["etag"]
        assert (await ada.get("/api/auth/me", headers={"If-None-Match": etag})).status_code == 304
        bob = await shop.customer(a_name("bob"))
        assert (await bob.get("/api/auth/me", headers={"If-None-Match": etag})).status_code == 200
        rename = {"profile": {"displayName": "Ada L"}}
        answer = await ada.put("/api/users/me", json=rename, headers={"If-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["etag"] == (await ada.get("/api/auth/me")).headers["etag"] != etag
        stale = await ada.put("/api/users/me", json=rename, headers={"If-Match": etag})
        refused(stale, 412, "PRECONDITION_FAILED")
        refused(await ada.delete("/api/users/me", headers={"If-Match": etag}), 412, "PRECONDITION_FAILED")
        assert (await ada.get("/api/auth/me")).status_code == 200

    async def test_change_of_password(self, shop: ShopHarness, ada: httpx.AsyncClient, name: str) -> None:
        elsewhere = await shop.log_in(name)
        wrong = {"currentPassword": "wrong", "newPassword": "a new password"}
        details = refused(await ada.post("/api/users/me/change-password", json=wrong), 400, "WRONG_PASSWORD")
        assert details.keys() == {"currentPassword"}
        right = {"currentPassword": PASSWORD, "newPassword": "a new password"}
        answer = await ada.post("/api/users/me/change-password", json=right)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        refused(await elsewhere.get("/api/auth/me"), 401, "UNAUTHENTICATED")
        assert (await ada.get("/api/auth/me")).status_code == 200
        assert (await log_in(shop, name, "a new password")).status_code == 200

    async def test_users_can_delete_their_own_account(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        answer = await ada.delete("/api/users/me")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        refused(await ada.get("/api/auth/me"), 401, "UNAUTHENTICATED")
        refused(await log_in(shop, name), 401, "WRONG_CREDENTIALS")
        await shop.customer(name.upper())


class TestAdministration:
    @pytest.fixture
    async def owner(self, shop: ShopHarness) -> httpx.AsyncClient:
        return await shop.log_in("owner")

    async def test_user_administration_needs_an_admin(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        for client, status, code in ((ada, 403, "FORBIDDEN"), (shop.client, 401, "UNAUTHENTICATED")):
            refused(await client.get("/api/users?page=1"), status, code)
            refused(await client.get(f"/api/users/{name}"), status, code)
            refused(await client.patch(f"/api/users/{name}", json={"role": "admin"}), status, code)
            refused(await client.delete(f"/api/users/{name}"), status, code)

    async def test_the_list_has_all_users(
        self, owner: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
    ) -> None:
        first = (await owner.get("/api/users", params={"page": 1, "limit": 1})).json()
        assert (first["page"], first["limit"]) == (1, 1)
        assert [user["username"] for user in first["items"]] == ["owner"]
        last = (await owner.get("/api/users", params={"page": first["total"], "limit": 1})).json()
        assert [user["username"] for user in last["items"]] == [name]
        assert (await owner.get("/api/users?page=1000000")).json()["items"] == []
        refused(await owner.get("/api/users"), 400, "VALIDATION_FAILED")
        refused(await owner.get("/api/users?page=0"), 400, "VALIDATION_FAILED")
        refused(await owner.get("/api/users?page=1&limit=101"), 400, "VALIDATION_FAILED")

    async def test_a_user_is_shown_and_changed(
        self, owner: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
    ) -> None:
        shown = await owner.get(f"/api/users/{name.upper()}")
        assert shown.status_code == 200
        assert shown.json()["active"] is True
        assert (await owner.patch(f"/api/users/{name}")).json() == shown.json()  # no body: no change
        etag = {"If-Match": shown.headers["etag"]}
        answer = await owner.patch(f"/api/users/{name}", json={**shown.json(), "role": "admin"}, headers=etag)
        assert answer.status_code == 200
        assert answer.json()["role"] == "admin"
        assert (await ada.get("/api/users?page=1")).status_code == 200
        stale = await owner.patch(f"/api/users/{name}", json={"active": False}, headers=etag)
        refused(stale, 412, "PRECONDITION_FAILED")
        disabled = await owner.patch(f"/api/users/{name}", json={"active": False})
        assert disabled.json()["active"] is False
        refused(await ada.get("/api/users?page=1"), 401, "UNAUTHENTICATED")

    @pytest.mark.parametrize("body", [{"role": "root"}, {"role": None}, {"active": "yes"}, {"active": None}])
    async def test_bad_values_are_refused(
        self, owner: httpx.AsyncClient, ada: httpx.AsyncClient, body: dict[str, Any], name: str
    ) -> None:
        details = refused(await owner.patch(f"/api/users/{name}", json=body), 400, "VALIDATION_FAILED")
        assert details.keys() == body.keys()

    @pytest.mark.parametrize("unknown", ["nobody", "owner%20x", "%20", "%C3%B6wner", "x" * 3000, "owner%00"])
    async def test_unknown_users_are_not_found(self, owner: httpx.AsyncClient, unknown: str) -> None:
        for answer in (
            await owner.get(f"/api/users/{unknown}"),
            await owner.patch(f"/api/users/{unknown}", json={"active": False}),
            await owner.delete(f"/api/users/{unknown}"),
        ):
            assert answer.status_code in (400, 404)
            error_of(answer)

    async def test_the_last_admin_cannot_be_removed(self, owner: httpx.AsyncClient) -> None:
        refused(await owner.patch("/api/users/owner", json={"role": "customer"}), 409, "LAST_ADMIN")
        refused(await owner.patch("/api/users/owner", json={"active": False}), 409, "LAST_ADMIN")
        refused(await owner.delete("/api/users/owner"), 409, "LAST_ADMIN")
        refused(await owner.delete("/api/users/me"), 409, "LAST_ADMIN")

    async def test_a_user_is_deleted(
        self, owner: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
    ) -> None:
        answer = await owner.delete(f"/api/users/{name}")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        refused(await ada.get("/api/auth/me"), 401, "UNAUTHENTICATED")
        refused(await owner.get(f"/api/users/{name}"), 404, "NOT_FOUND")
        refused(await owner.delete(f"/api/users/{name}"), 404, "NOT_FOUND")
