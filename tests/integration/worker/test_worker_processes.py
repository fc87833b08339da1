"""Worker processes on one MySQL and one Stripe share the work, and take over from each other."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update
from stripe import HTTPXClient

from shop.adapters.sql.orders.tables import order_states
from shop.testing import ManualClock
from tests.fork_server import PIPE, ForkedProcess
from tests.instances import Instances, a_product, an_order, open_instances, stripe_settings
from tests.served_shop import environment
from tests.stripe_server import StripeServer, stripe_server

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

SECONDS = 60
NUMBER = 4
"""Number of orders per kind of pending work."""

WORKER_THAT_WAITS = """
import sys
from shop.entrypoints.cli import main, working, worker
async def work(*arguments):
    print("ready", flush=True)
    sys.stdin.readline()
    await working.work(*arguments)
worker.work = work
main(["worker"], prog_name="shop")
"""


class Shop:
    """A shop on MySQL, and worker processes with the real clock.

    The shop's own clock is two hours behind, so all the work that it leaves pending is overdue for the workers.
    """

    def __init__(self, shops: Instances, stripe: StripeServer, url: str, folder: Path) -> None:
        self.shops = shops
        self.stripe = stripe
        self._url = url
        self._folder = folder
        self.owner: httpx.AsyncClient
        self.ada: httpx.AsyncClient
        self.product_id: str

    async def open(self) -> None:
        self.owner = await self.shops[0].admin()
        self.ada = await self.shops[0].customer("ada")
        self.product_id = await a_product(self.owner, 99)

    @contextmanager
    def worker(self) -> Iterator[ForkedProcess]:
        """Start `shop worker`, which waits for `let_go`; kill it at the end if it still runs."""
        chosen = stripe_settings(self.stripe)
        variables = {
            "SHOP_DATABASE_URL": self._url,
            "SHOP_JWT_SECRET": "-" * 32,
            "SHOP_PAYMENTS": "stripe",
            "SHOP_STRIPE_API_BASE": chosen["stripe_api_base"],
            "SHOP_STRIPE_SECRET_KEY": chosen["stripe_secret_key"],
            "SHOP_STRIPE_WEBHOOK_SECRETS": ",".join(chosen["stripe_webhook_secrets"]),
        }
        with (self._folder / "stderr.txt").open("ab") as errors:
            process = ForkedProcess(
                None,
                code=WORKER_THAT_WAITS,
                cwd=self._folder,
                env=environment(**variables),
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
            )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def let_go(self, *workers: ForkedProcess) -> None:
        """Wait until all workers are ready, then let them begin."""
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n", (self._folder / "stderr.txt").read_text()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()

    async def orders(self, number: int = NUMBER) -> list[str]:
        return [str((await an_order(self.ada, self.product_id))["id"]) for _ in range(number)]

    async def paid_orders(self) -> list[str]:
        order_ids = await self.orders()
        for intent in self.stripe.intents.values():
            if intent["metadata"]["shop_order_id"] in order_ids:
                self.stripe.pay(intent["id"])
        for delivery in self.stripe.undelivered():
            answer = await self.shops[0].client.post(
                "/api/webhooks/stripe", content=delivery.payload, headers=delivery.headers
            )
            assert answer.status_code == 200
            self.stripe.accepted(delivery)
        return order_ids

    async def states(self, *order_ids: str) -> list[tuple[str, datetime | None]]:
        """Return the status and the end of the lease of these orders, or of all."""
        columns = select(order_states.c.status, order_states.c.leased_until)
        wanted = columns.where(order_states.c.order_id.in_(order_ids)) if order_ids else columns
        async with self.shops.storages[0].database.reads.connect() as connection:
            return [(row.status, row.leased_until) for row in await connection.execute(wanted)]

    async def until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Wait until the workers are done. After SECONDS, fail with what they wrote to standard error."""
        try:
            async with asyncio.timeout(SECONDS):
                while not await done():  # Each check is a round trip to the database.
                    pass
        except TimeoutError:
            pytest.fail((self._folder / "stderr.txt").read_text())

    def asked(self, operation: str) -> Counter[str]:
        """Return the number of answered requests for the operation, by path and idempotency key."""
        return Counter(
            f"{request.path} {request.idempotency_key if not request.identifier else ''}"
            for request in self.stripe.requests
            if request.operation == operation and request.status is not None
        )


