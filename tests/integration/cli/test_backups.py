"""Backup and restore by the commands of docs/operations.md: saved while the shop sells, wiped, restored."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shop.adapters.sql.framework.database import Database
from shop.domain.orders.order import OrderStatus
from shop.testing import ManualClock
from tests.books import Books
from tests.instances import Instances, a_product, a_promo_code, an_order, fill_cart, open_instances
from tests.integration.cli.places import OnMySQL, OnSQLite, Place, commands
from tests.new_shops import put_new_shop
from tests.storages import SQL_KINDS, copy_database

pytestmark = pytest.mark.anyio

BUYERS = 3

PREPARED = 10
"""The number of orders that exist before the customers begin to buy."""


@pytest.fixture(params=SQL_KINDS)
def migrated_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        put_new_shop(tmp_path / "shop.db")
        return OnSQLite(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path)
    url = request.getfixturevalue("empty_mysql_url")
    copy_database(request.getfixturevalue("mysql_url_of_new_shop"), url)
    return OnMySQL(url, tmp_path)


@pytest.fixture
async def place(migrated_place: Place) -> Place:
    await migrated_place.prepare()
    return migrated_place


@dataclass
class Traffic:
    """Customers who buy and pay until they are stopped; `placed` has the ids of the orders that the shop confirmed."""

    placed: list[str] = field(default_factory=list)
    stopping: bool = False
    flows: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self, shops: Instances, client: httpx.AsyncClient, product_id: str) -> None:
        while not self.stopping:
            order = await an_order(client, product_id)
            self.placed.append(str(order["id"]))
            if len(self.placed) >= BUYERS:
                self.flows.set()
            if len(self.placed) % 2:
                assert (await shops[0].pay(order)).status_code == 200


@asynccontextmanager
async def selling(shops: Instances, product_id: str) -> AsyncIterator[Traffic]:
    traffic = Traffic()
    buyers = await shops.customers(BUYERS, "buyer")
    async with asyncio.TaskGroup() as running:  # a buyer who fails ends the test
        for each in buyers:
            running.create_task(traffic.go_on(shops, each, product_id))
        try:
            yield traffic
        finally:
            traffic.stopping = True


async def saved_while_selling(place: Place, traffic: Traffic) -> list[str]:
    """Make a backup while customers buy. Return the ids of the orders placed before it began.

    With so little data, a backup may end before a customer buys: then it proves nothing, and another one is made.
    """
    while True:
        there, before = set(place.folder.iterdir()), list(traffic.placed)
        await place.save()
        if len(traffic.placed) > len(before):
            return before
        for file in set(place.folder.iterdir()) - there:
            if not file.name.startswith("shop.db"):
                file.unlink()


async def orders_of_every_kind(shops: Instances, admin: httpx.AsyncClient, product_id: str) -> None:
    ada, shop = await shops[0].customer("ada"), shops[0]
    code = await a_promo_code(admin, usageLimit=5)

    async def paid() -> Mapping[str, Any]:
        order = await an_order(ada, product_id, 2)
        assert (await shop.pay(order)).status_code == 200
        return order

    async def moved(order: Mapping[str, Any], *statuses: str) -> None:
        for status in statuses:
            answer = await admin.put(f"/api/admin/orders/{order['id']}", json={"status": status})
            assert answer.status_code == 200, answer.text

    async def refunded(order: Mapping[str, Any], **request: Any) -> None:
        answer = await admin.post(f"/api/admin/orders/{order['id']}/refunds", json=request)
        assert answer.status_code == 201, answer.text

    await an_order(ada, product_id)
    assert (await shop.pay(await an_order(ada, product_id), "failed")).status_code == 200
    await paid()
    await moved(await paid(), "shipped")
    await moved(await paid(), "shipped", "delivered")
    await refunded(await paid(), amount=5)
    await refunded(await paid(), restock=True)
    assert (
        await ada.post(f"/api/orders/{(await an_order(ada, product_id))['id']}/cancel")
    ).status_code == 200
    await fill_cart(ada, product_id)
    assert (await ada.post("/api/cart/checkout", json={"promoCode": code})).status_code == 201
    stuck = await paid()
    shop.payments.reachable = False
    assert (await ada.post(f"/api/orders/{stuck['id']}/cancel")).status_code == 200
    shop.payments.reachable = True
    await fill_cart(ada, product_id)


def assert_is_earlier_state(earlier: Books, later: Books) -> None:
    """Assert that each order in `earlier` is in `later`, with the same snapshot and the beginning of its history."""
    for order_id, order in earlier.orders.items():
        now = later.orders[order_id]
        assert order.snapshot == now.snapshot
        assert list(order.history) == list(now.history)[: len(order.history)]


async def test_a_restored_shop_is_complete_and_sells(place: Place) -> None:
    clock = ManualClock(datetime.now(UTC))
    async with open_instances(place.url, 1, clock=clock) as shops:
        admin = await shops[0].admin()
        product_id = await a_product(admin, 100_000)
        await orders_of_every_kind(shops, admin, product_id)
        async with selling(shops, product_id) as traffic:
            await traffic.flows.wait()
            before = await saved_while_selling(place, traffic)
        last = await shops.check(quiet=False)
    assert {order.order.status for order in last.orders.values()} == set(OrderStatus)

    await place.wipe()
    await place.bring_back()
    after, compare = commands("After a restore")
    said = await place.shop(after)
    assert "Nothing to do" in said
    assert "All figures are correct." in said
    async with open_instances(place.url, 1, clock=clock) as shops:
        restored = await shops.check(quiet=False)
        assert_is_earlier_state(restored, last)
        assert set(before) <= restored.orders.keys(), "the backup has every order acknowledged before it"
        assert len(restored.orders) >= PREPARED + len(before)
        clock.advance(minutes=2)
        await shops[0].work()
        assert "Nothing differs" in await place.shop(compare)
        bob = await shops[0].customer("bob")
        assert (await shops[0].pay(await an_order(bob, product_id))).status_code == 200
        clock.advance(minutes=31)
        for _ in range(3):
            await shops[0].work()
            clock.advance(minutes=2)
        settled = await shops.check(settled_at=clock.now(), before=restored)
    assert len(settled.orders) == len(restored.orders) + 1
    assert "All figures are correct" in await place.shop(after)


@pytest.mark.parametrize("migrated_place", [SQL_KINDS[1]], indirect=True)
async def test_an_incomplete_dump_is_detected(place: Place) -> None:
    await place.save()
    (saved,) = place.folder.glob("*.sql.gz")
    saved.unlink()
    dump = place.folder / "mysqldump"
    dump.write_text(dump.read_text().replace("exec ", "").rstrip() + " | head -n 100\n")
    with pytest.raises(AssertionError):
        await place.save()
    assert not list(place.folder.glob("*.sql.gz"))


@pytest.mark.mysql
async def test_all_data_is_in_tables(mysql_url: str) -> None:
    database = Database(mysql_url)
    async with database.reads.connect() as connection:
        for kind, column in (
            ("routines", "routine_schema"),
            ("triggers", "trigger_schema"),
            ("events", "event_schema"),
            ("views", "table_schema"),
        ):
            found = await connection.scalar(
                text(f"SELECT COUNT(*) FROM information_schema.{kind} WHERE {column} = DATABASE()")
            )
            assert found == 0, kind
    await database.dispose()
