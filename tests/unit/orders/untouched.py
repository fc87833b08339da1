"""Checks that a refused checkout changes nothing."""

from typing import Any

import httpx

from tests.unit.shopping import (
    Json,
    new_product,
    new_promo_code,
    put_into_cart,
    stock_of,
    times_used,
)


async def cart_of(client: httpx.AsyncClient) -> Json:
    return dict((await client.get("/api/cart")).json())


async def number_of_orders(client: httpx.AsyncClient) -> int:
    return int((await client.get("/api/orders?page=1")).json()["total"])


class Untouched:
    """State that a refused checkout must not change."""

    def __init__(self, admin: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
        self.admin = admin
        self.client = client

    async def prepare(self) -> None:
        self.product = await new_product(self.admin, price=10, stock=5)
        self.code = await new_promo_code(self.admin, 10)
        await put_into_cart(self.client, self.product, 2)
        await self.client.put("/api/cart/promo-code", json={"promoCode": self.code})
        self.before = await self._state()

    async def check(self) -> None:
        assert await self._state() == self.before

    async def _state(self) -> list[Any]:
        return [
            await cart_of(self.client),
            await stock_of(self.admin, self.product),
            await times_used(self.admin, self.code),
            await number_of_orders(self.client),
        ]
