"""Paying without a card: the contract on bank transfers, and on the terms that buyers accept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.application.payments.reconciling import UncomparedPayment
from shop.domain.payments.payment import PaymentStatus
from shop.settings import Payments
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import (
    Json,
    buy,
    check_out,
    history_of,
    new_product,
    put_into_cart,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio

BOTH = (Payments.SANDBOX, Payments.MANUAL)
INSTRUCTIONS = "Send {total} to DE02 1203, reference {number}."


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(
        payments=BOTH, transfer_instructions=INSTRUCTIONS, transfer_term=timedelta(days=7)
    ) as opened:
        yield opened


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


@pytest.fixture
async def ada(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.customer()


@pytest.fixture
async def mug(admin: httpx.AsyncClient) -> Json:
    return await new_product(admin, price=12.5, stock=10)


async def by_transfer(client: httpx.AsyncClient, product: Json, quantity: int = 2) -> Json:
    body = {"items": [{"itemId": product["id"], "quantity": quantity}], "paymentMethod": "transfer"}
    made = await client.post("/api/orders", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json()["order"])


async def shown(client: httpx.AsyncClient, order: Json) -> Json:
    return dict((await client.get(f"/api/orders/{order['id']}")).json())


async def mark_paid(
    admin: httpx.AsyncClient, order: Json, key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await admin.post(f"/api/admin/orders/{order['id']}/mark-paid", json=body, headers=headers)


async def log_in_again(shop: ShopHarness) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    return await shop.log_in("owner"), await shop.log_in("ada")


async def test_an_order_by_transfer_has_instructions_and_no_secret(ada: httpx.AsyncClient, mug: Json) -> None:
    order = await by_transfer(ada, mug)
    assert order["status"] == "pending"
    assert order["payment"] == {
        "provider": "manual",
        "status": "pending",
        "instructions": f"Send 25.00 USD to DE02 1203, reference {order['number']}.",
    }
    assert await shown(ada, order) == order
    again = await ada.post(f"/api/orders/{order['id']}/payment")
    assert again.json()["order"] == order


async def test_a_cart_checkout_accepts_a_payment_method_too(ada: httpx.AsyncClient, mug: Json) -> None:
    await put_into_cart(ada, mug, 1)
    assert (await check_out(ada, paymentMethod="transfer"))["payment"]["provider"] == "manual"


async def test_the_first_provider_is_the_default(ada: httpx.AsyncClient, mug: Json) -> None:
    assert (await buy(ada, mug))["payment"]["provider"] == "sandbox"
    await put_into_cart(ada, mug, 1)
    assert (await check_out(ada, paymentMethod="card"))["payment"]["provider"] == "sandbox"
    async with shop_harness(payments=(Payments.MANUAL, Payments.SANDBOX)) as other:
        product = await new_product(await other.admin())
        assert (await buy(await other.customer(), product))["payment"]["provider"] == "manual"


@pytest.mark.parametrize("payments", [(Payments.SANDBOX,), (Payments.MANUAL,)])
async def test_a_method_that_is_not_offered_is_refused(payments: tuple[Payments, ...]) -> None:
    async with shop_harness(payments=payments) as shop:
        admin, ada = await shop.admin(), await shop.customer()
        product = await new_product(admin)
        other = "card" if payments == (Payments.MANUAL,) else "transfer"
        for method in (other, "cheque"):
            body = {"items": [{"itemId": product["id"], "quantity": 1}], "paymentMethod": method}
            details = refused(await ada.post("/api/orders", json=body), 400, "VALIDATION_FAILED")
            assert "paymentMethod" in details
        assert await stock_of(admin, product) == product["stock"]


async def test_an_order_whose_transfer_arrived_is_marked_as_paid(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    order = await by_transfer(ada, mug)
    answer = await mark_paid(admin, order, reference=" Statement 12,\nline 7 ")
    assert answer.status_code == 200
    paid = answer.json()
    assert (paid["id"], paid["status"], paid["payment"]) == (
        order["id"],
        "paid",
        {"provider": "manual", "status": "succeeded"},
    )
    assert [(each["status"], each.get("reason")) for each in paid["statusHistory"]] == [
        ("pending", None),
        ("paid", "Statement 12,line 7"),
    ]
    assert await shown(ada, order) == paid
    totals = (await admin.get("/api/admin/dashboard")).json()["totals"]
    assert (totals["orders"], totals["netRevenue"]) == (1, 25)
    entries = (await admin.get("/api/admin/audit?page=1")).json()["items"]
    assert entries[0]["action"] == "order.marked-paid"
    refused(await mark_paid(admin, order), 409, "ORDER_NOT_PAYABLE")


async def test_marking_twice_under_one_key_is_one_payment(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    order = await by_transfer(ada, mug)
    first, second = [await mark_paid(admin, order, "a key") for _ in range(2)]
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    refused(await mark_paid(admin, order, "a key", reference="other words"), 422, "IDEMPOTENCY_KEY_REUSED")


async def test_only_admins_mark_only_transfer_orders_as_paid(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    order = await by_transfer(ada, mug)
    refused(await mark_paid(ada, order), 403, "FORBIDDEN")
    refused(await mark_paid(shop.client, order), 401, "UNAUTHENTICATED")
    refused(await mark_paid(admin, {"id": mug["id"]}), 404, "NOT_FOUND")
    refused(await mark_paid(admin, order, reference="x" * 201), 400, "VALIDATION_FAILED")
    by_card = await buy(ada, mug)
    refused(await mark_paid(admin, by_card), 409, "PAYMENT_CONFIRMED_BY_PROVIDER")
    assert (await shown(ada, by_card))["status"] == "pending"


async def test_an_order_by_transfer_expires_after_the_transfer_term(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    order, by_card = await by_transfer(ada, mug), await buy(ada, mug)
    shop.clock.advance(days=6, hours=23)
    for _ in range(2):
        await shop.work()
    admin, ada = await log_in_again(shop)
    assert (await shown(ada, order))["payment"]["instructions"]
    assert (await shown(ada, by_card))["status"] == "cancelled"
    shop.clock.advance(hours=1)
    await shop.work()
    admin, ada = await log_in_again(shop)
    over = await shown(ada, order)
    assert (over["status"], over["payment"]) == ("cancelled", {"provider": "manual", "status": "cancelled"})
    assert await stock_of(admin, mug) == 10
    refused(await mark_paid(admin, order), 409, "ORDER_NOT_PAYABLE")


async def test_an_order_by_transfer_can_be_cancelled(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    order = await by_transfer(ada, mug)
    cancelled = (await ada.post(f"/api/orders/{order['id']}/cancel")).json()["order"]
    assert (cancelled["status"], history_of(cancelled)) == ("cancelled", ["pending", "cancelled"])
    assert await stock_of(admin, mug) == 10


async def test_refunds_are_recorded_as_made_by_hand(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    order = await by_transfer(ada, mug)
    await mark_paid(admin, order)
    refund = await admin.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 5})
    assert refund.json()["refund"]["status"] == "succeeded"
    cancelled = (await ada.post(f"/api/orders/{order['id']}/cancel")).json()["order"]
    assert (cancelled["status"], cancelled["refundedTotal"]) == ("cancelled", 25)
    assert await stock_of(admin, mug) == 10


async def test_reconcile_lists_transfers_and_compares_the_rest(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, mug: Json
) -> None:
    await shop.pay(await buy(ada, mug))
    paid, unpaid = await by_transfer(ada, mug), await by_transfer(ada, mug, 1)
    given_up = await by_transfer(ada, mug, 1)
    await mark_paid(admin, paid)
    await ada.post(f"/api/orders/{given_up['id']}/cancel")
    now = shop.clock.now()
    reconcile = shop.container.payments.reconcile()
    found = await reconcile(now - timedelta(days=1), now + timedelta(days=1), fix=True)
    assert found.differences == []
    assert found.uncompared == [
        UncomparedPayment(paid["number"], "manual", "25.00 USD", PaymentStatus.SUCCEEDED),
        UncomparedPayment(unpaid["number"], "manual", "12.50 USD", PaymentStatus.PENDING),
    ]


async def test_unpaid_orders_by_transfer_end_in_a_shop_that_no_longer_takes_transfers(
    shop: ShopHarness, mug: Json
) -> None:
    ada = await shop.customer("ada")
    unpaid, paid = await by_transfer(ada, mug), await by_transfer(ada, mug)
    await mark_paid(await shop.log_in("owner"), paid)
    async with shop_harness(shop.container.storage, shop.clock, payments=Payments.SANDBOX) as later:
        admin, ada = await later.log_in("owner"), await later.log_in("ada")
        refunds = f"/api/admin/orders/{paid['id']}/refunds"
        refused(await admin.post(refunds, json={"amount": 5}), 409, "PAYMENT_ELSEWHERE")
        payable = (await ada.post(f"/api/orders/{unpaid['id']}/payment")).json()["order"]
        assert (payable["payment"]["provider"], payable["payment"]["status"]) == ("sandbox", "pending")
        later.clock.advance(days=7)
        await later.work()
        assert (await shown(await later.log_in("ada"), unpaid))["status"] == "cancelled"


async def test_configured_terms_must_be_accepted(mug: Json, ada: httpx.AsyncClient) -> None:
    assert (await buy(ada, mug))["termsVersion"] is None
    async with shop_harness(terms_version="2026-11") as shop:
        admin, ada = await shop.admin(), await shop.customer()
        product = await new_product(admin)
        items = [{"itemId": product["id"], "quantity": 1}]
        await put_into_cart(ada, product, 1)
        for accepted in ({}, {"termsAccepted": False}):
            for path, body in (("/api/orders", {"items": items}), ("/api/cart/checkout", {})):
                details = refused(await ada.post(path, json={**body, **accepted}), 400, "VALIDATION_FAILED")
                assert details.keys() == {"termsAccepted"}
        assert await stock_of(admin, product) == product["stock"]
        order = await check_out(ada, termsAccepted=True)
        assert order["termsVersion"] == "2026-11"
    async with shop_harness(shop.container.storage, terms_version="2027-01") as later:
        kept = await (await later.log_in("ada")).get(f"/api/orders/{order['id']}")
        assert kept.json()["termsVersion"] == "2026-11"
