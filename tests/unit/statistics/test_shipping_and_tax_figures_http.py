"""Shipping and tax in the dashboard's figures: what was collected, less what was returned."""

from decimal import Decimal
from typing import Any

import pytest

from shop.testing import shop_harness
from tests.unit.selling import new_method, new_tax_rate, new_zone
from tests.unit.shopping import new_product

pytestmark = pytest.mark.anyio

NAMES = ("grossRevenue", "refunds", "netRevenue", "shipping", "tax", "taxAdded")


@pytest.mark.parametrize(
    ("included", "total", "sold", "left"),
    [
        pytest.param(False, 29.75, (20, 0, 20, 5, 4.75, 4.75), (20, 20, 0, 0, 0, 0), id="net prices"),
        pytest.param(True, 25, (20, 0, 20, 5, 3.99, 0), (20, 20, 0, 0, 0, 0), id="gross prices"),
    ],
)
async def test_the_figures_add_collected_and_subtract_returned_shipping_and_tax(
    included: bool, total: float, sold: tuple[float, ...], left: tuple[float, ...]
) -> None:
    async with shop_harness(prices_include_tax=included) as shop:
        admin, ada = await shop.admin(), await shop.customer("ada")

        async def figures() -> dict[str, Any]:
            shown = (await admin.get("/api/admin/dashboard")).json()
            totals, series = shown["totals"], shown["series"]
            for name in NAMES:
                assert sum(Decimal(str(day[name])) for day in series) == Decimal(str(totals[name]))
            return dict(totals)

        await new_tax_rate(admin, 19)
        method = await new_method(admin, await new_zone(admin), {"price": 5})
        mug = await new_product(admin, 10)
        body = {
            "items": [{"itemId": mug["id"], "quantity": 2}],
            "shippingMethodId": method["id"],
            "shippingAddress": {"country": "DE"},
        }
        order = (await ada.post("/api/orders", json=body)).json()["order"]
        assert order["total"] == total
        await shop.pay(order)
        collected = await figures()
        assert tuple(collected[name] for name in NAMES) == sold

        async def refund(amount: float | None) -> None:
            answer = await admin.post(
                f"/api/admin/orders/{order['id']}/refunds", json={} if amount is None else {"amount": amount}
            )
            assert answer.status_code == 201, answer.text
            await shop.work()

        await refund(7.77)
        partly = await figures()
        kept = sum(Decimal(str(partly[name])) for name in ("netRevenue", "shipping", "taxAdded"))
        assert kept == Decimal(str(total)) - Decimal("7.77")
        await refund(None)
        returned = await figures()
        assert tuple(returned[name] for name in NAMES) == left
