"""Backup and restore by the commands of docs/operations.md: saved while the shop sells, wiped, brought back."""

import asyncio
import os
import secrets
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, text

from shop.adapters.sql.framework.database import Database
from shop.domain.orders.order import OrderStatus
from shop.testing import ManualClock
from tests.books import Books
from tests.documents import section_of
from tests.instances import Instances, a_product, a_promo_code, an_order, fill_cart, open_instances
from tests.mysql_client import put_clients_into
from tests.new_shops import put_new_shop
from tests.served_shop import environment
from tests.storages import SQL_KINDS, copy_database

pytestmark = pytest.mark.anyio

BUYERS = 3
PREPARED = 10
"""Orders that are there before the backup begins."""


def commands(title: str, language: str = "bash") -> list[str]:
    return [block.text for block in section_of("docs/operations.md", title, language)]


@dataclass
class Place(ABC):
    """A database with a shop in it, and a folder in which its owner types commands."""

    url: str
    folder: Path

    @abstractmethod
    async def prepare(self) -> None:
        """What the documents take for granted."""

    @abstractmethod
    async def save(self) -> None: ...

    @abstractmethod
    async def wipe(self) -> None: ...

    @abstractmethod
    async def bring_back(self) -> None: ...

    async def sh(self, command: str, **variables: str) -> str:
        """What a command said, which must succeed at each of its steps."""
        path = f"{self.folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", command),
            cwd=self.folder,
            env=environment(PATH=path, **variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def shop(self, command: str) -> str:
        """What a command of the shop's said."""
        program = f'shop() {{ {sys.executable} -m shop "$@"; }}\n'
        return await self.sh(
            program + command, SHOP_DATABASE_URL=self.url, SHOP_JWT_SECRET="-" * 32, SHOP_PAYMENTS="sandbox"
        )


class OnMySQL(Place):
    @property
    def name(self) -> str:
        return str(make_url(self.url).database)

    async def prepare(self) -> None:
        put_clients_into(self.folder)
        backup = f"backup_{secrets.token_hex(4)}"
        password = secrets.token_hex()
        [granting] = commands("MySQL: save", "sql")
        granting = (
            granting.replace("'backup'", f"'{backup}'")
            .replace("…", password)
            .replace("`shop`", f"`{self.name}`")
        )
        await self._execute(*granting.strip().split("\n"))
        owner = make_url(self.url)
        self._write("backup.cnf", backup, password)
        self._write("owner.cnf", str(owner.username), str(owner.password))
        self._user = backup

    def _write(self, name: str, user: str, password: str) -> None:
        url = make_url(self.url)
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(f"[client]\nhost={url.host}\nport={url.port}\nuser={user}\npassword={password}\n")

    async def save(self) -> None:
        [command] = commands("MySQL: save")
        await self.sh(command, database=self.name)

    async def wipe(self) -> None:
        await self._execute(f"DROP DATABASE `{self.name}`", f"DROP USER '{self._user}'@'%'")

    async def bring_back(self) -> None:
        [command] = commands("MySQL: bring back")
        await self.sh(command, database=self.name)

    async def _execute(self, *statements: str) -> None:
        database = Database(self.url)
        try:
            async with database.writes.connect() as connection:
                for statement in statements:
                    await connection.execute(text(statement))
        finally:
            await database.dispose()


class OnSQLite(Place):
    async def prepare(self) -> None: ...

    async def save(self) -> None:
        [command] = commands("SQLite: save")
        assert "Backed up" in await self.shop(command)

    async def wipe(self) -> None:
        (self.folder / "shop.db").write_bytes(b"lost")

    async def bring_back(self) -> None:
        [command] = commands("SQLite: bring back")
        assert "Restored" in await self.shop(command)


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
    """Customers who buy and pay until they are stopped; `placed` are orders that they were told of."""

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
    running = [asyncio.create_task(traffic.go_on(shops, each, product_id)) for each in buyers]
    try:
        yield traffic
    finally:
        traffic.stopping = True
        await asyncio.gather(*running)


async def saved_while_selling(place: Place, traffic: Traffic) -> list[str]:
    """Make a backup while somebody buys; the orders placed before it began.

    A backup of so little may be done before anybody has bought: then it counts for nothing, and another one is made.
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


def assert_past(earlier: Books, later: Books) -> None:
    """What was restored is what there was at some moment, and nothing else."""
    for order_id, order in earlier.orders.items():
        now = later.orders[order_id]
        assert order.snapshot == now.snapshot
        assert list(order.history) == list(now.history)[: len(order.history)]


async def test_a_shop_comes_back_as_it_was_and_goes_on_selling(place: Place) -> None:
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
    assert "Every figure is the sum that it should be." in said
    async with open_instances(place.url, 1, clock=clock) as shops:
        restored = await shops.check(quiet=False)
        assert_past(restored, last)
        assert set(before) <= restored.orders.keys(), "what was acknowledged before the backup is in it"
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
    assert "sum that it should be" in await place.shop(after)


@pytest.mark.parametrize("migrated_place", [SQL_KINDS[1]], indirect=True)
async def test_a_dump_that_was_broken_off_does_not_look_like_one(place: Place) -> None:
    await place.save()
    (saved,) = place.folder.glob("*.sql.gz")
    saved.unlink()
    dump = place.folder / "mysqldump"
    dump.write_text(dump.read_text().replace("exec ", "").rstrip() + " | head -n 100\n")
    with pytest.raises(AssertionError):
        await place.save()
    assert not list(place.folder.glob("*.sql.gz"))


@pytest.mark.mysql
async def test_there_is_nothing_but_tables_to_save(mysql_url: str) -> None:
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