@pytest.fixture
async def shop(mysql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr(HTTPXClient, "sleep_async", lambda _, __: asyncio.sleep(0))
    clock = ManualClock(datetime.now(UTC) - timedelta(hours=2))
    with stripe_server(clock=clock) as stripe:
        async with open_instances(mysql_url, 1, stripe, access_token_ttl=timedelta(days=1)) as shops:
            opened = Shop(shops, stripe, mysql_url, tmp_path)
            await opened.open()
            yield opened


async def test_two_workers_finish_every_kind_of_pending_work(shop: Shop) -> None:
    expired = await shop.orders()
    to_cancel, to_refund = await shop.paid_orders(), await shop.paid_orders()
    shop.shops.advance(minutes=115)  # orders placed from now on do not expire
    shop.stripe.down()
    for order_id in to_cancel:
        assert (await shop.ada.post(f"/api/orders/{order_id}/cancel")).json()["order"][
            "status"
        ] == "cancelling"
    for order_id in to_refund:
        refunded = await shop.owner.post(f"/api/admin/orders/{order_id}/refunds", json={"restock": True})
        assert refunded.json()["refund"]["status"] == "pending"
    without_payment = await shop.orders()
    shop.stripe.up()
    shop.shops.advance(minutes=5)

    async def is_finished() -> bool:
        statuses = Counter(row[0] for row in await shop.states())
        with_intent = {each["metadata"]["shop_order_id"] for each in shop.stripe.intents.values()}
        return (
            statuses == {"cancelled": 2 * NUMBER, "refunded": NUMBER, "pending": NUMBER}
            and set(without_payment) <= with_intent
            and not any(row[1] and row[1] > datetime.now(UTC) for row in await shop.states())
        )

    with shop.worker() as first, shop.worker() as second:
        shop.let_go(first, second)
        await shop.until(is_finished)
        for worker in (first, second):
            worker.terminate()
        assert [worker.wait(SECONDS) for worker in (first, second)] == [0, 0]
    books = await shop.shops.check(settled_at=datetime.now(UTC))
    assert books.stock[shop.product_id] == (99, 99 - NUMBER)
    assert {each.order.status.value for each in map(books.orders.__getitem__, expired)} == {"cancelled"}
    for operation, number in (("payment_intents.cancel", NUMBER), ("refunds.create", 2 * NUMBER)):
        asked = shop.asked(operation)
        assert (len(asked), set(asked.values())) == (number, {1}), operation
    assert len(shop.stripe.intents) == 4 * NUMBER


async def test_another_worker_takes_over_from_a_killed_one(shop: Shop) -> None:
    [order_id] = await shop.orders(1)
    hang = shop.stripe.hang_next("payment_intents.cancel")
    with shop.worker() as dies:
        shop.let_go(dies)
        await hang.reached(SECONDS)
        dies.kill()
        dies.wait()
    hang.release()
    [(status, leased_until)] = await shop.states(order_id)
    assert status == "cancelling"
    assert leased_until is not None
    assert timedelta(0) < leased_until - datetime.now(UTC) < timedelta(minutes=1)
    # End the lease now instead of waiting for it.
    now = datetime.now(UTC)
    passed = update(order_states).values(leased_until=now, cancelling_since=now - timedelta(minutes=1))
    async with shop.shops.storages[0].database.writes.begin() as connection:
        await connection.execute(passed)

    async def is_cancelled() -> bool:
        return [row[0] for row in await shop.states(order_id)] == ["cancelled"]

    with shop.worker() as another:
        shop.let_go(another)
        await shop.until(is_cancelled)
    books = await shop.shops.check(quiet=True)
    assert books.stock[shop.product_id] == (99, 99)


async def test_a_worker_stops_in_time_while_stripe_hangs(shop: Shop) -> None:
    await shop.orders(1)
    hang = shop.stripe.hang_next("payment_intents.cancel", bound=60)
    with shop.worker() as worker:
        shop.let_go(worker)
        await hang.reached(SECONDS)
        told = time.monotonic()
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, SECONDS) == 0
        assert time.monotonic() - told < 30, "it does not wait for Stripe, which hangs for a minute"
    hang.release()
    await shop.shops.check(quiet=False)
