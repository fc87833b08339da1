"""Mails about orders: each event leads to one mail, even if a process dies in between."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shop.application.ports.messages import Mail
from shop.settings import Payments
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import a_guest, new_product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness() as shop:
        yield shop


async def bought(shop: ShopHarness, username: str = "ada", **checkout: Any) -> dict[str, Any]:
    admin = await shop.admin(f"owner-of-{username}")
    product = (await admin.post("/api/products", json={"name": "Mug <b>", "price": 12.5, "stock": 3})).json()
    ada = await shop.customer(username)
    await ada.put("/api/users/me", json={"profile": {"email": f"{username}@example.com"}})
    body = {"items": [{"itemId": product["id"], "quantity": 2}], **checkout}
    made = await ada.post("/api/orders", json=body)
    assert made.status_code == 201, made.text
    order: dict[str, Any] = made.json()["order"]
    return order


def subjects(shop: ShopHarness) -> list[str]:
    return [mail.text.subject for mail in shop.mail.sent]


async def test_the_buyer_gets_mail_about_order_and_payment(shop: ShopHarness) -> None:
    order = await bought(shop)
    await shop.work()
    (placed,) = shop.mail.sent
    assert (placed.recipient, placed.text.subject) == ("ada@example.com", f"Your order {order['number']}")
    assert "2 x Mug <b>: 25.00 USD" in placed.text.plain
    assert "Mug &lt;b&gt;" in placed.text.html
    assert f"/orders/{order['id']}\n" in placed.text.plain, "a customer logs in: no token"
    await shop.pay(order)
    await shop.work()
    await shop.work()
    assert subjects(shop)[1:] == [f"We have received your payment for order {order['number']}"]


async def test_mail_goes_to_the_order_s_contact(shop: ShopHarness) -> None:
    await bought(shop, contact={"name": "Ada King", "email": "king@example.com"})
    await shop.work()
    (placed,) = shop.mail.sent
    assert placed.recipient == "king@example.com"
    assert placed.text.plain.startswith("Hello Ada King,")


async def test_refunds_and_cancellations_are_mailed(shop: ShopHarness) -> None:
    order = await bought(shop)
    await shop.pay(order)
    owner = await shop.log_in("owner-of-ada")
    answer = await owner.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 5})
    assert answer.status_code < 300, answer.text
    await shop.work()
    other = await bought(shop, "eve")
    eve = await shop.log_in("eve")
    assert (await eve.post(f"/api/orders/{other['id']}/cancel")).status_code == 200
    await shop.work()
    await shop.work()
    assert f"A refund for order {order['number']}" in subjects(shop)
    assert subjects(shop)[-1] == f"Your order {other['number']} was cancelled"


async def test_an_order_by_transfer_says_how_to_pay() -> None:
    async with shop_harness(payments=(Payments.SANDBOX, Payments.MANUAL)) as shop:
        order = await bought(shop, paymentMethod="transfer")
        await shop.work()
        assert order["payment"]["instructions"] in shop.mail.sent[0].text.plain.replace("\n", " ")


async def test_each_event_leads_to_one_message_over_crashes(shop: ShopHarness) -> None:
    await bought(shop)
    await shop.container.outbox.assign_positions()()
    queue = shop.container.messages.queue_event_messages()
    order_messages = queue._order_messages
    original = order_messages._queue_message

    async def die(*arguments: Any, **options: Any) -> None:
        await original(*arguments, **options)
        raise ZeroDivisionError

    order_messages._queue_message = die  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError):
        await queue()
    order_messages._queue_message = original
    await queue()
    await queue()
    await shop.work()
    assert len(shop.mail.sent) == 1


async def test_events_of_a_time_without_mail_lead_to_no_mail_later() -> None:
    async with shop_harness(mail=None) as off:
        await bought(off)
        await off.container.outbox.assign_positions()()
        await off.container.messages.queue_event_messages()()
        async with shop_harness(storage=off.container.storage, clock=off.clock) as shop:
            await shop.work()
            assert shop.mail.sent == []


async def test_a_closed_account_gets_no_mail_about_its_orders(shop: ShopHarness) -> None:
    order = await bought(shop)
    await shop.pay(order)
    ada = await shop.log_in("ada")
    assert (await ada.delete("/api/users/me")).status_code == 200
    await shop.work()
    assert shop.mail.sent == []


async def test_a_guest_s_link_has_a_token_that_a_resend_replaces(shop: ShopHarness) -> None:
    owner, guest = await shop.admin(), await a_guest(shop)
    product = await new_product(owner)
    body = {"items": [{"itemId": product["id"], "quantity": 1}], "contact": {"email": "guest@example.com"}}
    made = await guest.post("/api/orders", json=body)
    assert made.status_code == 201, made.text
    order = made.json()["order"]
    await shop.work()
    message = (await owner.get("/api/admin/messages?page=1")).json()["items"][0]
    assert message["to"] == "guest@example.com"
    (await owner.post(f"/api/admin/messages/{message['id']}/resend")).raise_for_status()
    await shop.work()
    first, second = (_token_of(mail, order) for mail in shop.mail.sent)
    for token, status in ((first, 404), (second, 200), (made.json()["orderToken"], 200)):
        holder = await shop.open_client({"Order-Token": token})
        assert (await holder.get(f"/api/orders/{order['id']}")).status_code == status
    ada = await shop.customer("ada")
    (await ada.post("/api/orders/claim", json={"orderToken": second})).raise_for_status()
    await shop.pay(order)
    await shop.work()
    paid = shop.mail.sent[-1]
    assert (paid.recipient, "#token=" in paid.text.plain) == ("guest@example.com", False)


def _token_of(mail: Mail, order: dict[str, Any]) -> str:
    assert f"/orders/{order['id']}#token=" in mail.text.plain
    return mail.text.plain.partition("#token=")[2].split()[0]
