"""Contract tests: a shop starts and sells with only the members of the storage port."""

import pytest

from shop.application.ports.storage import Storage
from shop.testing import shop_harness

pytestmark = pytest.mark.anyio

NAMES = sorted(name for name in vars(Storage) if not name.startswith("_"))


class NothingElse:
    """A storage reduced to the members of the port."""

    def __init__(self, storage: Storage) -> None:
        for name in NAMES:
            setattr(self, name, getattr(storage, name))


async def test_a_shop_runs_on_any_storage_that_implements_the_port(storage: Storage) -> None:
    lent = NothingElse(storage)
    assert isinstance(lent, Storage)
    async with shop_harness(storage=lent) as shop:
        owner, ada = await shop.admin(), await shop.customer("ada")
        mug = (await owner.post("/api/products", json={"name": "Mug", "price": 12.5, "stock": 9})).json()
        code = {"code": "TEN", "type": "percent", "value": 10}
        assert (await owner.post("/api/promo-codes", json=code)).status_code == 201

        await ada.post("/api/cart/items", json={"itemId": mug["id"], "quantity": 2})
        bought = await ada.post("/api/cart/checkout", json={"promoCode": "TEN"})
        order = bought.json()["order"]
        assert (bought.status_code, order["total"]) == (201, 22.5)
        await shop.pay(order)
        assert (await ada.get(f"/api/orders/{order['id']}")).json()["status"] == "paid"
        refund = await owner.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 2.5})
        assert refund.status_code == 201

        unpaid = await ada.post("/api/orders", json={"items": [{"itemId": mug["id"], "quantity": 3}]})
        shop.clock.advance(minutes=31)
        await shop.work()
        expired = (await owner.get(f"/api/orders/{unpaid.json()['order']['id']}")).json()
        assert expired["status"] == "cancelled"
        assert (await ada.get(f"/api/products/{mug['id']}")).json()["stock"] == 7

        for path in (
            "/health/ready",
            "/api/products/search?page=1&q=mug",
            "/api/dashboard",
            "/api/admin/dashboard",
            "/api/admin/orders?page=1",
            "/api/admin/audit?page=1",
            "/api/users?page=1",
            "/api/promo-codes?page=1",
        ):
            assert (await owner.get(path)).status_code == 200, path
        for path in ("/api/cart", "/api/orders?page=1", "/api/orders/statistics"):
            assert (await ada.get(path)).status_code == 200, path
