"""Each checkout is counted once, by the outcome that its caller got."""

from typing import Any

import httpx
import pytest

from shop.domain.errors import ShopError
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, a_promo_code, fill_cart
from tests.samples_of_metrics import Metrics, metrics_of

pytestmark = pytest.mark.anyio


def checkouts(metrics: Metrics) -> dict[str, float]:
    return metrics.by("outcome", "shop_checkouts_total")


async def buy(client: httpx.AsyncClient, product_id: str, quantity: int = 1, **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    body = {"items": [{"itemId": product_id, "quantity": quantity}], **more}
    return await client.post("/api/orders", json=body, headers=headers)


async def stocked(shop: ShopHarness, stock: int = 9, price: float = 12.5) -> tuple[httpx.AsyncClient, str]:
    return await shop.customer(), await a_product(await shop.admin(), stock, price)


async def test_a_new_shop_shows_its_counters_at_0() -> None:
    async with shop_harness() as shop:
        metrics = await metrics_of(shop.client)
    assert checkouts(metrics) == {}
    names = {sample.name for sample in metrics.samples}
    assert {"shop_checkouts_total", "shop_stock_outs_total", "shop_payments_total"} <= names


async def test_orders_are_counted_once_on_every_route() -> None:
    async with shop_harness() as shop:
        ada, mug = await stocked(shop)
        await fill_cart(ada, mug)
        assert (await ada.post("/api/cart/checkout")).status_code == 201
        for _ in range(3):
            assert (await buy(ada, mug, key="once")).status_code == 201
        assert checkouts(await metrics_of(shop.client)) == {"placed": 2, "replayed": 2}


async def test_a_free_order_is_counted_as_placed() -> None:
    async with shop_harness() as shop:
        ada, gift = await stocked(shop, price=0)
        assert (await buy(ada, gift)).status_code == 201
        assert checkouts(await metrics_of(shop.client)) == {"placed": 1}


async def test_orders_placed_during_a_provider_outage_are_counted_separately() -> None:
    async with shop_harness() as shop:
        ada, mug = await stocked(shop)
        shop.payments.reachable = False
        assert (await buy(ada, mug)).status_code == 201
        assert checkouts(await metrics_of(shop.client)) == {"placed_without_payment": 1}


async def test_refusals_are_counted_by_their_code() -> None:
    async with shop_harness() as shop:
        ada, mug = await stocked(shop, stock=1)
        code = await a_promo_code(await shop.log_in("owner"), minSubtotal=1000)
        refused = [
            await ada.post("/api/cart/checkout"),
            await buy(ada, mug, 2),
            await buy(ada, mug, promoCode=code),
            await buy(ada, mug, promoCode="UNKNOWN"),
            await buy(ada, mug, expectedTotal=1),
            await buy(ada, mug, 0),
            await buy(shop.client, mug),
            await ada.post("/api/orders", content=b"{"),
        ]
        codes = [answer.json()["error"]["code"].lower() for answer in refused]
        assert len(set(codes)) == len(codes)
        assert checkouts(await metrics_of(shop.client)) == dict.fromkeys(codes, 1)


async def test_faults_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop_harness() as shop:
        ada, mug = await stocked(shop)

        def broken(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(shop.payments, "ensure_payable", broken)
        assert (await buy(ada, mug)).status_code == 500
        assert checkouts(await metrics_of(shop.client)) == {"internal_error": 1}


async def test_stock_outs_are_counted_by_where_they_occurred() -> None:
    async with shop_harness() as shop:
        ada, mug = await stocked(shop, stock=1)
        await fill_cart(ada, mug)
        await ada.post("/api/cart/items", json={"itemId": mug, "quantity": 1})
        await buy(ada, mug, 2)
        await buy(ada, mug)
        await ada.post("/api/cart/checkout")
        metrics = await metrics_of(shop.client)
        assert metrics.by("where", "shop_stock_outs_total") == {"cart": 1, "checkout": 2}


async def test_other_requests_are_not_counted_as_checkouts() -> None:
    async with shop_harness() as shop:
        ada, _ = await stocked(shop)
        await ada.get("/api/orders")
        await ada.get("/api/orders?page=x")
        await ada.post("/api/orders/nobody/payment")
        await shop.client.post("/nowhere")
        assert checkouts(await metrics_of(shop.client)) == {}


def errors(kind: type[ShopError] = ShopError) -> set[str]:
    return {kind.code, *(code for each in kind.__subclasses__() for code in errors(each))}


def test_error_codes_are_few_constants() -> None:
    """Error codes become values of a label of a metric, so they must be few and fixed."""
    assert len(errors()) < 100
    assert all(code == code.upper() and code.isascii() for code in errors())
