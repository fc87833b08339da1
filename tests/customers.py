"""Customers of a running shop, who must not notice that an instance or a service fails."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from shop.adapters.sql.storage import SqlStorage
from tests.invariants import assert_invariants
from tests.shop_process import SECONDS


class Customers:
    """Readers, and buyers who retry a failed order with the same key, until `shopping` ends."""

    def __init__(self, client: httpx.AsyncClient, product: str) -> None:
        self.reads: Counter[int | str] = Counter()
        self.orders: list[str] = []
        self.slowest = 0.0
        """The duration of the slowest read, in seconds."""
        self._client = client
        self._product = product
        self._leaving = False

    @asynccontextmanager
    async def shopping(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(self._read())
                group.create_task(self._buy(f"buyer {number}"))
            try:
                yield
            finally:
                self._leaving = True

    async def _read(self) -> None:
        while not self._leaving:
            began = time.monotonic()
            try:
                self.reads[(await self._client.get("/api/products?page=1")).status_code] += 1
            except httpx.TransportError as error:
                self.reads[repr(error)] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)

    async def _buy(self, name: str) -> None:
        while not self._leaving:
            key = f"{name}, after {len(self.orders)} orders"
            body = {"items": [{"itemId": self._product, "quantity": 1}]}
            headers = {"Idempotency-Key": key}
            async with asyncio.timeout(SECONDS):
                answer = await self._client.post("/api/orders", json=body, headers=headers)
                # 409: the first try holds the key's lease for some seconds, even if its instance has died.
                while answer.status_code in {409, 502}:
                    answer = await self._client.post("/api/orders", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            self.orders.append(answer.json()["order"]["id"])

    async def some_more(self) -> None:
        """Return after 60 more successful reads, enough that a failure would probably show."""
        target = self.reads[200] + 60
        async with asyncio.timeout(SECONDS):
            while self.reads[200] < target:
                await self._client.get("/health/live")


async def all_succeeded(customers: Customers, storage: SqlStorage) -> None:
    """Assert that every read got 200, that the orders stored are those confirmed to buyers, and the invariants."""
    assert customers.reads.keys() == {200}, customers.reads
    books = await assert_invariants(storage, storage.sandbox_ledger, quiet=True)
    assert sorted(books.orders) == sorted(customers.orders)
