from collections.abc import Iterator

import pytest

from shop.adapters.memory.storage import MemoryStorage
from tests.accounts import Accounts


@pytest.fixture
def accounts(anyio_backend: str) -> Iterator[Accounts]:
    """A shop's accounts in memory."""
    accounts = Accounts(MemoryStorage())
    yield accounts
    accounts.passwords.close()
