"""Each dialect end to end on MySQL and SQLite."""

import pytest

from shop.application.ports.storage import Storage
from shop.settings.values import DialectName
from shop.testing import shop_harness
from tests.compat_stories import STORIES

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("dialect", STORIES)
async def test_clients_of_the_dialect_work_unchanged(storage: Storage, dialect: str) -> None:
    async with shop_harness(storage, compat=frozenset(DialectName)) as shop:
        await STORIES[dialect](shop)
