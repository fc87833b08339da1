"""Forgotten passwords and the verification of email addresses, over HTTP with mail in memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.application.ports.messages import Mail
from shop.testing import PASSWORD, ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

RESET = "/api/auth/password-reset"
CONFIRM = f"{RESET}/confirm"
NEW = "a much better passphrase"


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness() as shop:
        yield shop


async def customer(
    shop: ShopHarness, username: str = "ada", email: str = "ada@example.com"
) -> httpx.AsyncClient:
    client = await shop.customer(username)
    answer = await client.put("/api/users/me", json={"profile": {"email": email}})
    assert answer.status_code == 200
    return client


def token_of(mail: Mail) -> str:
    (token,) = re.findall(r"#token=(\S+)", mail.text.plain)
    return str(token)


async def mailed(shop: ShopHarness) -> list[Mail]:
    """Let the worker work; return the mails sent by that."""
    before = len(shop.mail.sent)
    await shop.work()
    return shop.mail.sent[before:]


async def requested_token(shop: ShopHarness, username: str = "ada") -> str:
    answer = await shop.client.post(RESET, json={"username": username})
    assert answer.status_code == 202
    (mail,) = await mailed(shop)
    return token_of(mail)


async def confirm(shop: ShopHarness, token: str, password: str = NEW) -> httpx.Response:
    return await shop.client.post(CONFIRM, json={"token": token, "newPassword": password})


async def works(shop: ShopHarness, password: str, username: str = "ada") -> bool:
    answer = await shop.client.post("/api/auth/login", json={"username": username, "password": password})
    return answer.status_code == 200


class TestReset:
    async def test_a_forgotten_password_is_replaced_and_every_login_ends(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        token = await requested_token(shop)
        answer = await confirm(shop, token)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        assert (await ada.get("/api/auth/me")).status_code == 401
        assert await works(shop, NEW)
        assert not await works(shop, PASSWORD)
        (told,) = await mailed(shop)
        assert (told.recipient, told.text.subject) == ("ada@example.com", "Your password was changed")

    @pytest.mark.parametrize(
        "body", [{"username": "ADA"}, {"username": "ada@example.com"}, {"email": "Ada@Example.com"}]
    )
    async def test_a_username_or_an_address_names_the_account(self, shop: ShopHarness, body: Any) -> None:
        await customer(shop)
        await shop.client.post(RESET, json=body)
        (mail,) = await mailed(shop)
        assert mail.recipient == "ada@example.com"
        assert mail.text.plain.endswith("-- \nShop\nhttp://127.0.0.1:8000"), "the shop's name and address"

    async def test_unknown_accounts_get_the_same_response_and_no_mail(self, shop: ShopHarness) -> None:
        await customer(shop)
        await shop.customer("without-address")
        known = await shop.client.post(RESET, json={"username": "ada"})
        assert len(await mailed(shop)) == 1
        for name in ("nobody", "without-address", "nobody@example.com", "not a name"):
            answer = await shop.client.post(RESET, json={"username": name})
            assert (answer.status_code, answer.content) == (known.status_code, known.content)
            assert await mailed(shop) == []
        assert known.status_code == 202

    async def test_a_body_without_a_name_is_refused(self, shop: ShopHarness) -> None:
        for body in ({}, {"username": None}, {"username": 7}, {"name": "ada"}):
            assert (await shop.client.post(RESET, json=body)).status_code == 400

    async def test_a_token_works_once(self, shop: ShopHarness) -> None:
        await customer(shop)
        token = await requested_token(shop)
        answers = await asyncio.gather(*(confirm(shop, token, f"{NEW} {n}") for n in range(12)))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 11

    async def test_used_wrong_and_expired_tokens_get_the_same_response(self, shop: ShopHarness) -> None:
        await customer(shop)
        used = await requested_token(shop)
        await confirm(shop, used)
        await shop.work()
        shop.clock.advance(minutes=1)
        replaced = await requested_token(shop)
        current = await requested_token(shop)
        refusals = [await confirm(shop, token) for token in (used, replaced, "wrong", "")]
        shop.clock.advance(minutes=30)
        refusals.append(await confirm(shop, current))
        assert {answer.status_code for answer in refusals} == {400}
        errors = [answer.json()["error"] for answer in refusals]
        assert {error["code"] for error in errors} == {"TOKEN_INVALID"}
        assert len({error["message"] for error in errors}) == 1
        assert await works(shop, NEW)

    async def test_a_token_works_for_half_an_hour(self, shop: ShopHarness) -> None:
        await customer(shop)
        token = await requested_token(shop)
        shop.clock.advance(minutes=29, seconds=59)
        assert (await confirm(shop, token)).status_code == 200

    async def test_a_weak_password_does_not_spend_the_token(self, shop: ShopHarness) -> None:
        await customer(shop)
        token = await requested_token(shop)
        answer = await confirm(shop, token, "short")
        assert (answer.status_code, answer.json()["error"]["details"].keys()) == (400, {"newPassword"})
        assert (await confirm(shop, token)).status_code == 200

    async def test_an_account_gets_five_mails_an_hour(self, shop: ShopHarness) -> None:
        await customer(shop)
        for _ in range(7):
            assert (await shop.client.post(RESET, json={"username": "ada"})).status_code == 202
        assert len([mail for mail in await mailed(shop) if "#token" in mail.text.plain]) == 1
        shop.clock.advance(minutes=59)
        await shop.client.post(RESET, json={"username": "ada"})
        assert await mailed(shop) == []
        shop.clock.advance(minutes=2)
        await shop.client.post(RESET, json={"username": "ada"})
        assert len(await mailed(shop)) == 1

    async def test_requests_beyond_the_limit_leave_the_last_token_good(self, shop: ShopHarness) -> None:
        await customer(shop)
        tokens = [await requested_token(shop) for _ in range(5)]
        await shop.client.post(RESET, json={"username": "ada"})
        assert await mailed(shop) == []
        assert (await confirm(shop, tokens[3])).status_code == 400
        assert (await confirm(shop, tokens[4])).status_code == 200

    async def test_an_address_makes_a_hundred_requests_an_hour(self, shop: ShopHarness) -> None:
        for number in range(100):
            assert (await shop.client.post(RESET, json={"username": f"n{number}"})).status_code == 202
        refused = await shop.client.post(RESET, json={"username": "ada"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TOO_MANY")
        assert int(refused.headers["Retry-After"]) == 3600
        shop.clock.advance(hours=1)
        assert (await shop.client.post(RESET, json={"username": "ada"})).status_code == 202

    async def test_changing_the_address_ends_pending_resets(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        token = await requested_token(shop)
        await ada.put("/api/users/me", json={"profile": {"email": "ada@new.example"}})
        assert (await confirm(shop, token)).status_code == 400
        (told,) = await mailed(shop)
        assert (told.recipient, told.text.subject) == ("ada@example.com", "Your email address was changed")
        assert "ada@new.example" not in told.text.plain

    async def test_a_queued_reset_is_not_sent_to_a_former_address(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        shop.mail.reachable = False
        await shop.client.post(RESET, json={"username": "ada"})
        await shop.work()
        await ada.put("/api/users/me", json={"profile": {"email": "ada@new.example"}})
        shop.mail.reachable = True
        shop.clock.advance(minutes=1)
        assert [mail.text.subject for mail in await mailed(shop)] == ["Your email address was changed"]

    async def test_a_disabled_user_gets_no_mail(self, shop: ShopHarness) -> None:
        await customer(shop)
        admin = await shop.admin()
        await admin.patch("/api/users/ada", json={"active": False})
        await shop.client.post(RESET, json={"username": "ada"})
        assert await mailed(shop) == []

    async def test_a_closed_account_has_no_messages_and_no_tokens(self, shop: ShopHarness) -> None:
        ada, admin = await customer(shop), await shop.admin()
        token = await requested_token(shop)
        await ada.delete("/api/users/me")
        assert (await confirm(shop, token)).status_code == 400
        assert (await admin.get("/api/admin/messages?page=1")).json()["total"] == 0

    async def test_every_attempt_carries_the_same_token(self, shop: ShopHarness) -> None:
        await customer(shop)
        shop.mail.reachable = False
        await shop.client.post(RESET, json={"username": "ada"})
        await shop.work()
        shop.clock.advance(seconds=5)
        shop.mail.reachable = True
        (mail,) = await mailed(shop)
        assert (await confirm(shop, token_of(mail))).status_code == 200

    async def test_a_password_change_is_notified_by_mail(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        body = {"currentPassword": PASSWORD, "newPassword": NEW}
        assert (await ada.post("/api/users/me/change-password", json=body)).status_code == 200
        await shop.container.accounts.set_password()("ada", PASSWORD)
        subjects = [mail.text.subject for mail in await mailed(shop)]
        assert subjects == ["Your password was changed"] * 2


class TestVerification:
    async def test_an_address_is_verified_by_its_link(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        before = (await ada.get("/api/auth/me")).json()
        assert before["profile"]["emailVerified"] is False
        assert (await ada.post("/api/users/me/verify-email")).status_code == 202
        (mail,) = await mailed(shop)
        verified = await shop.client.post("/api/auth/verify-email", json={"token": token_of(mail)})
        assert (verified.status_code, verified.json()) == (200, {"ok": True})
        after = (await ada.get("/api/auth/me")).json()
        assert after["profile"]["emailVerified"] is True
        assert after["version"] == before["version"] + 1
        again = await shop.client.post("/api/auth/verify-email", json={"token": token_of(mail)})
        assert (again.status_code, again.json()["error"]["code"]) == (400, "TOKEN_INVALID")
        await ada.post("/api/users/me/verify-email")
        assert await mailed(shop) == [], "it is verified already"

    async def test_a_changed_address_is_unverified(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        await ada.post("/api/users/me/verify-email")
        (mail,) = await mailed(shop)
        await shop.client.post("/api/auth/verify-email", json={"token": token_of(mail)})
        profile = {"email": "ADA@example.com", "emailVerified": False}
        kept = await ada.put("/api/users/me", json={"profile": profile})
        assert kept.json()["profile"] == {
            "displayName": None,
            "email": "ADA@example.com",
            "emailVerified": True,
        }
        changed = await ada.put("/api/users/me", json={"profile": {"email": "ada@new.example"}})
        assert changed.json()["profile"]["emailVerified"] is False
        cleared = await ada.put("/api/users/me", json={"profile": {"email": None}})
        assert cleared.json()["profile"]["emailVerified"] is False

    async def test_a_link_verifies_only_its_address(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        await ada.post("/api/users/me/verify-email")
        (mail,) = await mailed(shop)
        await ada.put("/api/users/me", json={"profile": {"email": "victim@example.com"}})
        answer = await shop.client.post("/api/auth/verify-email", json={"token": token_of(mail)})
        assert answer.status_code == 400
        assert (await ada.get("/api/auth/me")).json()["profile"]["emailVerified"] is False

    async def test_tokens_are_good_for_one_purpose(self, shop: ShopHarness) -> None:
        ada = await customer(shop)
        await ada.post("/api/users/me/verify-email")
        (mail,) = await mailed(shop)
        assert (await confirm(shop, token_of(mail))).status_code == 400
        reset = await requested_token(shop)
        assert (await shop.client.post("/api/auth/verify-email", json={"token": reset})).status_code == 400

    async def test_limits_and_missing_addresses(self, shop: ShopHarness) -> None:
        bare = await shop.customer("bare")
        refused = await bare.post("/api/users/me/verify-email")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "NO_EMAIL")
        ada = await customer(shop)
        for _ in range(5):
            assert (await ada.post("/api/users/me/verify-email")).status_code == 202
        refused = await ada.post("/api/users/me/verify-email")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TOO_MANY")

    async def test_a_shop_without_mail_says_so(self) -> None:
        async with shop_harness(mail=None) as shop:
            ada = await customer(shop)
            refused = await ada.post("/api/users/me/verify-email")
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "MAIL_OFF")
            assert (await shop.client.post(RESET, json={"username": "ada"})).status_code == 202
            await shop.container.accounts.send_requested_resets()()
            admin = await shop.admin()
            assert (await admin.get("/api/admin/messages?page=1")).json()["total"] == 0
