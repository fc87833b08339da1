"""Contract tests: a storage has every member of the port."""

from typing import get_type_hints

import pytest

from shop.application.ports.storage import Storage
from shop.application.ports.unit_of_work import UnitOfWork

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("group", get_type_hints(Storage))
async def test_every_group_of_queries_has_the_methods_of_its_port(storage: Storage, group: str) -> None:
    assert isinstance(getattr(storage, group), get_type_hints(Storage)[group])


async def test_a_unit_of_work_has_every_repository(storage: Storage) -> None:
    async with storage.unit_of_work() as work:
        assert [name for name in get_type_hints(UnitOfWork) if not hasattr(work, name)] == []


async def test_the_storage_answers_a_ping(storage: Storage) -> None:
    await storage.ping()
