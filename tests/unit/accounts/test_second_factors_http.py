"""Second factors over HTTP: setting up, logging in, recovery, throttling, and staff who need one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest

from shop.adapters.security.secrets import RandomIds
from shop.domain.accounts.second_factor import NoSecondFactor
from shop.domain.errors import NotFound
from shop.settings.values import StaffTotp
from shop.testing import PASSWORD, ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

TOTP = "/api/users/me/totp"
LOGIN = "/api/auth/login"


class SameSecrets(RandomIds):
    """Ids with the same secrets in every run: of random ones, a wrong code is right once in some 300,000 times."""

    def __init__(self) -> None:
        super().__init__()
        self._made = 0

    def new_secret(self) -> str:
        self._made += 1
        return f"{self._made:043}"


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness(ids=SameSecrets()) as shop:
        yield shop


def code(shop: ShopHarness, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(shop.clock.now() + timedelta(seconds=30 * steps))


async def set_up(shop: ShopHarness, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """A second factor in force; its secret and recovery codes. The next step begins afterwards."""
    made = await client.post(TOTP, json={"password": PASSWORD})
    assert made.status_code == 200, made.text
    secret = str(made.json()["secret"])
    confirmed = await client.post(f"{TOTP}/confirm", json={"code": code(shop, secret)})
    assert confirmed.status_code == 200, confirmed.text
    shop.clock.advance(seconds=30)
    return secret, confirmed.json()["recoveryCodes"]


async def log_in(shop: ShopHarness, totp: str | None = None, password: str = PASSWORD) -> httpx.Response:
    body = {"username": "ada", "password": password, **({} if totp is None else {"totpCode": totp})}
    return await shop.client.post(LOGIN, json=body)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_factor_is_active_only_after_confirmation(shop: ShopHarness) -> None:
    ada = await shop.customer("ada")
    made = (await ada.post(TOTP, json={"password": PASSWORD})).json()
    assert (await log_in(shop)).status_code == 200
    assert made["uri"].startswith("otpauth://totp/Shop:ada?secret=")
    assert made["secret"] in made["uri"]
    assert made["qrCode"].startswith("data:image/svg+xml")
    assert error(await ada.post(f"{TOTP}/confirm", json={"code": "000000"})) == (400, "WRONG_CODE")
    assert (await ada.get("/api/auth/me")).json()["totpEnabled"] is False
    confirmed = await ada.post(f"{TOTP}/confirm", json={"code": code(shop, made["secret"])})
    codes = confirmed.json()["recoveryCodes"]
    assert len(set(codes)) == 10
    assert all(len(each.replace("-", "")) == 16 for each in codes)
    assert (await ada.get("/api/auth/me")).json()["totpEnabled"] is True
    assert error(await log_in(shop)) == (401, "TOTP_REQUIRED")


async def test_a_login_needs_the_code_and_the_password(shop: ShopHarness) -> None:
    secret, _ = await set_up(shop, await shop.customer("ada"))
    assert error(await log_in(shop, code(shop, secret), password="wrong wrong")) == (401, "WRONG_CREDENTIALS")
    assert error(await log_in(shop, password="wrong wrong")) == (401, "WRONG_CREDENTIALS")
    assert error(await log_in(shop, "123456")) == (401, "WRONG_CREDENTIALS")
    spaced = f"{code(shop, secret)[:3]} {code(shop, secret)[3:]}"
    assert (await log_in(shop, spaced)).status_code == 200


async def test_a_code_works_only_once(shop: ShopHarness) -> None:
    ada = await shop.customer("ada")
    made = (await ada.post(TOTP, json={"password": PASSWORD})).json()
    confirming = code(shop, made["secret"])
    await ada.post(f"{TOTP}/confirm", json={"code": confirming})
    assert error(await log_in(shop, confirming)) == (401, "WRONG_CREDENTIALS")
    shop.clock.advance(seconds=30)
    current = code(shop, made["secret"])
    answers = await asyncio.gather(*(log_in(shop, current) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_codes_of_adjacent_time_steps_work(shop: ShopHarness) -> None:
    secret, _ = await set_up(shop, await shop.customer("ada"))
    shop.clock.advance(seconds=300)
    for steps, status in ((-2, 401), (2, 401), (-1, 200), (0, 200), (1, 200), (-1, 401)):
        assert (await log_in(shop, code(shop, secret, steps))).status_code == status, steps


async def test_a_recovery_code_works_once(shop: ShopHarness) -> None:
    _, codes = await set_up(shop, await shop.customer("ada"))
    assert (await log_in(shop, codes[0].lower().replace("-", " "))).status_code == 200
    assert error(await log_in(shop, codes[0])) == (401, "WRONG_CREDENTIALS")
    answers = await asyncio.gather(*(log_in(shop, codes[1]) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_wrong_codes_are_throttled_like_wrong_passwords(shop: ShopHarness) -> None:
    secret, _ = await set_up(shop, await shop.customer("ada"))
    for _ in range(20):
        assert error(await log_in(shop)) == (401, "TOTP_REQUIRED"), "it counts nothing"
    for number in range(10):
        assert (await log_in(shop, f"00000{number}")).status_code == 401
    assert error(await log_in(shop, code(shop, secret))) == (429, "TOO_MANY_FAILED_LOGINS")
    shop.clock.advance(minutes=16)
    assert (await log_in(shop, code(shop, secret))).status_code == 200


async def test_a_second_factor_replaces_the_first_only_when_confirmed(shop: ShopHarness) -> None:
    ada = await shop.customer("ada")
    first, codes = await set_up(shop, ada)
    refused = await ada.post(TOTP, json={"password": PASSWORD})
    assert (refused.status_code, refused.json()["error"]["details"].keys()) == (400, {"code"})
    assert error(await ada.post(TOTP, json={"password": PASSWORD, "code": "000000"})) == (400, "WRONG_CODE")
    body = {"password": PASSWORD, "code": code(shop, first)}
    second = (await ada.post(TOTP, json=body)).json()["secret"]
    shop.clock.advance(seconds=30)
    assert (await log_in(shop, code(shop, first))).status_code == 200
    assert (await log_in(shop, code(shop, second))).status_code == 401
    await ada.post(f"{TOTP}/confirm", json={"code": code(shop, second)})
    shop.clock.advance(seconds=30)
    assert (await log_in(shop, code(shop, first))).status_code == 401
    assert (await log_in(shop, codes[0])).status_code == 401
    assert (await log_in(shop, code(shop, second))).status_code == 200


async def test_disabling_needs_password_and_code(shop: ShopHarness) -> None:
    ada = await shop.customer("ada")
    body: dict[str, Any] = {"password": PASSWORD, "code": "000000"}
    assert error(await ada.post(f"{TOTP}/disable", json=body)) == (409, "NO_SECOND_FACTOR")
    secret, codes = await set_up(shop, ada)
    assert error(await ada.post(f"{TOTP}/disable", json=body)) == (400, "WRONG_CODE")
    wrong = {"password": "wrong wrong", "code": code(shop, secret)}
    assert error(await ada.post(f"{TOTP}/disable", json=wrong)) == (400, "WRONG_PASSWORD")
    done = await ada.post(f"{TOTP}/disable", json={"password": PASSWORD, "code": codes[0]})
    assert (done.status_code, done.json()) == (200, {"ok": True})
    assert (await log_in(shop)).status_code == 200
    assert error(await ada.post(f"{TOTP}/confirm", json={"code": "000000"})) == (409, "NO_SECOND_FACTOR")


async def test_a_reset_password_leaves_the_factor_in_force(shop: ShopHarness) -> None:
    ada = await shop.customer("ada")
    await set_up(shop, ada)
    await shop.container.accounts.set_password()("ada", "a much better passphrase")
    assert error(await log_in(shop, password="a much better passphrase")) == (401, "TOTP_REQUIRED")


async def test_secrets_are_stored_encrypted(shop: ShopHarness) -> None:
    secret, codes = await set_up(shop, await shop.customer("ada"))
    async with shop.container.storage.unit_of_work() as work:
        user = await work.users.find("ada")
        assert user is not None
        factor = await work.second_factors.get(user.id)
    assert factor is not None
    assert factor.secret is not None
    assert secret.encode() not in factor.secret
    spellings = {each.encode() for each in codes} | {each.replace("-", "").encode() for each in codes}
    spellings |= {each.lower() for each in spellings}
    assert len(factor.recovery_codes) == len(codes)
    assert not [code for code in spellings for stored in factor.recovery_codes if code in stored]


async def test_a_shop_without_keys_refuses_to_set_one_up() -> None:
    async with shop_harness(secret_keys=()) as shop:
        ada = await shop.customer("ada")
        assert error(await ada.post(TOTP, json={"password": PASSWORD})) == (409, "SECRET_KEYS_MISSING")


async def test_staff_without_a_required_factor_are_forbidden_everything() -> None:
    async with shop_harness(staff_totp=StaffTotp.REQUIRED) as shop:
        owner, ada = await shop.admin(), await shop.customer("ada")
        for path in ("/api/admin/orders?page=1", "/api/users?page=1", "/api/admin/roles?page=1"):
            assert error(await owner.get(path)) == (403, "TOTP_SETUP_REQUIRED")
            assert error(await ada.get(path)) == (403, "FORBIDDEN")
        assert (await owner.get("/api/auth/me")).status_code == 200
        assert (await ada.get("/api/cart")).status_code == 200
        made = (await owner.post(TOTP, json={"password": PASSWORD})).json()
        assert error(await owner.get("/api/users?page=1")) == (403, "TOTP_SETUP_REQUIRED")
        await owner.post(f"{TOTP}/confirm", json={"code": code(shop, made["secret"])})
        assert (await owner.get("/api/users?page=1")).status_code == 200
        body = {"name": "robot", "permissions": ["orders:read"]}
        key = (await owner.post("/api/admin/api-keys", json=body)).json()["secret"]
        shop.clock.advance(seconds=30)
        removal = {"password": PASSWORD, "code": code(shop, made["secret"])}
        assert (await owner.post(f"{TOTP}/disable", json=removal)).status_code == 200
        assert error(await owner.get("/api/users?page=1")) == (403, "TOTP_SETUP_REQUIRED")
        robot = await shop.open_client({"Authorization": f"Bearer {key}"})
        assert (await robot.get("/api/admin/orders?page=1")).status_code == 200


async def test_the_command_line_helps_a_locked_out_owner(shop: ShopHarness) -> None:
    owner = await shop.admin("ada")
    await set_up(shop, owner)
    remove = shop.container.accounts.remove_second_factor()
    await remove("ADA")
    assert (await log_in(shop)).status_code == 200
    entry = (await owner.get("/api/admin/audit?page=1")).json()["items"][0]
    assert (entry["action"], entry["username"]) == ("user.second-factor-removed", "command line")
    with pytest.raises(NoSecondFactor):
        await remove("ada")
    with pytest.raises(NotFound):
        await remove("nobody")


async def test_a_closed_account_keeps_no_factor(shop: ShopHarness) -> None:
    ada = await shop.customer("ada")
    await set_up(shop, ada)
    me = (await ada.get("/api/auth/me")).json()
    assert (await ada.delete("/api/users/me")).status_code == 200
    async with shop.container.storage.unit_of_work() as work:
        assert await work.second_factors.get(me["id"]) is None
