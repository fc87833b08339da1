"""For the tests in tests/, and for the contract suites in src/shop/contract."""

import gc
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["shop.contract.plugin", "tests.payment_accounts", "tests.storages", "tests.sweeps"]

gc.set_threshold(50_000, 20, 20)  # tests make many objects, few of them garbage in cycles


def pytest_collection_finish() -> None:
    """Keep the garbage collector from the modules and tests, which stay until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _restored_logs() -> Iterator[None]:
    """Undo the configuration of logs by a command that a test ran in this process."""
    yield
    structlog.reset_defaults()
