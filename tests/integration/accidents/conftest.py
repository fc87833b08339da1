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
    """A database on it, with the whole schema and no row."""
    delete_all_rows(own_migrated_url)
    return own_migrated_url


@pytest.fixture
async def proxy(own_server_url: str) -> TcpProxy:
    """Leads to the server; `proxied` makes it listen."""
    server = make_url(own_server_url)
    assert server.host is not None
    assert server.port is not None
    return TcpProxy((server.host, server.port))


@pytest.fixture
async def proxied_url(own_url: str, proxy: TcpProxy) -> AsyncIterator[str]:
    """The database of `own_url`, by way of the proxy."""
    async with proxy.listen() as (host, port):
        yield make_url(own_url).set(host=host, port=port).render_as_string(hide_password=False)


async def tell(url: str, *statements: str) -> None:
    """Let an administrator of the server run statements."""
    await asyncio.to_thread(execute, url, *statements)
