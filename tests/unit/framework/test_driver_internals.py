"""SQLAlchemy and asyncmy behave as `shop.adapters.sql.framework.drivers` expects."""

import ast
import inspect
from pathlib import Path

import aiosqlite
import asyncmy.connection
import pytest
from sqlalchemy.dialects.mysql import asyncmy as dialect
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, QueuePool
from sqlalchemy.pool.base import _ConnectionRecord

import shop

PACKAGE = Path(inspect.getfile(shop)).parent
RECHECK = "read drivers.py against the new version, then change this test"


def source(thing: object) -> str:
    return inspect.getsource(thing)  # type: ignore[arg-type]


def test_the_pool_reads_its_timeout_attribute_at_every_checkout() -> None:
    assert "self._pool.get(wait, self._timeout)" in source(QueuePool._do_get), RECHECK
    assert AsyncAdaptedQueuePool._do_get is QueuePool._do_get, RECHECK


def test_the_pool_replaces_connections_older_than_an_invalidation() -> None:
    assert list(inspect.signature(Pool._invalidate).parameters) == [
        "self",
        "connection",
        "exception",
        "_checkin",
    ], RECHECK
    assert "self._invalidate_time = time.time()" in source(Pool._invalidate), RECHECK
    assert "self.__pool._invalidate_time > self.starttime" in source(_ConnectionRecord.get_connection), (
        RECHECK
    )


def test_an_invalidated_pool_entry_reconnects_at_checkout() -> None:
    text = source(_ConnectionRecord.get_connection)
    assert "if self.dbapi_connection is None:" in text, RECHECK
    assert "self.__connect()" in text, RECHECK


def test_the_dialect_connects_with_the_function_given_to_it() -> None:
    text = source(dialect.AsyncAdapt_asyncmy_dbapi.connect)
    assert 'kw.pop("async_creator_fn"' in text, RECHECK
    assert "creator_fn(*arg, **kw)" in text, RECHECK


@pytest.mark.parametrize("name", ["_stream_broken", "last_usage", "loop", "literal", "connected"])
def test_asyncmy_has_the_attributes_that_drivers_uses(name: str) -> None:
    assert hasattr(asyncmy.connection.Connection, name), RECHECK


def test_asyncmy_keeps_its_transport_in_an_attribute() -> None:
    text = Path(inspect.getfile(asyncmy.connection)).with_name("connection.pyx").read_text()
    assert "self._transport = None" in text, RECHECK
    assert "state.eof = True" in text.split("def connection_lost")[1].split("\n    def ")[0], RECHECK


def test_aiosqlite_runs_a_function_in_the_thread_of_its_connection() -> None:
    assert list(inspect.signature(aiosqlite.Connection._execute).parameters) == [
        "self",
        "fn",
        "args",
        "kwargs",
    ], RECHECK
    assert isinstance(inspect.getattr_static(aiosqlite.Connection, "_conn"), property), RECHECK


PRIVATE_NAMES = {
    "_conn",
    "_execute",
    "_do_get",
    "_invalidate",
    "_invalidate_time",
    "_stream_broken",
    "_transport",
    "_timeout",
}


def test_private_driver_names_are_used_in_one_module() -> None:
    users = {
        file.name
        for file in (PACKAGE / "adapters" / "sql").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in PRIVATE_NAMES
    }
    assert users == {"drivers.py"}
