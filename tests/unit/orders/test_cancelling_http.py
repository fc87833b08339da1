"""The contract on cancellation and expiry."""

from datetime import timedelta

import httpx
import pytest

from shop.domain.errors import Unavailable
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import (
    buy,
    cancel,
    history_of,
    new_product,
    new_promo_code,
    order_of,
    refused,
    ship,
    stock_of,
    times_used,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("failed_before", [False, True])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_cancelling_an_unpaid_order_returns_its_stock_and_promo_code_use(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, method: str, failed_before: bool
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin)
    order = await buy(ada, product, 3, promoCode=code)
    if failed_before:
        await shop.pay(order, "failed")
    path = f"/api/orders/{order['id']}"
    answer = await ada.request(method, f"{path}/cancel" if method == "POST" else path)
    assert answer.status_code == 200
    cancelled = answer.json()["order"]
    assert cancelled == await order_of(ada, order)
    assert cancelled["status"] == "cancelled"
    assert history_of(cancelled) == ["pending", *(["failed"] if failed_before else []), "cancelled"]
    assert cancelled["statusHistory"][-1]["reason"]
    assert cancelled["payment"] == {"provider": "sandbox", "status": "cancelled"}
    assert cancelled["refundedTotal"] == 0
    assert await stock_of(admin, product) == 5
    assert await times_used(admin, code) == 0
    refused(await shop.pay(order), 409, "PAYMENT_NOT_CONFIRMABLE")


async def test_cancelling_a_paid_order_refunds_it_in_full(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, price=12.5, stock=5), await new_promo_code(admin)
    order = await buy(ada, product, 3, promoCode=code)
    await shop.pay(order)
    cancelled = await cancel(ada, order)
    assert cancelled == await order_of(ada, order)
    assert history_of(cancelled) == ["pending", "paid", "cancelled"]
    assert cancelled["refundedTotal"] == cancelled["total"] == 33.75
    assert await stock_of(admin, product) == 5
    assert await times_used(admin, code) == 1  # only an unpaid order returns its use of the code


async def test_a_free_order_can_be_cancelled(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, price=0, stock=5)
    cancelled = await cancel(ada, await buy(ada, product, 2))
    assert history_of(cancelled) == ["pending", "paid", "cancelled"]
    assert cancelled["payment"]["status"] == "none"
    assert await stock_of(admin, product) == 5


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_final_or_shipped_orders_cannot_be_cancelled(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, method: str
) -> None:
    product = await new_product(admin, stock=5)
    cancelled, shipped = await buy(ada, product), await buy(ada, product)
    await cancel(ada, cancelled)
    await shop.pay(shipped)
    await ship(shop, shipped)
    for order, status in ((cancelled, "cancelled"), (shipped, "shipped")):
        before = await order_of(ada, order)
        path = f"/api/orders/{order['id']}"
        answer = await ada.request(method, f"{path}/cancel" if method == "POST" else path)
        assert refused(answer, 409, "ORDER_STATUS_CONFLICT")["status"] == status
        assert await order_of(ada, order) == before
    assert await stock_of(admin, product) == 4


async def test_admins_cancel_for_customers(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=5)
    by_admin, by_owner = await buy(ada, product), await buy(ada, product)
    reasons = [
        (await cancel(who, order))["statusHistory"][-1]["reason"]
        for who, order in ((admin, by_admin), (ada, by_owner))
    ]
    assert reasons[0] != reasons[1]
    assert await stock_of(admin, product) == 5


@pytest.mark.parametrize("paid", [False, True])
async def test_an_order_is_cancelling_until_the_provider_answers(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, paid: bool
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin)
    order = await buy(ada, product, 2, promoCode=code)
    if paid:
        await shop.pay(order)
    shop.payments.reachable = False
    cancelling = await cancel(ada, order)
    before = ["pending", *(["paid"] if paid else [])]
    assert cancelling["status"] == "cancelling"
    assert history_of(cancelling) == [*before, "cancelling"]
    assert "clientSecret" not in cancelling["payment"]
    assert await stock_of(admin, product) == 3
    refused(await ada.post(f"/api/orders/{order['id']}/payment"), 409, "ORDER_NOT_PAYABLE")
    assert (await cancel(ada, order))["status"] == "cancelling"  # asking again changes nothing

    shop.payments.reachable = True
    shop.clock.advance(minutes=1)
    await shop.work()
    cancelled = await order_of(ada, order)
    assert history_of(cancelled) == [*before, "cancelling", "cancelled"]
    assert cancelled["refundedTotal"] == (cancelled["total"] if paid else 0)
    assert await stock_of(admin, product) == 5
    assert await times_used(admin, code) == (1 if paid else 0)


async def test_money_before_the_cancellation_is_refunded(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=5)
    order = await buy(ada, product, 2)
    shop.payments.reachable = False
    await cancel(ada, order)
    assert (await shop.pay(order)).status_code == 503  # the card was charged, and we could not be told
    shop.payments.reachable = True
    shop.clock.advance(minutes=1)
    await shop.work()
    cancelled = await order_of(ada, order)
    assert history_of(cancelled) == ["pending", "cancelling", "paid", "cancelled"]
    assert cancelled["refundedTotal"] == cancelled["total"]
    assert await stock_of(admin, product) == 5


async def test_orders_unpaid_at_their_deadline_are_cancelled(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin)
    unpaid, failed, paid = [await buy(ada, product, promoCode=code) for _ in range(3)]
    await shop.pay(failed, "failed")
    await shop.pay(paid)
    shop.clock.advance(minutes=29, seconds=59)
    await shop.work()
    assert (await order_of(ada, unpaid))["status"] == "pending"
    shop.clock.advance(seconds=1)
    await shop.work()
    assert history_of(await order_of(ada, unpaid)) == ["pending", "cancelled"]
    assert history_of(await order_of(ada, failed)) == ["pending", "failed", "cancelled"]
    assert (await order_of(ada, paid))["status"] == "paid"
    expired = await order_of(ada, unpaid)
    assert expired["payment"] == {"provider": "sandbox", "status": "cancelled"}
    assert expired["statusHistory"][-1]["reason"]
    assert await stock_of(admin, product) == 4
    assert await times_used(admin, code) == 1
    refused(await shop.pay(unpaid), 409, "PAYMENT_NOT_CONFIRMABLE")


async def test_money_received_in_time_keeps_the_order(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.payments.reachable = False
    assert (await shop.pay(order)).status_code == 503
    shop.clock.advance(minutes=31)
    with pytest.raises(Unavailable):
        await shop.work()
    assert (await order_of(ada, order))["status"] == "cancelling"
    shop.payments.reachable = True
    shop.clock.advance(minutes=1)
    await shop.work()
    kept = await order_of(ada, order)
    assert history_of(kept) == ["pending", "cancelling", "paid"]
    assert kept["refundedTotal"] == 0


async def test_how_long_an_order_waits_is_a_setting() -> None:
    async with shop_harness(order_ttl=timedelta(minutes=5)) as shop:
        owner, ada = await shop.admin(), await shop.customer()
        order = await buy(ada, await new_product(owner))
        shop.clock.advance(minutes=4, seconds=59)
        await shop.work()
        assert (await order_of(ada, order))["status"] == "pending"
        shop.clock.advance(seconds=1)
        await shop.work()
        assert (await order_of(ada, order))["status"] == "cancelled"
