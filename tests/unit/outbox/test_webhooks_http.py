"""Webhooks: who may create and change them, and what they receive."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shop.adapters.webhooks.signatures import signature_headers
from shop.application.ports.outbox import OutgoingMessage
from shop.domain.outbox.webhook import MAX_WEBHOOKS
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import Json, a_name, buy, new_product, new_staff, refused

pytestmark = pytest.mark.anyio

PATH = "/api/admin/webhooks"


def an_address() -> str:
    """An address that no other test uses."""
    return f"https://example.com/{a_name('hook')}"


async def new_webhook(client: httpx.AsyncClient, *events: str, **fields: Any) -> Json:
    body = {"url": an_address(), "events": list(events or ["*"]), **fields}
    made = await client.post(PATH, json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def deliveries_of(client: httpx.AsyncClient, webhook: Json) -> list[Json]:
    answer = await client.get(f"{PATH}/{webhook['id']}/deliveries", params={"page": 1})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def sent_to(shop: ShopHarness, webhook: Json) -> list[OutgoingMessage]:
    return [message for message in shop.webhooks.sent if message.url == webhook["url"]]


def types_sent_to(shop: ShopHarness, webhook: Json) -> list[str]:
    return [json.loads(message.body)["type"] for message in sent_to(shop, webhook)]


class TestAdministration:
    async def test_a_webhook_from_creation_to_deletion(self, admin: httpx.AsyncClient) -> None:
        url = an_address()
        made = await admin.post(PATH, json={"url": url, "events": ["order.*"], "description": "Books"})
        webhook = made.json()
        secret = webhook.pop("secret")
        assert secret.startswith("whsec_")
        assert made.headers["Location"] == f"{PATH}/{webhook['id']}"
        assert webhook["url"] == url
        assert (webhook["events"], webhook["active"], webhook["description"]) == (["order.*"], True, "Books")
        path = f"{PATH}/{webhook['id']}"
        shown = await admin.get(path)
        assert shown.json() == webhook
        assert secret not in (await admin.get(PATH, params={"page": 1, "limit": 100})).text
        changed = await admin.patch(
            path, json={"active": False, "events": ["stock.low"]}, headers={"If-Match": shown.headers["ETag"]}
        )
        assert changed.json() == {**webhook, "active": False, "events": ["stock.low"], "version": 2}
        stale = await admin.patch(path, json={"active": True}, headers={"If-Match": shown.headers["ETag"]})
        refused(stale, 412, "PRECONDITION_FAILED")
        refused(await admin.patch(path, json={"version": 1}), 409, "VERSION_CONFLICT")
        assert (await admin.delete(path)).json() == {"ok": True}
        for gone in (
            await admin.get(path),
            await admin.patch(path, json={}),
            await admin.delete(path),
            await admin.get(f"{path}/deliveries", params={"page": 1}),
            await admin.post(f"{path}/test"),
            await admin.post(f"{path}/rotate-secret"),
            await admin.post(f"{path}/deliveries/{webhook['id']}/redeliver"),
        ):
            refused(gone, 404, "NOT_FOUND")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"url": "http://example.com"}, "url"),
            ({"url": "https://127.0.0.1"}, "url"),
            ({"url": "https://u:p@example.com"}, "url"),
            ({"events": []}, "events"),
            ({"events": ["order"]}, "events"),
            ({"description": "x" * 201}, "description"),
            ({"secret": "mine"}, "secret"),
        ],
    )
    async def test_invalid_fields_are_refused(
        self, admin: httpx.AsyncClient, fields: Json, field: str
    ) -> None:
        body = {"url": an_address(), "events": ["order.*"], **fields}
        details = refused(await admin.post(PATH, json=body), 400, "VALIDATION_FAILED")
        assert [name.partition("[")[0] for name in details] == [field]

    async def test_secrets_are_stored_encrypted(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        webhook = await new_webhook(admin)
        async with shop.container.storage.unit_of_work() as work:
            stored = await work.webhooks.get(webhook["id"])
        assert stored is not None
        assert webhook["secret"].encode() not in stored.secret
        assert shop.container.outbox.webhook_secrets().opened((stored.secret,)) == (webhook["secret"],)

    async def test_a_repeated_request_gets_the_same_secret(self, admin: httpx.AsyncClient) -> None:
        body, headers = {"url": an_address(), "events": ["order.*"]}, {"Idempotency-Key": a_name("key")}
        first, second = [await admin.post(PATH, json=body, headers=headers) for _ in range(2)]
        assert first.json() == second.json()
        assert second.headers["Idempotent-Replayed"] == "true"
        path, headers = f"{PATH}/{first.json()['id']}/rotate-secret", {"Idempotency-Key": a_name("key")}
        rotated = [(await admin.post(path, headers=headers)).json()["secret"] for _ in range(2)]
        assert rotated[0] == rotated[1] != first.json()["secret"]

    async def test_changing_a_url_needs_permission_for_all_its_events(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        clerk = await new_staff(shop, admin, "settings:write", "catalogue:read")
        body = {"url": an_address(), "events": ["product.*", "order.paid"]}
        details = refused(await clerk.post(PATH, json=body), 403, "EVENT_TYPES_NOT_READABLE")
        assert details["types"] == ["order.paid"]
        own = await new_webhook(clerk, "stock.*")
        path = f"{PATH}/{own['id']}"
        refused(await clerk.patch(path, json={"events": ["*"]}), 403, "EVENT_TYPES_NOT_READABLE")
        others = f"{PATH}/{(await new_webhook(admin, 'order.*'))['id']}"
        for attempt in (
            await clerk.patch(others, json={"url": an_address()}),
            await clerk.patch(others, json={"events": ["stock.*"], "url": an_address()}),
            await clerk.post(f"{others}/rotate-secret"),
        ):
            refused(attempt, 403, "EVENT_TYPES_NOT_READABLE")

    async def test_the_number_of_webhooks_is_limited(self) -> None:
        async with shop_harness() as shop:
            admin = await shop.admin()
            first = await new_webhook(admin)
            async with shop.container.storage.unit_of_work() as work:
                webhook = await work.webhooks.get(first["id"])
                assert webhook is not None
                for number in range(1, MAX_WEBHOOKS):
                    await work.webhooks.add(replace(webhook, id=f"{number:08}-0000-7000-8000-000000000000"))
            body = {"url": an_address(), "events": ["*"]}
            refused(await admin.post(PATH, json=body), 409, "TOO_MANY_WEBHOOKS")

    async def test_a_setting_allows_private_addresses(self) -> None:
        async with shop_harness(webhooks_allow_private=True) as shop:
            await new_webhook(await shop.admin(), url="http://127.0.0.1:9/hooks")


class TestDelivering:
    async def test_the_message_is_the_event_signed(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        webhook = await new_webhook(admin, "order.placed")
        await buy(ada, await new_product(admin))
        await shop.work()
        (message,) = sent_to(shop, webhook)
        events = (await admin.get("/api/admin/events", params={"type": "order.placed", "limit": 100})).json()
        assert json.loads(message.body) == events["items"][-1]
        assert message.secrets == (webhook["secret"],)
        (delivery,) = await deliveries_of(admin, webhook)
        assert delivery["id"] == message.message_id
        assert delivery["eventId"] == events["items"][-1]["id"]
        assert (delivery["status"], delivery["attempts"]) == ("succeeded", 1)
        assert (delivery["responseStatus"], delivery["error"]) == (200, None)
        await shop.work()
        assert len(sent_to(shop, webhook)) == 1

    async def test_a_webhook_receives_the_types_that_it_asks_for(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        await shop.work()  # earlier events are processed before the webhooks exist
        some = await new_webhook(admin, "stock.*", "order.placed")
        everything = await new_webhook(admin)
        off = await new_webhook(admin, active=False)
        await buy(ada, await new_product(admin, stock=6))
        await shop.work()
        assert sorted(types_sent_to(shop, some)) == ["order.placed", "stock.low"]
        assert sorted(types_sent_to(shop, everything)) == ["order.placed", "product.created", "stock.low"]
        assert await deliveries_of(admin, off) == []

    async def test_both_secrets_sign_for_a_day_after_a_rotation(self) -> None:
        async with shop_harness() as shop:
            admin = await shop.admin()
            webhook = await new_webhook(admin, "product.*")
            rotated = (await admin.post(f"{PATH}/{webhook['id']}/rotate-secret")).json()
            assert rotated["version"] == 2
            await new_product(admin)
            await shop.work()
            assert sent_to(shop, webhook)[-1].secrets == (rotated["secret"], webhook["secret"])
            shop.clock.advance(hours=24)
            admin = await shop.log_in("owner")
            await new_product(admin)
            await shop.work()
            assert sent_to(shop, webhook)[-1].secrets == (rotated["secret"],)

    async def test_events_that_the_creator_may_no_longer_read_are_not_delivered(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        username = a_name("clerk")
        role = (
            await admin.post(
                "/api/admin/roles",
                json={"name": a_name("r"), "permissions": ["settings:write", "orders:read"]},
            )
        ).json()
        clerk = await shop.customer(username)
        await admin.patch(f"/api/users/{username}", json={"role": role["name"]})
        webhook = await new_webhook(clerk, "order.*")
        product = await new_product(admin)
        shop.webhooks.answers[webhook["url"]] = 500
        await buy(ada, product)
        await shop.work()
        assert [each["status"] for each in await deliveries_of(admin, webhook)] == ["pending"]
        await admin.patch(f"/api/admin/roles/{role['id']}", json={"permissions": ["settings:write"]})
        await buy(ada, product)
        shop.clock.advance(seconds=6)
        await shop.work()
        (delivery,) = await deliveries_of(admin, webhook)
        assert (delivery["status"], delivery["attempts"]) == ("failed", 1)
        assert delivery["error"] == "The user who created the webhook may no longer read this."
        assert (await admin.get(f"{PATH}/{webhook['id']}")).json()["active"] is True


def test_signatures_match_the_published_vector() -> None:
    headers = signature_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
