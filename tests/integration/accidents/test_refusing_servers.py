"""A MySQL server that refuses: read-only, out of connections, or with other settings."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.domain.errors import Unavailable
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, an_order
from tests.integration.accidents.conftest import run_as_administrator
from tests.mysql_server import mysql_server
from tests.storages import execute, fresh_database
from tests.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]


@pytest.fixture
async def shop(own_url: str) -> AsyncIterator[ShopHarness]:
    storage = SqlStorage(Database(own_url, pool_size=4))
    async with shop_harness(storage) as opened:
        yield opened
    await storage.close()


async def buy(client: httpx.AsyncClient, product_id: str) -> httpx.Response:
    return await client.post("/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]})


async def test_a_read_only_server_is_unavailable_until_it_is_writable(
    shop: ShopHarness, own_server_url: str
) -> None:
    mug = await a_product(await shop.admin(), stock=9)
    ada = await shop.customer("ada")
    await an_order(ada, mug)
    await run_as_administrator(own_server_url, "SET GLOBAL super_read_only=ON")
    try:
        for _ in range(2):  # on an open connection, and on a new one
            answer = await buy(ada, mug)
            assert answer.status_code == 503, answer.text
            assert answer.headers["Retry-After"]
        assert (await ada.get(f"/api/products/{mug}")).status_code == 200
        ready = await shop.client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["error"]["details"]["down"] == ["database"]
    finally:
        await run_as_administrator(
            own_server_url, "SET GLOBAL super_read_only=OFF", "SET GLOBAL read_only=OFF"
        )
    assert (await buy(ada, mug)).status_code == 201
    assert (await shop.client.get("/health/ready")).status_code == 200


async def test_a_server_without_free_connections_is_unavailable(
    shop: ShopHarness, own_url: str, own_server_url: str
) -> None:
    mug = await a_product(await shop.admin(), stock=9)
    ada = await shop.customer("ada")
    others = Database(own_url, pool_size=3)
    held = [await others.reads.connect() for _ in range(3)]
    await shop.container.storage.close()
    await run_as_administrator(own_server_url, "SET GLOBAL max_connections=1")
    try:
        for answer in (await buy(ada, mug), await ada.get("/api/cart")):
            assert answer.status_code == 503, answer.text
            assert answer.headers["Retry-After"]
    finally:
        for connection in held:
            await connection.close()
        await others.dispose()
        await run_as_administrator(own_server_url, "SET GLOBAL max_connections=600")
    assert (await buy(ada, mug)).status_code == 201


async def test_a_database_that_rejects_the_password_is_unavailable(own_url: str) -> None:
    database = Database(make_url(own_url).set(password="wrong").render_as_string(hide_password=False))
    for attempt in (database.reading, database.transaction):
        with pytest.raises(Unavailable):
            async with attempt():
                pass
    await database.dispose()


ODD_DEFAULTS = {
    "sql_mode": "'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'",
    "time_zone": "'+05:00'",
    "max_execution_time": "1000",  # milliseconds; reads keep the limit, so a busy machine must not exceed it
    "transaction_read_only": "ON",
    "transaction_isolation": "'SERIALIZABLE'",
}


@pytest.fixture
def odd_url(own_server_url: str) -> Iterator[str]:
    """An empty database on a server with unusual defaults."""
    for url in fresh_database(own_server_url):
        execute(own_server_url, *(f"SET GLOBAL {name}={value}" for name, value in ODD_DEFAULTS.items()))
        yield url
        restored = {**dict.fromkeys(ODD_DEFAULTS, "DEFAULT"), "time_zone": "'+00:00'"}
        execute(own_server_url, *(f"SET GLOBAL {name}={value}" for name, value in restored.items()))


async def test_a_whole_shop_works_on_a_server_with_other_defaults(odd_url: str) -> None:
    await asyncio.to_thread(upgrade, odd_url)
    storage = SqlStorage(Database(odd_url))
    async with shop_harness(storage) as shop:
        admin, ada = await shop.admin(), await shop.customer("ada")
        name = "back\\slash 'quoted' \"twice\" \\"
        mug = await a_product(admin, stock=1, name=name)
        assert (await shop.client.get(f"/api/products/{mug}")).json()["name"] == name
        assert (await shop.pay(await an_order(ada, mug))).status_code == 200
        await shop.log_in("ada")
        assert (await shop.client.get("/health/ready")).status_code == 200
    await storage.close()


@pytest.fixture
def two_servers(own_server_url: str) -> Iterator[list[str]]:
    """URLs of one database on each of two servers. Its table `server` contains the server's name."""
    with mysql_server(own=True) as other:
        urls = []
        for name, url in (("first", own_server_url), ("second", other)):
            execute(
                url,
                "CREATE DATABASE twofold",
                "CREATE TABLE twofold.server (name VARCHAR(9), writes INT)",
                f"INSERT twofold.server VALUES ('{name}', 0)",
                "CREATE USER clerk IDENTIFIED BY 'of two servers'",
                "GRANT ALL ON twofold.* TO clerk",
            )
            clerk_url = make_url(url).set(username="clerk", password="of two servers", database="twofold")
            urls.append(clerk_url.render_as_string(hide_password=False))
        yield urls
        execute(own_server_url, "SET GLOBAL super_read_only=OFF", "SET GLOBAL read_only=OFF")
        execute(own_server_url, "DROP DATABASE twofold", "DROP USER clerk")


def address_of(url: str) -> tuple[str, int]:
    parts = make_url(url)
    assert parts.host is not None
    assert parts.port is not None
    return parts.host, parts.port


async def server_of_write(database: Database) -> str:
    """Write in a transaction. Return the name of the server that ran it."""
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE server SET writes = writes + 1"))
        return str(await connection.scalar(text("SELECT name FROM server")))


async def test_one_refusal_replaces_every_connection_to_a_demoted_primary(
    two_servers: list[str], own_server_url: str
) -> None:
    first, second = two_servers
    proxy = TcpProxy(address_of(first))
    async with proxy.listen() as (host, port):
        url = make_url(first).set(host=host, port=port)
        database = Database(url.render_as_string(hide_password=False), pool_size=5)
        assert set(await asyncio.gather(*(server_of_write(database) for _ in range(5)))) == {"first"}
        await run_as_administrator(own_server_url, "SET GLOBAL super_read_only=ON")
        proxy.target = address_of(second)
        with pytest.raises(Unavailable):
            await server_of_write(database)
        assert set(await asyncio.gather(*(server_of_write(database) for _ in range(5)))) == {"second"}
        await database.dispose()


async def test_the_writable_server_is_found_among_the_addresses_of_a_host_name(
    two_servers: list[str], own_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_servers
    addresses, look_up = ["127.0.0.1", "127.0.0.2"], socket.getaddrinfo

    def named(host: str, *arguments: Any, **options: Any) -> list[Any]:
        hosts = addresses if host == "mysql.test" else [host]
        return [found for each in hosts for found in look_up(each, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", named)
    async with (
        TcpProxy(address_of(first)).listen(addresses[0]) as (_, port),
        TcpProxy(address_of(second)).listen(addresses[1], port),
    ):
        url = make_url(first).set(host="mysql.test", port=port)
        database = Database(url.render_as_string(hide_password=False))
        assert await server_of_write(database) == "first"
        await run_as_administrator(own_server_url, "SET GLOBAL super_read_only=ON")
        with pytest.raises(Unavailable):
            await server_of_write(database)
        assert await server_of_write(database) == "second"
        async with database.reading() as connection:
            assert await connection.scalar(text("SELECT name FROM server")) == "first"
        await database.dispose()
