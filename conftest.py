"""For the tests in tests/, and for the contract suites in src/shop/contract."""

from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["shop.contract.plugin", "tests.payment_accounts", "tests.storages", "tests.sweeps"]


@pytest.fixture(autouse=True)
def _restored_logs() -> Iterator[None]:
    """Undo the configuration of logs by a command that a test ran in this process."""
    yield
    structlog.reset_defaults()
