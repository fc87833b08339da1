"""`GET /api/admin/settings`: the checklist before a shop opens."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shop.application.framework.marks import BACKUP_TAKEN, SetMark, webhook_mark
from shop.settings import Payments
from shop.settings.mail import SmtpServer
from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

STRIPE: dict[str, Any] = {
    "payments": Payments.STRIPE,
    "stripe_secret_key": "sk_live_1234567890",
    "stripe_webhook_secrets": ("whsec_1234567890",),
}
SERVER = SmtpServer("mail.example", 587, tls=False, username="shop", password="hidden-in-mail")


async def shown(shop: ShopHarness) -> dict[str, Any]:
    answer = await (await shop.admin()).get("/api/admin/settings")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def states(shop: ShopHarness) -> dict[str, bool | None]:
    return {item["id"]: item["done"] for item in (await shown(shop))["checklist"]}


async def test_no_item_is_done_in_a_new_shop() -> None:
    async with shop_harness() as shop:
        assert await states(shop) == {
            "payments": False,
            "mail": False,
            "address": False,
            "tax": False,
            "shipping": False,
            "pages": False,
            "second_factor": False,
            "backup": False,
        }


async def test_configured_items_are_done(tmp_path: Path) -> None:
    (tmp_path / "1-terms.md").write_text("# Terms")
    settings = {**STRIPE, "url": "https://shop.example", "footer_pages": tmp_path}
    async with shop_harness(**settings) as shop:
        owner = await shop.admin()
        zone = {"name": "Germany", "countries": ["DE"]}
        zone_id = (await owner.post("/api/admin/shipping-zones", json=zone)).json()["id"]
        method = {"zoneId": zone_id, "name": "Post", "rates": [{"price": 4.9}], "active": False}
        path = "/api/admin/shipping-methods"
        method_id = (await owner.post(path, json=method)).json()["id"]
        before = {
            item["id"]: item["done"] for item in (await owner.get("/api/admin/settings")).json()["checklist"]
        }
        assert before["shipping"] is before["tax"] is before["provider_webhook"] is False
        await owner.patch(f"{path}/{method_id}", json={"active": True})
        await owner.post("/api/admin/tax-rates", json={"name": "VAT", "country": "DE", "rate": 19})
        set_mark = SetMark(shop.container.storage.unit_of_work, shop.clock)
        await set_mark(webhook_mark("stripe"))
        await set_mark(BACKUP_TAKEN)
        body = (await owner.get("/api/admin/settings")).json()
        after = {item["id"]: item["done"] for item in body["checklist"]}
        assert body["footerPages"] == ["terms"]
        done = {"payments", "provider_webhook", "address", "tax", "shipping", "pages", "backup"}
        assert {name for name, state in after.items() if state} == done


async def test_an_old_backup_does_not_count() -> None:
    async with shop_harness() as shop:
        set_mark = SetMark(shop.container.storage.unit_of_work, shop.clock)
        await set_mark(BACKUP_TAKEN)
        shop.clock.advance(days=8)
        assert (await states(shop))["backup"] is False
        await set_mark(BACKUP_TAKEN)
        shop.clock.advance(days=6)
        owner = await shop.log_in("owner")
        items = (await owner.get("/api/admin/settings")).json()["checklist"]
        assert {item["id"]: item["done"] for item in items}["backup"] is True


async def test_backups_of_a_database_server_are_marked_unknown() -> None:
    async with shop_harness(database_url="mysql://u:p@h/shop") as shop:
        assert (await states(shop))["backup"] is None


async def test_mail_is_done_after_a_message_was_sent_and_not_while_one_fails() -> None:
    async with shop_harness(mail=SERVER, owner_email="owner@shop.example") as shop:
        assert (await states(shop))["mail"] is False
        ada = await shop.customer()
        await ada.put("/api/users/me", json={"profile": {"email": "ada@example.com"}})
        await ada.post("/api/users/me/verify-email")
        shop.mail.reachable = False
        await shop.work()
        owner = await shop.log_in("owner")
        path = "/api/admin/settings"

        async def mail() -> Any:
            items = (await owner.get(path)).json()["checklist"]
            return next(item["done"] for item in items if item["id"] == "mail")

        assert await mail() is False
        shop.mail.reachable = True
        shop.clock.advance(minutes=6)
        await shop.work()
        assert len(shop.mail.sent) == 1
        assert await mail() is True


async def test_no_secret_is_shown() -> None:
    async with shop_harness(**STRIPE, mail=SERVER, secret_keys=("k" * 32,)) as shop:
        text = str(await shown(shop))
    assert not any(secret in text for secret in ("sk_live", "whsec", "hidden-in-mail", "k" * 32, "-" * 32))


async def test_payments_with_test_keys_or_the_sandbox_are_not_done() -> None:
    async with shop_harness(**{**STRIPE, "stripe_secret_key": "sk_test_1234567890"}) as shop:
        assert (await states(shop))["payments"] is False
    async with shop_harness(
        payments=[Payments.STRIPE, Payments.SANDBOX], **{k: v for k, v in STRIPE.items() if k != "payments"}
    ) as shop:
        assert (await states(shop))["payments"] is False
    async with shop_harness(payments=Payments.MANUAL) as shop:
        assert (await states(shop))["payments"] is True


async def test_a_mark_is_stored_at_most_once_an_hour() -> None:
    async with shop_harness() as shop:
        unit_of_work = shop.container.storage.unit_of_work
        set_mark = SetMark(unit_of_work, shop.clock)

        async def stored() -> Any:
            async with unit_of_work() as work:
                return await work.worker_tasks.reached("seen")

        await set_mark("seen")
        first = shop.clock.now()
        shop.clock.advance(minutes=59)
        await set_mark("seen")
        assert await stored() == first
        shop.clock.advance(minutes=1)
        await set_mark("seen")
        assert await stored() == first + timedelta(hours=1)
