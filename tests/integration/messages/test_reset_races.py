"""Twelve confirmations of one password reset at the same time: exactly one works."""

import asyncio
import re

import pytest

from tests.instances import at_once, open_instances, outcomes

pytestmark = pytest.mark.anyio


async def test_a_reset_link_works_once(database_url: str) -> None:
    async with open_instances(database_url, 3) as shops:
        ada = await shops[0].customer("ada")
        await ada.put("/api/users/me", json={"profile": {"email": "ada@example.com"}})
        asked = await shops[0].client.post("/api/auth/password-reset", json={"username": "ada"})
        assert asked.status_code == 202
        await shops[0].work()
        (mail,) = shops[0].mail.sent
        (token,) = re.findall(r"#token=(\S+)", mail.text.plain)
        passwords = [f"a much better passphrase {number}" for number in range(12)]
        confirmed = await at_once(
            shops[number].client.post(
                "/api/auth/password-reset/confirm", json={"token": token, "newPassword": password}
            )
            for number, password in enumerate(passwords)
        )
        assert sorted(outcomes(confirmed).values()) == [1, 11]
        (winner,) = (number for number, answer in enumerate(confirmed) if answer.status_code == 200)
        assert {answer.status_code for answer in confirmed} == {200, 400}
        logins = await asyncio.gather(
            *(
                shops[0].client.post("/api/auth/login", json={"username": "ada", "password": password})
                for password in (passwords[winner], passwords[winner - 1])
            )
        )
        assert [login.status_code for login in logins] == [200, 401]
        # Other instances may accept an access token for a moment longer.
        headers = {"Authorization": ada.headers["Authorization"]}
        seen = await shops[winner].client.get("/api/orders", headers=headers)
        assert seen.status_code == 401, "every login has ended"
