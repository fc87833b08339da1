"""Accounts by email address: signing up without a username, logging in by the address."""

from collections.abc import AsyncIterator

import pytest

from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    """Without anybody in it."""
    async with shop_harness() as opened:
        yield opened


async def sign_up(shop: ShopHarness, **fields: object) -> dict[str, str]:
    answer = await shop.client.post("/api/auth/signup", json={"password": PASSWORD, **fields})
    assert answer.status_code == 201, answer.text
    user: dict[str, str] = answer.json()["user"]
    return user


async def test_a_free_username_is_made_of_the_address(shop: ShopHarness) -> None:
    assert (await sign_up(shop, email="ada@example.com", name="Ada Lovelace"))["username"] == "ada"
    assert (await sign_up(shop, email="ada@example.org"))["username"] == "ada-2"
    assert (await sign_up(shop, email="ADA@example.net"))["username"] == "ADA-3"
    assert (await sign_up(shop, email="ada+shop@example.com"))["username"] == "ada-shop"
    assert (await sign_up(shop, email="a@example.com"))["username"] == "user-a"
    long = await sign_up(shop, email=f"{'x' * 64}@example.com")
    assert long["username"] == "x" * 47


async def test_a_name_is_the_display_name(shop: ShopHarness) -> None:
    await sign_up(shop, email="ada@example.com", name="Ada Lovelace")
    ada = await shop.log_in("ada")
    assert (await ada.get("/api/auth/me")).json()["profile"]["displayName"] == "Ada Lovelace"


async def test_a_taken_address_is_refused_and_takes_no_username(shop: ShopHarness) -> None:
    await sign_up(shop, email="ada@example.com")
    again = await shop.client.post(
        "/api/auth/signup", json={"password": PASSWORD, "email": "Ada@Example.com"}
    )
    refused(again, 409, "EMAIL_TAKEN")
    assert (await sign_up(shop, username="ada-2"))["username"] == "ada-2"


async def test_without_username_and_address_the_username_is_missing(shop: ShopHarness) -> None:
    for path in ("signup", "login"):
        answer = await shop.client.post(f"/api/auth/{path}", json={"password": PASSWORD})
        assert refused(answer, 400, "VALIDATION_FAILED") == {"username": "is required"}


async def test_a_login_by_address(shop: ShopHarness) -> None:
    await sign_up(shop, email="ada@example.com")
    body = {"email": " Ada@example.com ", "password": PASSWORD}
    answer = await shop.client.post("/api/auth/login", json=body)
    assert answer.json()["user"]["username"] == "ada"
    wrong = {"email": "ada@example.com", "password": "not the password"}
    refused(await shop.client.post("/api/auth/login", json=wrong), 401, "WRONG_CREDENTIALS")
    for email in (1, None, [], "x" * 400):
        answer = await shop.client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"email"}


async def test_a_username_counts_before_the_address(shop: ShopHarness) -> None:
    await sign_up(shop, email="ada@example.com")
    await sign_up(shop, username="bob")
    body = {"username": "bob", "email": "ada@example.com", "password": PASSWORD}
    assert (await shop.client.post("/api/auth/login", json=body)).json()["user"]["username"] == "bob"
