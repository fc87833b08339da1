"""The contract's section on accounts."""

from collections.abc import AsyncIterator
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


class TestSignup:
    async def test_sign_up_returns_the_user(self, shop: ShopHarness, name: str) -> None:
        body = {
            "username": f"{name}.L",
            "password": PASSWORD,
            "displayName": "Ada",
            "email": f"{name}@example.com",
        }
        answer = await shop.client.post("/api/auth/signup", json=body)
        assert answer.status_code == 201
        user = answer.json()["user"]
        assert user == {"id": user["id"], "username": f"{name}.L", "role": "customer"}
        assert PASSWORD not in answer.text

    @pytest.mark.parametrize("fields", [{"role": "admin"}, {"isAdmin": True}, {"id": "x"}])
    async def test_a_sign_up_with_a_role_or_an_id_is_refused(
        self, shop: ShopHarness, fields: dict[str, Any]
    ) -> None:
        body = {"username": "eve", "password": PASSWORD, **fields}
        refused(await shop.client.post("/api/auth/signup", json=body), 400, "VALIDATION_FAILED")
        assert (await log_in(shop, "eve")).status_code == 401

    async def test_taken_names_are_conflicts(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        await ada.put("/api/users/me", json={"profile": {"email": f"{name}@example.com"}})
        body = {"username": name.upper(), "password": PASSWORD}
        refused(await shop.client.post("/api/auth/signup", json=body), 409, "USERNAME_TAKEN")
        body = {"username": a_name("bob"), "password": PASSWORD, "email": f"{name.upper()}@EXAMPLE.com"}
        refused(await shop.client.post("/api/auth/signup", json=body), 409, "EMAIL_TAKEN")

    async def test_a_missing_username_is_derived_from_the_email_address(
        self, shop: ShopHarness, name: str
    ) -> None:
        made = []
        for domain in ("example.com", "example.org", "example.net"):
            body = {"email": f"{name}+news@{domain}", "name": "Ada", "password": PASSWORD}
            answer = await shop.client.post("/api/auth/signup", json=body)
            assert answer.status_code == 201, answer.text
            made.append(answer.json()["user"]["username"])
            login = {"email": body["email"].upper(), "password": PASSWORD}
            token = (await shop.client.post("/api/auth/login", json=login)).json()["accessToken"]
            me = await shop.client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
            assert me.json()["username"] == made[-1]
            profile = {"displayName": "Ada", "email": body["email"], "emailVerified": False}
            assert me.json()["profile"] == profile
        assert made == [f"{name}-news", f"{name}-news-2", f"{name}-news-3"]
        refused(await shop.client.post("/api/auth/signup", json=body), 409, "EMAIL_TAKEN")

    async def test_many_people_of_one_name_all_get_a_username(self, shop: ShopHarness, name: str) -> None:
        made = set()
        for number in range(12):
            body = {"email": f"{name}@{number}.example.com", "password": PASSWORD}
            made.add((await shop.client.post("/api/auth/signup", json=body)).json()["user"]["username"])
        assert len(made) == 12
        assert all(username.startswith(name) for username in made)

    async def test_display_name_takes_precedence_over_name(self, shop: ShopHarness, name: str) -> None:
        body = {"username": name, "password": PASSWORD, "displayName": "Ada", "name": "Countess"}
        assert (await shop.client.post("/api/auth/signup", json=body)).status_code == 201
        shown = await (await shop.log_in(name)).get("/api/auth/me")
        assert shown.json()["profile"]["displayName"] == "Ada"

    async def test_sign_up_needs_a_username_or_an_email_address(self, shop: ShopHarness) -> None:
        for body in ({}, {"username": None}, {"email": None}, {"name": "Ada"}):
            answer = await shop.client.post("/api/auth/signup", json={"password": PASSWORD, **body})
            assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"username"}
        answer = await shop.client.post("/api/auth/signup", json={"password": PASSWORD, "email": "nowhere"})
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"email"}

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"username": "a b"}, "username"),
            ({"username": None}, "username"),
            ({"username": 7}, "username"),
            ({"password": "password123"}, "password"),
            ({"password": "x" * 257}, "password"),
            ({"password": None}, "password"),
            ({"email": "nowhere"}, "email"),
            ({"displayName": ""}, "displayName"),
        ],
    )
    async def test_a_broken_rule_names_its_field(
        self, shop: ShopHarness, fields: dict[str, Any], named: str, name: str
    ) -> None:
        body = {"username": name, "password": PASSWORD, **fields}
        details = refused(await shop.client.post("/api/auth/signup", json=body), 400, "VALIDATION_FAILED")
        assert details.keys() == {named}


