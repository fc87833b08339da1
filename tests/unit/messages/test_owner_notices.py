"""Mail to the shop's owner."""

import pytest

from shop.domain.outbox.schedule import PAUSES
from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

URL = "https://hooks.example/orders"


async def until_switched_off(shop: ShopHarness) -> None:
    """Let a webhook fail until the shop switches it off."""
    admin = await shop.admin()
    made = await admin.post("/api/admin/webhooks", json={"url": URL, "events": ["product.*"]})
    assert made.status_code == 201, made.text
    shop.webhooks.answers[URL] = None
    await admin.post("/api/products", json={"name": "Mug", "price": 12.5, "stock": 3})
    await shop.work()
    for pause in PAUSES:
        shop.clock.advance(seconds=pause.total_seconds())
        await shop.work()


async def test_the_owner_gets_one_mail_about_a_webhook_that_was_switched_off() -> None:
    async with shop_harness(owner_email="owner@shop.example") as shop:
        await until_switched_off(shop)
        for _ in range(2):
            await shop.work()
        (mail,) = shop.mail.sent
        assert (mail.recipient, mail.text.subject) == ("owner@shop.example", "A webhook was switched off")
        assert URL in mail.text.plain
        assert URL in mail.text.html


async def test_a_shop_without_an_owner_s_address_sends_no_notice() -> None:
    async with shop_harness(owner_email=None) as shop:
        await until_switched_off(shop)
        await shop.work()
        assert shop.mail.sent == []
