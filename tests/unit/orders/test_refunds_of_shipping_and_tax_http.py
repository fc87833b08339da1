"""Refunds of orders with shipping and tax."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.domain.periods import ALWAYS
from shop.testing import ShopHarness, shop_harness
from tests.unit.selling import new_method, new_tax_rate, new_zone
from tests.unit.shopping import (
    Json,
    buy,
    new_product,
    order_of,
)

pytestmark = pytest.mark.anyio

GERMANY = {"country": "DE", "postalCode": "10115"}


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(country="DE") as opened:
        await opened.admin("owner")
        yield opened


class TestRefunds:
    async def paid(self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Json:
        """An order of 2 × 10.00 and 5.00 shipping with 19 % tax: 29.75."""
        await new_tax_rate(admin, 19)
        method = await new_method(admin, await new_zone(admin), {"price": 5})
        product = await new_product(admin, 10)
        order = await buy(ada, product, 2, shippingMethodId=method["id"], shippingAddress=GERMANY)
        assert order["total"] == 29.75
        await shop.pay(order)
        return order

    async def refund(self, admin: httpx.AsyncClient, order: Json, **body: Any) -> Json:
        answer = await admin.post(f"/api/admin/orders/{order['id']}/refunds", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def entries(self, shop: ShopHarness, order: Json) -> list[Any]:
        storage = shop.container.storage
        details = await storage.orders.details(order["id"])
        assert details is not None
        found = await storage.statistics.sales_of_user(details.snapshot.user_id, ALWAYS)
        return [entry for entry in found if entry.order_id == order["id"]]

    async def test_items_cost_their_price_with_tax(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await self.paid(shop, admin, ada)
        items = [{"itemId": order["items"][0]["itemId"], "quantity": 1}]
        answer = await self.refund(admin, order, items=items, restock=True)
        assert answer["refund"]["amount"] == 11.9
        entry = (await self.entries(shop, order))[-1]
        assert (entry.refunded, entry.tax, entry.tax_added, entry.shipping) == (1_000, -190, -190, 0)
        made = {
            "id": answer["refund"]["id"], "amount": 11.9, "tax": 1.9, "status": "succeeded", "creditNoteNumber": None
        }  # fmt: skip
        for client in (ada, admin):
            [shown] = (await order_of(client, order))["refunds"]
            assert shown.pop("createdAt")
            assert shown == made
        assert [refund["id"] for refund in answer["order"]["refunds"]] == [made["id"]]

    async def test_an_amount_is_spread_over_goods_and_shipping(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await self.paid(shop, admin, ada)
        await self.refund(admin, order, amount=11.9)
        entry = (await self.entries(shop, order))[-1]
        assert (entry.refunded, entry.shipping, entry.tax) == (800, -200, -190)

    async def test_refunding_the_rest_leaves_nothing(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await self.paid(shop, admin, ada)
        await self.refund(admin, order, amount=0.01)
        answer = await self.refund(admin, order)
        assert answer["order"]["status"] == "refunded"
        assert answer["refund"]["amount"] == 29.74
        entries = await self.entries(shop, order)
        assert entries
        assert sum(entry.gross - entry.refunded for entry in entries) == 0
        assert sum(entry.tax for entry in entries) == sum(entry.shipping for entry in entries) == 0
        refunds = (await order_of(ada, order))["refunds"]
        assert [refund["amount"] for refund in refunds] == [0.01, 29.74]
        assert sum(refund["tax"] for refund in refunds) == order["tax"]

    async def test_cancelling_returns_everything(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await self.paid(shop, admin, ada)
        answer = await ada.post(f"/api/orders/{order['id']}/cancel")
        assert answer.status_code == 200, answer.text
        [refund] = answer.json()["order"]["refunds"]
        assert (refund["amount"], refund["tax"], refund["status"]) == (29.75, 4.75, "succeeded")

    async def test_a_refund_shows_its_tax_before_it_is_sent(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await self.paid(shop, admin, ada)
        shop.payments.reachable = False
        answer = await self.refund(admin, order, amount=11.9)
        [pending] = answer["order"]["refunds"]
        assert (pending["tax"], pending["status"]) == (1.9, "pending")
        shop.payments.reachable = True
        shop.clock.advance(minutes=31)
        await shop.work()
        [sent] = (await order_of(ada, order))["refunds"]
        assert (sent["tax"], sent["status"]) == (1.9, "succeeded")
