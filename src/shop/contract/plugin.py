"""The pytest plugin: `--storage` names the storage to test, in place of a fixture."""

import pkgutil
from collections.abc import AsyncIterator
from inspect import isawaitable
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("shop", "the shop's contract suites").addoption(
        "--storage",
        metavar="MODULE:CALLABLE",
        help="the callable, possibly async, that opens an empty storage for each test of the suite",
    )


def pytest_configure(config: pytest.Config) -> None:
    name = config.getoption("--storage")
    if name is None:
        return
    try:
        open_storage = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(f"--storage {name}: {error}") from error
    config.pluginmanager.register(_NamedStorage(open_storage))


class _NamedStorage:
    """Provides the `storage` fixture. Registered only with `--storage`: projects may have their own."""

    def __init__(self, open_storage: Any) -> None:
        self._open_storage = open_storage

    @pytest.fixture
    async def storage(self) -> AsyncIterator[Any]:
        """Open an empty storage; close it after the test."""
        opened = self._open_storage()
        storage = await opened if isawaitable(opened) else opened
        yield storage
        await storage.close()


@pytest.fixture
def row_locks() -> None:
    """Mark tests that need several writing transactions at the same time.

    If your storage allows one writer at a time and makes the others wait, override this fixture: let it skip.
    """
