"""Several instances of the shop on one database, each like a separate server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.adapters.sql.tables import metadata
from shop.settings import Payments
from shop.testing import ShopHarness, shop_harness
from tests.books import Books
from tests.invariants import assert_invariants
from tests.storages import ANSWER_SECONDS
from tests.stripe_server import StripeServer

_WAIT_FOR_TRANSACTIONS = text(f"LOCK TABLES {', '.join(f'{table} WRITE' for table in metadata.tables)}")
_END_WAIT = text("UNLOCK TABLES")


class Instances:
    """Instances of one shop: each has its own connection pools and caches, and all use the same time."""

    def __init__(
        self,
        shops: Sequence[ShopHarness],
        storages: Sequence[SqlStorage],
        stripe: StripeServer | None = None,
    ) -> None:
        self.shops = shops
        self.storages = storages
        self._stripe = stripe

    def __getitem__(self, number: int) -> ShopHarness:
        return self.shops[number % len(self.shops)]

    async def customers(self, number: int, prefix: str = "customer") -> list[httpx.AsyncClient]:
        """Sign up `number` customers, at each instance in turn. Return their clients."""
        # In batches: a thousand connections at once would wait for each other.
        signed_up: list[httpx.AsyncClient] = []
        for start in range(0, number, 20):
            some = range(start, min(start + 20, number))
            signed_up += await asyncio.gather(*(self[each].customer(f"{prefix}{each}") for each in some))
        return signed_up

    async def everywhere(self, client: httpx.AsyncClient, number: int) -> list[httpx.AsyncClient]:
        """Return `number` clients with the login of `client`, at each instance in turn."""
        token = {"Authorization": client.headers["Authorization"]}
        return [await self[each].open_client(token) for each in range(number)]

    def advance(self, **amount: float) -> None:
        for clock in {shop.clock for shop in self.shops}:
            clock.advance(**amount)

    async def outlive(self) -> None:
        """Wait until the database has rolled back the transactions of a server that died.

        MySQL does so a moment after the connection has ended. Until then, workers skip the rows that it had locked.
        """
        database = self.storages[0].database
        if not database.is_sqlite:
            async with database.reading() as connection:
                await connection.execute(_WAIT_FOR_TRANSACTIONS)
                await connection.execute(_END_WAIT)

    async def check(self, *, quiet: bool = True, **options: Any) -> Books:
        """Check the invariants, at a moment when nothing runs. Return the books."""
        storage = self.storages[0]
        return await assert_invariants(
            storage, self._stripe or storage.sandbox_ledger, quiet=quiet, **options
        )


@asynccontextmanager
async def open_instances(
    url: str, number: int = 2, stripe: StripeServer | None = None, **settings: Any
) -> AsyncIterator[Instances]:
    """Open `number` instances on the database. With `stripe`, they use its payments and its clock."""
    if stripe is not None:
        settings = {"clock": stripe.clock, **stripe_settings(stripe), **settings}
    async with AsyncExitStack() as stack:
        storages = [SqlStorage(Database(url, answer_seconds=ANSWER_SECONDS)) for _ in range(number)]
        for storage in storages:
            stack.push_async_callback(storage.close)
        shops = [await stack.enter_async_context(shop_harness(storage, **settings)) for storage in storages]
        yield Instances(shops, storages, stripe)


def stripe_settings(stripe: StripeServer) -> dict[str, Any]:
    """Return the settings of a shop that is paid through this fake Stripe."""
    return {
        "payments": Payments.STRIPE,
        "stripe_api_base": stripe.url,
        "stripe_secret_key": stripe.secret_key,
        "stripe_webhook_secrets": tuple(stripe.webhook_secrets),
    }


async def at_once(requests: Iterable[Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """Send the requests concurrently. Return their answers, and assert that none is a 5xx."""
    answers = await asyncio.gather(*requests)
    faults = [answer.text for answer in answers if answer.status_code >= 500]
    assert not faults, f"{len(faults)} of {len(answers)}: {faults[:3]}"
    return answers


def outcomes(answers: Iterable[httpx.Response]) -> Counter[int | str]:
    """Count the answers by status if it is below 300, else by error code."""
    return Counter(
        answer.status_code if answer.status_code < 300 else answer.json()["error"]["code"]
        for answer in answers
    )


async def a_product(admin: httpx.AsyncClient, stock: int, price: float = 12.5, name: str = "Mug") -> str:
    answer = await admin.post("/api/products", json={"name": name, "price": price, "stock": stock})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def a_promo_code(admin: httpx.AsyncClient, **terms: Any) -> str:
    rules = {"code": "SPRING", "type": "percent", "value": 20, **terms}
    answer = await admin.post("/api/promo-codes", json=rules)
    assert answer.status_code == 201, answer.text
    return str(rules["code"])


async def fill_cart(client: httpx.AsyncClient, *product_ids: str, quantity: int = 1) -> None:
    for product_id in product_ids:
        answer = await client.post("/api/cart/items", json={"itemId": product_id, "quantity": quantity})
        assert answer.status_code == 200, answer.text


async def an_order(client: httpx.AsyncClient, product_id: str, quantity: int = 1) -> Mapping[str, Any]:
    body = {"items": [{"itemId": product_id, "quantity": quantity}]}
    answer = await client.post("/api/orders", json=body)
    assert answer.status_code == 201, answer.text
    order: Mapping[str, Any] = answer.json()["order"]
    return order
