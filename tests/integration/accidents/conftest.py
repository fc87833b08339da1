"""A separate MySQL server, whose settings the tests may change, and a proxy in front of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import make_url

from shop.adapters.sql.framework.migrations import upgrade
from tests.mysql_server import mysql_server
from tests.storages import delete_all_rows, execute, fresh_database
from tests.tcp_proxy import TcpProxy


@pytest.fixture(scope="session")
def own_server_url() -> Iterator[str]:
    """The URL of the server, without a database."""
    with mysql_server(own=True) as url:
        yield url


@pytest.fixture(scope="session")
def own_migrated_url(own_server_url: str) -> Iterator[str]:
    for url in fresh_database(own_server_url):
        upgrade(url)
        yield url


@pytest.fixture
def own_url(own_migrated_url: str) -> str:
    """A database on the server, with the whole schema and no rows."""
    delete_all_rows(own_migrated_url)
    return own_migrated_url


@pytest.fixture
async def proxy(own_server_url: str) -> TcpProxy:
    """A proxy to the server; `proxied_url` makes it listen."""
    server = make_url(own_server_url)
    assert server.host is not None
    assert server.port is not None
    return TcpProxy((server.host, server.port))


@pytest.fixture
async def proxied_url(own_url: str, proxy: TcpProxy) -> AsyncIterator[str]:
    """The URL of the database of `own_url` through the proxy."""
    async with proxy.listen() as (host, port):
        yield make_url(own_url).set(host=host, port=port).render_as_string(hide_password=False)


async def run_as_administrator(url: str, *statements: str) -> None:
    """Run statements as an administrator of the server."""
    await asyncio.to_thread(execute, url, *statements)
