"""Attributes that are made on their first use."""

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.on_first_use import OnFirstUse


class Repository:
    made = 0

    def __init__(self, source: str) -> None:
        self.source = source
        Repository.made += 1


class Unit:
    repository = OnFirstUse(Repository)

    def __init__(self, source: str) -> None:
        self.source = source


def test_it_is_made_once_and_of_its_owner() -> None:
    Repository.made = 0
    one, other = Unit("one"), Unit("other")
    assert Repository.made == 0
    assert one.repository is one.repository
    assert (one.repository.source, other.repository.source) == ("one", "other")
    assert Repository.made == 2


@pytest.mark.anyio
async def test_a_transaction_makes_only_the_repositories_that_it_uses() -> None:
    async with MemoryStorage().unit_of_work() as work:
        unused = {*vars(work)}
        assert await work.orders.lock("unknown") is None
        assert {*vars(work)} - unused == {"orders"}
