"""Deliveries that fail, and deliveries that staff request."""

import json
from datetime import timedelta

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.outbox.test_webhooks_http import PATH, deliveries_of, new_webhook, sent_to, types_sent_to
from tests.unit.shopping import a_name, new_product, new_promo_code, refused

pytestmark = pytest.mark.anyio


class TestFailing:
    async def test_a_failed_delivery_is_retried_with_the_same_id(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        webhook = await new_webhook(admin, "product.*")
        shop.webhooks.answers[webhook["url"]] = 503
        await new_product(admin)
        await shop.work()
        (delivery,) = await deliveries_of(admin, webhook)
        assert (delivery["status"], delivery["attempts"], delivery["responseStatus"]) == ("pending", 1, 503)
        assert delivery["error"] == "The receiver answered 503."
        shop.webhooks.answers[webhook["url"]] = None
        shop.clock.advance(seconds=4)
        await shop.work()
        assert (await deliveries_of(admin, webhook))[0]["attempts"] == 1
        shop.clock.advance(seconds=1)
        await shop.work()
        (delivery,) = await deliveries_of(admin, webhook)
        assert (delivery["attempts"], delivery["responseStatus"]) == (2, None)
        shop.webhooks.answers[webhook["url"]] = 204
        shop.clock.advance(minutes=5)
        await shop.work()
        attempts = [each for each in shop.webhooks.attempts if each.url == webhook["url"]]
        assert len(attempts) == 3
        assert len({(each.message_id, each.body) for each in attempts}) == 1
        assert attempts[0].at < attempts[2].at
        (delivery,) = await deliveries_of(admin, webhook)
        assert (delivery["status"], delivery["attempts"], delivery["error"]) == ("succeeded", 3, None)

    async def test_a_redirect_is_a_failure(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        webhook = await new_webhook(admin, "product.*")
        shop.webhooks.answers[webhook["url"]] = 302
        await new_product(admin)
        await shop.work()
        assert (await deliveries_of(admin, webhook))[0]["status"] == "pending"

    async def test_a_webhook_that_never_answers_is_switched_off(self) -> None:
        async with shop_harness() as shop:
            admin = await shop.admin()
            dead, sound = await new_webhook(admin, "product.*"), await new_webhook(admin, "*")
            shop.webhooks.answers[dead["url"]] = None
            await new_product(admin)
            for pause in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400):
                shop.clock.advance(seconds=pause)
                await shop.work()
            admin = await shop.log_in("owner")
            (delivery,) = await deliveries_of(admin, dead)
            assert (delivery["status"], delivery["attempts"]) == ("failed", 10)
            shown = (await admin.get(f"{PATH}/{dead['id']}")).json()
            assert (shown["active"], shown["version"]) == (False, 2)
            await shop.work()
            assert types_sent_to(shop, sound)[-1] == "webhook.disabled"
            message = json.loads(sent_to(shop, sound)[-1].body)
            assert message["subject"] == {"type": "webhook", "id": dead["id"]}
            assert message["data"] == shown
            path = f"{PATH}/{dead['id']}/deliveries/{delivery['id']}/redeliver"
            refused(await admin.post(path), 409, "WEBHOOK_SWITCHED_OFF")
            await admin.patch(f"{PATH}/{dead['id']}", json={"active": True})
            shop.webhooks.answers[dead["url"]] = 200
            again = (await admin.post(path)).json()
            assert (again["status"], again["attempts"], again["id"]) == ("pending", 0, delivery["id"])
            await shop.work()
            assert [message.message_id for message in sent_to(shop, dead)] == [delivery["id"]]

    async def test_a_webhook_that_accepted_another_event_meanwhile_stays_on(self) -> None:
        async with shop_harness() as shop:
            admin = await shop.admin()
            webhook = await new_webhook(admin, "product.*", "promo_code.*", "customer.*")
            shop.webhooks.answers[webhook["url"]] = 500
            await new_product(admin)
            for pause in (0, 5, 300, 1800, 7200):
                shop.clock.advance(seconds=pause)
                await shop.work()
            shop.webhooks.answers[webhook["url"]] = 200
            await shop.customer("ada")
            await shop.work()
            shop.webhooks.answers[webhook["url"]] = 500
            for pause in (18000, 36000, 50400, 72000, 86400):
                shop.clock.advance(seconds=pause)
                await shop.work()
            admin = await shop.log_in("owner")
            statuses = [each["status"] for each in await deliveries_of(admin, webhook)]
            assert sorted(statuses) == ["failed", "succeeded"]
            assert (await admin.get(f"{PATH}/{webhook['id']}")).json()["active"] is True


class TestRequested:
    async def test_a_test_event_is_sent_immediately_and_once(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        webhook = await new_webhook(admin, "order.*", active=False)
        path = f"{PATH}/{webhook['id']}/test"
        sent = (await admin.post(path)).json()
        assert (sent["status"], sent["attempts"], sent["responseStatus"]) == ("succeeded", 1, 200)
        (message,) = sent_to(shop, webhook)
        body = json.loads(message.body)
        assert (body["type"], body["id"]) == ("webhook.test", sent["eventId"])
        assert body["subject"] == {"type": "webhook", "id": webhook["id"]}
        shop.webhooks.answers[webhook["url"]] = 500
        failed = (await admin.post(path)).json()
        assert (failed["status"], failed["attempts"], failed["responseStatus"]) == ("failed", 1, 500)
        shop.clock.advance(minutes=5)
        await shop.work()
        assert len([each for each in shop.webhooks.attempts if each.url == webhook["url"]]) == 2
        assert [each["eventType"] for each in await deliveries_of(admin, webhook)] == ["webhook.test"] * 2
        feed = (await admin.get("/api/admin/events", params={"type": "webhook.*"})).json()
        assert feed["items"] == []

    async def test_a_repeated_test_is_sent_once(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        webhook, headers = await new_webhook(admin), {"Idempotency-Key": a_name("key")}
        answers = [await admin.post(f"{PATH}/{webhook['id']}/test", headers=headers) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert len(sent_to(shop, webhook)) == 1

    async def test_a_delivery_can_be_requested_again(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        webhook, other = await new_webhook(admin, "product.*"), await new_webhook(admin, "order.*")
        await new_product(admin)
        await shop.work()
        (delivery,) = await deliveries_of(admin, webhook)
        path = f"{PATH}/{webhook['id']}/deliveries/{delivery['id']}/redeliver"
        assert (await admin.post(path)).json()["status"] == "pending"
        await shop.work()
        assert [message.message_id for message in sent_to(shop, webhook)] == [delivery["id"]] * 2
        elsewhere = f"{PATH}/{other['id']}/deliveries/{delivery['id']}/redeliver"
        refused(await admin.post(elsewhere), 404, "NOT_FOUND")

    async def test_deliveries_are_purged_with_their_events(self) -> None:
        async with shop_harness(event_lifetime=timedelta(days=30)) as shop:
            admin = await shop.admin()
            webhook = await new_webhook(admin, "product.*")
            await new_product(admin)
            await shop.work()
            assert len(await deliveries_of(admin, webhook)) == 1
            shop.clock.advance(days=30, seconds=1)
            await shop.work()
            assert await deliveries_of(await shop.log_in("owner"), webhook) == []

    async def test_deleting_a_webhook_ends_its_deliveries(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        webhook = await new_webhook(admin, "promo_code.*", "product.*")
        shop.webhooks.answers[webhook["url"]] = 500
        await new_promo_code(admin)
        await new_product(admin)
        await shop.work()
        await admin.delete(f"{PATH}/{webhook['id']}")
        shop.clock.advance(minutes=1)
        await shop.work()
        assert len([each for each in shop.webhooks.attempts if each.url == webhook["url"]]) == 1
