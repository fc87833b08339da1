"""The repositories of a unit of work."""

import pytest

from shop.adapters.memory.storage import MemoryStorage


@pytest.mark.anyio
async def test_a_transaction_makes_only_the_repositories_that_it_uses() -> None:
    async with MemoryStorage().unit_of_work() as work:
        unused = {*vars(work)}
        assert await work.orders.lock("unknown") is None
        assert {*vars(work)} - unused == {"orders"}
