"""Helpers that pay orders and read the API's figures."""

from typing import Any

import httpx

from shop.testing import ShopHarness
from tests.unit.shopping import (
    Json,
    buy,
)

PATHS = {
    "own": "/api/orders/statistics",
    "own items": "/api/orders/statistics/items?page=1",
    "dashboard": "/api/admin/dashboard",
    "items": "/api/admin/statistics/items?page=1",
    "public": "/api/dashboard",
}


async def paid(
    shop: ShopHarness, client: httpx.AsyncClient, product: Json, quantity: int = 1, **terms: Any
) -> Json:
    order = await buy(client, product, quantity, **terms)
    if order["total"]:
        assert (await shop.pay(order)).status_code == 200
    return order


async def shown(client: httpx.AsyncClient, path: str) -> Json:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