class TestLogin:
    async def test_login_returns_tokens_and_the_user(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        answer = await log_in(shop, name.upper(), json={"displayName": None, "email": "whatever"})
        body = answer.json()
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert body.keys() == {"accessToken", "tokenType", "expiresIn", "refreshToken", "user"}
        assert (body["tokenType"], body["expiresIn"]) == ("Bearer", 3600)
        assert body["user"] == {"id": body["user"]["id"], "username": name, "role": "customer"}

    async def test_an_email_address_stands_in_place_of_the_username(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        await ada.put("/api/users/me", json={"profile": {"email": f"{name}@example.com"}})
        for body, status in (
            ({"email": f" {name.upper()}@example.com "}, 200),
            ({"username": None, "email": f"{name}@example.com"}, 200),
            ({"username": name, "email": "somebody.else@example.com"}, 200),
            ({"username": name, "email": 7}, 200),
            ({"email": f"{name}@example.org"}, 401),
            ({"email": ""}, 401),
        ):
            answer = await shop.client.post("/api/auth/login", json={"password": PASSWORD, **body})
            assert answer.status_code == status, body
        for body, named in (({}, "username"), ({"email": None}, "username"), ({"email": 7}, "email")):
            answer = await shop.client.post("/api/auth/login", json={"password": PASSWORD, **body})
            assert refused(answer, 400, "VALIDATION_FAILED").keys() == {named}

    async def test_wrong_and_unknown_are_one_answer(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        wrong, unknown = await log_in(shop, name, "wrong"), await log_in(shop, "nobody")
        assert wrong.content == unknown.content
        for answer in (wrong, unknown):
            refused(answer, 401, "WRONG_CREDENTIALS")
            assert answer.headers["www-authenticate"] == "Bearer"

    async def test_the_eleventh_guess_must_wait(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        for number in range(10):
            refused(await log_in(shop, name, "x" * number), 401, "WRONG_CREDENTIALS")
        for spelling in (name, name.upper()):
            answer = await log_in(shop, spelling)
            refused(answer, 429, "TOO_MANY_FAILED_LOGINS")
            assert answer.headers["retry-after"] == "900"
        assert (await ada.get("/api/auth/me")).status_code == 200
        shop.clock.advance(seconds=900)
        assert (await log_in(shop, name)).status_code == 200

    async def test_an_address_is_the_one_that_a_trusted_proxy_names(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        for number in range(100):
            answer = await log_in(shop, f"user{number}", headers={"X-Forwarded-For": "203.0.113.9"})
            assert answer.status_code == 401
        forwarded = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
        refused(await log_in(shop, name, headers=forwarded), 429, "TOO_MANY_FAILED_LOGINS")
        assert (await log_in(shop, name, headers={"X-Forwarded-For": "203.0.113.10"})).status_code == 200

    @pytest.mark.parametrize(
        "body", [{}, {"username": "ada"}, {"username": "ada", "password": 7}, {"user": "ada"}]
    )
    async def test_malformed_attempts_are_not_counted(self, shop: ShopHarness, body: dict[str, Any]) -> None:
        for _ in range(11):
            refused(await shop.client.post("/api/auth/login", json=body), 400, "VALIDATION_FAILED")


class TestTokens:
    async def test_refresh_answers_like_login_and_a_late_repeat_ends_the_session(
        self, shop: ShopHarness, ada: httpx.AsyncClient, name: str
    ) -> None:
        first = (await log_in(shop, name)).json()
        answer = await shop.client.post("/api/auth/refresh", json={"refreshToken": first["refreshToken"]})
        second = answer.json()
        assert answer.status_code == 200
        assert second.keys() == first.keys()
        assert second["user"] == first["user"]
        again = await shop.client.post("/api/auth/refresh", json={"refreshToken": first["refreshToken"]})
        assert again.json()["refreshToken"] == second["refreshToken"]
        shop.clock.advance(seconds=31)
        again = await shop.client.post("/api/auth/refresh", json={"refreshToken": first["refreshToken"]})
        refused(again, 401, "INVALID_REFRESH_TOKEN")
        ended = await shop.client.post("/api/auth/refresh", json={"refreshToken": second["refreshToken"]})
        refused(ended, 401, "INVALID_REFRESH_TOKEN")
        headers = {"Authorization": f"Bearer {second['accessToken']}"}
        refused(await shop.client.get("/api/auth/me", headers=headers), 401, "UNAUTHENTICATED")

    async def test_logout_takes_effect_immediately(self, shop: ShopHarness, ada: httpx.AsyncClient) -> None:
        answer = await ada.post("/api/auth/logout")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        refused(await ada.get("/api/auth/me"), 401, "UNAUTHENTICATED")
        refused(await ada.post("/api/auth/logout"), 401, "UNAUTHENTICATED")

    async def test_an_access_token_lives_for_an_hour(self, shop: ShopHarness, ada: httpx.AsyncClient) -> None:
        shop.clock.advance(seconds=3599)
        assert (await ada.get("/api/auth/me")).status_code == 200
        shop.clock.advance(seconds=1)
        refused(await ada.get("/api/auth/me"), 401, "UNAUTHENTICATED")
