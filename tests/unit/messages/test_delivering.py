"""Sending messages despite failures of the mail server or the worker, and how staff see and resend them."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shop.application.ports.messages import Mail
from shop.testing import ShopHarness, shop_harness
from tests.samples_of_metrics import metrics_of

pytestmark = pytest.mark.anyio

MESSAGES = "/api/admin/messages"


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness(owner_email="owner@shop.example") as shop:
        ada = await shop.customer("ada")
        await ada.put("/api/users/me", json={"profile": {"email": "ada@example.com"}})
        yield shop


async def queued(shop: ShopHarness, mail: str = "password-reset") -> None:
    answer = await shop.client.post(f"/api/auth/{mail}", json={"username": "ada"})
    assert answer.status_code == 202


async def listed(shop: ShopHarness) -> list[Any]:
    admin = await shop.log_in("owner") if (await _has_owner(shop)) else await shop.admin()
    items: list[Any] = (await admin.get(f"{MESSAGES}?page=1")).json()["items"]
    return items


async def _has_owner(shop: ShopHarness) -> bool:
    return await shop.container.accounts.user_queries().user_by_username("owner") is not None


def state(message: dict[str, Any]) -> tuple[Any, ...]:
    return message["template"], message["status"], message["attempts"], message["error"]


async def test_mail_is_sent_later_when_the_mail_server_could_not_be_reached(shop: ShopHarness) -> None:
    shop.mail.reachable = False
    await queued(shop)
    await shop.work()
    error = "The mail server can't be reached."
    assert [state(message) for message in await listed(shop)] == [("password_reset", "queued", 1, error)]
    shop.clock.advance(seconds=4)
    await shop.work()
    assert (await listed(shop))[0]["attempts"] == 1
    shop.clock.advance(seconds=1)
    shop.mail.reachable = True
    await shop.work()
    assert [state(message) for message in await listed(shop)] == [("password_reset", "sent", 2, None)]
    assert len(shop.mail.sent) == 1
    await shop.work()
    assert len(shop.mail.sent) == 1


async def test_a_message_that_runs_out_of_time_is_reported_to_the_owner(shop: ShopHarness) -> None:
    shop.mail.reachable = False
    await queued(shop)
    for _ in range(31):
        await shop.work()
        shop.clock.advance(minutes=1)
    shop.mail.reachable = True
    await shop.work()
    notice, reset = await listed(shop)
    assert (reset["status"], reset["error"]) == ("failed", "The mail server can't be reached.")
    assert (notice["template"], notice["to"]) == ("owner_notice", "owner@shop.example")
    (mail,) = shop.mail.sent
    assert mail.recipient == "owner@shop.example"
    assert "ada@example.com" in mail.text.plain


async def test_attempts_and_given_up_mails_are_counted(shop: ShopHarness) -> None:
    shop.mail.reachable = False
    await queued(shop)
    for _ in range(31):
        await shop.work()
        shop.clock.advance(minutes=1)
    shop.mail.reachable = True
    await shop.work()
    metrics = await metrics_of(shop.client)
    attempts = metrics.by("outcome", "shop_mail_attempts_total")
    assert attempts == {"succeeded": 1, "failed": 6}, "four for the reset; two more before the notice is sent"
    assert metrics("shop_mails_given_up_total") == 1


async def test_a_worker_that_was_stopped_for_too_long_sends_no_expired_link(shop: ShopHarness) -> None:
    await queued(shop)
    await shop.container.accounts.send_requested_resets()()
    shop.clock.advance(minutes=30)
    await shop.work()
    assert [mail.recipient for mail in shop.mail.sent] == ["owner@shop.example"]


async def test_a_process_that_dies_after_sending_repeats_the_same_mail(shop: ShopHarness) -> None:
    await queued(shop)
    deliver = shop.container.messages.deliver_messages()
    save, deliver._save = deliver._save, _die  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        await shop.work()
    deliver._save = save  # type: ignore[method-assign]
    await shop.work()
    assert len(shop.mail.sent) == 1, "the lease still holds"
    shop.clock.advance(seconds=60)
    await shop.work()
    first, second = shop.mail.sent
    assert (first.message_id, first.text) == (second.message_id, second.text)
    assert [state(message) for message in await listed(shop)] == [("password_reset", "sent", 1, None)]


async def _die(*_: Any) -> None:
    raise ZeroDivisionError


async def test_an_unusable_address_is_not_retried(shop: ShopHarness) -> None:
    async with shop.container.storage.unit_of_work() as work:
        user = await work.users.find("ada")
        assert user is not None
        locked = await work.users.lock(user.id)
        assert locked is not None
        await work.users.save(locked.change_profile(None, "ada@mail.invalid"))
    await queued(shop)
    await shop.work()
    reset = (await listed(shop))[-1]
    assert (reset["to"], reset["status"], reset["attempts"]) == ("ada@mail.invalid", "failed", 0)
    assert "special-use" in reset["error"]


def token_of(mail: Mail) -> str:
    (token,) = re.findall(r"#token=(\S+)", mail.text.plain)
    return str(token)


class TestResending:
    async def test_a_message_is_sent_again_with_a_new_link(self, shop: ShopHarness) -> None:
        admin = await shop.admin()
        await queued(shop)
        await shop.work()
        message = (await listed(shop))[0]
        shown = await admin.get(f"{MESSAGES}/{message['id']}")
        assert (shown.json(), "ETag" in shown.headers) == (message, True)
        answer = await admin.post(f"{MESSAGES}/{message['id']}/resend")
        assert (answer.status_code, state(answer.json())) == (200, ("password_reset", "queued", 0, None))
        await shop.work()
        first, second = shop.mail.sent
        assert first.message_id != second.message_id
        assert token_of(first) != token_of(second)
        for token, status in ((token_of(first), 400), (token_of(second), 200)):
            body = {"token": token, "newPassword": "a much better passphrase"}
            confirmed = await shop.client.post("/api/auth/password-reset/confirm", json=body)
            assert confirmed.status_code == status
        actions = [entry["action"] for entry in (await admin.get("/api/admin/audit?page=1")).json()["items"]]
        assert actions[0] == "message.resent"

    async def test_a_link_is_not_sent_to_a_former_address(self, shop: ShopHarness) -> None:
        admin, ada = await shop.admin(), await shop.log_in("ada")
        await queued(shop)
        await shop.work()
        message = (await listed(shop))[0]
        await ada.put("/api/users/me", json={"profile": {"email": "ada@new.example"}})
        refused = await admin.post(f"{MESSAGES}/{message['id']}/resend")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "MESSAGE_OUTDATED")

    async def test_messages_of_one_kind_are_limited(self, shop: ShopHarness) -> None:
        admin = await shop.admin()
        await queued(shop)
        await shop.work()
        message = (await listed(shop))[0]
        statuses = [(await admin.post(f"{MESSAGES}/{message['id']}/resend")).status_code for _ in range(5)]
        assert statuses == [200] * 4 + [429]
        assert (await admin.post(f"{MESSAGES}/unknown/resend")).status_code == 404

    async def test_a_retry_under_the_same_key_sends_once(self, shop: ShopHarness) -> None:
        admin = await shop.admin()
        await queued(shop)
        await shop.work()
        url = f"{MESSAGES}/{(await listed(shop))[0]['id']}/resend"
        answers = [await admin.post(url, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert answers[0].content == answers[1].content
        await shop.work()
        assert len(shop.mail.sent) == 2


async def test_messages_are_deleted_after_ninety_days(shop: ShopHarness) -> None:
    await queued(shop)
    await shop.work()
    purge = shop.container.messages.purge_messages()
    shop.clock.advance(days=89)
    assert await purge() == 0
    shop.clock.advance(days=2)
    assert await purge() == 1


async def test_rotated_keys_keep_the_links_of_queued_mails() -> None:
    old, new = "o" * 32, "n" * 32
    async with shop_harness(secret_keys=(old,)) as before:
        ada = await before.customer("ada")
        await ada.put("/api/users/me", json={"profile": {"email": "ada@example.com"}})
        await queued(before)
        await before.container.accounts.send_requested_resets()()
        storage, clock = before.container.storage, before.clock
        async with shop_harness(storage=storage, clock=clock, secret_keys=(new, old)) as after:
            await after.work()
            body = {"token": token_of(after.mail.sent[0]), "newPassword": "a much better passphrase"}
            confirmed = await after.client.post("/api/auth/password-reset/confirm", json=body)
            assert confirmed.status_code == 200


async def test_a_message_whose_link_can_not_be_decrypted_fails(shop: ShopHarness) -> None:
    await queued(shop)
    await shop.container.accounts.send_requested_resets()()
    storage, clock = shop.container.storage, shop.clock
    async with shop_harness(storage=storage, clock=clock, secret_keys=("n" * 32,)) as after:
        await after.work()
        assert after.mail.sent == []
    assert (await listed(shop))[0]["status"] == "failed"
